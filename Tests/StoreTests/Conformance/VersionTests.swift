import ExchangeModel
import Store
import Synchronization
import Testing

@Suite("Newer versions, whatever the store")
struct VersionTests {
    let samples = Samples()

    private func intake(
        _ version: String, to destinations: [String] = ["province"], supersedes: Bool = true, businessKey: String = "A-1",
        sender: String = "system-a", channel: String = "notices"
    ) -> Intake {
        var intake = samples.intake(
            sender: sender, channel: channel, body: "<V\(version)/>", businessKey: businessKey, destinations: destinations)
        intake.version = version
        for index in intake.deliveries.indices { intake.deliveries[index].supersedes = supersedes }
        return intake
    }

    private func state(_ store: any MessageStore, _ delivery: OpenDelivery) async throws -> DeliveryState? {
        try await store.delivery(delivery.id)?.delivery.state
    }

    @Test(
        "a higher version ends what has not left, in its own transaction, with evidence and a reason",
        arguments: StoreKind.allCases)
    func supersedes(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let heard = Mutex<[OpenDelivery]>([])
            store.observeMoves { deliveries in heard.withLock { $0 += deliveries } }
            let first = intake("1", to: ["province", "supervision"])
            let old = try await store.commit(first)
            let second = intake("2", to: ["province", "supervision"])
            let new = try await store.commit(second)
            #expect(new.map(\.state) == [.pending, .pending])
            for delivery in old {
                let report = try #require(await store.delivery(delivery.id))
                #expect(report.delivery.state == .superseded)
                #expect(report.cause?.code == "version.newer" && report.cause?.text.contains(second.id.description) == true)
            }
            #expect(heard.withLock { $0.map(\.id) } == old.map(\.id))
            #expect(heard.withLock { $0.allSatisfy { $0.state == .superseded } })
            #expect(try await store.message(first.id)?.state == .settled)
            #expect(try await store.message(second.id)?.state == .accepted)
            let rows = try await store.evidence(from: 1, limit: 10).map { String(decoding: $0.content, as: UTF8.self) }
            #expect(rows.count == 4)
            #expect(rows[2].contains("\"from\":\"pending\",\"to\":\"superseded\",\"by\":\"supersededByNewer\""))
            #expect(rows[2].contains("\"newer\":\"\(second.id)\""))
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
    }

    @Test("what was leased, or was ever sent, goes its way first", arguments: StoreKind.allCases)
    func onItsWay(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let flying = try await store.commit(intake("1"))[0]
            _ = try await store.apply([samples.lease(flying)])
            let back = try await store.commit(intake("2"))[0]
            _ = try await store.apply([samples.lease(back)])
            _ = try await store.apply([
                samples.change(
                    back, fence: 1, to: .unknown, attempt: .ended(number: 1, status: 0, duration: .zero, outcome: "unknown"))
            ])
            // A person sends it again: bytes may have left before.
            _ = try await store.apply([samples.change(back, fence: 1, to: .pending)])
            _ = try await store.commit(intake("3"))
            #expect(try await state(store, flying) == .inFlight)
            #expect(try await state(store, back) == .pending)
        }
    }

    @Test("a lease that comes after the newer version is stale", arguments: StoreKind.allCases)
    func lateLease(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let old = try await store.commit(intake("1"))[0]
            _ = try await store.commit(intake("2"))
            #expect(try await store.apply([samples.lease(old)]) == [.stale])
            #expect(try await state(store, old) == .superseded)
        }
    }

    @Test("a lower version that comes late is kept and not sent, with a warning", arguments: StoreKind.allCases)
    func late(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let newer = try await store.commit(intake("10"))[0]
            let late = intake("9", to: ["province", "supervision"])
            let deliveries = try await store.commit(late)
            // The supervision never got the higher version: it gets this one.
            #expect(deliveries.map(\.state) == [.superseded, .pending])
            let report = try #require(await store.message(late.id))
            #expect(report.state == .accepted && report.findings.map(\.code) == [.versionOutdated])
            #expect(report.findings.allSatisfy { $0.severity == .warning && !$0.textZH.isEmpty })
            #expect(try await state(store, newer) == .pending)
            #expect(try await store.openDeliveries(destination: "province", after: 0, limit: 9).map(\.id) == [newer.id])
        }
    }

    @Test("also after the higher version was delivered, but not after a person ended it", arguments: StoreKind.allCases)
    func lateAfterEnd(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let newer = try await store.commit(intake("2"))[0]
            _ = try await store.apply([samples.lease(newer)])
            _ = try await store.apply([samples.delivered(newer)])
            #expect(try await store.commit(intake("1")).map(\.state) == [.superseded])

            let ended = try await store.commit(intake("2", businessKey: "B-1"))[0]
            _ = try await store.apply([samples.change(ended, fence: 0, to: .cancelled)])
            #expect(try await store.commit(intake("1", businessKey: "B-1")).map(\.state) == [.pending])
        }
    }

    @Test("other records, senders, channels and destinations are left alone", arguments: StoreKind.allCases)
    func scope(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let others = [
                intake("1", businessKey: "A-2"), intake("1", sender: "system-b"), intake("1", channel: "other"),
                intake("1", to: ["supervision"]),
            ]
            var kept: [OpenDelivery] = []
            for other in others { kept += try await store.commit(other) }
            _ = try await store.commit(intake("2"))
            for delivery in kept { #expect(try await state(store, delivery) == .pending) }
        }
    }

    @Test("without the rule, with the same version, and without version, every message is sent", arguments: StoreKind.allCases)
    func notConfigured(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let first = try await store.commit(intake("1"))[0]
            _ = try await store.commit(intake("2", supersedes: false))
            #expect(try await state(store, first) == .pending)
            let second = try await store.commit(intake("1", businessKey: "B"))[0]
            _ = try await store.commit(intake("1", businessKey: "B"))
            _ = try await store.commit(intake("", businessKey: "B"))
            #expect(try await state(store, second) == .pending)
        }
    }

    @Test("a waiting delivery of a lower version is superseded too", arguments: StoreKind.allCases)
    func waiting(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var first = intake("1")
            first.deliveries[0].state = .waiting(.review)
            first.deliveries[0].waitingSubject = "desk 1"
            let old = try await store.commit(first)[0]
            _ = try await store.commit(intake("2"))
            #expect(try await state(store, old) == .superseded)
            #expect(try await store.wake(.review, subject: "desk 1", destination: nil, at: Samples.start) == 0)
        }
    }
}
