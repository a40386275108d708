import JSON
import JSONSchema
import Testing

@Suite("The official suite of JSON Schema, draft2020-12")
struct OfficialSuiteTests {
    @Test(
        "passes but for the misses that are listed with their reasons",
        .enabled(if: OfficialSuite.isThere, "\(OfficialSuite.reason)"))
    func official() throws {
        let folder = try OfficialSuite.source.get()
        let registry = try OfficialSuite.registry(folder: folder)
        let allowed = try OfficialSuite.allowedMisses()
        for entry in allowed { #expect(!entry.reason.isEmpty, "\(entry.name) is listed without a reason") }
        var unused = Set(allowed.map(\.name))
        var lines: [String] = []
        for (title, under, asserts) in [
            ("required", "", false), ("optional", "optional", false), ("formats", "optional/format", true),
        ] {
            let options = JSONSchemaOptions(assertsFormats: asserts, unknownWords: .annotations)
            var (total, passed) = (0, 0)
            var missed: [String] = []
            for file in try OfficialSuite.files(folder, under: under) {
                for outcome in try OfficialSuite.run(file, folder: folder, registry: registry, options: options) {
                    total += 1
                    let entry = allowed.first { $0.name == outcome.name }
                    if outcome.passed {
                        passed += 1
                        #expect(entry == nil, "listed as a miss, but passes: \(outcome.name)")
                    } else if let entry {
                        unused.remove(entry.name)
                        missed.append(outcome.name)
                    } else {
                        Issue.record("missed: \(outcome.name): \(outcome.note)")
                    }
                }
            }
            lines.append("draft2020-12 \(title): \(total) tests, \(passed) passed, \(missed.count) allowed misses")
            lines += missed.map { "  miss: \($0)" }
            #expect(total > 40)
        }
        print(lines.joined(separator: "\n"))
        #expect(unused.isEmpty, "listed as misses, but nothing of it fails: \(unused.sorted())")
    }

    @Test("is fetched, or says why it was not")
    func source() {
        if !OfficialSuite.isThere { print("JSON Schema suite skipped: \(OfficialSuite.reason)") }
        #expect(OfficialSuite.isThere || !OfficialSuite.reason.isEmpty)
    }
}
