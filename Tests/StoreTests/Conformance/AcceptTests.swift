import Dispatch
import ExchangeModel
import GatewayTesting
import Store
import Testing

@Suite("Accepting, whatever the store")
struct AcceptTests {
    let samples = Samples()

    @Test("one that is prepared for long keeps nobody from being accepted", arguments: StoreKind.allCases)
    func companyIsNotAwaitedForEver(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let accepted = DispatchSemaphore(value: 0)
            let prepared = AsyncStream<Void>.makeStream()
            let traffic = store.traffic
            let begun = AsyncStream<Void>.makeStream()
            OwnThread.run {
                traffic.counting {
                    begun.continuation.finish()
                    accepted.wait()
                }
                prepared.continuation.finish()
            }
            for await _ in begun.stream {}
            // Both come back while the other one is still being prepared.
            _ = try await store.commit(samples.intake())
            _ = try await store.commit(samples.intake())
            accepted.signal()
            for await _ in prepared.stream {}
            _ = try await store.commit(samples.intake())
        }
    }

    @Test("an accepted message can be read back with its deliveries", arguments: StoreKind.allCases)
    func readBack(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var intake = samples.intake(destinations: ["province", "supervision"])
            intake.warnings = [
                Finding(
                    .codeUnknown, severity: .warning, path: "/NOTICE/KIND", position: SourcePosition(line: 3, column: 9),
                    text: "the code is not in the list", textZH: "代码不在代码表中")
            ]
            let open = try await store.commit(intake)
            #expect(open.map(\.destination) == ["province", "supervision"])
            #expect(open.map(\.id) == intake.deliveries.map(\.id))
            #expect(open.allSatisfy { $0.state == .pending && $0.fence == 0 && $0.attempts == 0 && !$0.isFrozen })
            #expect(open.allSatisfy { $0.canonical == intake.canonical && $0.messageID == intake.id })
            #expect(open[0].sequence < open[1].sequence)
            #expect(open[0].lane != open[1].lane)

            let report = try #require(await store.message(intake.id))
            #expect(report.state == .accepted)
            #expect(report.channel == "notices" && report.sender == "system-a" && report.dataset == Dataset("tender-notice"))
            #expect(report.businessKey == "A-1" && report.orderingKey == "P-1" && report.version == "20260501")
            #expect(report.receivedAt == intake.receivedAt && report.settledAt == nil && report.traceID == intake.traceID)
            #expect(report.findings == intake.warnings)
            #expect(report.deliveries.map(\.delivery.sequence) == open.map(\.sequence))
            #expect(report.deliveries.map(\.delivery.canonical) == [nil, nil])
            #expect(report.deliveries[0].delivery.sourceTime == intake.sourceTime)

            let forms = try await store.deliveryForms(open.map(\.sequence) + [9_999])
            #expect(forms.count == 2)
            #expect(forms[open[0].sequence]?.canonical == intake.canonical)
            #expect(forms[open[0].sequence]?.frozen == nil)
        }
    }

    @Test("the same key with the same body gives the first message again", arguments: StoreKind.allCases)
    func replay(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let first = samples.intake(key: "k")
            let deliveries = try await store.commit(first)
            guard case .replayed(let bound) = try await store.accept(samples.intake(key: "k")) else {
                Issue.record("the repeat was not recognised")
                return
            }
            #expect(bound.id == first.id && bound.dataset == first.dataset && bound.businessKey == "A-1")
            #expect(bound.bodyDigest == first.bodyDigest)
            #expect(bound.deliveries.map(\.id) == deliveries.map(\.id))
            #expect(bound.deliveries.map(\.destination) == ["province"])
            #expect(try await store.evidence(from: 1, limit: 10).count == 1)
            #expect(try await store.openDeliveries(destination: "province", after: 0, limit: 10).count == 1)
        }
    }

    @Test("the same key with another body is a conflict and writes nothing", arguments: StoreKind.allCases)
    func conflict(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let first = samples.intake(key: "k")
            _ = try await store.commit(first)
            let other = samples.intake(key: "k", body: "<OTHER/>")
            guard case .conflict(let bound) = try await store.accept(other) else {
                Issue.record("the conflict was not recognised")
                return
            }
            #expect(bound.id == first.id)
            #expect(try await store.message(other.id) == nil)
            #expect(try await store.evidence(from: 1, limit: 10).count == 1)
        }
    }

    @Test("a key belongs to one sender and one channel", arguments: StoreKind.allCases)
    func keyScope(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            _ = try await store.commit(samples.intake(key: "k"))
            _ = try await store.commit(samples.intake(key: "k", sender: "system-b"))
            _ = try await store.commit(samples.intake(key: "k", channel: "contracts"))
            // Parts that run together differently must not meet either.
            _ = try await store.commit(samples.intake(key: "xk", sender: "ab", channel: "c"))
            _ = try await store.commit(samples.intake(key: "k", sender: "ab", channel: "cx"))
            #expect(try await store.outboxCounts().map(\.count) == [5])
        }
    }

    @Test("a bound key is found before work is spent", arguments: StoreKind.allCases)
    func boundMessage(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let intake = samples.intake(key: "k")
            _ = try await store.commit(intake)
            let bound = try await store.boundMessage(sender: "system-a", channel: "notices", idempotencyKey: "k")
            #expect(bound?.id == intake.id)
            #expect(bound?.deliveries.map(\.destination) == ["province"])
            #expect(try await store.boundMessage(sender: "system-a", channel: "notices", idempotencyKey: "other") == nil)
            #expect(try await store.boundMessage(sender: "system-b", channel: "notices", idempotencyKey: "k") == nil)
        }
    }

    @Test("a message without deliveries is settled at once", arguments: StoreKind.allCases)
    func settledAtOnce(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let intake = samples.intake(destinations: [])
            #expect(try await store.commit(intake).isEmpty)
            let report = try #require(await store.message(intake.id))
            #expect(report.state == .settled && report.settledAt == intake.receivedAt)
        }
    }

    @Test("a delivery may begin by waiting, and not by an end", arguments: StoreKind.allCases)
    func firstState(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let waiting = try await store.commit(samples.intake(state: .waiting(.parent)))
            #expect(waiting[0].state == .waiting(.parent))
            let read = try await store.openDeliveries(destination: "province", after: 0, limit: 10)
            #expect(read.map(\.state) == [.waiting(.parent)])
            await #expect(throws: GatewayError.self) { try await store.accept(self.samples.intake(state: .delivered)) }
            #expect(try await store.outboxCounts().map(\.count) == [1])
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
    }

    @Test("a refused input is kept with every finding and binds no key", arguments: StoreKind.allCases)
    func refusal(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let findings = [
                Finding(
                    .xmlSyntax, position: SourcePosition(line: 1, column: 8), text: "the document ends early", textZH: "文档提前结束"),
                Finding(.fieldRequired, path: "/NOTICE/CODE", text: "CODE is missing", textZH: "缺少 CODE"),
            ]
            let refusal = samples.refusal(findings: findings)
            try await store.refuse(refusal)
            let report = try #require(await store.message(refusal.id))
            #expect(report.state == .refused && report.findings == findings && report.deliveries.isEmpty)
            #expect(report.dataset == nil && report.businessKey == "")
            #expect(try await store.boundMessage(sender: "system-a", channel: "notices", idempotencyKey: "again") == nil)
            _ = try await store.commit(samples.intake(key: "again"))
            #expect(try await store.evidence(from: 1, limit: 10).map(\.messageID).first == refusal.id)
        }
    }

    @Test("a refusal without its bytes is kept too", arguments: StoreKind.allCases)
    func refusalWithoutPayload(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let refusal = samples.refusal(payload: nil, findings: [])
            try await store.refuse(refusal)
            #expect(try await store.message(refusal.id)?.state == .refused)
        }
    }

    @Test("messages of a business key come newest first, up to the limit", arguments: StoreKind.allCases)
    func byBusinessKey(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var ids: [MessageID] = []
            for number in 1...4 {
                let intake = samples.intake(body: "<N\(number)/>", businessKey: "same")
                ids.append(intake.id)
                _ = try await store.commit(intake)
            }
            _ = try await store.commit(samples.intake(businessKey: "other"))
            try await store.refuse(samples.refusal(findings: []))
            #expect(try await store.messages(businessKey: "same", sender: nil, limit: 3).map(\.id) == ids.suffix(3).reversed())
            #expect(try await store.messages(businessKey: "none", sender: nil, limit: 3).isEmpty)
            #expect(try await store.messages(businessKey: "", sender: nil, limit: 3).isEmpty)
            #expect(try await store.messages(businessKey: "same", sender: nil, limit: -1).isEmpty)
        }
    }

    @Test("text and bytes of any kind come back as they were", arguments: StoreKind.allCases)
    func oddContent(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var intake = samples.intake(businessKey: "键'\"\u{0}--𠮷", orderingKey: "", destinations: ["省平台"])
            intake.payload = []
            intake.canonical = [0, 255, 0, 128]
            intake.version = ""
            let open = try await store.commit(intake)
            #expect(try await store.message(intake.id)?.businessKey == intake.businessKey)
            #expect(try await store.messages(businessKey: intake.businessKey, sender: nil, limit: 1).count == 1)
            #expect(try await store.deliveryForms([open[0].sequence])[open[0].sequence]?.canonical == [0, 255, 0, 128])
            #expect(try await store.openDeliveries(destination: "省平台", after: 0, limit: 1).count == 1)
        }
    }
}
