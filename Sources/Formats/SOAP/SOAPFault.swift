public import ExchangeModel

/// Why an envelope was not taken as a call, in the words of SOAP.
public struct SOAPFault: Error, Sendable, Hashable {
    /// Whose fault it is.
    public enum Kind: Sendable, Hashable {
        /// The envelope is of another version than those known.
        case versionMismatch
        /// A header entry that must be understood is not.
        case mustUnderstand
        /// The sender's: the same envelope would fail again. (1.1: Client, 1.2: Sender)
        case sender
        /// The receiver's: it may be sent again later. (1.1: Server, 1.2: Receiver)
        case receiver
    }

    /// Whose fault it is.
    public var kind: Kind
    /// The version that it is answered in: the envelope's, or 1.1 where it has none.
    public var version: SOAPVersion
    /// What is wrong, and where in the envelope.
    public var finding: Finding
    /// Header entries that were not understood: local name and namespace.
    public var notUnderstood: [Name] = []

    /// A qualified name.
    public struct Name: Sendable, Hashable {
        /// Without prefix.
        public var local: String
        /// Empty when it has none.
        public var namespace: String
    }

    /// A fault with one finding.
    public init(_ kind: Kind, version: SOAPVersion, finding: Finding, notUnderstood: [Name] = []) {
        self.kind = kind
        self.version = version
        self.finding = finding
        self.notUnderstood = notUnderstood
    }

    /// The HTTP status that goes with it (SOAP 1.1, 6.2; SOAP 1.2 part 2, 7.5.2.2).
    public var status: Int { version == .soap12 && kind == .sender ? 400 : 500 }
}

extension Finding.Code {
    /// Not a SOAP envelope, or one whose parts are not where they belong.
    public static let soapEnvelope: Self = "soap.envelope"
    /// An envelope of an unknown version.
    public static let soapVersion: Self = "soap.version"
    /// A header entry that must be understood and is not.
    public static let soapMustUnderstand: Self = "soap.must-understand"
    /// Another operation than the channel has.
    public static let soapOperation: Self = "soap.operation"
    /// An argument that is missing, given twice, or not of the kind it should be.
    public static let soapArgument: Self = "soap.argument"
    /// A value by reference (`href`, `ref`), which is not followed.
    public static let soapReference: Self = "soap.reference"
    /// The content of an argument is no document.
    public static let soapContent: Self = "soap.content"
}
