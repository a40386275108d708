import ExchangeModel
import GatewayTesting
import Mapping
import Testing

@testable import Gateway

@Suite("Reading what numbers of persons do at a destination")
struct PersonalTextConfigurationTests {
    private func read(_ line: String) throws -> ConfigurationReader.Outcome {
        let folder = try TemporaryDirectory()
        let text = ConfigurationReaderTests.text().replacing(
            "    audience: province", with: "    audience: province\n    \(line)")
        return ConfigurationReader.read(
            file: try folder.write("gateway.yaml", text), environment: ["KEY": "secret-of-the-sender"])
    }

    @Test(
        "the rule is read; without the key the audience's holds",
        arguments: [("", nil), ("personalText: warn", .warn), ("personalText: refuse", .refuse)] as [(String, PersonalTextRule?)])
    func rule(line: String, rule: PersonalTextRule?) throws {
        let outcome = try read(line)
        #expect(outcome.findings.isEmpty, "\(outcome.findings)")
        #expect(outcome.configuration?.destinations[0].personalText == rule)
    }

    @Test("another word is refused with a suggestion")
    func unknown() throws {
        let outcome = try read("personalText: refused")
        #expect(outcome.configuration == nil)
        #expect(
            outcome.findings.contains { $0.finding.text.contains("refuse") && $0.finding.position.line > 1 },
            "\(outcome.findings)")
    }
}
