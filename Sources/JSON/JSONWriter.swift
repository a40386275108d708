/// Writes JSON (RFC 8259) as UTF-8 bytes, member by member, in the order of the calls.
///
/// Deterministic: the same calls give the same bytes. The caller keeps the order of begin, key, value and end right; a
/// debug build traps on a slip. Value type, no thread rule. Cost: one append per run of plain bytes.
public struct JSONWriter: Sendable {
    /// What has been written so far.
    public private(set) var bytes: [UInt8]
    /// Whether members stand on lines of their own, indented by two spaces, for files that people read.
    public let pretty: Bool
    private var needsComma = false
    private var afterKey = false
    private var depth = 0

    /// An empty writer with room for a small document.
    public init(capacity: Int = 256, pretty: Bool = false) {
        bytes = []
        bytes.reserveCapacity(capacity)
        self.pretty = pretty
    }

    /// The bytes that a closure writes.
    public static func bytes(pretty: Bool = false, _ body: (inout JSONWriter) throws -> Void) rethrows -> [UInt8] {
        var writer = JSONWriter(pretty: pretty)
        try body(&writer)
        return writer.bytes
    }

    /// What has been written so far as text, for logs and tests.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Empties the writer and keeps its memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
        afterKey = false
        depth = 0
    }

    /// Ends a document with a line feed, so that another can follow (JSON lines) or the file ends as text files do.
    public mutating func endLine() {
        assert(depth == 0 && !afterKey, "a line ends only after a whole value")
        bytes.append(0x0A)
        needsComma = false
    }

    // MARK: Structure

    /// Opens an object.
    public mutating func beginObject() { open(0x7B) }
    /// Closes the innermost object.
    public mutating func endObject() { close(0x7D) }
    /// Opens an array.
    public mutating func beginArray() { open(0x5B) }
    /// Closes the innermost array.
    public mutating func endArray() { close(0x5D) }

    /// Writes the name of a member; its value follows.
    public mutating func key(_ name: String) {
        beginKey()
        quote(name)
        endKey()
    }

    /// Writes the name of a member from bytes of valid UTF-8.
    public mutating func key(utf8 name: UnsafeBufferPointer<UInt8>) {
        beginKey()
        quote(name)
        endKey()
    }

    // MARK: Values

    /// Writes a string.
    public mutating func string(_ value: String) {
        separate()
        quote(value)
        needsComma = true
    }

    /// Writes a string from bytes that the caller knows to be valid UTF-8 (a reader has checked them).
    public mutating func rawString(_ value: UnsafeBufferPointer<UInt8>) {
        separate()
        quote(value)
        needsComma = true
    }

    /// Writes a string from bytes that the caller knows to be valid UTF-8 (a reader has checked them).
    public mutating func rawString(_ value: [UInt8]) { value.withUnsafeBufferPointer { rawString($0) } }

    /// Writes a whole number.
    public mutating func integer(_ value: Int64) {
        separate()
        digits(value.magnitude, negative: value < 0)
        needsComma = true
    }

    /// Writes a whole number.
    public mutating func integer(_ value: Int) { integer(Int64(value)) }

    /// Writes a whole number without a sign.
    public mutating func integer(_ value: UInt64) {
        separate()
        digits(value, negative: false)
        needsComma = true
    }

    /// Writes the shortest decimal form that reads back as the same value; null when it is not finite. Not for money.
    public mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        separate()
        bytes.append(contentsOf: value.description.utf8)
        needsComma = true
    }

    /// Writes a number as it is spelled; the caller knows that the spelling is JSON's (`JSONValue.number`).
    public mutating func number(asWritten text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    /// Writes true or false.
    public mutating func boolean(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
        needsComma = true
    }

    /// Writes null.
    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    /// Writes one value that is JSON already, as it is (stored evidence, a canonical record).
    public mutating func rawValue(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    // MARK: Inside

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
        depth += 1
    }

    private mutating func close(_ bracket: UInt8) {
        assert(depth > 0 && !afterKey, "nothing is open, or a member has no value")
        depth -= 1
        if pretty && needsComma { newLine() }
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func beginKey() {
        assert(depth > 0 && !afterKey, "a key stands only in an object, after a whole member")
        separate()
    }

    private mutating func endKey() {
        bytes.append(0x3A)
        if pretty { bytes.append(0x20) }
        afterKey = true
        needsComma = false
    }

    @inline(__always) private mutating func separate() {
        if afterKey {
            afterKey = false
            return
        }
        if needsComma { bytes.append(0x2C) }
        if pretty && depth > 0 { newLine() }
    }

    private mutating func newLine() {
        bytes.append(0x0A)
        for _ in 0..<depth {
            bytes.append(0x20)
            bytes.append(0x20)
        }
    }

    private mutating func digits(_ magnitude: UInt64, negative: Bool) {
        // Twenty digits hold every UInt64.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 21) { buffer in
            var rest = magnitude
            var position = 21
            repeat {
                position -= 1
                buffer[position] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if negative {
                position -= 1
                buffer[position] = 0x2D
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[position..<21]))
        }
    }

    private mutating func quote(_ text: String) {
        var text = text
        text.withUTF8 { quote($0) }
    }

    private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(0x22)
        JSONEscape.append(text, to: &bytes)
        bytes.append(0x22)
    }
}
