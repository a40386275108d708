internal import Cryptography
internal import JSON

/// Replaces whom and what a document identifies, so that it can be kept as a recording.
///
/// First everything that identifies is learnt: from the canonical record and the fields of the source that made it (their `x-identity`
/// in the canonical schema), and from the form of numbers in any text. Then every text of a document is rewritten: values of XML,
/// JSON and tables, texts inside base64. The bytes between texts stay. A value of its own thread; not shared.
public struct CaseDisguise {
    private var table: DisguiseTable
    /// What fields of canonical records hold, to find what was put together of several texts.
    private var identities: [(value: String, kind: IdentityKind)] = []

    /// Octets of a key at least.
    public static let keyBytesMin = 32
    /// Base64 inside base64 is followed so far.
    static let depthMax = 3
    /// Shortest text that is looked at as base64.
    static let base64BytesMin = 24

    /// - Parameter key: a secret; equal keys give equal pseudonyms, and who has the key can check a guess.
    public init(key: [UInt8]) { table = DisguiseTable(key: key) }

    // MARK: Learning

    /// Learns from a canonical record.
    public mutating func learn(canonical: [UInt8], schema: CanonicalSchema) {
        guard let record = try? JSONValue(parsing: canonical) else { return }
        learn(record, schema.root)
    }

    /// Learns from what a mapping read of a source, also where it could not make a record of it.
    ///
    /// - Parameter sources: fields of the canonical record, dotted, with the text of the source as it stood.
    public mutating func learn(sources: [(target: String, text: String)], schema: CanonicalSchema) {
        for source in sources {
            guard let kind = schema.identity(ofTarget: source.target) else { continue }
            table.take(source.text, as: kind)
        }
    }

    /// Learns from the names of a document's places: for one that cannot be read, so that no mapping says where its fields are.
    public mutating func learn(names: [String: String], of document: [UInt8], format: RecordFormat?, schema: CanonicalSchema) {
        for place in TextPlaces.places(of: document, form: Self.form(of: document, format)) where !place.isName {
            guard let target = names[place.name], let kind = schema.identity(ofTarget: target) else { continue }
            table.take(place.text(in: document), as: kind)
        }
    }

    /// Learns the values that a person names, one text each.
    public mutating func learn(named values: [String]) {
        for value in values { table.take(value, as: value.contains("@") ? .email : .text) }
    }

    /// Learns numbers of persons and codes from every text of a document, and settles what stands in for each value. Call it last.
    public mutating func settle(over document: [UInt8], format: RecordFormat?) {
        var texts: Set<String> = []
        Self.visit(document, form: Self.form(of: document, format), depth: 0) { text, _ in
            table.takeNumbers(in: text)
            texts.insert(DisguiseTable.trimmed(text))
        }
        takeParts(from: texts)
        table.settle()
    }

    private mutating func learn(_ value: JSONValue, _ field: CanonicalSchema.Field) {
        if let elements = value.elements {
            for element in elements { learn(element, field) }
            return
        }
        if field.kind == .identifier {
            guard let text = value["value"]?.string, let kind = field.identity(ofScheme: value["scheme"]?.string) else { return }
            take(text, as: kind)
            return
        }
        for member in value.members ?? [] {
            if let next = field.member(member.name) { learn(member.value, next) }
        }
        if let text = value.string, let kind = field.ownIdentity { take(text, as: kind) }
    }

    private mutating func take(_ value: String, as kind: IdentityKind) {
        table.take(value, as: kind)
        if ![.none, .prose, .projectName, .url].contains(kind) { identities.append((value, kind)) }
    }

    /// A value that stands nowhere as it is was put together by the mapping: the texts that it is made of are taken then.
    private mutating func takeParts(from texts: Set<String>) {
        for identity in identities where !texts.contains(identity.value) {
            if texts.contains(where: { $0.contains(identity.value) }) { continue }
            for text in texts where text.unicodeScalars.count >= 2 && identity.value.contains(text) {
                table.take(text, as: identity.kind)
            }
        }
    }

    // MARK: Rewriting

    /// How many values are replaced.
    public var valueCount: Int { table.entries.count }

    /// The document with every value replaced.
    public func rewritten(_ document: [UInt8], format: RecordFormat?) -> [UInt8] {
        rewritten(document, form: Self.form(of: document, format), depth: 0)
    }

    /// A text with every value replaced.
    public func rewritten(_ text: String) -> String { table.rewritten(text) }

    private func rewritten(_ document: [UInt8], form: TextPlaces.Form, depth: Int) -> [UInt8] {
        TextPlaces.rewritten(document, form: form) { text, _ in
            if depth < Self.depthMax, let inner = Base64Text(text) {
                let made = rewritten(inner.content, form: TextPlaces.Form(of: inner.content), depth: depth + 1)
                // A long code may look like base64 too.
                if made != inner.content { return inner.text(of: made) }
            }
            return table.rewritten(text)
        }
    }

    // MARK: Proof

    /// The places in which a replaced value still stands, with its kind: `path (kind)`. Looked at are every text and the document as a
    /// whole, with base64 unfolded.
    public func remnants(in document: [UInt8], format: RecordFormat?) -> [String] {
        var found: [String] = []
        Self.visit(document, form: Self.form(of: document, format), depth: 0) { text, path in
            for kind in table.remnants(in: text).map(\.rawValue).sorted() where found.count < 50 {
                found.append("\(path) (\(kind))")
            }
        }
        if found.isEmpty {
            let kinds = table.remnants(in: String(decoding: document, as: UTF8.self)).map(\.rawValue).sorted()
            found += kinds.map { "/ (\($0))" }
        }
        return found
    }

    private static func form(of document: [UInt8], _ format: RecordFormat?) -> TextPlaces.Form {
        switch format {
        case .xml: .xml
        case .json: .json
        case .csv, .xlsx: .csv
        case nil: TextPlaces.Form(of: document)
        }
    }

    /// Every text of a document, base64 unfolded.
    private static func visit(
        _ document: [UInt8], form: TextPlaces.Form, depth: Int, path: String = "", _ body: (String, String) -> Void
    ) {
        for place in TextPlaces.places(of: document, form: form) {
            let text = place.text(in: document)
            if depth < depthMax, let inner = Base64Text(text) {
                let deeper = path + place.path
                visit(inner.content, form: TextPlaces.Form(of: inner.content), depth: depth + 1, path: deeper, body)
            }
            body(text, path + place.path)
        }
    }
}

/// A text that is base64 of a text.
struct Base64Text {
    /// What it holds, in UTF-8.
    let content: [UInt8]
    private let isChinese: Bool
    /// Characters of a line, where it has several.
    private let lineLength: Int?
    private let lineEnd: String

    init?(_ text: String) {
        guard text.utf8.count >= CaseDisguise.base64BytesMin, text.utf8.allSatisfy({ Self.mayStand($0) }),
            let bytes = Base64.decode(text.utf8), bytes.count >= 12
        else { return nil }
        if let decoded = TextRecoding.utf8.decoded(bytes) {
            (content, isChinese) = (decoded, false)
        } else if let decoded = TextRecoding.gb18030.decoded(bytes) {
            (content, isChinese) = (decoded, true)
        } else {
            return nil
        }
        // Letters that happen to be base64 decode to anything; text has no control characters.
        guard content.allSatisfy({ $0 >= 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) else { return nil }
        let lines = text.split(omittingEmptySubsequences: true) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        lineLength = lines.count > 1 ? lines[0].count : nil
        lineEnd = text.contains("\r\n") ? "\r\n" : "\n"
    }

    /// Another content in base64, in the same encoding and with lines of the same length.
    func text(of content: [UInt8]) -> String {
        let bytes = isChinese ? TextRecoding.gb18030.encoded(content) ?? content : content
        let whole = Base64.encode(bytes)
        guard let lineLength, lineLength > 0 else { return whole }
        var lines: [Substring] = []
        var rest = whole[...]
        while !rest.isEmpty {
            lines.append(rest.prefix(lineLength))
            rest = rest.dropFirst(lineLength)
        }
        return lines.joined(separator: lineEnd)
    }

    private static func mayStand(_ byte: UInt8) -> Bool {
        (byte != 0x5F && PersonalNumberScan.isWordCharacter(byte)) || [0x2B, 0x2F, 0x3D, 0x0A, 0x0D, 0x20, 0x09].contains(byte)
    }
}
