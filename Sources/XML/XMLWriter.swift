/// Writes an XML document as UTF-8 bytes, front to back.
///
/// What XML 1.0 cannot carry is refused, never dropped: a character outside its `Char` production, bytes that are no
/// UTF-8, a name that is none. A refused call has written nothing. Not for sharing between threads; a value.
public struct XMLWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8]
    private var open: [Open] = []
    /// The names of the open elements, one after the other.
    private var names: [UInt8] = []
    private let indent: Int
    private var isTagOpen = false
    private var hasRoot = false

    private struct Open {
        /// Where its name begins in `names`; it ends where the next one begins.
        var name: Int
        var hasText = false
        var hasElements = false
    }

    /// A writer with room for a document of some size; with an indentation in spaces, elements stand on lines of their
    /// own, except beside text.
    public init(capacity: Int = 4096, indentation: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
        indent = max(0, indentation)
    }

    /// Empties the writer and keeps its memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        open.removeAll(keepingCapacity: true)
        names.removeAll(keepingCapacity: true)
        isTagOpen = false
        hasRoot = false
    }

    /// How many elements are open.
    public var depth: Int { open.count }

    // MARK: Writing

    /// `<?xml version="1.0" encoding="UTF-8"?>` and a line break; the first call, if any.
    public mutating func declaration() {
        precondition(bytes.isEmpty, "the XML declaration comes first")
        append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    }

    /// Opens an element. A second root is a programmer's error.
    public mutating func startElement(_ name: XMLName) { name.bytes.withUnsafeBufferPointer { start($0) } }

    /// Opens an element by a name that is checked now.
    public mutating func startElement(_ name: UnsafeBufferPointer<UInt8>) throws(XMLWriterError) {
        guard XMLName.isQualifiedName(name) else { throw XMLWriterError(.name, offset: 0) }
        start(name)
    }

    private mutating func start(_ name: UnsafeBufferPointer<UInt8>) {
        precondition(!open.isEmpty || !hasRoot, "a document has one root element")
        closeTag()
        if let parent = open.indices.last {
            open[parent].hasElements = true
            if !open[parent].hasText { lineBreak(open.count) }
        }
        hasRoot = true
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: name)
        open.append(Open(name: names.count))
        names.append(contentsOf: name)
        isTagOpen = true
    }

    /// Adds an attribute (or a namespace declaration) to the element just opened. That it is not given twice is the
    /// caller's business.
    public mutating func attribute(_ name: XMLName, _ value: UnsafeBufferPointer<UInt8>) throws(XMLWriterError) {
        let fault = name.bytes.withUnsafeBufferPointer { add($0, value) }
        if let fault { throw fault }
    }

    /// Adds an attribute by a name that is checked now.
    public mutating func attribute(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) throws(XMLWriterError)
    {
        guard XMLName.isQualifiedName(name) else { throw XMLWriterError(.name, offset: 0) }
        if let fault = add(name, value) { throw fault }
    }

    private mutating func add(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> XMLWriterError? {
        precondition(isTagOpen, "attributes follow the start of their element")
        let start = bytes.count
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: name)
        append("=\"")
        if let fault = XMLEscape.append(value, to: &bytes, as: .attribute) {
            bytes.removeLast(bytes.count - start)
            return fault
        }
        bytes.append(UInt8(ascii: "\""))
        return nil
    }

    /// Adds text to the open element.
    public mutating func text(_ value: UnsafeBufferPointer<UInt8>) throws(XMLWriterError) {
        guard let element = open.indices.last else { preconditionFailure("text stands in an element") }
        if value.isEmpty { return }
        let start = bytes.count
        if isTagOpen { bytes.append(UInt8(ascii: ">")) }
        if let fault = XMLEscape.append(value, to: &bytes, as: .text) {
            bytes.removeLast(bytes.count - start)
            throw fault
        }
        isTagOpen = false
        open[element].hasText = true
    }

    /// Closes the element that was opened last; one without content becomes `<a/>`.
    public mutating func endElement() {
        guard let element = open.popLast() else { preconditionFailure("no element is open") }
        if isTagOpen {
            append("/>")
            isTagOpen = false
        } else {
            if element.hasElements, !element.hasText { lineBreak(open.count) }
            append("</")
            names.withUnsafeBufferPointer { bytes.append(contentsOf: UnsafeBufferPointer(rebasing: $0[element.name...])) }
            bytes.append(UInt8(ascii: ">"))
        }
        names.removeLast(names.count - element.name)
    }

    /// An element with text and nothing else. Where the text is refused, nothing of the element is written.
    public mutating func element(_ name: XMLName, _ value: UnsafeBufferPointer<UInt8>) throws(XMLWriterError) {
        let fault = name.bytes.withUnsafeBufferPointer { addElement($0, value) }
        if let fault { throw fault }
    }

    /// An element with text and nothing else, by a name that is checked now.
    public mutating func element(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) throws(XMLWriterError) {
        guard XMLName.isQualifiedName(name) else { throw XMLWriterError(.name, offset: 0) }
        if let fault = addElement(name, value) { throw fault }
    }

    private mutating func addElement(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> XMLWriterError? {
        let before = (count: bytes.count, isTagOpen: isTagOpen, parent: open.last, hasRoot: hasRoot)
        start(name)
        do throws(XMLWriterError) {
            try text(value)
        } catch {
            open.removeLast()
            names.removeLast(name.count)
            bytes.removeLast(bytes.count - before.count)
            isTagOpen = before.isTagOpen
            hasRoot = before.hasRoot
            if let parent = before.parent { open[open.count - 1] = parent }
            return error
        }
        endElement()
        return nil
    }

    // MARK: The same from strings

    /// Opens an element.
    public mutating func startElement(_ name: String) throws(XMLWriterError) {
        try Self.lend(name) { buffer throws(XMLWriterError) in try startElement(buffer) }
    }

    /// Adds an attribute to the element just opened.
    public mutating func attribute(_ name: String, _ value: String) throws(XMLWriterError) {
        try Self.lend(name) { name throws(XMLWriterError) in
            try Self.lend(value) { value throws(XMLWriterError) in try attribute(name, value) }
        }
    }

    /// Adds text to the open element.
    public mutating func text(_ value: String) throws(XMLWriterError) {
        try Self.lend(value) { buffer throws(XMLWriterError) in try text(buffer) }
    }

    /// An element with text and nothing else.
    public mutating func element(_ name: String, _ value: String) throws(XMLWriterError) {
        try Self.lend(name) { name throws(XMLWriterError) in
            try Self.lend(value) { value throws(XMLWriterError) in try element(name, value) }
        }
    }

    private static func lend(
        _ text: String, _ body: (UnsafeBufferPointer<UInt8>) throws(XMLWriterError) -> Void
    ) throws(XMLWriterError) {
        let bytes = Array(text.utf8)
        var fault: XMLWriterError?
        bytes.withUnsafeBufferPointer { buffer in
            do throws(XMLWriterError) { try body(buffer) } catch { fault = error }
        }
        if let fault { throw fault }
    }

    private mutating func closeTag() {
        guard isTagOpen else { return }
        bytes.append(UInt8(ascii: ">"))
        isTagOpen = false
    }

    private mutating func lineBreak(_ depth: Int) {
        guard indent > 0 else { return }
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<depth * indent { bytes.append(UInt8(ascii: " ")) }
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

/// What a writer could not write, and where in the value given. It holds nothing of the value but a character's number.
public struct XMLWriterError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public let kind: Kind
    /// Offset in bytes into the value (or name) given.
    public let offset: Int

    /// The kinds of faults.
    public enum Kind: Sendable, Hashable {
        /// A character that XML 1.0 cannot carry, not even as a reference (production `Char`), by its scalar value.
        case character(UInt32)
        /// Bytes that are not UTF-8.
        case encoding
        /// A name that is no qualified name.
        case name
    }

    init(_ kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    /// In English, for a finding.
    public var text: String {
        switch kind {
        case .character(let scalar): "the character \(Self.name(scalar)) cannot be written in XML"
        case .encoding: "the value is not valid UTF-8"
        case .name: "this is not a name of XML"
        }
    }

    /// In Chinese, for a finding.
    public var textZH: String {
        switch kind {
        case .character(let scalar): "字符 \(Self.name(scalar)) 不能写入 XML"
        case .encoding: "值不是有效的 UTF-8"
        case .name: "这不是有效的 XML 名称"
        }
    }

    /// The English sentence.
    public var description: String { text }

    private static func name(_ scalar: UInt32) -> String {
        let digits = String(scalar, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
