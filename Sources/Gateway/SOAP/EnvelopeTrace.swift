internal import ExchangeModel
internal import JSON

/// What is kept, in the evidence, of the envelope that a document came in. The envelope's bytes are kept nowhere: they hold the
/// sender's key.
public struct EnvelopeTrace: Sendable, Hashable {
    /// `soap-1.1` or `soap-1.2`.
    public var form: String
    /// SHA-256 of the envelope as received.
    public var digest: [UInt8]
    /// Its bytes.
    public var count: Int
    /// What it said beside the document, never the key: names as in `soap.arguments`, values cut to `valueBytesMax`.
    public var arguments: [Argument]

    /// One thing that it said.
    public struct Argument: Sendable, Hashable {
        /// `serial`, `requestTime`, `version` and so on.
        public var name: String
        /// The text.
        public var value: String
    }

    /// Longest value that is kept, in bytes.
    public static let valueBytesMax = 128

    func write(to json: inout JSONWriter) {
        json.key("envelope")
        json.beginObject()
        json.member("form", form)
        json.member("sha256", Hex.encode(digest))
        json.member("bytes", count)
        for argument in arguments { json.member(argument.name, argument.value) }
        json.endObject()
    }
}
