import GatewayTesting
import Glibc
import JSON
import Testing

@Suite("outbox show --explain and --bytes")
struct DeliveryExplanationTests {
    private func run(_ arguments: [String], _ gateway: ScratchGateway) async throws -> BuiltProgram.Result {
        try await BuiltProgram.run(["outbox", "show"] + arguments + ["--config", gateway.config])
    }

    @Test("A field of what is sent is told back to the line of what was received; the look is in the evidence")
    func explain() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(url: "http://127.0.0.1:\(try FreePort.whereNobodyListens())/records")
        let running = try await gateway.start()
        let accepted = try await running.post("good-24-village-hall")
        #expect(accepted.status == "202")
        let answer = try JSONValue(parsing: accepted.body)
        let businessKey = try #require(answer["businessKey"]?.string)
        let id = try #require(answer["deliveries"]?[0]?["id"]?.string)
        #expect(await running.child.line(containing: "will be tried again") != nil)

        let nature = try await run([id, "--explain", "NOTICE_NATURE", "--reason", "ticket 4711"], gateway)
        #expect(nature.exit == 0, "\(nature.text)")
        #expect(nature.lines.first == "NOTICE_NATURE (公告性质) = \"1\"", "\(nature.text)")
        #expect(nature.lines.contains("nature (公告性质) = \"normal\""))
        #expect(
            nature.lines.contains {
                $0.hasPrefix("  NOTICE_NATURE: received:") && $0.hasSuffix("/TENDER_ANN_QUA_INQUERY_ANN/NOTICE_NATURE = \"1\"")
            })
        #expect(nature.lines.count { $0.contains("codelists/notice-nature.csv:") } == 2)
        #expect(nature.lines.last == "what is sent was made by provincial/out/tender-notice@1, and is the same", "\(nature.text)")

        let empty = try await run([id, "--explain", "/GCJS_NOTICE/PROJECT_CODE", "--reason", "x", "--language", "zh"], gateway)
        #expect(empty.lines.first == "PROJECT_CODE（项目编号） = 空", "\(empty.text)")
        #expect(empty.lines.contains("project.code（项目编号） = 空") && empty.text.contains("中没有 PROJECT_CODE"), "\(empty.text)")
        #expect(empty.lines.last?.hasSuffix("与以上一致") == true)

        let json = try JSONValue(
            parsing: try await run([id, "--explain", "sections[0].code", "--reason", "x", "--format", "json"], gateway).text)
        #expect(json["outbound"]?["fields"]?.elements?.isEmpty == true, "the province's form has no such field")
        #expect(json["inbound"]?["fields"]?[0]?["field"]?.string == "sections[0].code")
        #expect(json["makesFrozenBytes"]?.boolean == true && json["destination"]?.string == "provincial")
        let all = try JSONValue(
            parsing: try await run([id, "--explain", ".", "--reason", "x", "--format", "json"], gateway).text)
        #expect(all["outbound"]?["fields"]?.elements?.count == 49 && all["inbound"]?["fields"]?.elements?.count ?? 0 > 70)

        let bytes = try await run([id, "--bytes", "--reason", "x"], gateway)
        let frozen = try await BuiltProgram.run([
            "outbox", "payload", id, "--kind", "frozen", "--reason", "x", "--config", gateway.config,
        ])
        #expect(bytes.exit == 0 && bytes.lines == frozen.lines && bytes.text.contains("<GCJS_NOTICE>"), "\(bytes.text)")

        for (arguments, exit) in [
            ([id, "--explain", "title"], Int32(64)), ([id, "--bytes"], 64), ([id, "--bytes", "--reason", " "], 64),
            ([id, "--reason", "x"], 64), ([id, "--bytes", "--explain", "a", "--reason", "x"], 64),
            ([id, "--explain", "NOTICE_NATUR", "--reason", "x"], 1),
            (["01a1fd60-36ae-7aee-ae03-3adb54658551", "--explain", "title", "--reason", "x"], 1),
            ([id, "--explain", "title", "--reason", String(repeating: "x", count: 513)], 64),
        ] {
            let refused = try await run(arguments, gateway)
            #expect(refused.exit == exit, "\(arguments): \(refused.text)")
            if arguments.contains("NOTICE_NATUR") {
                #expect(refused.text.contains("did you mean NOTICE_NATURE?"), "\(refused.text)")
            }
        }
        let trail = try await BuiltProgram.run(["evidence", "show", businessKey, "--config", gateway.config])
        #expect(trail.lines.contains { $0.contains("looked at the canonical bytes; reason: ticket 4711") }, "\(trail.text)")
        #expect(trail.lines.contains { $0.contains("looked at the received bytes; reason: ticket 4711") })
        await running.child.stop()
    }

    @Test("After the mapping changed it is told that what is sent is another")
    func changed() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let mappings = try await gateway.copyMappings()
        let port = try FreePort.whereNobodyListens()
        try gateway.configure(mappings: mappings, url: "http://127.0.0.1:\(port)/records")
        let first = try await gateway.start()
        let answer = try JSONValue(parsing: try await first.post("good-24-village-hall").body)
        let id = try #require(answer["deliveries"]?[0]?["id"]?.string)
        #expect(await first.child.line(containing: "will be tried again") != nil)
        await first.child.stop()
        try gateway.replace(
            "NOTICE_NATURE: nature | code(notice-nature) | required", with: "NOTICE_NATURE: literal(\"9\")",
            in: "Mappings/provincial/out/tender-notice.yaml")
        try gateway.replace("version: 1", with: "version: 2", in: "Mappings/provincial/out/tender-notice.yaml")
        let second = try await gateway.start()
        let told = try await run([id, "--explain", "NOTICE_NATURE", "--reason", "x"], gateway)
        #expect(told.lines.first == "NOTICE_NATURE = \"9\"", "\(told.text)")
        #expect(
            told.lines.last
                == "what is sent was made by provincial/out/tender-notice@1, and is not what provincial/out/tender-notice@2 makes now: see outbox show --bytes",
            "\(told.text)")
        await second.child.stop()
    }
}
