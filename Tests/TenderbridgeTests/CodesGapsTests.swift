import GatewayTesting
import JSON
import Testing

@Suite("codes gaps")
struct CodesGapsTests {
    @Test("names the canonical values that a platform has no code for, and counts codes met in documents")
    func gaps() async throws {
        let folder = try TemporaryDirectory("tb-codes")
        try await ChildProcess.run(["cp", "-rL", Repository.file("Mappings"), Repository.file("Schemas"), folder.path])
        let list = folder.file("Mappings/codelists/notice-nature.csv")
        let text = String(decoding: try Repository.bytes(list), as: UTF8.self)
        let rows = text.split(separator: "\n")
        let gone = try #require(rows.first { $0.contains(",provincial,") })
        let value = gone.split(separator: ",", omittingEmptySubsequences: false)[4]
        let isElsewhere = rows.contains { $0 != gone && $0.contains(",provincial,") && $0.contains(",\(value),") }
        try folder.write("Mappings/codelists/notice-nature.csv", rows.filter { $0 != gone }.joined(separator: "\n"))
        let result = try await BuiltProgram.run(
            ["codes", "gaps", folder.file("Mappings"), "--over", Repository.file("Tests/Recordings"), "--format", "json"])
        #expect(result.exit == 1, "\(result.text)")
        let report = try JSONValue(parsing: result.text)
        let named = report["valuesWithoutCode"]?.elements?.contains {
            $0["mapping"]?.string == "provincial/out/tender-notice" && $0["list"]?.string == "notice-nature"
                && $0["value"]?.string == String(value)
        }
        #expect(named == !isElsewhere)
        let met = try #require(report["codesWithoutValue"]?.elements)
        #expect(met.contains { $0["document"]?.string?.contains("bad-15-unknown-code") == true && $0["count"]?.integer ?? 0 > 0 })
        let chinese = try await BuiltProgram.run(["codes", "gaps", folder.file("Mappings"), "--language", "zh"])
        #expect(isElsewhere || chinese.text.contains("代码表“notice-nature”的规范值“\(value)”"), "\(chinese.text)")
        #expect(try await BuiltProgram.run(["codes", "gaps", "/does/not/exist"]).exit == 64)
    }
}
