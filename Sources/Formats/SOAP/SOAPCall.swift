/// The call that an envelope carries: an operation with its arguments.
public struct SOAPCall: Sendable, Hashable {
    /// The envelope's version; the answer has the same.
    public var version: SOAPVersion
    /// The operation: local name and namespace (empty: none).
    public var operation, namespace: String
    /// Whether the call names an encoding (RPC/encoded, as Axis 1.x writes it): types are then written into the answer.
    public var isEncoded: Bool
    /// The arguments, in the order of the envelope.
    public var arguments: [SOAPArgument]
}

/// One argument of a call.
public struct SOAPArgument: Sendable, Hashable {
    /// Its local name.
    public var name: String
    /// Where it stands in the envelope.
    public var path: String
    /// The line of the envelope on which its start tag ends.
    public var line: Int
    /// What it holds.
    public var content: Content

    /// What an argument holds.
    public enum Content: Sendable, Hashable {
        /// Nothing: `xsi:nil`.
        case none
        /// Text, whether it was escaped or in CDATA sections.
        case text([UInt8])
        /// Child elements: the document they make (`XMLFragment.document`).
        case document([UInt8])
    }

    /// The text without white space around it; empty when there is none.
    public var text: String {
        guard case .text(let bytes) = content, let first = bytes.firstIndex(where: { $0 > 0x20 }),
            let last = bytes.lastIndex(where: { $0 > 0x20 })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}
