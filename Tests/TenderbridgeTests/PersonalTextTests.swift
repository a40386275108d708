import GatewayTesting
import JSON
import Testing

@Suite("Numbers of persons in the text of a delivery")
struct PersonalTextTests {
    private func scene(_ rule: String) throws -> ScratchGateway {
        let gateway = try ScratchGateway()
        try gateway.configure(url: "http://127.0.0.1:\(try FreePort.whereNobodyListens())/records", pace: "personalText: \(rule)")
        let notice = String(
            decoding: try Repository.bytes(Repository.file("Tests/Recordings/good-01-road-notice/notice.xml")), as: UTF8.self)
        // The tenderer's own number is its published contact; the other is somebody's.
        try gateway.folder.write(
            "notice.xml", notice.replacing("已由发展改革部门", with: "（咨询 020-00001001，监督 13800138000）已由发展改革部门"))
        return gateway
    }

    @Test("refuse: the delivery is dead and says where, not which; a warning goes out and is in the log and in the evidence")
    func rules() async throws {
        let strict = try scene("refuse")
        defer { withExtendedLifetime(strict) {} }
        var running = try await strict.start()
        var answer = try JSONValue(parsing: try await running.post(file: strict.folder.file("notice.xml")).body)
        #expect(await running.child.line(containing: "cannot be prepared") != nil)
        let delivery = try #require(answer["deliveries"]?[0]?["id"]?.string)
        let shown = try await BuiltProgram.run(["outbox", "show", delivery, "--config", strict.config])
        #expect(
            shown.text.contains("preparation.text.personal-number") && shown.text.contains("/GCJS_NOTICE/NOTICE_CONTENT"),
            "\(shown.text)")
        #expect(!shown.text.contains("13800138000") && !running.child.lines.joined().contains("13800138000"))
        await running.child.stop()

        let warning = try scene("warn")
        defer { withExtendedLifetime(warning) {} }
        running = try await warning.start()
        answer = try JSONValue(parsing: try await running.post(file: warning.folder.file("notice.xml")).body)
        #expect(await running.child.line(containing: "its text should be looked at") != nil)
        #expect(await running.child.line(containing: "will be tried again") != nil)
        #expect(!running.child.lines.joined().contains("13800138000"))
        await running.child.stop()
        let message = try #require(answer["id"]?.string)
        let trail = try await BuiltProgram.run(["evidence", "show", "--message", message, "--store", warning.store])
        #expect(trail.lines.contains { $0.contains("1 warning(s), text.personal-number") }, "\(trail.text)")
        let rows = try await BuiltProgram.run([
            "evidence", "show", "--message", message, "--store", warning.store, "--format", "json",
        ])
        #expect(rows.text.contains("/GCJS_NOTICE/NOTICE_CONTENT") && !rows.text.contains("13800138000"))
    }
}
