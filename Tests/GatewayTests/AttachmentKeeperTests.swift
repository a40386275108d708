import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Gateway

@Suite("What looks after attachments")
struct AttachmentKeeperTests {
    private static let notice = #"{"key": "K1", "title": "T"}"#

    private func keep(_ text: String, in scene: DatasetScene) async throws -> AttachmentDigest {
        let writer = try await scene.gateway.attachments.writer(reserve: 0)
        try await writer.write(Array(text.utf8))
        let kept = try await scene.gateway.attachments.keep(
            try await writer.finish(), mediaType: "text/plain", sender: "a", channel: "exchange", traceID: "t")
        return try #require(AttachmentDigest(.sm3, bytes: kept.attachment.sm3))
    }

    @Test("what nothing names goes after its retention, an upload that waits goes after its age, and what a message names stays")
    func retention() async throws {
        try await DatasetScene.with(channel: "dataset: notice\nmapping: p/in/notice@json") { scene async throws in
            let clock = try #require(scene.gateway.clock as? ManualClock)
            let named = try await keep("named", in: scene)
            let loose = try await keep("loose", in: scene)
            var payload = ReceivedPayload(
                channel: "exchange", sender: "a", idempotencyKey: nil, contentType: "", declaredBytes: nil,
                bytes: Array(Self.notice.utf8), traceID: String(repeating: "1", count: 32), receivedAt: clock.now())
            payload.claims = [AttachmentClaim(named, name: "a.pdf")]
            guard case .accepted(let acknowledgement) = try await scene.gateway.accepting.accept(payload) else {
                Issue.record("not accepted")
                return
            }
            #expect(acknowledgement.attachments.map(\.content.bytes) == [5])
            let upload = try await scene.gateway.attachments.beginUpload(
                sender: "a", channel: "exchange", mediaType: "", length: nil, sha256: nil, limit: 5)
            let id = try #require(upload?.id)

            let gateway = scene.gateway
            let keeping = Task { try await AttachmentKeeper(gateway: gateway).run() }
            func here(_ digest: AttachmentDigest) async throws -> Bool {
                try await gateway.attachments.find(digest, sender: nil) != nil
            }
            let start = clock.now()
            for (days, looseStays, uploadStays) in [(0, true, true), (2, true, false), (8, false, false)] {
                clock.advance(to: start + .seconds(days * 86_400))
                // Its next look is planned when this one is over.
                await clock.waiter(until: clock.now() + AttachmentKeeper.interval)
                #expect(try await here(named))
                #expect(try await here(loose) == looseStays, "day \(days)")
                #expect(
                    (try await gateway.attachments.upload(id, sender: "a", channel: "exchange") != nil) == uploadStays,
                    "day \(days)")
            }
            keeping.cancel()
            _ = await keeping.result
            let rows = try await scene.store.evidence(from: 1, limit: 100).map { String(decoding: $0.content, as: UTF8.self) }
            #expect(rows.filter { $0.contains("attachment.removed") }.count == 1)
        }
    }

    @Test(
        "claims that are not there refuse along with all other findings, wherever they come from")
    func claims() async throws {
        try await DatasetScene.with(channel: "dataset: notice\nmapping: p/in/notice@json") { scene async throws in
            let digest = try #require(AttachmentDigest(.sha256, bytes: [UInt8](repeating: 1, count: 32)))
            var payload = ReceivedPayload(
                channel: "exchange", sender: "a", idempotencyKey: nil, contentType: "", declaredBytes: nil,
                bytes: Array(#"{"key": "K1"}"#.utf8), traceID: String(repeating: "1", count: 32),
                receivedAt: scene.gateway.clock.now())
            payload.claims = [AttachmentClaim(digest)]
            guard case .refused(_, let findings) = try await scene.gateway.accepting.accept(payload) else {
                Issue.record("not refused")
                return
            }
            #expect(findings.map(\.code) == [.attachmentUnknown, .fieldRequired])
            #expect(findings[0].path == digest.description && findings[0].textZH.contains(digest.description))
        }
    }
}
