import ExchangeModel
import GatewayTesting
import Outbox
import Platforms
import Testing

@testable import Gateway

@Suite("Reading a configuration")
struct ConfigurationReaderTests {
    /// A configuration that is right, with places to spoil.
    static func text(
        data: String = "{address: 127.0.0.1, port: 8440}",
        channel: String = "dataset: tender-notice, mapping: local-a/in/tender-notice",
        sender: String = "{key: \"env:KEY\", channels: [local-a]}", url: String = "https://province.example/records",
        to: String = "provincial", extra: String = ""
    ) -> String {
        """
        name: test
        store: {path: store.sqlite}
        data: \(data)
        operators: {port: 8441}
        mappings: Mappings
        schemas: Schemas
        senders:
          local-a: \(sender)
        channels:
          local-a: {\(channel)}
        destinations:
          provincial:
            url: \(url)
            mapping: provincial/out/tender-notice
            audience: province
        routes:
          - {dataset: tender-notice, to: [\(to)]}
        \(extra)
        """
    }

    private func read(_ text: String, environment: [String: String] = ["KEY": "secret-of-the-sender"]) throws
        -> ConfigurationReader.Outcome
    {
        let folder = try TemporaryDirectory()
        let file = try folder.write("gateway.yaml", text)
        return ConfigurationReader.read(file: file, environment: environment)
    }

    @Test("a right one is read, relative paths start at its folder")
    func right() throws {
        let outcome = try read(Self.text())
        #expect(outcome.findings.isEmpty)
        let configuration = try #require(outcome.configuration)
        #expect(configuration.storePath.hasSuffix("/store.sqlite"))
        #expect(configuration.senders.map(\.name) == ["local-a"])
        #expect(configuration.destinations[0].policy.unknown.settlement == .person)
        #expect(configuration.channels[0].bodyBytesMax == 1 << 20)
    }

    @Test("marks of pressure have defaults, and are read as given")
    func pressure() throws {
        var limits = try #require(try read(Self.text()).configuration).limits.pressure
        #expect(limits == GatewayConfiguration.PressureLimits())
        #expect(limits.openDeliveries.soft == 4_500_000 && limits.storeBytes == nil && limits.freeDisk.hard == 64 << 20)
        let given = """
            limits:
              openDeliveries: {soft: 10, hard: 10}
              storeBytes: {soft: 1MiB, hard: 2MiB}
              freeDisk: {soft: 0, hard: 0}
            """
        limits = try #require(try read(Self.text(extra: given)).configuration).limits.pressure
        #expect(limits.openDeliveries == .init(soft: 10, hard: 10))
        #expect(limits.storeBytes == .init(soft: 1 << 20, hard: 2 << 20))
        #expect(limits.freeDisk == .init(soft: 0, hard: 0))
    }

    @Test(
        "senseless marks of pressure are refused",
        arguments: [
            ("openDeliveries: {soft: 11, hard: 10}", "must not be above the hard one"),
            ("storeBytes: {soft: 2MiB, hard: 1MiB}", "must not be above the hard one"),
            ("freeDisk: {soft: 1MiB, hard: 2MiB}", "must not be below the hard one"),
            ("openDeliveries: {soft: 0, hard: 10}", "a whole number from 1"), ("openDeliveries: 10", "openDeliveries"),
            ("freeDisk: {soft: 1MiB}", "hard"), ("freeDisk: {soft: much, hard: 0}", "a size such as"),
            ("freeDisks: {soft: 1, hard: 0}", "did you mean \"freeDisk\"?"),
        ])
    func senselessPressure(text: String, finding: String) throws {
        let outcome = try read(Self.text(extra: "limits: {\(text)}"))
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains(finding) }, "\(outcome.findings)")
    }

    @Test("an unknown key is refused with its place and a suggestion")
    func unknownKey() throws {
        let outcome = try read(Self.text(extra: "limts: {shutdown: 5s}"))
        #expect(outcome.configuration == nil)
        let finding = try #require(outcome.findings.first?.finding)
        #expect(finding.code == .keyUnknown)
        #expect(finding.position.line == 18)
        #expect(finding.text.contains("did you mean \"limits\"?"))
    }

    @Test(
        "a listener beyond loopback needs TLS",
        arguments: ["0.0.0.0", "192.168.1.5", "::", "localhost", "127.0.0.1.example", "1270.0.0.1"])
    func plainBeyondLoopback(address: String) throws {
        let outcome = try read(Self.text(data: "{address: \"\(address)\", port: 8440}"))
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains("not a loopback address") })
    }

    @Test("the operators' listener offers no TLS and says so")
    func operatorsBeyondLoopback() throws {
        let text = Self.text().replacing("operators: {port: 8441}", with: "operators: {address: 0.0.0.0, port: 8441}")
        let outcome = try read(text)
        #expect(outcome.findings.contains { $0.finding.text.contains("behind a TLS proxy") })
    }

    @Test("secrets come by reference only, and never show in findings")
    func secrets() throws {
        let literal = try read(Self.text(sender: "{key: my-very-secret-key, channels: [local-a]}"))
        #expect(literal.configuration == nil)
        #expect(!literal.findings.contains { $0.description.contains("my-very-secret-key") })
        #expect(literal.findings.contains { $0.finding.text.contains("by reference") })
        let missing = try read(Self.text(), environment: [:])
        #expect(missing.findings.contains { $0.finding.text.contains("environment variable KEY is not set") })
        let credential = try read(Self.text(sender: "{key: \"credential:../../etc/passwd\", channels: [local-a]}"))
        #expect(credential.findings.contains { $0.finding.text.contains("without a slash") })
    }

    @Test("names that lead nowhere are found with a suggestion")
    func references() throws {
        let channel = try read(Self.text(sender: "{key: \"env:KEY\", channels: [local-b]}"))
        #expect(
            channel.findings.contains { $0.finding.text.contains("there is no channel \"local-b\"; did you mean \"local-a\"?") })
        let destination = try read(Self.text(to: "provincal"))
        #expect(destination.findings.contains { $0.finding.text.contains("did you mean \"provincial\"?") })
    }

    @Test(
        "an address that would carry records in plain text is refused",
        arguments: [
            "http://province.example/records", "http://127.0.0.1.example/", "ftp://127.0.0.1/",
            "https://user:word@province.example/",
        ])
    func addresses(url: String) throws { #expect(try read(Self.text(url: "\"\(url)\"")).configuration == nil) }

    @Test("plain http on loopback is taken", arguments: ["http://127.0.0.1:8080/a", "http://localhost/a", "http://[::1]:80/a"])
    func loopbackAddresses(url: String) throws { #expect(try read(Self.text(url: "\"\(url)\"")).configuration != nil) }

    @Test("the rule for dead and waiting heads is read, and blocks by default", arguments: [nil, "block", "park", "overtake"])
    func headOfLine(rule: String?) throws {
        let line = rule.map { "    audience: province\n    headOfLine: \($0)" } ?? "    audience: province"
        let outcome = try read(Self.text().replacing("    audience: province", with: line))
        #expect(outcome.configuration?.destinations[0].policy.headOfLine.rawValue == rule ?? "block")
    }

    @Test("a rule that does not exist is refused", arguments: ["skip", "Block", "\"\"", "[block]"])
    func noHeadOfLine(rule: String) throws {
        let outcome = try read(
            Self.text().replacing("    audience: province", with: "    audience: province\n    headOfLine: \(rule)"))
        #expect(outcome.configuration == nil)
    }

    @Test("answer rules, status query and policies are read")
    func destination() throws {
        let text = Self.text().replacing(
            "    audience: province",
            with: """
                    audience: province
                    answer:
                      receipt: /receiptNo
                      rules:
                        - {status: 200, path: /code, equals: ["0"], verdict: accepted}
                        - {status: 500-599, verdict: transient}
                    status:
                      url: https://province.example/records/{deliveryId}
                      rules: [{status: 200, path: /state, equals: absent, verdict: absent}]
                    retry: {initial: 200ms, cap: 2s, attempts: 7, total: 1h}
                    unknown: {firstQuestion: 3s, interval: 1s, limit: 2h}
                    concurrency: 3
                """)
        let outcome = try read(text)
        #expect(outcome.findings.isEmpty, "\(outcome.findings)")
        let destination = try #require(outcome.configuration?.destinations.first)
        #expect(destination.policy.unknown.settlement == .statusQuery)
        #expect(destination.policy.retry.attempts == 7)
        #expect(destination.policy.concurrency == 3)
        #expect(destination.http.answer.rules.map(\.statuses) == [200...200, 500...599])
        #expect(destination.http.status?.answer.rules.first?.verdict == .absent)
    }

    @Test(
        "a wrong rule is refused at its place",
        arguments: [
            "{status: 2xx, verdict: accepted}", "{status: 200, verdict: good}",
            "{status: 200, path: code, equals: a, verdict: accepted}",
            "{status: 200, path: /a, equals: a, startsWith: b, verdict: accepted}", "{status: 200, equals: a, verdict: accepted}",
            "{status: 600, verdict: accepted}", "{status: 300-200, verdict: accepted}", "{status: 200, verdict: absent}",
        ])
    func wrongRules(rule: String) throws {
        let text = Self.text().replacing(
            "    audience: province", with: "    audience: province\n    answer: {rules: [\(rule)]}")
        let outcome = try read(text)
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.allSatisfy { $0.finding.position.line == 16 })
    }

    @Test("a file that is missing, a folder or no YAML is one finding")
    func unreadable() throws {
        let folder = try TemporaryDirectory()
        for path in [folder.file("missing.yaml"), folder.path] {
            let outcome = ConfigurationReader.read(file: path, environment: [:])
            #expect(outcome.configuration == nil)
            #expect(outcome.findings.count == 1)
        }
        #expect(try read("store: [").configuration == nil)
        #expect(try read("").configuration == nil)
    }
}
