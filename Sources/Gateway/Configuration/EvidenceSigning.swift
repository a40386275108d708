public import ExchangeModel

/// How the head of the evidence is signed on a schedule.
public struct EvidenceSigning: Sendable, Equatable {
    /// The private key, PEM; an SM2, RSA or EC key.
    var key: [UInt8]
    /// The certificate of that key, PEM file.
    public var certificatePath: String
    /// Time between two signatures.
    public var interval: Duration
    /// The file that holds the newest signed head.
    public var filePath: String
    /// A file that every signed head is appended to; nil: none.
    public var historyPath: String?
    /// Where the section stands in the file.
    public var position: SourcePosition
}
