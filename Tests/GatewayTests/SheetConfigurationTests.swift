import ExchangeModel
import Formats
import GatewayTesting
import Mapping
import Testing

@testable import Gateway

@Suite("Workbooks in a channel's configuration")
struct SheetConfigurationTests {
    private func read(_ sheet: String) throws -> ConfigurationReader.Outcome {
        let text = ConfigurationReaderTests.text(channel: "dataset: tender-notice, mapping: local-a/in/tender-notice\(sheet)")
        let folder = try TemporaryDirectory()
        return ConfigurationReader.read(
            file: try folder.write("gateway.yaml", text), environment: ["KEY": "secret-of-the-sender"])
    }

    @Test("where a sender's records are is read; unsaid things stay unsaid")
    func isRead() throws {
        #expect(try read("").configuration?.channels[0].datasets[0].sheet == nil)
        let outcome = try read(", sheet: {name: 数据, headerRows: 2, names: {\"名 称\": title}}")
        let sheet = try #require(outcome.configuration?.channels[0].datasets[0].sheet, "\(outcome.findings)")
        #expect(
            sheet.sheet == .name("数据") && sheet.headerRows == 2 && sheet.rowsBeforeHeader == nil
                && sheet.names == ["名 称": "title"])
    }

    @Test(
        "words that are none are refused with the nearest",
        arguments: [
            (", sheet: {nmae: a}", "did you mean \"name\"?"), (", sheet: {name: a, number: 2}", "not by both"),
            (", sheet: {headerRows: 0}", "from 1 to 5"), (", sheet: first", "must be a mapping"),
        ])
    func isRefused(sheet: String, words: String) throws {
        let outcome = try read(sheet)
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains(words) }, "\(outcome.findings)")
    }
}
