import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Gateway

@Suite("Duplicates, versions, parents and deadlines in a configuration")
struct RouteConfigurationTests {
    private func read(
        channel: String = "", routes: String = "  - {dataset: tender-notice, to: [provincial]}", extra: String = ""
    ) throws -> ConfigurationReader.Outcome {
        let text = ConfigurationReaderTests.text(
            channel: "dataset: tender-notice, mapping: local-a/in/tender-notice\(channel)", extra: extra
        )
        .replacing("  - {dataset: tender-notice, to: [provincial]}", with: routes)
        let folder = try TemporaryDirectory()
        return ConfigurationReader.read(
            file: try folder.write("gateway.yaml", text), environment: ["KEY": "secret-of-the-sender"])
    }

    @Test("without them everything is as before")
    func defaults() throws {
        let configuration = try #require(try read().configuration)
        #expect(configuration.channels[0].duplicates == .idempotencyKey)
        #expect(!configuration.routes[0].supersedes && configuration.routes[0].after == nil && configuration.deadlines.isEmpty)
    }

    @Test("each rule for duplicates has its word", arguments: DuplicateRule.allCases)
    func duplicates(_ rule: DuplicateRule) throws {
        #expect(try read(channel: ", duplicates: \(rule.rawValue)").configuration?.channels[0].duplicates == rule)
    }

    @Test("a word that is none is refused with the nearest")
    func wrongWord() throws {
        let outcome = try read(channel: ", duplicates: contents")
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains("content") })
    }

    @Test("supersede and after are read")
    func order() throws {
        let outcome = try read(
            routes: """
                  - {dataset: tender-notice, to: provincial, supersede: true, after: {dataset: project, key: /project/code, waitLimit: 2d}}
                  - {dataset: project, to: provincial}
                """)
        let route = try #require(outcome.configuration?.routes.first, "\(outcome.findings)")
        #expect(route.supersedes)
        #expect(route.after == .init(dataset: Dataset("project"), key: "/project/code", waitLimit: .seconds(2 * 86_400)))
    }

    @Test(
        "routes that contradict each other, or would wait for ever, are refused",
        arguments: [
            (
                "  - {dataset: tender-notice, to: provincial, supersede: true}\n  - {dataset: tender-notice, to: provincial}",
                "say different things"
            ),
            ("  - {dataset: tender-notice, to: provincial, after: {dataset: project, key: /p}}", "no route brings project"),
            ("  - {dataset: tender-notice, to: provincial, after: {dataset: tender-notice, key: /p}}", "comes after itself"),
            (
                "  - {dataset: tender-notice, to: provincial, after: {dataset: project, key: /p}}\n"
                    + "  - {dataset: project, to: provincial, after: {dataset: tender-notice, key: /p}}", "comes after itself"
            ),
            ("  - {dataset: tender-notice, to: provincial, after: {dataset: project, key: p}}", "pointer"),
            ("  - {dataset: tender-notice, to: provincial, after: {dataset: project}}", "key is required"),
            ("  - {dataset: tender-notice, to: provincial, supersedes: true}", "did you mean \"supersede\"?"),
            ("  - {dataset: tender-notice, to: provincial, after: {dataset: project, key: /p, waitLimit: 0s}}", "waitLimit"),
        ])
    func wrongRoutes(_ routes: String, _ says: String) throws {
        let outcome = try read(routes: routes)
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains(says) && !$0.finding.textZH.isEmpty }, "\(outcome.findings)")
    }

    @Test("deadlines are read, their files belong to the configuration's folder")
    func deadlines() throws {
        let outcome = try read(
            extra: """
                deadlines:
                  - {dataset: tender-notice, from: /publishedAt, within: "20 calendar days"}
                  - {dataset: tender-notice, from: /decidedAt, within: "7 working days", holidays: holidays.yaml, until: "17:00", to: provincial}
                """)
        let deadlines = try #require(outcome.configuration?.deadlines, "\(outcome.findings)")
        #expect(
            deadlines.map(\.term) == [
                DeadlineTerm(count: 20, unit: .calendarDays), DeadlineTerm(count: 7, unit: .workingDays, closesAtMinute: 1020),
            ])
        #expect(deadlines[1].holidayFile?.hasSuffix("/holidays.yaml") == true && deadlines[1].destinations == ["provincial"])
    }

    @Test(
        "deadlines that cannot be meant are refused",
        arguments: [
            ("dataset: tender-notice, from: /a, within: \"20 days\"", "20 calendar days"),
            ("dataset: tender-notice, from: a, within: \"20 calendar days\"", "pointer"),
            ("dataset: tender-notices, from: /a, within: \"20 calendar days\"", "did you mean \"tender-notice\"?"),
            ("dataset: tender-notice, from: /a, within: \"20 calendar days\", holidays: h.yaml", "do not count"),
            ("dataset: tender-notice, from: /a, within: \"2 working days\", until: \"24:01\"", "17:00"),
            ("dataset: tender-notice, from: /a, within: \"2 working days\", until: \"00:00\"", "17:00"),
            ("dataset: tender-notice, from: /a, within: \"2 working days\", until: 5pm", "17:00"),
            ("dataset: tender-notice, from: /a, within: \"2 working days\", to: nowhere", "no destination"),
            ("dataset: tender-notice, from: /a", "within is required"),
        ])
    func wrongDeadlines(_ rule: String, _ says: String) throws {
        let outcome = try read(extra: "deadlines:\n  - {\(rule)}")
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains(says) && !$0.finding.textZH.isEmpty }, "\(outcome.findings)")
    }
}
