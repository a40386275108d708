import ExchangeModel
import GatewayTesting
import Outbox
import Platforms
import Store
import Testing

@testable import Gateway

@Suite("Receipts in a configuration")
struct ReceiptConfigurationTests {
    private static let form = "correlate: deliveryId, key: /id, verdict: /v, accepted: ok, refused: bad"

    private func read(_ destination: String, senders: String = "") throws -> ConfigurationReader.Outcome {
        let text = ConfigurationReaderTests.text()
            .replacing("    audience: province", with: "    audience: province\n    " + destination)
            .replacing("channels:\n  local-a: {", with: "\(senders.isEmpty ? "" : "  \(senders)\n")channels:\n  local-a: {")
        let folder = try TemporaryDirectory()
        return ConfigurationReader.read(
            file: try folder.write("gateway.yaml", text), environment: ["KEY": "secret-of-the-sender"])
    }

    @Test("without them a destination answers at once")
    func none() throws {
        #expect(try read("").configuration?.destinations[0].receipts == nil)
    }

    @Test("all of it is read, with defaults")
    func whole() throws {
        let outcome = try read(
            "receipts: {\(Self.form), callback: {principals: [local-a, platform]}, poll: {url: \"https://p.example/r?s={since}\", cursor: /next}, timeLimit: 2h}",
            senders: "platform: {key: \"env:KEY\"}")
        let destination = try #require(outcome.configuration?.destinations[0], "\(outcome.findings)")
        let receipts = try #require(destination.receipts)
        #expect(destination.policy.receiptLimit == .seconds(7200) && receipts.timeLimit == .seconds(7200))
        #expect(receipts.form.correlate == .deliveryId && receipts.form.items == nil && receipts.form.accepted == ["ok"])
        #expect(receipts.callback?.principals == ["local-a", "platform"])
        #expect(receipts.callback?.bodyBytesMax == 1 << 20 && receipts.callback?.bodyTimeMax == .seconds(30))
        #expect(receipts.poll?.interval == .seconds(60) && receipts.poll?.start == "" && receipts.poll?.cursor == "/next")
        #expect(outcome.configuration?.senders.first { $0.name == "platform" }?.channels == [])
        let plain = try read("receipts: {\(Self.form), callback: {principals: local-a}}")
        #expect(plain.configuration?.destinations[0].policy.receiptLimit == .seconds(86_400))
    }

    @Test(
        "what cannot work is refused",
        arguments: [
            ("receipts: {\(form)}", "callback or by poll"),
            ("answer: {rules: [{status: 202, verdict: handedOver}]}", "receipts must say"),
            ("receipts: {\(form), callback: {principals: locla-a}}", "did you mean \"local-a\""),
            ("receipts: {\(form), callback: {principals: local-a}, timelimit: 1h}", "timeLimit"),
            ("receipts: {\(form), callback: {principals: local-a}, timeLimit: 0s}", "timeLimit"),
            (
                "receipts: {correlate: reference, key: /n, verdict: /v, accepted: ok, refused: bad, callback: {principals: local-a}}",
                "answer.receipt"
            ),
            ("receipts: {\(form), version: /x, callback: {principals: local-a}}", "businessKey"),
            (
                "receipts: {correlate: deliveryid, key: /n, verdict: /v, accepted: ok, refused: bad, poll: {url: \"https://x/\"}}",
                "deliveryId"
            ),
            (
                "receipts: {correlate: deliveryId, key: n, verdict: /v, accepted: ok, refused: bad, poll: {url: \"https://x/\"}}",
                "RFC 6901"
            ),
            (
                "receipts: {correlate: deliveryId, key: /n, verdict: /v, accepted: ok, refused: [ok], poll: {url: \"https://x/\"}}",
                "both"
            ),
            ("receipts: {\(form), poll: {url: \"http://province.example/\"}}", "unencrypted"),
            ("receipts: {\(form), poll: {url: \"https://x/{since}\"}}", "{since}"),
            ("receipts: {\(form), poll: {url: \"https://x/\", cursor: /next}}", "{since}"),
        ])
    func refused(_ section: String, _ words: String) throws {
        let outcome = try read(section)
        #expect(outcome.configuration == nil)
        #expect(
            outcome.findings.contains { $0.finding.text.contains(words) && !$0.finding.textZH.isEmpty }, "\(outcome.findings)")
    }

    @Test("a sender that neither has a channel nor posts receipts is refused")
    func idleSender() throws {
        #expect(try read("", senders: "platform: {key: \"env:KEY\"}").configuration == nil)
    }
}

@Suite("Receipts in JSON")
struct JSONReceiptReaderTests {
    private func form(_ correlate: ReceiptForm.Correlate = .businessKey, items: String? = "/list") -> ReceiptForm {
        ReceiptForm(
            correlate: correlate, items: items, key: "/key", version: "/version", number: "/number", verdict: "/result",
            reason: "/why", time: "/at", accepted: ["1", "true"], refused: ["0"])
    }

    private func read(_ text: String, _ form: ReceiptForm, cursor: String? = nil) -> ReceiptDocument {
        JSONReceiptReader(form: form, cursor: cursor).read(Array(text.utf8))
    }

    @Test("a number and a time may stand over all items, a verdict and a key may not")
    func shared() {
        let document = read(
            """
            {"number": "HZ-1", "at": "2026-05-01T00:00:00Z", "result": "1", "key": "X", "next": 7, "list": [
              {"key": "A", "version": 2, "result": 1}, {"key": "B", "result": "0", "number": "own", "why": "E1"},
              {"key": "C", "result": "later"}, {"key": "D"}, {"result": "1"}]}
            """, form(), cursor: "/next")
        #expect(
            document.items.map(\.correlation) == [
                .businessKey("A", version: "2"), .businessKey("B", version: nil), .businessKey("C", version: nil),
            ])
        #expect(document.items.map(\.verdict) == [.accepted, .refused, .other])
        #expect(document.items.map(\.number) == ["HZ-1", "own", "HZ-1"])
        #expect(document.items.map(\.reason) == ["", "E1", ""])
        #expect(document.items.allSatisfy { $0.statedAt == Instant(year: 2026, month: 5, day: 1) })
        #expect(document.findings.map(\.path) == ["/list/3/result", "/list/4/key"])
        #expect(document.findings.map(\.position.line) == [3, 3])
        #expect(document.cursor == "7")
    }

    @Test("one document may be one receipt; its bytes stay as they came")
    func single() {
        let id = "019a0000-0000-7000-8000-000000000001"
        let text = "{ \"key\": \"\(id.uppercased())\", \"result\": true }"
        let document = read(text, form(.deliveryId, items: nil))
        #expect(document.items.map(\.correlation.subject) == [id] && document.items[0].verdict == .accepted)
        #expect(document.items[0].bytes == Array(text.utf8))
        #expect(
            read("{\"key\": \"no id\", \"result\": \"1\"}", form(.deliveryId, items: nil)).findings.map(\.code.name) == [
                "receipt.delivery-id"
            ])
    }

    @Test("long texts are refused or not shown, times without an offset are left out with a warning")
    func odd() {
        let long = String(repeating: "x", count: 257)
        #expect(read("{\"list\": [{\"key\": \"\(long)\", \"result\": \"1\"}]}", form()).items.isEmpty)
        #expect(read("{\"list\": [{\"key\": \"A\", \"result\": \"1\", \"number\": \"\(long)\"}]}", form()).items.isEmpty)
        let document = read(
            "{\"list\": [{\"key\": \"A\", \"result\": \"0\", \"why\": \"\(long)\", \"at\": \"2026-05-01 10:00:00\"}]}", form())
        #expect(document.items.map(\.reason) == ["a text of 257 bytes"])
        #expect(document.findings.map(\.severity) == [.warning])
    }

    @Test("the wait after failures doubles up to its bound")
    func backoff() {
        let waits = (0...6).map { ReceiptPoller.wait(.seconds(60), failures: $0) }
        #expect(waits == [60, 120, 240, 480, 900, 900, 900].map { .seconds($0) })
        #expect(ReceiptPoller.wait(.seconds(3600), failures: 9) == .seconds(3600))
    }
}
