import GatewayTesting
import Glibc
import JSON
import Testing

@Suite("outbox export-case: from a real message to a recording")
struct ExportCaseTests {
    /// A gateway with channels for XML, JSON and CSV.
    private func scene() throws -> ScratchGateway {
        let gateway = try ScratchGateway()
        try gateway.folder.write("local-b-key", "key of local-b\n")
        try gateway.configure(url: "http://127.0.0.1:\(try FreePort.whereNobodyListens())/records")
        let text = String(decoding: try Repository.bytes(gateway.config), as: UTF8.self)
        try gateway.folder.write(
            "gateway.yaml",
            text.replacing(
                "senders:\n",
                with: """
                      local-b: { dataset: tender-notice, mapping: local-b/in/tender-notice }
                      local-b-penalties: { dataset: penalty, mapping: local-b/in/penalty }
                    senders:
                      local-b: { key: "file:local-b-key", channels: [local-b, local-b-penalties] }

                    """
            ).replacing(
                "routes:\n",
                with: """
                      credit: { url: "http://127.0.0.1:9/records", mapping: credit/out/penalty, audience: credit, retry: { initial: 1h, cap: 1h } }
                    routes:
                      - { dataset: penalty, to: credit }

                    """))
        return gateway
    }

    private func post(_ running: RunningGateway, _ recording: String, _ file: String, channel: String, sender: String = "local-b")
        async throws -> JSONValue
    {
        let lines = try await ChildProcess.run([
            "curl", "-q", "-s", "--max-time", "30", "-H", "Authorization: Bearer key of \(sender)", "-H",
            "Content-Type: application/\(file.hasSuffix("json") ? "json" : "xml")", "--data-binary",
            "@" + Repository.file("Tests/Recordings/\(recording)/\(file)"),
            "http://127.0.0.1:\(running.port("dataPort"))/v1/channels/\(channel)/messages",
        ])
        return try JSONValue(parsing: lines.joined(separator: "\n"))
    }

    private func export(_ gateway: ScratchGateway, _ id: String, to folder: String, _ more: [String] = []) async throws
        -> BuiltProgram.Result
    {
        try await BuiltProgram.run(
            [
                "outbox", "export-case", id, "--reason", "ticket 4711", "--config", gateway.config, "-o",
                gateway.folder.file(folder),
            ]
                + more)
    }

    private func text(_ gateway: ScratchGateway, _ file: String) throws -> String {
        String(decoding: try gateway.folder.read(file), as: UTF8.self)
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test("a notice of a running gateway becomes a case that replays, names nobody, and is in the evidence")
    func notice() async throws {
        let gateway = try scene()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        let answer = try JSONValue(parsing: try await running.post("good-01-road-notice").body)
        let message = try #require(answer["id"]?.string), delivery = try #require(answer["deliveries"]?[0]?["id"]?.string)
        let made = try await export(gateway, message, to: "out/road")
        #expect(made.exit == 0 && made.text.contains("none left, replay passed (HTTP 202"), "\(made.text)")
        let payload = try text(gateway, "out/road/payload.xml")
        for name in [
            "南屿市市政", "望潮路", "陈立平", "020-00001001", "roads@nanyu", "12440101TE2T01013W", "9001503202605010000001",
            "E4401000001000123", "HZ-2026",
        ] {
            #expect(!payload.contains(name), "\(name)")
        }
        for kept in ["20260506083000", "<REGION_CODE>440106", "3200.50", "有限公司", "改造工程施工招标公告", "<NOTICE_NATURE>1<"] {
            #expect(payload.contains(kept), "\(kept)")
        }
        let original = try Repository.bytes(Repository.file("Tests/Recordings/good-01-road-notice/notice.xml"))
        #expect(payload.utf8.count == original.count)
        #expect(mode(gateway.folder.file("out/road")) == 0o700 && mode(gateway.folder.file("out/road/expected")) == 0o700)
        for file in ["case.yaml", "payload.xml", "facts.csv", "expected/canonical.json", "expected/provincial/1.xml"] {
            #expect(mode(gateway.folder.file("out/road/" + file)) == 0o600, "\(file)")
            let content = try text(gateway, "out/road/" + file)
            for name in ["望潮路", "衡正", "陈立平", "00001001", "TE2T"] { #expect(!content.contains(name), "\(file): \(name)") }
        }
        let replay = try await BuiltProgram.run(["replay", gateway.folder.file("out"), "--config", gateway.config])
        #expect(replay.exit == 0 && replay.lines.last == "1 passed, 0 failed, 0 skipped", "\(replay.text)")

        // By its delivery as well; never over a folder that is there; with another key every time.
        #expect(try await export(gateway, delivery, to: "out/road").exit == 73)
        let again = try await export(gateway, delivery, to: "out/again", ["--format", "json"])
        #expect(try JSONValue(parsing: again.text)["replay"]?.string == "passed", "\(again.text)")
        #expect(try text(gateway, "out/again/payload.xml") != payload)

        try gateway.folder.write("weak", String(repeating: "k", count: 31))
        try gateway.folder.write("secret", String(repeating: "k", count: 32))
        chmod(gateway.folder.file("weak"), 0o600)
        chmod(gateway.folder.file("secret"), 0o644)
        for (key, exit) in [("weak", Int32(64)), ("secret", 64), ("none", 64)] {
            #expect(try await export(gateway, message, to: "out/x", ["--key-file", gateway.folder.file(key)]).exit == exit)
        }
        chmod(gateway.folder.file("secret"), 0o600)
        // A name of a sentence that no field has goes into a file.
        try gateway.folder.write("values", "车行道铣刨加铺\n")
        for name in ["k1", "k2"] {
            let keyed = try await export(
                gateway, message, to: "out/" + name,
                ["--key-file", gateway.folder.file("secret"), "--values", gateway.folder.file("values")])
            #expect(keyed.exit == 0, "\(keyed.text)")
        }
        #expect(try text(gateway, "out/k1/payload.xml") == text(gateway, "out/k2/payload.xml"))
        #expect(!(try text(gateway, "out/k1/payload.xml")).contains("铣刨"))

        for (id, arguments, exit) in [
            ("01a1fd60-36ae-7aee-ae03-3adb54658551", ["--reason", "x"], Int32(1)), ("nonsense", ["--reason", "x"], 1),
            (message, ["--reason", " "], 64), (message, [], 64), (message, ["--reason", String(repeating: "x", count: 513)], 64),
        ] {
            let refused = try await BuiltProgram.run(
                ["outbox", "export-case", id, "--config", gateway.config, "-o", gateway.folder.file("out/no")] + arguments)
            #expect(refused.exit == exit, "\(refused.text)")
        }
        await running.child.stop()
        let trail = try await BuiltProgram.run(["evidence", "show", "--message", message, "--store", gateway.store])
        #expect(
            trail.lines.count {
                $0.contains("uid:\(geteuid()) made a recording of it with identities replaced; reason: ticket 4711")
            } == 4,
            "\(trail.text)")
        let export = try await BuiltProgram.run(["evidence", "export", "--store", gateway.store])
        #expect(!export.text.contains("陈立平") && !export.text.contains("望潮路"))
    }

    @Test("JSON, a table in GB 18030 and refused messages become cases too")
    func forms() async throws {
        let gateway = try scene()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        let sent = [
            ("json-01-school-as-a", "notice.json", "local-b", "local-b"),
            ("csv-01-collusion-line-ends-in-a-field", "penalty.csv", "local-b-penalties", "local-b"),
            ("bad-15-unknown-code", "notice.xml", "local-a", "local-a"),
            ("badjson-26-tenderer-is-a-text", "notice.json", "local-b", "local-b"),
        ]
        for (recording, file, channel, sender) in sent {
            let id = try #require(
                try await post(running, recording, file, channel: channel, sender: sender)["id"]?.string, "\(recording)")
            let made = try await export(gateway, id, to: "out/" + recording, ["--language", "zh"])
            #expect(made.exit == 0 && made.text.contains("未发现残留，回放通过"), "\(recording): \(made.text)")
        }
        await running.child.stop()
        let replay = try await BuiltProgram.run(["replay", gateway.folder.file("out"), "--config", gateway.config])
        #expect(replay.exit == 0 && replay.lines.last == "4 passed, 0 failed, 0 skipped", "\(replay.text)")
        let refused = try text(gateway, "out/bad-15-unknown-code/case.yaml")
        #expect(
            refused.contains("http: 422")
                && refused.contains("code: code.unknown, path: \"/TENDER_ANN_QUA_INQUERY_ANN/NOTICE_NATURE\", line: 9"))
        #expect(!LocalFile.exists(gateway.folder.file("out/bad-15-unknown-code/expected")))
        // The table stays in its encoding: as many bytes, and no UTF-8.
        let table = try gateway.folder.read("out/csv-01-collusion-line-ends-in-a-field/payload.csv")
        #expect(String(validating: table, as: UTF8.self) == nil)
        #expect(
            table.count
                == (try Repository.bytes(Repository.file("Tests/Recordings/csv-01-collusion-line-ends-in-a-field/penalty.csv")))
                .count)
    }

    @Test("a payload that is no text, and one whose disguise would change its fate, are not written")
    func impossible() async throws {
        let gateway = try scene()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        try gateway.folder.write("broken.xml", [0x3C, 0x61, 0x3E, 0xFF, 0xFF, 0x3C, 0x2F, 0x61, 0x3E])
        let answer = try JSONValue(parsing: try await running.post(file: gateway.folder.file("broken.xml")).body)
        let made = try await export(gateway, try #require(answer["id"]?.string), to: "out/broken")
        #expect(made.exit == 1 && made.text.contains("is no text in UTF-8"), "\(made.text)")
        #expect(!LocalFile.exists(gateway.folder.file("out/broken")))

        // Another configuration, under which the accepted message is refused.
        let accepted = try JSONValue(parsing: try await running.post("good-24-village-hall").body)
        let other = String(decoding: try Repository.bytes(gateway.config), as: UTF8.self)
        try gateway.folder.write(
            "other.yaml", other.replacing("mapping: local-a/in/tender-notice", with: "mapping: eforms/in/tender-notice"))
        let elsewhere = try await BuiltProgram.run([
            "outbox", "export-case", try #require(accepted["id"]?.string), "--reason", "x", "--socket", gateway.socket,
            "--config",
            gateway.folder.file("other.yaml"), "-o", gateway.folder.file("out/elsewhere"),
        ])
        #expect(elsewhere.exit == 1 && elsewhere.text.contains("the gateway accepted it"), "\(elsewhere.text)")
        #expect(!LocalFile.exists(gateway.folder.file("out/elsewhere")))
        await running.child.stop()
        let stopped = try await export(gateway, "01a1fd60-36ae-7aee-ae03-3adb54658551", to: "out/none")
        #expect(stopped.exit == 69, "\(stopped.text)")
    }
}

private enum LocalFile {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
