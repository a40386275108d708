import ExchangeModel
import GatewayTesting
import JSON
import Testing

@testable import Gateway

@Suite("Reading what attachments may be")
struct AttachmentConfigurationTests {
    private func read(store: String = "", limits: String = "{}") throws -> ConfigurationReader.Outcome {
        let folder = try TemporaryDirectory()
        let text = ConfigurationReaderTests.text(extra: "limits: \(limits)")
            .replacing("{path: store.sqlite}", with: "{path: store.sqlite\(store)}")
        return ConfigurationReader.read(
            file: try folder.write("gateway.yaml", text), environment: ["KEY": "secret-of-the-sender"])
    }

    @Test("without a word they have defaults, which the schema names")
    func defaults() throws {
        let configuration = try #require(try read().configuration)
        #expect(configuration.attachments == .init() && configuration.limits.attachments == .init())
        #expect(configuration.attachments.folder == nil && configuration.attachments.retention == .seconds(7 * 86_400))
        #expect(configuration.limits.attachments.bytesMax == 512 << 20)
    }

    @Test("every key is read as given")
    func all() throws {
        let outcome = try read(
            store: ", attachments: files, attachmentRetention: 30d",
            limits: "{attachment: 2GiB, attachmentTime: 2h, attachments: 5, uploads: 3, uploadAge: 7d}")
        let configuration = try #require(outcome.configuration, "\(outcome.findings)")
        #expect(configuration.attachments.folder?.hasSuffix("/files") == true)
        #expect(configuration.attachments.retention == .seconds(30 * 86_400))
        let limits = configuration.limits.attachments
        #expect(limits.bytesMax == 2 << 30 && limits.timeMax == .seconds(7200) && limits.countMax == 5)
        #expect(limits.uploadsMax == 3 && limits.uploadAge == .seconds(7 * 86_400))
    }

    @Test(
        "what makes no sense is refused, with the nearest key for one that does not exist",
        arguments: [
            (", attachments: store.sqlite", "{}", "store.attachments is a folder"),
            (", attachmentRetention: 1m", "{}", "attachmentRetention"),
            (", attachmentsRetention: 7d", "{}", "attachmentRetention"), ("", "{attachment: 0}", "attachment"),
            ("", "{attachment: big}", "attachment"), ("", "{attachments: 101}", "attachments"), ("", "{uploads: -1}", "uploads"),
            ("", "{uploadAge: 1s}", "uploadAge"), ("", "{attachmentTime: 0s}", "attachmentTime"),
            ("", "{atachment: 1MiB}", "attachment"),
        ])
    func refused(_ store: String, _ limits: String, _ word: String) throws {
        let outcome = try read(store: store, limits: limits)
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains(word) && !$0.finding.textZH.isEmpty }, "\(outcome.findings)")
    }

    @Test("another folder needs a restart")
    func restart() throws {
        let old = try #require(try read().configuration)
        var new = try #require(try read(store: ", attachments: elsewhere, attachmentRetention: 9d").configuration)
        new.storePath = old.storePath
        let findings = RestartOnly.findings(from: old, to: new)
        #expect(findings.map(\.finding.text).filter { $0.hasPrefix("store.attachments") }.count == 1, "\(findings)")
    }

    @Test("rows of evidence about attachments have words in both languages")
    func words() throws {
        for event in ["attachment.stored", "attachment.removed", "attachment.read"] {
            let row = try JSONValue(
                parsing: """
                    {"event":"\(event)","channel":"c","sender":"s","sha256":"aa","sm3":"bb","bytes":7,"actor":"uid:0","reason":"r"}
                    """)
            for text in [EvidenceWords.text(row), EvidenceWords.textZH(row)] {
                #expect(text.contains("aa") && !text.contains("{") && !text.contains(event), "\(text)")
            }
        }
    }
}
