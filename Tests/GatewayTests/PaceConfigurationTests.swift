import ExchangeModel
import GatewayTesting
import Outbox
import Platforms
import Testing

@testable import Gateway

@Suite("Reading a destination's pace")
struct PaceConfigurationTests {
    private func read(_ lines: String...) throws -> ConfigurationReader.Outcome {
        let folder = try TemporaryDirectory()
        let text = ConfigurationReaderTests.text().replacing(
            "    audience: province", with: (["audience: province"] + lines).map { "    \($0)" }.joined(separator: "\n"))
        return ConfigurationReader.read(
            file: try folder.write("gateway.yaml", text), environment: ["KEY": "secret-of-the-sender"])
    }

    private func policy(_ lines: String...) throws -> DestinationPolicy {
        let folder = try TemporaryDirectory()
        let text = ConfigurationReaderTests.text().replacing(
            "    audience: province", with: (["audience: province"] + lines).map { "    \($0)" }.joined(separator: "\n"))
        let outcome = ConfigurationReader.read(
            file: try folder.write("gateway.yaml", text), environment: ["KEY": "secret-of-the-sender"])
        #expect(outcome.findings.isEmpty, "\(outcome.findings)")
        return try #require(outcome.configuration).destinations[0].policy
    }

    @Test("without any key there is a breaker and no other bound")
    func defaults() throws {
        let policy = try policy()
        #expect(policy.pace == PacePolicy(breaker: BreakerPolicy()))
        #expect(policy.retry.byCause.isEmpty)
    }

    @Test("every key is read")
    func all() throws {
        let policy = try policy(
            "rate: {perSecond: 5, burst: 20}", "quotaPerDay: 1000", "timeZone: \"-03:30\"", "retryAfterHolds: destination",
            "openingHours:", "  - {days: [mon, tue], from: \"08:30\", to: \"24:00\"}",
            "  - {days: sun, from: \"22:00\", to: \"02:00\"}",
            "breaker: {window: 30s, minimum: 3, failurePercent: 80, open: 2s, openMax: 1h}",
            "retry: {byCause: [{cause: answer.*, initial: 9s}, {cause: transport.reset, cap: 8s, attempts: 3, total: 2h}]}",
            "answer: {rules: [{status: 429, verdict: transient, cause: too-many}]}")
        #expect(policy.pace.rate == RateLimit(count: 5, per: .seconds(1), burst: 20))
        #expect(policy.pace.quotaPerDay == 1000)
        #expect(policy.pace.offsetSeconds == -12_600)
        #expect(policy.pace.holdsOnRetryAfter)
        #expect(
            policy.pace.openingHours
                == OpeningHours(
                    [.init(days: [.mon, .tue], from: 510, to: 1440), .init(days: [.sun], from: 1320, to: 120)],
                    offsetSeconds: -12_600))
        #expect(
            policy.pace.breaker
                == BreakerPolicy(
                    window: .seconds(30), minimum: 3, failurePercent: 80, open: .seconds(2), openMax: .seconds(3600)))
        #expect(
            policy.retry.byCause == [
                RetryCauseRule(cause: "answer.*", initial: .seconds(9)),
                RetryCauseRule(cause: "transport.reset", cap: .seconds(8), attempts: 3, total: .seconds(7200)),
            ])
    }

    @Test("a destination may ask for a new id that names the first")
    func newID() throws {
        #expect(try policy("idempotent: newIdNamingFirst").unknown.settlement == .idempotentNewID)
        #expect(try policy("idempotent: deliveryId").unknown.settlement == .idempotentDeliveryID)
        #expect(try read("idempotent: newId").configuration == nil)
    }

    @Test("defaults follow what is given")
    func following() throws {
        #expect(try policy("rate: {perSecond: 7}").pace.rate == RateLimit(count: 7, per: .seconds(1), burst: 7))
        #expect(try policy("rate: {perMinute: 7}").pace.rate == RateLimit(count: 7, per: .seconds(60), burst: 1))
        #expect(try policy("breaker: {enabled: false}").pace.breaker == nil)
        #expect(try policy("breaker: {open: 10m}").pace.breaker?.openMax == .seconds(600))
        #expect(try policy("breaker: {openMax: 1s}").pace.breaker?.open == .seconds(1))
        #expect(try policy("timeZone: UTC").pace.offsetSeconds == 0)
        #expect(try policy("timeZone: Asia/Shanghai").pace.offsetSeconds == 28_800)
    }

    @Test(
        "what makes no sense is refused at its place, in both languages",
        arguments: [
            "rate: {perSecond: 0}", "rate: {burst: 3}", "rate: {perSecond: 1, perMinute: 60}", "rate: {perSecond: 1.5}",
            "rate: 5",
            "rate: {perSecond: 10001}", "rate: {perHour: 5}", "quotaPerDay: 0", "quotaPerDay: many", "timeZone: Europe/Paris",
            "timeZone: \"+8\"", "timeZone: \"+15:00\"", "timeZone: \"08:00\"", "timeZone: \"+08:61\"", "openingHours: []",
            "openingHours: {days: mon, from: \"08:00\", to: \"09:00\"}",
            "openingHours: [{days: [mon], from: \"8:30\", to: \"17:30\"}]",
            "openingHours: [{days: [mon], from: \"24:00\", to: \"17:30\"}]",
            "openingHours: [{days: [mon], from: \"08:30\", to: \"24:01\"}]",
            "openingHours: [{days: [mon], from: \"08:30\", to: \"08:30\"}]",
            "openingHours: [{days: [], from: \"08:30\", to: \"17:30\"}]",
            "openingHours: [{days: [monday], from: \"08:30\", to: \"17:30\"}]",
            "openingHours: [{from: \"08:30\", to: \"17:30\"}]",
            "breaker: {failurePercent: 101}", "breaker: {minimum: 0}", "breaker: {open: 10s, openMax: 5s}", "breaker: off",
            "breaker: {enabled: maybe}", "retryAfterHolds: everything", "retry: {byCause: [{cause: answer.*}]}",
            "retry: {byCause: [{attempts: 3}]}", "retry: {byCause: [{cause: answer, attempts: 3}]}",
            "retry: {byCause: [{cause: \"answer.Bad code\", attempts: 3}]}", "retry: {byCause: [{cause: anser.*, attempts: 3}]}",
            "retry: {byCause: [{cause: answer.a, attempts: 3}, {cause: answer.a, attempts: 4}]}",
            "answer: {rules: [{status: 429, verdict: transient, cause: \"Too many\"}]}",
            "status: {url: \"https://a.example/{deliveryId}\", rules: [{status: 200, verdict: absent, cause: gone}]}",
        ])
    func senseless(line: String) throws {
        let outcome = try read(line)
        #expect(outcome.configuration == nil)
        #expect(!outcome.findings.isEmpty)
        for finding in outcome.findings {
            #expect(finding.finding.position.line == 16, "\(finding)")
            #expect(!finding.finding.text.isEmpty && !finding.finding.textZH.isEmpty)
        }
    }

    @Test("slips get a suggestion")
    func suggestions() throws {
        for (line, suggestion) in [
            ("rate: {perSeconds: 5}", "perSecond"), ("openingHour: []", "openingHours"),
            ("breaker: {failurePercents: 5}", "failurePercent"), ("retryAfterHolds: destinatoin", "destination"),
            ("retry: {byCause: [{cause: anser.*, attempts: 3}]}", "answer"),
            ("openingHours: [{days: [mno], from: \"08:30\", to: \"17:30\"}]", "mon"),
        ] {
            let texts = try read(line).findings.map(\.finding.text)
            #expect(texts.contains { $0.contains("did you mean \"\(suggestion)\"?") }, "\(line): \(texts)")
        }
    }
}
