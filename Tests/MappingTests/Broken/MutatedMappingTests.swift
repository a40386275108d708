import ExchangeModel
import GatewayTesting
import Testing

@testable import Mapping

/// Shipped mappings with one thing changed, and what must be found where.
struct MappingMutation {
    /// A field on one line: `  name: expression`.
    struct Line {
        var number: Int
        var indent: Int
        var name: String
        /// The expression as written.
        var value: String
        /// Byte of the value on the line.
        var offset: Int
        /// It ends where the line ends: no braces, no remark.
        var isPlain: Bool
    }

    var name: String
    var lines: [String]
    var fields: [Line]
    var isInbound: Bool { name.contains("/in/") }
    var hasSchema: Bool { lines.contains { $0.contains("schema:") } }

    init(_ name: String, _ text: String) {
        self.name = name
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        fields = []
        let start = lines.firstIndex(of: "fields:") ?? lines.count
        for (index, line) in lines.enumerated() where index > start {
            guard let match = line.wholeMatch(of: #/( +)([A-Za-z_][A-Za-z0-9_.\-]*): ([^{"' ].*)/#), match.output.2 != "each"
            else { continue }
            let before = match.output.1.utf8.count + match.output.2.utf8.count + 2
            fields.append(
                Line(
                    number: index + 1, indent: match.output.1.utf8.count, name: String(match.output.2),
                    value: String(match.output.3), offset: before, isPlain: !line.contains(" #")))
        }
    }

    struct Expectation {
        var what: String
        var code: Finding.Code
        var line: Int
        var column: Int
    }

    /// Changes one thing; nil where the file has nothing of the kind.
    mutating func apply(_ kind: Int, _ random: inout SeededRandom) -> Expectation? {
        switch kind {
        case 0: return renameFunction(&random)
        case 1: return dropVersion()
        case 2: return duplicateField(&random)
        case 3: return openQuotation(&random)
        case 4: return renameField(&random)
        case 5: return renameStep(&random)
        case 6:
            return replaceInside(#/code\(([a-z-]+)\)/#, "unknown list", isInbound ? .keyUnknown : .fileInvalid, &random) {
                $0 + "-qz"
            }
        case 7:
            return replaceInside(#/time\(("yyyyMMddHHmmss")\)/#, "wrong pattern", .fileInvalid, &random) {
                $0.replacing("HH", with: "hh")
            }
        case 8: return replaceInside(#/\| (trim)\b(?!\()/#, "argument too many", .fileInvalid, &random) { $0 + "(1)" }
        case 9: return addHeadKey()
        case 10: return spellVersion()
        case 11: return anchor(&random)
        case 12: return swapElements(&random)
        case 13: return dropRequiredElement(&random)
        default: return tooManySteps(&random)
        }
    }

    static let kinds = 15

    private mutating func set(_ line: Line, value: String) {
        let old = lines[line.number - 1]
        lines[line.number - 1] = String(decoding: Array(old.utf8.prefix(line.offset)), as: UTF8.self) + value
    }

    private static func replacing(_ range: Range<String.Index>, in text: String, with new: String) -> String {
        String(text[..<range.lowerBound]) + new + text[range.upperBound...]
    }

    private mutating func renameFunction(_ random: inout SeededRandom) -> Expectation? {
        let names = MappingFunction.all.filter { !$0.isSource }.map(\.name)
        let able = fields.filter { field in
            field.value.matches(of: #/\| ([a-z-]+)/#).contains { names.contains(String($0.output.1)) }
        }
        guard let field = able.randomElement(using: &random),
            let match = field.value.matches(of: #/\| ([a-z-]+)/#).filter({ names.contains(String($0.output.1)) }).randomElement(
                using: &random)
        else { return nil }
        let at = match.output.1.startIndex
        let column = field.offset + field.value[..<at].utf8.count + 1
        set(
            field,
            value: Self.replacing(
                match.output.1.startIndex..<match.output.1.endIndex, in: field.value, with: "qz" + match.output.1))
        return Expectation(what: "renamed function", code: .keyUnknown, line: field.number, column: column)
    }

    private mutating func dropVersion() -> Expectation? {
        guard let index = lines.firstIndex(where: { $0.hasPrefix("version:") }),
            let first = lines.firstIndex(where: { $0.hasPrefix("mapping:") }), first < index
        else { return nil }
        lines.remove(at: index)
        return Expectation(what: "version left out", code: .fileInvalid, line: first + 1, column: 1)
    }

    private mutating func duplicateField(_ random: inout SeededRandom) -> Expectation? {
        guard let field = fields.randomElement(using: &random) else { return nil }
        lines.insert(lines[field.number - 1], at: field.number)
        return Expectation(what: "key twice", code: .fileInvalid, line: field.number + 1, column: field.indent + 1)
    }

    private mutating func openQuotation(_ random: inout SeededRandom) -> Expectation? {
        let able = fields.filter { $0.isPlain && $0.value.matches(of: #/"/#).count == 2 }
        guard let field = able.randomElement(using: &random), let first = field.value.firstIndex(of: "\""),
            let last = field.value.lastIndex(of: "\"")
        else { return nil }
        var value = field.value
        value.remove(at: last)
        set(field, value: value)
        return Expectation(
            what: "quotation mark left open", code: .fileInvalid, line: field.number,
            column: field.offset + field.value[..<first].utf8.count + 1)
    }

    private mutating func renameField(_ random: inout SeededRandom) -> Expectation? {
        guard isInbound || hasSchema, let field = fields.filter({ !$0.name.hasPrefix("ext.") }).randomElement(using: &random)
        else {
            return nil
        }
        let line = lines[field.number - 1]
        lines[field.number - 1] =
            String(repeating: " ", count: field.indent) + field.name + "Qz" + line.dropFirst(field.indent + field.name.count)
        return Expectation(what: "unknown field", code: .keyUnknown, line: field.number, column: field.indent + 1)
    }

    /// The last step of the path that begins an expression.
    private mutating func renameStep(_ random: inout SeededRandom) -> Expectation? {
        guard !isInbound || hasSchema else { return nil }
        let path = #/^[A-Za-z_][A-Za-z0-9_]*([.\/][A-Za-z_][A-Za-z0-9_]*)*(?= \||$| +#)/#
        let able = fields.filter { $0.value.firstMatch(of: path) != nil }
        guard let field = able.randomElement(using: &random), let match = field.value.firstMatch(of: path) else { return nil }
        let text = String(match.output.0)
        let last = text.lastIndex { $0 == "." || $0 == "/" }.map { text.index(after: $0) } ?? text.startIndex
        set(field, value: text + "Qz" + field.value[match.range.upperBound...])
        return Expectation(
            what: "unknown step", code: .keyUnknown, line: field.number, column: field.offset + text[..<last].utf8.count + 1)
    }

    private mutating func replaceInside(
        _ pattern: Regex<(Substring, Substring)>, _ what: String, _ code: Finding.Code, _ random: inout SeededRandom,
        _ change: (String) -> String
    ) -> Expectation? {
        let able = fields.filter { $0.value.firstMatch(of: pattern) != nil }
        guard let field = able.randomElement(using: &random), let match = field.value.firstMatch(of: pattern) else { return nil }
        let part = match.output.1
        let column = field.offset + field.value[..<part.startIndex].utf8.count + 1
        set(field, value: Self.replacing(part.startIndex..<part.endIndex, in: field.value, with: change(String(part))))
        return Expectation(what: what, code: code, line: field.number, column: column)
    }

    private mutating func addHeadKey() -> Expectation? {
        guard let index = lines.firstIndex(of: "fields:") else { return nil }
        lines.insert("colours: red", at: index)
        return Expectation(what: "unknown key", code: .keyUnknown, line: index + 1, column: 1)
    }

    private mutating func spellVersion() -> Expectation? {
        guard let index = lines.firstIndex(where: { $0.hasPrefix("version:") }) else { return nil }
        lines[index] = "version: one"
        return Expectation(what: "version in words", code: .fileInvalid, line: index + 1, column: 10)
    }

    private mutating func anchor(_ random: inout SeededRandom) -> Expectation? {
        guard let field = fields.randomElement(using: &random) else { return nil }
        set(field, value: "&a " + field.value)
        return Expectation(what: "anchor", code: .fileInvalid, line: field.number, column: field.offset + 1)
    }

    /// Two elements that follow each other change places: the one that now comes too early is named.
    private mutating func swapElements(_ random: inout SeededRandom) -> Expectation? {
        guard !isInbound, hasSchema else { return nil }
        let able = zip(fields, fields.dropFirst()).filter { $0.number + 1 == $1.number && $0.indent == $1.indent }
        guard let (first, second) = able.randomElement(using: &random) else { return nil }
        lines.swapAt(first.number - 1, second.number - 1)
        return Expectation(what: "elements swapped", code: .fileInvalid, line: first.number, column: first.indent + 1)
    }

    private mutating func dropRequiredElement(_ random: inout SeededRandom) -> Expectation? {
        guard !isInbound, hasSchema, let index = lines.firstIndex(of: "fields:"),
            let field = fields.filter({ $0.value.hasSuffix("| required") && $0.indent == 2 }).randomElement(using: &random)
        else { return nil }
        lines.remove(at: field.number - 1)
        guard let first = lines.indices.first(where: { $0 > index && !lines[$0].hasPrefix("  #") }) else { return nil }
        return Expectation(what: "required element left out", code: .fileInvalid, line: first + 1, column: 3)
    }

    private mutating func tooManySteps(_ random: inout SeededRandom) -> Expectation? {
        let path = #/^[A-Za-z_][A-Za-z0-9_:.\/]*(?= \||$)/#
        guard isInbound,
            let field = fields.filter({ $0.indent == 2 && $0.value.firstMatch(of: path) != nil }).randomElement(using: &random)
        else { return nil }
        set(field, value: "../../" + field.value)
        return Expectation(what: "path out of the document", code: .fileInvalid, line: field.number, column: field.offset + 1)
    }
}

@Suite("Shipped mappings with one thing changed")
struct MutatedMappingTests {
    /// What the shipped mappings are compiled with, all of it.
    static let input: CompilerInput = {
        var input = ShippedFiles.input
        let files = FolderReader.files(below: ShippedFiles.schemas)
        for file in files where file.hasPrefix("canonical/") {
            let dataset = String(file.dropFirst("canonical/".count).dropLast(".json".count))
            input.schemas[dataset] =
                CanonicalSchemaReader.read(
                    dataset: dataset, bytes: FolderReader.bytes(of: ShippedFiles.schemas + "/" + file) ?? []
                ).schema
        }
        input.audiences = ShippedFiles.library.audiences.map(\.name)
        input.schemaFiles = Set(files)
        input.forms = FormModelFolder(folder: ShippedFiles.schemas)
        return input
    }()

    @Test("Each change is found, by its code and at its place")
    func mutations() throws {
        let seed = TestSeed.choose()
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let names = ShippedFiles.library.names
        var done = 0
        var kinds: Set<Int> = []
        var tries = 0
        while done < TestSeed.rounds(60), tries < 100_000 {
            tries += 1
            let name = try #require(names.randomElement(using: &random))
            let text = try #require(FolderReader.bytes(of: "\(ShippedFiles.mappings)/\(name).yaml"))
            var mutation = MappingMutation(name, String(decoding: text, as: UTF8.self))
            // Each kind has its turn, so that all of them are tried whatever the seed.
            let kind = done % MappingMutation.kinds
            guard let expected = mutation.apply(kind, &random) else { continue }
            done += 1
            kinds.insert(kind)
            let changed = mutation.lines.joined(separator: "\n")
            let (result, found) = MappingCompilation.compile(Array(changed.utf8), expectedName: name, input: Self.input)
            let shown = found.map { "\($0.position.line):\($0.position.column) \($0.code) \($0.text)" }
            #expect(
                found.contains {
                    $0.code == expected.code && $0.position == SourcePosition(line: expected.line, column: expected.column)
                },
                "seed \(seed), \(name), \(expected.what): expected \(expected.code) at \(expected.line):\(expected.column), found \(shown)"
            )
            // A change never passes, and never makes a flood of findings.
            #expect(result == nil && found.count <= 3, "seed \(seed), \(name), \(expected.what): \(shown)")
        }
        #expect(kinds.count == MappingMutation.kinds)
    }

    @Test("Unchanged they have no finding")
    func unchanged() throws {
        for name in ShippedFiles.library.names {
            let text = try #require(FolderReader.bytes(of: "\(ShippedFiles.mappings)/\(name).yaml"))
            #expect(MappingCompilation.compile(text, expectedName: name, input: Self.input).findings == [])
        }
    }
}
