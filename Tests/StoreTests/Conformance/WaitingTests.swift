import ExchangeModel
import Store
import Synchronization
import Testing

@Suite("Waiting for something, whatever the store")
struct WaitingTests {
    let samples = Samples()
    private let until = Samples.start + .seconds(3600)

    private func child(_ key: String = "N-1", of parent: String = "P-1", to destinations: [String] = ["province"]) -> Intake {
        var intake = samples.intake(body: "<\(key)/>", businessKey: key, destinations: destinations)
        for index in intake.deliveries.indices {
            intake.deliveries[index].parent = ParentRecord(dataset: "project", businessKey: parent, until: until)
        }
        return intake
    }

    private func project(_ key: String = "P-1", dataset: String = "project", to destinations: [String] = ["province"]) -> Intake {
        var intake = samples.intake(sender: "approval", channel: "projects", businessKey: key, destinations: destinations)
        intake.dataset = Dataset(dataset)
        return intake
    }

    private func deliver(_ store: any MessageStore, _ delivery: OpenDelivery) async throws {
        _ = try await store.apply([samples.lease(delivery)])
        #expect(try await store.apply([samples.delivered(delivery)]) == [.applied(fence: 1)])
    }

    @Test(
        "a child waits for its parent's confirmation, says for what and until when, and is then ready",
        arguments: StoreKind.allCases)
    func parent(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let heard = Mutex<[OpenDelivery]>([])
            store.observeMoves { deliveries in heard.withLock { $0 += deliveries } }
            let waiting = try await store.commit(child())[0]
            #expect(waiting.state == .waiting(.parent) && waiting.dueAt == until)
            let report = try #require(await store.delivery(waiting.id))
            #expect(report.waitingSubject == "project P-1" && report.delivery.dueAt == until)

            var elsewhere = project()
            elsewhere.orderingKey = "another lane"
            let parent = try await store.commit(elsewhere)[0]
            #expect(try await store.delivery(waiting.id)?.delivery.state == .waiting(.parent))
            try await deliver(store, parent)
            let ready = try #require(await store.delivery(waiting.id))
            #expect(ready.delivery.state == .pending && ready.waitingSubject == nil && ready.delivery.dueAt == nil)
            #expect(ready.delivery.fence == 1)
            #expect(heard.withLock { $0.map(\.id) } == [waiting.id])
            #expect(heard.withLock { $0[0].state == .pending && $0[0].fence == 1 })
            let last = try #require(await store.evidence(from: 1, limit: 100).last)
            #expect(
                String(decoding: last.content, as: UTF8.self).contains(
                    "\"by\":\"preconditionMet\",\"cause\":\"parent\",\"parent\":\"\(parent.id)\""))
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
    }

    @Test("a child whose parent is there is ready at once", arguments: StoreKind.allCases)
    func parentThere(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let parent = try await store.commit(project())[0]
            try await deliver(store, parent)
            #expect(try await store.commit(child()).map(\.state) == [.pending])
        }
    }

    @Test("the parent counts for its own destination, dataset and key only", arguments: StoreKind.allCases)
    func otherParents(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let waiting = try await store.commit(child(to: ["province", "supervision"]))
            for other in [project("P-2"), project(dataset: "plan"), project(to: ["credit"])] {
                try await deliver(store, try await store.commit(other)[0])
            }
            for delivery in waiting { #expect(try await store.delivery(delivery.id)?.delivery.state == .waiting(.parent)) }
            try await deliver(store, try await store.commit(project())[0])
            #expect(try await store.delivery(waiting[0].id)?.delivery.state == .pending)
            #expect(try await store.delivery(waiting[1].id)?.delivery.state == .waiting(.parent))
        }
    }

    @Test("a child stands in its own lane, and steps aside only for a parent that comes later", arguments: StoreKind.allCases)
    func lanes(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let heard = Mutex<[OpenDelivery]>([])
            store.observeMoves { deliveries in heard.withLock { $0 += deliveries } }
            let first = try await store.commit(child("N-1"))[0]
            let ofAnother = try await store.commit(child("N-2", of: "P-2"))[0]
            let parent = try await store.commit(project())[0]
            #expect(Set([first.lane, ofAnother.lane, parent.lane]).count == 1)
            #expect(heard.withLock { $0.map(\.id) } == [first.id])
            #expect(heard.withLock { $0[0].isAside && $0[0].state == .waiting(.parent) })
            let open = try await store.openDeliveries(lane: first.lane, after: 0, limit: 9)
            #expect(open.map(\.isAside) == [true, false, false])
            #expect(open.map(\.state) == [.waiting(.parent), .waiting(.parent), .pending])
            // The parent once more: the child stands aside already.
            _ = try await store.commit(project())
            #expect(heard.withLock { $0.count } == 1)
            try await deliver(store, parent)
            let ready = try await store.openDeliveries(lane: first.lane, after: 0, limit: 1)
            #expect(ready.map(\.state) == [.pending] && ready.map(\.isAside) == [false])
            let rows = try await store.evidence(from: 1, limit: 100).map { String(decoding: $0.content, as: UTF8.self) }
            #expect(rows.count { $0.contains("\"event\":\"delivery.steppedAside\"") && $0.contains("\(parent.id)") } == 1)
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
    }

    @Test("the end of a wait and the news that wakes cannot both win", arguments: StoreKind.allCases)
    func race(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let waiting = try await store.commit(child())[0]
            try await deliver(store, try await store.commit(project())[0])
            #expect(try await store.apply([samples.change(waiting, fence: 0, to: .expired)]) == [.stale])
            let late = try await store.commit(child("N-2", of: "P-2"))[0]
            _ = try await store.apply([samples.change(late, fence: 0, to: .expired, cause: DeliveryCause(code: "w", text: ""))])
            try await deliver(store, try await store.commit(project("P-2"))[0])
            let report = try #require(await store.delivery(late.id))
            #expect(report.delivery.state == .expired && report.waitingSubject == "project P-2")
        }
    }

    @Test("any cause is woken by its subject, at one destination or at all", arguments: StoreKind.allCases)
    func wake(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var intake = samples.intake(destinations: ["province", "supervision"], state: .waiting(.code))
            for index in intake.deliveries.indices { intake.deliveries[index].waitingSubject = "list notice-nature" }
            let waiting = try await store.commit(intake)
            let at = Samples.start + .seconds(9)
            #expect(try await store.wake(.review, subject: "list notice-nature", destination: nil, at: at) == 0)
            #expect(try await store.wake(.code, subject: "list other", destination: nil, at: at) == 0)
            #expect(try await store.wake(.code, subject: "list notice-nature", destination: "province", at: at) == 1)
            #expect(try await store.wake(.code, subject: "list notice-nature", destination: nil, at: at) == 1)
            #expect(try await store.wake(.code, subject: "list notice-nature", destination: nil, at: at) == 0)
            for delivery in waiting {
                let report = try #require(await store.delivery(delivery.id))
                #expect(report.delivery.state == .pending && report.changedAt == at)
            }
        }
    }

    @Test("who waits is remembered by a store that is opened again", arguments: StoreKind.allCases)
    func reopened(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        var store = try kind.open(folder)
        let waiting = try await store.commit(child())[0]
        let parent = try await store.commit(project())[0]
        _ = try await store.apply([samples.lease(parent)])
        await store.close()
        store = try kind.open(folder)
        _ = try await store.apply([samples.delivered(parent)])
        #expect(try await store.delivery(waiting.id)?.delivery.state == .pending)
        await store.close()
    }
}
