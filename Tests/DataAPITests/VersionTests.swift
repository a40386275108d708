import ExchangeModel
import JSON
import Store
import Testing
import Transport

@Suite("Repeats, versions and deadlines over HTTP")
struct VersionTests {
    private func notice(_ replacements: [(String, String)] = []) throws -> [UInt8] {
        var text = String(decoding: try RunningGateway.recording("good-01-road-notice"), as: UTF8.self)
        for (old, new) in replacements {
            #expect(text.contains(old))
            text = text.replacing(old, with: new)
        }
        return Array(text.utf8)
    }

    private let stamp = ("<DATA_TIMESTAMP>20260501093000<", "<DATA_TIMESTAMP>20260501093001<")
    private let title = ("望潮路改造工程施工招标公告", "望潮路改造工程施工招标公告(更正)")

    @Test("a conflict of idempotency keys shows what differs, to the sender alone")
    func difference() async throws {
        try await RunningGateway.with { gateway in
            #expect(try await gateway.post(notice(), idempotencyKey: "k").status == 202)
            let conflict = try await gateway.post(notice([title]), idempotencyKey: "k")
            #expect(conflict.status == 409)
            let difference = try #require(conflict.body["differences"]?[0])
            #expect(difference["path"]?.string == "/title")
            #expect(difference["first"]?.string == title.0 && difference["now"]?.string == title.1)
            #expect(conflict.body["differenceCount"]?.integer == conflict.body["differences"]?.elements?.count)
            // Neither the evidence nor the kept refusal has the values.
            let id = try #require(conflict.body["id"]?.string)
            let kept = try await gateway.get("/v1/messages/\(id)")
            #expect(!kept.body.text().contains("更正"))
            for row in try await gateway.store.evidence(from: 1, limit: 100) {
                #expect(!String(decoding: row.content, as: UTF8.self).contains("更正"))
            }
        }
    }

    @Test("by content, another spelling under another key is a repeat")
    func content() async throws {
        try await RunningGateway.with(channel: ", duplicates: content") { gateway in
            let first = try await gateway.post(notice(), idempotencyKey: "k1")
            let second = try await gateway.post(notice() + Array("\n<!-- again -->\n".utf8), idempotencyKey: "k2")
            #expect(second.status == 202 && second.body == first.body)
            #expect(second.headers.header("Idempotency-Replayed") == "true")
            let other = try await gateway.post(notice([title]), idempotencyKey: "k1")
            #expect(other.status == 202 && other.body["id"] != first.body["id"])
        }
    }

    @Test("by business key and version, a changed repeat is a conflict and a higher version is new")
    func version() async throws {
        try await RunningGateway.with(channel: ", duplicates: businessKeyVersion") { gateway in
            let first = try await gateway.post(notice(), idempotencyKey: "k1")
            let again = try await gateway.post(notice(), idempotencyKey: "k2")
            #expect(again.status == 202 && again.body == first.body)
            let spelled = try await gateway.post(notice() + Array("\n<!-- again -->\n".utf8))
            #expect(spelled.status == 202 && spelled.body == first.body)
            let changed = try await gateway.post(notice([title]), idempotencyKey: "k1")
            #expect(changed.status == 409)
            #expect(changed.body["type"]?.string == "urn:tenderbridge:problem:version-conflict")
            #expect(changed.body["findings"]?[0]?["code"]?.string == "version.conflict")
            #expect(changed.body["differences"]?.elements?.map { $0["path"]?.string } == ["/title"])
            let higher = try await gateway.post(notice([title, stamp]), idempotencyKey: "k1")
            #expect(higher.status == 202 && higher.body["id"] != first.body["id"])
        }
    }

    @Test("where a route supersedes, a late lower version is kept, warned of and not sent")
    func late() async throws {
        try await RunningGateway.with(route: ", supersede: true") { gateway in
            #expect(try await gateway.post(notice([title, stamp])).status == 202)
            let late = try await gateway.post(notice())
            #expect(late.status == 202)
            let id = try #require(late.body["id"]?.string)
            let message = try await gateway.get("/v1/messages/\(id)").body
            #expect(message["state"]?.string == "settled")
            #expect(message["deliveries"]?[0]?["state"]?.string == "superseded")
            #expect(message["findings"]?[0]?["code"]?.string == "version.outdated")
        }
    }

    @Test("a deadline is computed at acceptance and shown; a date that is missing only warns")
    func deadline() async throws {
        let extra = """
            deadlines:
              - {dataset: tender-notice, from: /publishedAt, within: "20 calendar days"}
              - {dataset: tender-notice, from: /signedAt, within: "1 calendar day"}
            """
        try await RunningGateway.with(extra: extra) { gateway in
            let answer = try await gateway.post(notice())
            #expect(answer.status == 202)
            let id = try #require(answer.body["id"]?.string)
            let message = try await gateway.get("/v1/messages/\(id)").body
            #expect(message["deliveries"]?[0]?["deadline"]?.string == "2026-05-26T15:59:59.999Z")
            #expect(message["findings"]?.elements?.map { $0["code"]?.string } == ["deadline.date-missing"])
        }
    }

    @Test("a record whose parent is not confirmed waits for it, and says so")
    func parent() async throws {
        let route = ", after: {dataset: project, key: /project/code}}\n  - {dataset: project, to: [nobody]"
        try await RunningGateway.with(route: route) { gateway in
            let answer = try await gateway.post(notice())
            let id = try #require(answer.body["id"]?.string)
            let delivery = try await gateway.get("/v1/messages/\(id)").body["deliveries"]?[0]
            #expect(delivery?["state"]?.string == "waiting" && delivery?["waitingFor"]?.string == "parent")
            let messageID = try #require(MessageID(id))
            let report = try await gateway.store.message(messageID)?.deliveries.first
            #expect(report?.waitingSubject == "project E4401000001000123")
        }
    }
}
