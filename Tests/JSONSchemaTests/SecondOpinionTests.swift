import Foundation
import GatewayTesting
import JSON
import JSONSchema
import Testing

@Suite("A second opinion")
struct SecondOpinionTests {
    /// Reads lines `[schema, [document, ...]]`, writes a verdict for each document, or null where the schema is not taken.
    static let program = """
        import json, sys, jsonschema
        for line in sys.stdin:
            schema, documents = json.loads(line)
            try:
                validator = jsonschema.Draft202012Validator(schema)
                print(json.dumps([validator.is_valid(document) for document in documents]))
            except Exception:
                print("null")
        """
    static let isThere: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import jsonschema"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    @Test(
        "Python's jsonschema gives the same verdicts on random schemas",
        .enabled(if: isThere, "Python's jsonschema is not installed"))
    func python() throws {
        let seed = TestSeed.choose()
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        // Python reads numbers as binary floating point and knows no \p{...}; neither is what is compared here.
        func isCommon(_ value: JSONValue) -> Bool {
            let text = value.text()
            return ["e400", "e-400", "e99999", "\\p", "0.1", "0.00000"].allSatisfy { !text.contains($0) }
        }
        var cases: [(schema: JSONValue, documents: [JSONValue], verdicts: [Bool])] = []
        for _ in 0..<TestSeed.rounds(1500) {
            let schema = FuzzTests.schema(&random, 0)
            let documents = (0..<5).map { _ in FuzzTests.value(&random, 0) }.filter(isCommon)
            guard isCommon(schema), schema.members != nil,
                let compiled = try? JSONSchema(parsing: schema.bytes(), name: "f", options: .init(assertsFormats: false))
            else { continue }
            let verdicts = try documents.map { try compiled.validate($0.bytes()) }
            guard verdicts.allSatisfy({ !$0.findings.contains { $0.keyword.hasPrefix("(") } }) else { continue }
            cases.append((schema, documents, verdicts.map(\.isValid)))
        }
        let folder = try TemporaryDirectory()
        defer { withExtendedLifetime(folder) {} }
        let input = cases.map { JSONValue.array([$0.schema, .array($0.documents)]).text() }.joined(separator: "\n")
        try input.write(toFile: folder.path + "/cases", atomically: false, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.program]
        process.standardInput = FileHandle(forReadingAtPath: folder.path + "/cases")
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let answers = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(separator: "\n")
        process.waitUntilExit()
        #expect(answers.count == cases.count)
        var compared = 0
        for (answer, one) in zip(answers, cases) {
            guard let theirs = try JSONValue(parsing: String(answer)).elements else { continue }
            for (index, verdict) in theirs.enumerated() {
                compared += 1
                #expect(verdict.boolean == one.verdicts[index], "\(one.schema.text()) on \(one.documents[index].text())")
            }
        }
        print("\(compared) verdicts compared")
        #expect(compared > 500)
    }
}
