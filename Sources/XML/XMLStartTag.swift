internal import CLibXML2

/// The beginning of an element, as an `XMLEventReader` lends it during one call.
public struct XMLStartTag {
    /// Local name; ends with a zero byte.
    private let localName: UnsafePointer<UInt8>
    private let uri: UnsafePointer<UInt8>?
    /// SAX2 gives five pointers for an attribute: local name, prefix, namespace, and begin and end of the value.
    private let fields: UnsafeMutablePointer<UnsafePointer<UInt8>?>?
    private let count: Int

    init(
        name: UnsafePointer<UInt8>, namespace: UnsafePointer<UInt8>?, fields: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
        count: Int
    ) {
        localName = name
        uri = namespace
        self.fields = fields
        self.count = fields == nil ? 0 : count
    }

    /// Whether its local name is this one.
    public func isNamed(_ name: StaticString) -> Bool { xmlStrEqual(localName, name.utf8Start) == 1 }

    /// Where the namespace's name lies: the same address for the same name while the reader lives; nil without one.
    public var namespaceAddress: UnsafePointer<UInt8>? { uri }

    /// The namespace's name; empty without one.
    public var namespace: String { uri.map { String(cString: $0) } ?? "" }

    /// The value of an attribute without namespace; nil when there is none. Lives during the call.
    public func attribute(_ name: StaticString) -> UnsafeBufferPointer<UInt8>? { value(name) { $0 == nil } }

    /// The value of an attribute of any namespace.
    public func qualifiedAttribute(_ name: StaticString) -> UnsafeBufferPointer<UInt8>? { value(name) { $0 != nil } }

    /// The value of an attribute without namespace, as text.
    public func text(_ name: StaticString) -> String? { attribute(name).map { String(decoding: $0, as: UTF8.self) } }

    private func value(_ name: StaticString, _ hasNamespace: (UnsafePointer<UInt8>?) -> Bool) -> UnsafeBufferPointer<UInt8>? {
        guard let fields else { return nil }
        for index in 0..<count {
            let field = fields + index * 5
            if hasNamespace(field[2]), let own = field[0], xmlStrEqual(own, name.utf8Start) == 1, let begin = field[3],
                let end = field[4]
            {
                return UnsafeBufferPointer(start: begin, count: end - begin)
            }
        }
        return nil
    }
}
