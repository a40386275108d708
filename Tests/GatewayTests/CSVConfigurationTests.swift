import ExchangeModel
import Formats
import GatewayTesting
import Mapping
import Testing

@testable import Gateway

@Suite("CSV in a channel's configuration")
struct CSVConfigurationTests {
    private func read(_ csv: String) throws -> ConfigurationReader.Outcome {
        let text = ConfigurationReaderTests.text(channel: "dataset: tender-notice, mapping: local-a/in/tender-notice\(csv)")
        let folder = try TemporaryDirectory()
        return ConfigurationReader.read(
            file: try folder.write("gateway.yaml", text), environment: ["KEY": "secret-of-the-sender"])
    }

    @Test("how a sender writes CSV is read; unsaid things stay unsaid")
    func isRead() throws {
        #expect(try read("").configuration?.channels[0].datasets[0].csv == nil)
        let outcome = try read(", csv: {separator: tab, encoding: gb18030, rowsAfterHeader: 1, names: {\"名 称\": title}}")
        let csv = try #require(outcome.configuration?.channels[0].datasets[0].csv, "\(outcome.findings)")
        #expect(csv.separator == .tab && csv.encoding == .gb18030 && csv.rowsAfterHeader == 1 && csv.rowsBeforeHeader == nil)
        #expect(csv.names == ["名 称": "title"])
    }

    @Test(
        "words that are none are refused with the nearest",
        arguments: [
            (", csv: {separator: semikolon}", "did you mean \"semicolon\"?"),
            (", csv: {encodign: utf-8}", "did you mean \"encoding\"?"),
            (", csv: {rowsBeforeHeader: -1}", "from 0 to 100"), (", csv: comma", "must be a mapping"),
        ])
    func isRefused(csv: String, words: String) throws {
        let outcome = try read(csv)
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains(words) }, "\(outcome.findings)")
    }
}
