import ExchangeModel
import Formats
import JSON
import Testing

@testable import Mapping

/// SplitMix64: small, seeded, the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

@Suite("Properties, with seeds")
struct PropertyTests {
    @Test(
        "Moving the point there and back changes no decimal, and agrees with moving it in the text",
        arguments: [1, 2, 3] as [UInt64])
    func decimals(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        for _ in 0..<2000 {
            let whole = String(
                (0..<Int.random(in: 1...14, using: &random)).map { _ in "0123456789".randomElement(using: &random) ?? "0" })
            let fraction = String(
                (0..<Int.random(in: 0...8, using: &random)).map { _ in "0123456789".randomElement(using: &random) ?? "0" })
            var text = fraction.isEmpty ? whole : "\(whole).\(fraction)"
            let value = try text.withUTF8 { try ExactDecimal($0) }
            let moved = try value.shifted(by: 4)
            #expect(try moved.shifted(by: -4) == value, "seed \(seed): \(text)")
            // The same by hand: the digits with the point four places to the right.
            let padded = fraction + String(repeating: "0", count: max(0, 4 - fraction.count))
            var byHand = whole + padded.prefix(4) + (padded.count > 4 ? "." + padded.dropFirst(4) : "")
            #expect(try byHand.withUTF8 { try ExactDecimal($0) } == moved, "seed \(seed): \(text)")
            var shown = moved.text
            #expect(try shown.withUTF8 { try ExactDecimal($0) } == moved, "seed \(seed): \(text)")
            #expect(!shown.hasSuffix(".") && (!shown.contains(".") || !shown.hasSuffix("0")))
        }
    }

    @Test(
        "Decimals that are none, or too long",
        arguments: [
            "", "-", ".", "1.", ".5", "1e3", "1,0", " 1", "+1", "1.2.3", "--1", "０", "1_0", String(repeating: "9", count: 37),
            "0." + String(repeating: "0", count: 37),
        ])
    func notDecimals(text: String) {
        var text = text
        #expect(throws: ExactDecimal.Problem.self) { try text.withUTF8 { try ExactDecimal($0) } }
    }

    @Test(
        "Forms of decimals",
        arguments: [
            ("0", "0"), ("-0", "0"), ("-0.50", "-0.5"), ("007", "7"), ("0.05", "0.05"), ("100", "100"), ("12.340", "12.34"),
            ("999999999999999999999999999999999999", "999999999999999999999999999999999999"),
            ("18446744073709551616.25", "18446744073709551616.25"),
        ])
    func forms(text: String, expected: String) throws {
        var text = text
        #expect(try text.withUTF8 { try ExactDecimal($0) }.text == expected)
    }

    @Test("A number of decimals is written exactly or refused")
    func scale() throws {
        func written(_ text: String, _ decimals: Int) throws -> String {
            var text = text
            var bytes: [UInt8] = []
            try text.withUTF8 { try ExactDecimal($0) }.write(decimals: decimals, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(try written("5", 2) == "5.00")
        #expect(try written("0", 1) == "0.0")
        #expect(try written("-1.5", 3) == "-1.500")
        #expect(try written("12", 0) == "12")
        #expect(throws: ExactDecimal.Problem.wouldLoseDigits) { try written("1.25", 1) }
        #expect(throws: ExactDecimal.Problem.tooLong) {
            var text = String(repeating: "9", count: 36)
            return try text.withUTF8 { try ExactDecimal($0) }.shifted(by: 1)
        }
    }

    @Test("Times come back from every pattern that carries them whole", arguments: [11, 12] as [UInt64])
    func times(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        for text in ["yyyyMMddHHmmss", "yyyy-MM-dd HH:mm:ss", "dd.MM.yyyy HH:mm:ss", "yyyyMMddHHmmssSSS"] {
            var problem = ""
            let pattern = try #require(TimePattern(text, problem: &problem))
            for _ in 0..<500 {
                let instant = Instant(milliseconds: Int64.random(in: -62_135_568_000...253_402_271_999, using: &random) * 1000)
                let civil = instant.civil(offsetSeconds: 28_800)
                var bytes: [UInt8] = []
                pattern.write(civil, to: &bytes)
                #expect(bytes.count == pattern.width)
                let back = bytes.withUnsafeBufferPointer { pattern.parse($0) }
                #expect(back == civil, "seed \(seed): \(instant)")
                #expect(back?.instant(offsetSeconds: 28_800) == instant, "seed \(seed): \(instant)")
                var zoned: [UInt8] = []
                ZonedTime(civil: civil, offsetSeconds: 28_800).write(to: &zoned)
                #expect(zoned.withUnsafeBufferPointer { ZonedTime($0) }?.instant == instant, "seed \(seed): \(instant)")
            }
        }
    }

    @Test("Random digits are a time exactly when the day exists", arguments: [21] as [UInt64])
    func impossibleTimes(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        var problem = ""
        let pattern = try #require(TimePattern("yyyyMMdd", problem: &problem))
        for _ in 0..<5000 {
            let (year, month, day) = (
                Int.random(in: 1900...2100, using: &random), Int.random(in: 0...13, using: &random),
                Int.random(in: 0...32, using: &random)
            )
            var bytes: [UInt8] = []
            Digits.append(year, count: 4, to: &bytes)
            Digits.append(month, count: 2, to: &bytes)
            Digits.append(day, count: 2, to: &bytes)
            let civil = Instant(year: year, month: month, day: day).civil()
            let exists = civil.year == year && civil.month == month && civil.day == day
            #expect(
                (bytes.withUnsafeBufferPointer { pattern.parse($0) } != nil) == exists, "seed \(seed): \(year) \(month) \(day)")
        }
    }

    @Test(
        "RFC 3339 that is none",
        arguments: [
            "2026-05-01T09:00:00", "2026-05-01 09:00:00Z", "2026-02-30T09:00:00Z", "2026-05-01T24:00:00Z", "2026-05-01T09:00:60Z",
            "2026-05-01T09:00:00+8:00", "2026-05-01T09:00:00.Z", "2026-05-01T09:00:00+15:00", "2026-05-01T09:00:00Zx", "x",
        ])
    func notTimes(text: String) {
        var text = text
        #expect(text.withUTF8 { ZonedTime($0) } == nil)
    }

    @Test("Whatever is done to a mapping file, it is checked without a crash", arguments: 1...6 as ClosedRange<UInt64>)
    func mutants(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let files = ["local-a/in/tender-notice", "provincial/out/tender-notice", "eforms/in/tender-notice"]
            .map { (name: $0, bytes: FolderReader.bytes(of: ShippedFiles.mappings + "/\($0).yaml") ?? []) }
        let record = FolderReader.bytes(of: ShippedFiles.recordings + "/good-01-road-notice/notice.xml") ?? []
        let pieces = [
            "|", "(", ")", "[", "]", "[]", "..", "/", "@", "'", "\"", ",", "=", ":", "required", "amount(", "\n", "  ", "é", "中",
            "\u{0}", "99999999999", "{", "}",
        ].map { Array($0.utf8) }
        for _ in 0..<60 {
            let file = files[Int.random(in: 0..<files.count, using: &random)]
            var bytes = file.bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.removeSubrange(place..<end)
                case 1: bytes.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: place)
                case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
                default: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            let (result, findings) = MappingCompilation.compile(bytes, expectedName: file.name, input: ShippedFiles.input)
            #expect((result == nil) == findings.contains { $0.severity == .error }, "seed \(seed)")
            #expect(findings.allSatisfy { !$0.text.isEmpty && !$0.textZH.isEmpty }, "seed \(seed)")
            // A mutant that is still a mapping runs as one.
            guard case .inbound(let mapping)? = result else { continue }
            var tree = RecordTree()
            let problems = XMLRecordReader().read(record, names: mapping.names, into: &tree)
            #expect(problems == [])
            let outcome = mapping.run(tree)
            #expect(outcome.isRefused || (try? JSONValue(parsing: outcome.canonical)) != nil, "seed \(seed)")
        }
    }

    @Test("Random expressions are read or refused, never more", arguments: 1...4 as ClosedRange<UInt64>)
    func expressions(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let words = [
            "A", "b:C", "@d", "/", ".", "..", "|", "(", ")", "[", "]", "'x'", "\"y\"", "=", ",", "1", "required", "concat", "max",
            " ", "中", "-",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 1...14, using: &random)).map { _ in
                words[Int.random(in: 0..<words.count, using: &random)]
            }.joined()
            do throws(ExpressionProblem) {
                let expression = try ExpressionParser.expression(
                    text, dotJoins: Bool.random(using: &random), isFunction: MappingFunction.isSource)
                #expect(expression.text == text)
            } catch {
                #expect(error.offset <= text.utf8.count && !error.text.isEmpty && !error.textZH.isEmpty, "seed \(seed): \(text)")
            }
        }
        let deep = String(repeating: "k(", count: 1000) + "a" + String(repeating: ")", count: 1000)
        #expect(throws: ExpressionProblem.self) {
            try ExpressionParser.expression(deep, dotJoins: false, isFunction: { _ in false })
        }
    }
}
