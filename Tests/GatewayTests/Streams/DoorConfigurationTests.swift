import ExchangeModel
import Formats
import GatewayTesting
import Platforms
import Testing

@testable import Gateway

@Suite("Folders and polled platforms in the configuration")
struct DoorConfigurationTests {
    private func read(_ keys: String, sender: String = "{key: \"env:KEY\", channels: [local-a]}", extra: String = "") throws
        -> ConfigurationReader.Outcome
    {
        var text = ConfigurationReaderTests.text(
            channel: "dataset: tender-notice, mapping: local-a/in/tender-notice\(keys)", sender: sender)
        text = text.replacing("destinations:\n", with: "\(extra)destinations:\n")
        let folder = try TemporaryDirectory()
        return ConfigurationReader.read(
            file: try folder.write("gateway.yaml", text), environment: ["KEY": "secret-of-the-sender"])
    }

    @Test("a folder needs its path and sender; the other keys have defaults")
    func directory() throws {
        let outcome = try read(", directory: {path: /srv/in, sender: local-a}")
        let settings = try #require(outcome.configuration?.channels[0].directory, "\(outcome.findings)")
        #expect(settings.path == "/srv/in" && settings.done == "/srv/in/done" && settings.refused == "/srv/in/refused")
        #expect(settings.sender == "local-a" && settings.pattern == "*" && settings.ready == .rename)
        #expect(settings.tolerance == .any && settings.scan == .seconds(30) && settings.fileBytesMax == 4 << 30)
    }

    @Test("every key of a folder is read")
    func directoryWhole() throws {
        let outcome = try read(
            """
            , split: /NOTICES/NOTICE, directory: {path: in, sender: local-a, files: "*.xml", ready: {marker: .ok}, maxRefused: 0.5%,
            scan: 5s, fileSize: 1GiB, done: taken, refused: /srv/refused}
            """)
        let channel = try #require(outcome.configuration?.channels[0], "\(outcome.findings)")
        let settings = try #require(channel.directory)
        #expect(channel.split == .path("/NOTICES/NOTICE") && settings.path.hasSuffix("/in") && settings.path.hasPrefix("/"))
        #expect(settings.done.hasSuffix("/taken") && settings.refused == "/srv/refused" && settings.pattern == "*.xml")
        #expect(settings.ready == .marker(".ok") && settings.tolerance == .perMille(5) && settings.scan == .seconds(5))
        #expect(settings.fileBytesMax == 1 << 30)
        let waiting = try read(", directory: {path: in, sender: local-a, ready: {unchanged: 30s}}")
        #expect(waiting.configuration?.channels[0].directory?.ready == .unchanged(.seconds(30)))
    }

    @Test("a polled platform is read with its defaults, and whole")
    func poll() throws {
        let short = try read(", poll: {url: \"https://b.example/notices\", sender: local-a}")
        let plain = try #require(short.configuration?.channels[0].poll, "\(short.findings)")
        #expect(plain.settings.interval == .seconds(60) && plain.settings.cursor == nil && plain.settings.pageBytesMax == 8 << 20)
        let outcome = try read(
            """
            , split: /data/rows, poll: {url: "https://b.example/notices?after={cursor}", sender: local-a, cursor: /data/next, start: "0",
            interval: 5s, page: 1MiB, timeout: 10s, connectTimeout: 2s, maxRefused: 3, signIn: {key: "env:KEY", header: X-Key, scheme: ""}}
            """)
        let poll = try #require(outcome.configuration?.channels[0].poll, "\(outcome.findings)")
        #expect(poll.settings.start == "0" && poll.settings.cursor == "/data/next" && poll.tolerance == .count(3))
        #expect(poll.settings.signIn == .header(name: "X-Key", value: "secret-of-the-sender"))
        #expect(poll.settings.totalTimeout == .seconds(10) && poll.settings.connectTimeout == .seconds(2))
    }

    @Test(
        "what is senseless is refused, with what to write",
        arguments: [
            (", directory: {sender: local-a}", "path"), (", directory: {path: in}", "sender"),
            (", directory: {path: in, sender: local-b}", "did you mean"),
            (", directory: {path: in, sender: local-a, redy: rename}", "did you mean \"ready\"?"),
            (", directory: {path: in, sender: local-a, ready: renamed}", "rename"),
            (", directory: {path: in, sender: local-a, ready: {marker: .ok, unchanged: 5s}}", "one of marker"),
            (", directory: {path: in, sender: local-a, ready: {marker: a/b}}", "one of marker"),
            (", directory: {path: in, sender: local-a, maxRefused: some}", "a share such as 0.5%"),
            (", directory: {path: in, sender: local-a, done: in}", "where they are picked up"),
            (", directory: {path: in, sender: local-a, scan: 1ms}", "scan"),
            (", split: rows", "split goes with directory or poll"),
            (", split: linse, directory: {path: in, sender: local-a}", "did you mean \"lines\"?"),
            (", poll: {url: \"https://b.example/{cursor}\", sender: local-a}", "go together"),
            (", poll: {url: \"https://b.example/\", sender: local-a, cursor: /next}", "go together"),
            (", poll: {url: \"ftp://b.example/\", sender: local-a}", "http"),
            (", poll: {url: \"https://b.example/\", sender: local-a, page: 65MiB}", "page"),
        ])
    func refused(_ keys: String, _ words: String) throws {
        let outcome = try read(keys)
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains(words) }, "\(outcome.findings)")
        #expect(outcome.findings.allSatisfy { !$0.finding.textZH.isEmpty })
    }

    @Test("a sender comes through no door that it is not allowed")
    func notAllowed() throws {
        let other = "  other: {dataset: tender-notice, mapping: local-a/in/tender-notice}\n"
        let outcome = try read(
            ", directory: {path: in, sender: local-a}", sender: "{key: \"env:KEY\", channels: [other]}", extra: other)
        #expect(outcome.findings.contains { $0.finding.text.contains("senders.local-a.channels does not name this channel") })
    }

    @Test("two channels never take files from one folder")
    func oneFolder() throws {
        let other =
            "  other: {dataset: tender-notice, mapping: local-a/in/tender-notice, directory: {path: in, sender: local-a}}\n"
        let outcome = try read(
            ", directory: {path: in, sender: local-a}", sender: "{key: \"env:KEY\", channels: [local-a, other]}", extra: other)
        #expect(outcome.findings.contains { $0.finding.text.contains("channels local-a and other take files from one folder") })
    }

    @Test(
        "a cut that the mapping's format has not is refused when the gateway is put together",
        arguments: [("rows", "lines"), ("objects", "rows"), ("elements", "lines")])
    func cutOfAnotherFormat(_ mapping: String, _ split: String) async throws {
        try await TemporaryDirectory.with("rows") { folder in
            let channel = ", split: \(split), directory: {path: in, sender: local-a}"
            let outcome = try await RowScene.assemble(mapping: mapping, channel: channel, in: folder)
            #expect(outcome.assembly == nil)
            #expect(
                outcome.findings.contains { $0.finding.text.contains("is not cut by \(split); write") }, "\(outcome.findings)")
        }
    }
}
