import ExchangeModel
import GatewayTesting
import Glibc
import Store
import Testing

@testable import Gateway

@Suite("Reading store.encryption and evidence.sign")
struct EvidenceConfigurationTests {
    static let hex = String(repeating: "0a", count: 32)
    static let otherHex = String(repeating: "0b", count: 32)

    private func read(
        encryption: String? = nil, sign: String? = nil, name: String = "test", environment: [String: String] = [:],
        secrets: ConfigurationReader.Secrets = .resolved, _ prepare: (TemporaryDirectory) throws -> Void = { _ in },
        channel: (String) -> String = { $0 }
    ) throws -> ConfigurationReader.Outcome {
        let folder = try TemporaryDirectory()
        defer { withExtendedLifetime(folder) {} }
        try folder.write("master", Self.hex + "\n")
        try folder.write("former", Self.otherHex)
        try folder.write("evidence.key", "a key")
        try prepare(folder)
        var text = ConfigurationReaderTests.text(extra: sign.map { "evidence: {sign: \($0)}" } ?? "")
        if let encryption {
            text = text.replacing("{path: store.sqlite}", with: "{path: store.sqlite, encryption: \(encryption)}")
        }
        text = text.replacing("name: test", with: "name: \(name)")
        let file = try folder.write("gateway.yaml", channel(text))
        let environment = ["KEY": "secret-of-the-sender"].merging(environment) { $1 }
        return ConfigurationReader.read(file: file, environment: environment, secrets: secrets)
    }

    @Test("without them nothing is encrypted or signed")
    func absent() throws {
        let configuration = try #require(try read().configuration)
        #expect(configuration.masterKeys.isEmpty && !configuration.isEncrypted && configuration.signing == nil)
    }

    @Test("keys that are a person's number need encryption, and are named as such")
    func personalKeys() throws {
        func read(_ keys: String, encryption: String?) throws -> ConfigurationReader.Outcome {
            try self.read(encryption: encryption) { _ in
            } channel: {
                $0.replacing("tender-notice, mapping", with: "tender-notice, personalKeys: \(keys), mapping")
            }
        }
        let encryption = "{masterKey: \"file:master\"}"
        #expect(
            try read("businessKey", encryption: encryption).configuration?.channels[0].datasets[0].personalKeys == [.businessKey])
        let both = try read("[businessKey, orderingKey]", encryption: encryption)
        #expect(both.configuration?.channels[0].datasets[0].personalKeys == [.businessKey, .orderingKey])
        #expect(try read("[]", encryption: nil).configuration?.channels[0].datasets[0].personalKeys == [])
        let plain = try read("businessKey", encryption: nil)
        #expect(plain.configuration == nil && plain.findings.contains { $0.finding.text.contains("needs store.encryption") })
        let unknown = try read("[businesKey]", encryption: encryption)
        #expect(unknown.configuration == nil && unknown.findings.contains { $0.finding.text.contains("businessKey") })
    }

    @Test("a master key comes by reference, alone or as a list with the current one first")
    func keys() throws {
        let one = try #require(try read(encryption: "{masterKey: \"file:master\"}").configuration)
        #expect(one.masterKeys.count == 1 && one.isEncrypted)
        let list = try read(
            encryption: "{masterKey: [\"env:NEW\", \"file:master\", \"credential:old\"]}",
            environment: ["NEW": String(repeating: "0c", count: 32), "CREDENTIALS_DIRECTORY": "/proc/self/cwd"])
        #expect(list.findings.contains { $0.finding.text.contains("/proc/self/cwd/old") })
        let two = try #require(try read(encryption: "{masterKey: [\"file:former\", \"file:master\"]}").configuration)
        #expect(two.masterKeys[1].fingerprint == one.masterKeys[0].fingerprint && two.masterKeys.count == 2)
    }

    @Test(
        "what is no master key is refused in both languages, without showing it",
        arguments: [
            ("{masterKey: \"file:evidence.key\"}", "32 random bytes"), ("{masterKey: \(hex)}", "by reference"),
            ("{masterKey: \"file:nowhere\"}", "cannot read"), ("{masterKey: []}", "names no key"), ("{}", "masterKey"),
            ("{masterKeys: \"file:master\"}", "did you mean \"masterKey\"?"), ("{masterKey: \"env:UNSET\"}", "is not set"),
            ("{masterKey: [\"file:master\", \"file:master\"]}", "twice"),
            ("{masterKey: [\(Array(repeating: "\"file:master\"", count: 9).joined(separator: ", "))]}", "at most 8"),
        ])
    func refused(_ encryption: String, _ told: String) throws {
        let outcome = try read(encryption: encryption)
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains(told) }, "\(outcome.findings)")
        #expect(outcome.findings.allSatisfy { !$0.finding.textZH.isEmpty && !$0.description.contains(Self.hex) })
    }

    @Test("a key file that others may read or write is refused", arguments: [0o604, 0o640, 0o660, 0o620, 0o602] as [mode_t])
    func weak(_ mode: mode_t) throws {
        let outcome = try read(encryption: "{masterKey: \"file:master\"}") { chmod($0.file("master"), mode) }
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains("set its mode to 0600") })
        let signing = try read(sign: "{key: \"file:evidence.key\", certificate: c.pem, file: head.json}") {
            chmod($0.file("evidence.key"), mode)
        }
        #expect(signing.findings.contains { $0.finding.textZH.contains("0600") })
        // systemd's access lists show as bits of the group.
        let credential = try read(encryption: "{masterKey: \"credential:master\"}") { chmod($0.file("master"), mode) }
        #expect(credential.configuration == nil, "CREDENTIALS_DIRECTORY is not set")
    }

    @Test(
        "a credential may bear the bits of systemd's access lists, and no others",
        arguments: [(0o440, true), (0o444, false)] as [(mode_t, Bool)])
    func credential(_ mode: mode_t, _ isGood: Bool) throws {
        let folder = try TemporaryDirectory()
        defer { withExtendedLifetime(folder) {} }
        try folder.write("master", Self.hex)
        chmod(folder.file("master"), mode)
        let outcome = try read(
            encryption: "{masterKey: \"credential:master\"}", environment: ["CREDENTIALS_DIRECTORY": folder.path])
        #expect((outcome.configuration != nil) == isGood, "\(outcome.findings)")
    }

    @Test("with stand-ins for secrets there is no key, and the wish for encryption is known")
    func standIns() throws {
        let outcome = try read(
            encryption: "{masterKey: \"file:nowhere\"}", sign: "{key: \"file:nowhere\", certificate: c.pem, file: head.json}",
            secrets: .standIns)
        let configuration = try #require(outcome.configuration, "\(outcome.findings)")
        #expect(configuration.masterKeys.isEmpty && configuration.isEncrypted && configuration.signing == nil)
    }

    @Test("the schedule of signatures is read, paths start at the file's folder")
    func sign() throws {
        let outcome = try read(
            sign: "{key: \"file:evidence.key\", certificate: c.pem, every: 10m, file: out/head.json, history: /var/heads.jsonl}")
        let signing = try #require(outcome.configuration?.signing, "\(outcome.findings)")
        #expect(signing.interval == .seconds(600) && signing.filePath.hasSuffix("/out/head.json"))
        #expect(signing.certificatePath.hasSuffix("/c.pem") && signing.historyPath == "/var/heads.jsonl")
        let short = try read(sign: "{key: \"file:evidence.key\", certificate: c.pem, file: head.json}")
        #expect(short.configuration?.signing?.interval == .seconds(3600))
        #expect(short.configuration?.signing?.historyPath == nil)
    }

    @Test(
        "a schedule that makes no sense is refused",
        arguments: [
            "{certificate: c.pem, file: head.json}", "{key: \"file:evidence.key\", file: head.json}",
            "{key: \"file:evidence.key\", certificate: c.pem}",
            "{key: \"file:evidence.key\", certificate: c.pem, file: h, every: 500ms}",
            "{key: \"file:evidence.key\", certificate: c.pem, file: h, every: 31d}",
            "{key: \"file:evidence.key\", certificate: c.pem, file: h, history: h}",
            "{key: \"file:evidence.key\", certificate: c.pem, file: h, evry: 1h}", "{key: literal, certificate: c.pem, file: h}",
        ])
    func senseless(_ sign: String) throws {
        let outcome = try read(sign: sign)
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.allSatisfy { !$0.finding.textZH.isEmpty })
    }

    @Test("a name that would forge a line of the signed text is refused")
    func name() throws {
        let outcome = try read(sign: "{key: \"file:evidence.key\", certificate: c.pem, file: h}", name: "\"a\\nrows: 5\"")
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains("control characters") })
    }
}
