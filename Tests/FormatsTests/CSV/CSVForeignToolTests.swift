import ExchangeModel
import Formats
import GatewayTesting
import Glibc
import JSON
import Testing

private let python = "/usr/bin/python3"

/// Files written and read by Python's csv module, which shares no code with us.
@Suite("CSV against Python", .enabled(if: access(python, X_OK) == 0))
struct CSVForeignToolTests {
    /// Writes `rows` of `cases.json` as CSV files, in the manner that each case names.
    private static let writer = """
        import csv, json, sys
        for number, case in enumerate(json.load(open("cases.json", encoding="utf-8"))):
            with open(f"{number}.csv", "w", newline="", encoding=case["encoding"]) as file:
                csv.writer(file, delimiter=case["separator"], lineterminator=case["end"],
                           quoting=csv.QUOTE_ALL if case["all"] == "yes" else csv.QUOTE_MINIMAL).writerows(case["rows"])
        """
    /// Reads `0.csv` and so on; the rows of a file, or null where Python refuses it.
    private static let reader = """
        import csv, json, sys
        found = []
        for number in range(int(sys.argv[1])):
            try:
                with open(f"{number}.csv", newline="", encoding="utf-8") as file:
                    found.append(list(csv.reader(file, strict=True)))
            except csv.Error:
                found.append(None)
        json.dump(found, open("found.json", "w", encoding="utf-8"))
        """

    @Test("reads what Python writes, in every manner of writing")
    func written() async throws {
        let seed = TestSeed.choose()
        print("CSVForeignToolTests.written seed \(seed)")
        var random = SeededRandom(seed: seed)
        let count = TestSeed.number("TENDERBRIDGE_FUZZ_ROUNDS").map { min($0, 2000) } ?? 300
        let letters = ["a", "b", ",", ";", "\t", "\"", "\n", "\r", "\r\n", " ", "招", "标", "€", "𠀀", "1"]
        try await TemporaryDirectory.with("csv") { directory in
            var cases: [(rows: [[String]], dialect: CSVDialect)] = []
            var json: [JSONValue] = []
            for _ in 0..<count {
                let separator = CSVDialect.Separator.allCases.randomElement(using: &random) ?? .comma
                let encoding = ["utf-8", "utf-8-sig", "gb18030"].randomElement(using: &random) ?? "utf-8"
                let columns = Int.random(in: 2...6, using: &random)
                var rows = [(0..<columns).map { "column \($0)" }]
                for _ in 0..<Int.random(in: 0...10, using: &random) {
                    rows.append(
                        (0..<columns).map { _ in
                            (0..<Int.random(in: 0...6, using: &random)).map { _ in letters.randomElement(using: &random) ?? "" }
                                .joined()
                        })
                }
                cases.append((rows, CSVDialect(separator: separator, encoding: encoding == "gb18030" ? .gb18030 : .utf8)))
                // With "\n" alone as line end, Python leaves a field that holds "\r" without marks, if it may.
                let all = random.chance(50)
                let end = all && random.chance(50) ? "\n" : "\r\n"
                json.append([
                    "encoding": .string(encoding), "separator": separator == .comma ? "," : separator == .tab ? "\t" : ";",
                    "end": .string(end), "all": all ? "yes" : "no",
                    "rows": .array(rows.map { .array($0.map { .string($0) }) }),
                ])
            }
            try directory.write("cases.json", JSONValue.array(json).bytes())
            _ = try await ChildProcess.run([python, "-c", Self.writer], in: directory.path)
            for (number, (rows, dialect)) in cases.enumerated() {
                let reading = CSVReading(try directory.read("\(number).csv"), dialect: dialect, pieces: [7, 64, 1])
                guard reading.values.map({ $0.map { Array($0.utf8) } }) == rows.dropFirst().map({ $0.map { Array($0.utf8) } }),
                    reading.refusals.isEmpty, reading.unreadable.isEmpty
                else {
                    Issue.record("seed \(seed), file \(number), \(dialect): \(rows) became \(reading)")
                    return
                }
            }
        }
    }

    @Test("agrees with Python on files of separators, marks and line ends in any order")
    func read() async throws {
        let seed = TestSeed.choose()
        print("CSVForeignToolTests.read seed \(seed)")
        var random = SeededRandom(seed: seed)
        let count = TestSeed.number("TENDERBRIDGE_FUZZ_ROUNDS").map { min($0, 5000) } ?? 1500
        try await TemporaryDirectory.with("csv") { directory in
            var files: [[UInt8]] = []
            for number in 0..<count {
                var bytes = Array("p,q\n".utf8)
                for _ in 0..<Int.random(in: 0...16, using: &random) {
                    bytes.append(Array("aa,,,\"\"\n\r ".utf8).randomElement(using: &random) ?? 0)
                }
                files.append(bytes)
                try directory.write("\(number).csv", bytes)
            }
            _ = try await ChildProcess.run([python, "-c", Self.reader, String(count)], in: directory.path)
            let found = try JSONValue(
                parsing: directory.read("found.json"), limits: JSONLimits(bytesMax: 64 << 20, countMax: 4 << 20))
            var compared = 0
            for (bytes, theirs) in zip(files, found.elements ?? []) {
                let ours = CSVReading(bytes)
                guard let rows = theirs.elements else {
                    // Where Python refuses the file, some row of ours is refused.
                    #expect(!ours.refusals.isEmpty, "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
                    continue
                }
                // Python gives an empty list for an empty line.
                let theirRows = rows.dropFirst().compactMap { $0.elements?.map { $0.string ?? "" } }.filter { !$0.isEmpty }
                let good = theirRows.filter { $0.count == 2 }
                #expect(
                    ours.values == good && ours.refusals.count == theirRows.count - good.count,
                    "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
                compared += 1
            }
            #expect(compared > count / 4)
        }
    }
}
