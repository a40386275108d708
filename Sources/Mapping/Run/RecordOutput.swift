internal import ExchangeModel
internal import JSON
internal import XML

/// Writes a record while a mapping runs, in one of the forms.
///
/// Groups open only when something of the record goes into them: until then they wait, with the literals in them, and a
/// group that would hold nothing but literals is never written. A further form is a further case here.
struct RecordOutput {
    /// The form of the output.
    enum Form: Sendable, Hashable {
        case json, xml
    }

    /// A group or literal that waits for content.
    private enum Waiting {
        case group(Program.Constant)
        case array(Program.Constant)
        case item(Program.Constant)
        case literal(Program.Constant, UnsafeBufferPointer<UInt8>)
    }

    let form: Form
    private let tables: ProgramTables
    private var json: JSONWriter
    private var xml: XMLWriter
    private var waiting: [Waiting] = []
    /// The first value that the form cannot carry.
    private(set) var fault: XMLWriterError?

    init(_ form: Form, tables: ProgramTables, capacity: Int) {
        self.form = form
        self.tables = tables
        json = JSONWriter(capacity: form == .json ? capacity : 0)
        xml = XMLWriter(capacity: form == .xml ? capacity : 0)
    }

    /// What was written.
    var bytes: [UInt8] { form == .json ? json.bytes : xml.bytes }
    /// How much was written.
    var count: Int { form == .json ? json.bytes.count : xml.bytes.count }

    mutating func takeFault() -> XMLWriterError? {
        defer { fault = nil }
        return fault
    }

    // MARK: Structure

    mutating func beginJSON() { json.beginObject() }
    mutating func endJSON() { json.endObject() }

    mutating func beginXML(root: String, namespaces: [(prefix: String, uri: String)]) {
        xml.declaration()
        attempt { writer throws(XMLWriterError) in
            try writer.startElement(root)
            for namespace in namespaces { try writer.attribute("xmlns:\(namespace.prefix)", namespace.uri) }
        }
    }

    mutating func endXML() { xml.endElement() }

    /// Announces a group; the answer goes to `end`.
    mutating func begin(group name: Program.Constant) -> Int {
        waiting.append(.group(name))
        return waiting.count - 1
    }

    mutating func begin(array name: Program.Constant) -> Int {
        waiting.append(.array(name))
        return waiting.count - 1
    }

    mutating func begin(item name: Program.Constant) -> Int {
        waiting.append(.item(name))
        return waiting.count - 1
    }

    /// Closes what `begin` announced, or forgets it when nothing came.
    mutating func end(_ mark: Int, isArray: Bool = false) {
        if waiting.count > mark {
            waiting.removeLast(waiting.count - mark)
        } else if form == .xml {
            if !isArray { xml.endElement() }
        } else if isArray {
            json.endArray()
        } else {
            json.endObject()
        }
    }

    // MARK: Values

    /// A value that is the same for every record; it opens no group.
    mutating func literal(_ name: Program.Constant, _ value: UnsafeBufferPointer<UInt8>) {
        if waiting.isEmpty { write(name, value) } else { waiting.append(.literal(name, value)) }
    }

    /// A value of the record.
    mutating func value(_ name: Program.Constant, _ value: UnsafeBufferPointer<UInt8>) {
        if !waiting.isEmpty { flush() }
        write(name, value)
    }

    mutating func beginList(_ name: Program.Constant) {
        if !waiting.isEmpty { flush() }
        guard form == .json else { return }
        json.key(utf8: tables.bytes(name))
        json.beginArray()
    }

    mutating func listValue(_ name: Program.Constant, _ value: UnsafeBufferPointer<UInt8>) {
        if form == .json { json.rawString(value) } else { write(name, value) }
    }

    mutating func endList() { if form == .json { json.endArray() } }

    /// A canonical identifier; `name` nil inside a list.
    mutating func identifier(
        _ name: Program.Constant?, scheme: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>
    ) {
        if !waiting.isEmpty { flush() }
        if let name { json.key(utf8: tables.bytes(name)) }
        json.beginObject()
        json.key("scheme")
        json.rawString(scheme)
        json.key("value")
        json.rawString(value)
        json.endObject()
    }

    /// A canonical amount.
    mutating func money(
        _ name: Program.Constant, value: UnsafeBufferPointer<UInt8>, currency: UnsafeBufferPointer<UInt8>,
        unit: UnsafeBufferPointer<UInt8>, kind: UnsafeBufferPointer<UInt8>
    ) {
        if !waiting.isEmpty { flush() }
        json.key(utf8: tables.bytes(name))
        json.beginObject()
        json.key("value")
        json.rawString(value)
        json.key("currency")
        json.rawString(currency)
        json.key("receivedUnit")
        json.rawString(unit)
        json.key("kind")
        json.rawString(kind)
        json.endObject()
    }

    // MARK: Inside

    private mutating func flush() {
        for item in waiting {
            switch (item, form) {
            case (.group(let name), .json):
                json.key(utf8: tables.bytes(name))
                json.beginObject()
            case (.array(let name), .json):
                json.key(utf8: tables.bytes(name))
                json.beginArray()
            case (.item, .json): json.beginObject()
            case (.group(let name), .xml), (.item(let name), .xml):
                let element = tables.bytes(name)
                attempt { writer throws(XMLWriterError) in try writer.startElement(element) }
            case (.array, .xml): break
            case (.literal(let name, let value), _): write(name, value)
            }
        }
        waiting.removeAll(keepingCapacity: true)
    }

    private mutating func write(_ name: Program.Constant, _ value: UnsafeBufferPointer<UInt8>) {
        if form == .json {
            json.key(utf8: tables.bytes(name))
            json.rawString(value)
            return
        }
        do throws(XMLWriterError) {
            try xml.element(tables.bytes(name), value)
        } catch {
            if fault == nil { fault = error }
        }
    }

    private mutating func attempt(_ body: (inout XMLWriter) throws(XMLWriterError) -> Void) {
        do throws(XMLWriterError) { try body(&xml) } catch { if fault == nil { fault = error } }
    }
}
