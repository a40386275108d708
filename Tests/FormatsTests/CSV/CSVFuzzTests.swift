import ExchangeModel
import Formats
import GatewayTesting
import Testing

/// Random files and mutations of them: whatever the bytes are, the reader keeps its promises.
@Suite("CSV fuzz")
struct CSVFuzzTests {
    private static let rounds = TestSeed.number("TENDERBRIDGE_FUZZ_ROUNDS") ?? 3000

    @Test("pieces of any size give the same records, refusals and places, and so does going on behind any of them")
    func pieces() {
        let seed = TestSeed.choose()
        print("CSVFuzzTests.pieces seed \(seed)")
        var random = SeededRandom(seed: seed)
        var records = 0
        var refusals = 0
        for round in 0..<Self.rounds {
            var dialect = CSVDialect()
            dialect.separator = CSVDialect.Separator.allCases.randomElement(using: &random) ?? .comma
            dialect.encoding = random.chance(50) ? .utf8 : .gb18030
            if random.chance(20) { dialect.rowsBeforeHeader = Int.random(in: 0...2, using: &random) }
            if random.chance(20) { dialect.rowsAfterHeader = Int.random(in: 0...2, using: &random) }
            var bytes = Self.file(dialect, &random)
            if !round.isMultiple(of: 4) { Self.mutate(&bytes, &random) }
            let limits =
                random.chance(70)
                ? CSVLimits() : CSVLimits(rowBytesMax: 40, fieldBytesMax: 15, columnsMax: 4, headerBytesMax: 30)
            let whole = CSVReading(bytes, dialect: dialect, limits: limits)
            let lengths = (0..<4).map { _ in Int.random(in: 1...(random.chance(50) ? 3 : 40), using: &random) }
            let parts = CSVReading(bytes, dialect: dialect, limits: limits, pieces: lengths)
            if whole != parts {
                Issue.record("seed \(seed), round \(round), pieces \(lengths): \(bytes): \(whole) is not \(parts)")
                return
            }
            if let problem = Self.problem(whole, bytes, dialect, limits, &random) {
                Issue.record("seed \(seed), round \(round): \(problem): \(bytes)")
                return
            }
            records += whole.values.count
            refusals += whole.refusals.count
        }
        #expect(records > Self.rounds && refusals > Self.rounds / 20, "\(records) records, \(refusals) refusals")
    }

    /// What of a reading cannot be; nil when all is well.
    private static func problem(
        _ reading: CSVReading, _ bytes: [UInt8], _ dialect: CSVDialect, _ limits: CSVLimits, _ random: inout SeededRandom
    ) -> String? {
        var end = 0
        var line = 1
        for (index, place) in reading.places.enumerated() {
            if place.number != index + 1 { return "record \(index + 1) is numbered \(place.number)" }
            if place.offset < end || place.end <= place.offset || place.end > bytes.count { return "\(place) overlaps" }
            if place.line < line || place.endLine < place.line { return "\(place) goes back" }
            (end, line) = (place.end, place.endLine)
        }
        let widths = Set(reading.values.map(\.count))
        if widths.count > 1 { return "records of different widths" }
        for findings in reading.refusals + (reading.unreadable.isEmpty ? [] : [reading.unreadable]) {
            if findings.isEmpty || findings.contains(where: { $0.text.isEmpty || $0.textZH.isEmpty || $0.position.line < 1 }) {
                return "a refusal without reason or place: \(findings)"
            }
        }
        guard let index = reading.places.indices.randomElement(using: &random) else { return nil }
        let rest = CSVReading(bytes, resumingBehind: reading.places[index], dialect: dialect, limits: limits)
        return rest.rows == Array(reading.rows[(index + 1)...]) && rest.places == Array(reading.places[(index + 1)...])
            ? nil : "going on behind record \(index + 1) gives other records"
    }

    private static func file(_ dialect: CSVDialect, _ random: inout SeededRandom) -> [UInt8] {
        let separator = dialect.separator == .comma ? "," : dialect.separator == .tab ? "\t" : ";"
        let words = ["a", "项目", "", "12.5", "say \"hi\"", "x,y;z", "line\nend", "\r\n", "€𠀀", "\"", "招标公告", " b "]
        let lineEnd = ["\n", "\r\n", "\r"].randomElement(using: &random) ?? "\n"
        var text = ""
        for _ in 0..<dialect.rowsBeforeHeader { text += "note" + lineEnd }
        let columns = Int.random(in: 1...5, using: &random)
        text += (0..<columns).map { "c\($0)" }.joined(separator: separator) + lineEnd
        for _ in 0..<dialect.rowsAfterHeader { text += "note" + lineEnd }
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let fields = (0..<columns).map { _ -> String in
                let word = words.randomElement(using: &random) ?? ""
                let needsMarks = word.contains { "\",;\t\n\r".contains($0) || $0 == "\r\n" } || random.chance(20) || columns == 1
                return needsMarks
                    ? "\"" + word.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"" : word
            }
            text += fields.joined(separator: separator) + lineEnd
        }
        if random.chance(30), text.hasSuffix(lineEnd) { text.removeLast() }
        return dialect.encoding == .utf8 ? Array(text.utf8) : gb18030(text)
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        let interesting: [UInt8] = Array("\"\"\",,;\t\n\r x".utf8) + [0, 0x1B, 0x7F, 0x80, 0x81, 0x30, 0xBF, 0xE4, 0xEF, 0xFF]
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = interesting.randomElement(using: &random) ?? 0
            case 1: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: place)
            case 2: bytes.remove(at: place)
            case 3: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...6, using: &random)))
            }
        }
    }
}
