import ExchangeModel
import GatewayTesting
import Glibc
import JSON
import Testing

@Suite("Commands about what is kept: payloads, keys, the trail and the signed head")
struct KeepingCommandTests {
    private static let key = String(repeating: "5a", count: 32)
    private static let encrypted = "data/store.sqlite, encryption: { masterKey: \"file:master\" }"

    private func scene(extra: String = "") throws -> ScratchGateway {
        let gateway = try ScratchGateway()
        try gateway.folder.write("master", Self.key)
        try gateway.configure(
            store: Self.encrypted, url: "http://127.0.0.1:\(try FreePort.whereNobodyListens())/records", extra: extra)
        return gateway
    }

    private func run(_ arguments: String...) async throws -> BuiltProgram.Result { try await BuiltProgram.run(arguments) }

    @Test("a person's number is kept as a hash, and still found")
    func personalNumbers() async throws {
        let plain = try scene()
        defer { withExtendedLifetime(plain) {} }
        var running = try await plain.start()
        let known = try JSONValue(parsing: try await running.post("good-24-village-hall").body)
        await running.child.stop()
        let number = try #require(known["businessKey"]?.string)

        let gateway = try scene()
        defer { withExtendedLifetime(gateway) {} }
        let text = String(decoding: try Repository.bytes(gateway.config), as: UTF8.self)
        try gateway.folder.write(
            "gateway.yaml",
            text.replacing("tender-notice, mapping", with: "tender-notice, personalKeys: [businessKey, orderingKey], mapping"))
        running = try await gateway.start()
        let answer = try JSONValue(parsing: try await running.post("good-24-village-hall").body)
        let hash = try #require(answer["businessKey"]?.string)
        #expect(hash.hasPrefix("hmac-sha256:"))
        for key in [number, hash] {
            let list = try await run("outbox", "list", "--business-key", key, "--format", "json", "--config", gateway.config)
            #expect(try JSONValue(parsing: list.text)["deliveries"]?.elements?.count == 1, "\(list.text)")
        }
        await running.child.stop()
        let trail = try await run("evidence", "show", number, "--config", gateway.config)
        #expect(trail.exit == 0 && trail.text.contains(hash), "\(trail.text)")
        let dump = try await ChildProcess.run(["sqlite3", gateway.store, ".dump"]).joined(separator: "\n")
        #expect(dump.contains(hash) && !dump.contains(number))
    }

    @Test("outbox payload records who looked and why before it shows anything; evidence show tells it beside the running gateway")
    func payload() async throws {
        let gateway = try scene()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        let accepted = try await running.post("good-24-village-hall")
        #expect(accepted.status == "202")
        let answer = try JSONValue(parsing: accepted.body)
        let message = try #require(answer["id"]?.string), businessKey = try #require(answer["businessKey"]?.string)
        let delivery = try #require(answer["deliveries"]?[0]?["id"]?.string)
        #expect(await running.child.line(containing: "will be tried again") != nil)
        let sent = try Repository.bytes(Repository.file("Tests/Recordings/good-24-village-hall/notice.xml"))

        let out = gateway.folder.file("shown.xml")
        let shown = try await run(
            "outbox", "payload", delivery, "--kind", "received", "--reason", "投诉 4711", "--config", gateway.config, "-o", out)
        #expect(shown.exit == 0, "\(shown.text)")
        #expect(try Repository.bytes(out) == sent)
        let printed = try await run(
            "outbox", "payload", delivery, "--kind", "frozen", "--reason", "look", "--config", gateway.config)
        #expect(printed.exit == 0 && printed.text.contains("<GCJS_NOTICE"), "\(printed.text)")
        let record = try JSONValue(
            parsing: try await run(
                "outbox", "payload", "--message", message, "--kind", "canonical", "--reason", "look", "--config", gateway.config,
                "--format", "json"
            ).text)
        #expect(record["contentType"]?.string == "application/json" && record["size"]?.integer ?? 0 > 100)
        for (arguments, exit) in [
            ([delivery, "--kind", "received", "--reason", " "], Int32(64)), ([delivery, "--kind", "received"], 64),
            ([delivery, "--kind", "sent", "--reason", "x"], 64), (["--kind", "received", "--reason", "x"], 64),
            (["--message", message, "--kind", "frozen", "--reason", "x"], 64),
            (["01a1fd60-36ae-7aee-ae03-3adb54658551", "--kind", "received", "--reason", "x"], 1),
            ([delivery, "--kind", "received", "--reason", String(repeating: "x", count: 513)], 64),
        ] {
            let refused = try await BuiltProgram.run(["outbox", "payload"] + arguments + ["--config", gateway.config])
            #expect(refused.exit == exit, "\(arguments): \(refused.text)")
        }

        let trail = try await run("evidence", "show", businessKey, "--config", gateway.config)
        #expect(trail.exit == 0, "\(trail.text)")
        #expect(trail.lines.first?.contains(message) == true)
        #expect(trail.lines.contains { $0.contains("accepted from local-a on channel local-a: tender-notice") }, "\(trail.text)")
        #expect(trail.lines.contains { $0.contains("provincial: sent (pending to inFlight), attempt 1") }, "\(trail.text)")
        #expect(trail.lines.count { $0.contains("uid:\(geteuid()) looked at the ") } == 3, "\(trail.text)")
        #expect(trail.lines.contains { $0.contains("received bytes; reason: 投诉 4711") })
        await running.child.stop()

        let chinese = try await run("evidence", "show", "--message", message, "--store", gateway.store, "--language", "zh")
        #expect(chinese.lines.contains { $0.contains("已接收：发送方 local-a") }, "\(chinese.text)")
        let json = try JSONValue(
            parsing: try await run("evidence", "show", businessKey, "--store", gateway.store, "--format", "json").text)
        let rows = try #require(json["messages"]?[0]?["rows"]?.elements)
        #expect(rows.count >= 6 && rows[0]["content"]?["event"]?.string == "message.accepted")
        #expect(rows.compactMap { $0["sequence"]?.integer } == rows.compactMap { $0["sequence"]?.integer }.sorted())
        #expect(rows.allSatisfy { $0["text"]?.string != nil && $0["textZh"]?.string != nil })
        #expect(try await run("evidence", "show", "no such key", "--store", gateway.store).exit == 1)
        #expect(try await run("evidence", "show", "--store", gateway.store).exit == 64)
        let file = try Repository.bytes(gateway.store)
        #expect(!file.holds("TenderProjectName") && !file.holds("<GCJS_NOTICE"))
    }

    @Test(
        "a missing or wrong master key ends serve and check with 78 and leaves the store alone; a rotation makes the former one useless"
    )
    func masterKey() async throws {
        let gateway = try scene()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        let accepted = try await running.post("good-24-village-hall")
        let delivery = try #require(try JSONValue(parsing: accepted.body)["deliveries"]?[0]?["id"]?.string)
        try gateway.folder.write("new", String(repeating: "5b", count: 32))
        let rotate = ["store", "rotate-key", "--config", gateway.config, "--new", "file:new"]
        let held = try await BuiltProgram.run(rotate)
        #expect(held.exit == 74 && held.text.contains("another gateway has it open"), "\(held.text)")
        await running.child.stop()
        let before = try await ChildProcess.run(["sqlite3", gateway.store, ".dump"])

        try gateway.folder.write("master", String(repeating: "5c", count: 32))
        for command in ["serve", "check"] {
            let wrong = try await run(command, "--config", gateway.config)
            #expect(wrong.exit == 78 && wrong.text.contains("it is encrypted by the master key"), "\(wrong.text)")
        }
        try gateway.configure()
        for command in ["serve", "check"] {
            let missing = try await run(command, "--config", gateway.config)
            #expect(missing.exit == 78 && missing.text.contains("cannot be switched off again"), "\(missing.text)")
        }
        #expect(try await ChildProcess.run(["sqlite3", gateway.store, ".dump"]) == before)

        try gateway.folder.write("master", Self.key)
        try gateway.configure(store: Self.encrypted)
        #expect(try await run("check", "--config", gateway.config).exit == 0)
        chmod(gateway.folder.file("new"), 0o644)
        let open = try await BuiltProgram.run(rotate)
        #expect(open.exit == 78 && open.text.contains("set its mode to 0600"), "\(open.text)")
        chmod(gateway.folder.file("new"), 0o600)
        let rotated = try await BuiltProgram.run(rotate)
        #expect(rotated.exit == 0 && rotated.lines.first?.hasPrefix("1 data key(s) wrapped anew") == true, "\(rotated.text)")
        #expect(try await run("serve", "--config", gateway.config).exit == 78)
        try gateway.configure(store: Self.encrypted.replacing("file:master", with: "file:new"))
        let again = try await gateway.start()
        let shown = try await run(
            "outbox", "payload", delivery, "--kind", "received", "--reason", "after the rotation", "--config", gateway.config)
        #expect(shown.exit == 0 && shown.text.contains("<"), "\(shown.text)")
        await again.child.stop()
        // The other way: both keys in the configuration.
        try gateway.configure(store: Self.encrypted.replacing("\"file:master\"", with: "[ \"file:master\", \"file:new\" ]"))
        let back = try await gateway.start()
        #expect(await back.child.line(containing: "the master key was changed") != nil)
        await back.child.stop()
        let export = try await run("evidence", "export", "--store", gateway.store)
        #expect(export.lines.count { $0.contains("\"masterKey.rotated\"") } == 2)
        #expect(try await run("evidence", "verify", "--store", gateway.store).exit == 0)
    }

    @Test("store forget destroys past days, running or stopped; what is gone is told as such")
    func forget() async throws {
        let gateway = try scene()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        let accepted = try await running.post("good-24-village-hall")
        let message = try #require(try JSONValue(parsing: accepted.body)["id"]?.string)
        let delivery = try #require(try JSONValue(parsing: accepted.body)["deliveries"]?[0]?["id"]?.string)
        #expect(await running.child.line(containing: "will be tried again") != nil)
        let forget = ["store", "forget", "--config", gateway.config, "--reason", "retention", "--before"]
        let today = String(SystemClock().now().description.prefix(10))
        let future = try await BuiltProgram.run(forget + ["2190-01-01"])
        #expect(future.exit == 64 && future.text.contains("that day is not over"), "\(future.text)")
        #expect(try await BuiltProgram.run(forget + ["yesterday"]).exit == 64)
        // Three days ago, as the store has it, the message came in.
        let shift = "UPDATE data_key SET day = day - 3"
        await running.child.stop()
        #expect(try await BuiltProgram.run(forget + [today]).lines.first == "0 key(s) of 0 day(s) destroyed")
        // A moved day does not fit its key any more, which the daemon bears; destroying it does not need the key.
        try await ChildProcess.run(["sqlite3", gateway.store, shift])
        let needed = try await BuiltProgram.run(forget + [today])
        #expect(needed.exit == 0 && needed.text.contains("which open deliveries need"), "\(needed.text)")
        let again = try await gateway.start()
        #expect(try await run("outbox", "cancel", delivery, "--config", gateway.config).exit == 0)
        let gone = try await BuiltProgram.run(forget + [today, "--format", "json"])
        #expect(gone.exit == 0, "\(gone.text)")
        #expect(try JSONValue(parsing: gone.text)["keys"]?.integer == 1, "\(gone.text)")
        let shown = try await run(
            "outbox", "payload", delivery, "--kind", "received", "--reason", "look", "--config", gateway.config)
        #expect(shown.exit == 1 && shown.text.contains("destroyed on purpose"), "\(shown.text)")
        #expect(try await run("outbox", "show", delivery, "--config", gateway.config).exit == 0)
        await again.child.stop()
        let trail = try await run("evidence", "show", "--message", message, "--store", gateway.store)
        #expect(trail.lines.contains { $0.contains("looked at the received bytes") }, "\(trail.text)")
        #expect(try await run("evidence", "verify", "--store", gateway.store).exit == 0)
        let export = try await run("evidence", "export", "--store", gateway.store)
        #expect(export.lines.count { $0.contains("\"keys.destroyed\"") && $0.contains("uid:\(geteuid())") } == 3)
    }

    @Test("the signed head shows rows that were cut off and a chain that was written anew")
    func head() async throws {
        let gateway = try scene(
            extra: "evidence: { sign: { key: \"file:sign.pem\", certificate: sign.crt, file: head.json, history: heads.jsonl } }")
        defer { withExtendedLifetime(gateway) {} }
        let file = gateway.folder.file
        try await ChildProcess.run([
            "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", file("sign.pem"),
        ])
        chmod(file("sign.pem"), 0o600)
        try await ChildProcess.run([
            "openssl", "req", "-x509", "-key", file("sign.pem"), "-subj", "/CN=evidence", "-days", "30", "-sm3", "-sigopt",
            "distid:1234567812345678", "-out", file("sign.crt"),
        ])
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        await running.child.stop()
        let verify = ["evidence", "verify", "--store", gateway.store, "--head", file("head.json")]
        let unchecked = try await BuiltProgram.run(verify)
        #expect(unchecked.exit == 0 && unchecked.text.contains("the signature was not checked"), "\(unchecked.text)")
        let certified = verify + ["--certificate", file("sign.crt")]
        let good = try await BuiltProgram.run(certified)
        #expect(good.exit == 0 && good.text.contains("the signature is good"), "\(good.text)")
        #expect(good.text.contains("the store contains the signed head unchanged"))
        let signed = try JSONValue(parsing: try Repository.bytes(file("head.json")))
        let rows = try #require(signed["rows"]?.integer)
        #expect(rows >= 3, "the head at the stop covers what happened before it")
        #expect(try Repository.bytes(file("heads.jsonl")).count { $0 == 0x0A } == 2)

        // Later rows do no harm.
        let later = try await gateway.start()
        #expect(try await later.post("bad-15-unknown-code").status == "422")
        try await ChildProcess.run(["cp", file("head.json"), file("old.json")])
        await later.child.stop()
        #expect(try await BuiltProgram.run(certified).exit == 0)

        func copy(_ sql: String) async throws -> String {
            try await ChildProcess.run(["cp", gateway.store, file("copy.sqlite")])
            try await ChildProcess.run(["sqlite3", file("copy.sqlite"), sql])
            return file("copy.sqlite")
        }
        let cut = try await copy("DELETE FROM evidence WHERE seq >= \(rows)")
        let truncated = try await BuiltProgram.run([
            "evidence", "verify", "--store", cut, "--head", file("head.json"), "--certificate", file("sign.crt"), "--format",
            "json",
        ])
        #expect(truncated.exit == 1)
        let report = try JSONValue(parsing: truncated.text)
        #expect(report["good"]?.boolean == false && report["head"]?["signature"]?.string == "good", "\(truncated.text)")
        #expect(report["head"]?["storeFault"]?.string?.contains("were cut off") == true)
        #expect(report["firstBroken"] == nil, "without the head nobody would see it")

        let other = try ScratchGateway()
        defer { withExtendedLifetime(other) {} }
        for _ in 0..<rows {
            let child = try await other.start()
            await child.child.stop()
        }
        let rewritten = try await BuiltProgram.run([
            "evidence", "verify", "--store", other.store, "--head", file("old.json"), "--certificate", file("sign.crt"),
        ])
        #expect(rewritten.exit == 1 && rewritten.text.contains("the chain was written anew"), "\(rewritten.text)")

        let text = String(decoding: try Repository.bytes(file("head.json")), as: UTF8.self)
        try gateway.folder.write("forged.json", text.replacing("\"rows\":", with: "\"rows\": 1"))
        let forged = try await BuiltProgram.run([
            "evidence", "verify", "--store", gateway.store, "--head", file("forged.json"), "--certificate", file("sign.crt"),
        ])
        #expect(forged.exit == 1 && forged.text.contains("SIGNATURE NOT GOOD"), "\(forged.text)")
        #expect(try await run("evidence", "verify", "--store", gateway.store, "--head", file("sign.crt")).exit == 64)
        #expect(try await run("evidence", "verify", "--store", gateway.store, "--certificate", file("sign.crt")).exit == 64)
    }

    @Test("a signing key that does not belong to its certificate ends the start with 78")
    func wrongSigningKey() async throws {
        let gateway = try scene(extra: "evidence: { sign: { key: \"file:a.pem\", certificate: b.crt, file: head.json } }")
        defer { withExtendedLifetime(gateway) {} }
        let file = gateway.folder.file
        for name in ["a", "b"] {
            try await ChildProcess.run([
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
                "-days",
                "30", "-keyout", file(name + ".pem"), "-out", file(name + ".crt"),
            ])
            chmod(file(name + ".pem"), 0o600)
        }
        let result = try await gateway.fails()
        #expect(result.exit == 78 && result.text.contains("does not belong to the certificate"), "\(result.text)")
    }
}

extension [UInt8] {
    fileprivate func holds(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return indices.contains { self[$0] == wanted[0] && self[$0...].starts(with: wanted) }
    }
}
