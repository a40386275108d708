import ExchangeModel
import Store
import Synchronization
import Testing

@Suite("Past messages for a new destination, whatever the store")
struct BackfillTests {
    let samples = Samples()
    private let now = Samples.start + .seconds(90_000)

    private func at(_ seconds: Int) -> Instant { Samples.start + .seconds(seconds) }

    private func selection(
        _ from: Int = 0, _ to: Int = 80_000, dataset: Dataset? = nil, channel: String? = nil, readsRecords: Bool = true
    ) -> BackfillSelection {
        BackfillSelection(
            destination: "archive", from: at(from), to: at(to), dataset: dataset, channel: channel, readsRecords: readsRecords)
    }

    private func item(_ candidate: BackfillCandidate, supersedes: Bool = false, parent: ParentRecord? = nil)
        -> BackfillAddition.Item
    {
        let planned = PlannedDelivery(
            id: samples.id(at: now), destination: "archive", state: .pending, supersedes: supersedes, parent: parent)
        return BackfillAddition.Item(
            message: candidate.sequence, planned: planned,
            evidence: samples.evidence("delivery.backfilled", at: now, message: candidate.id))
    }

    /// Looks at everything, and adds what can be added; returns each standing in order.
    @discardableResult
    private func backfill(
        _ store: any MessageStore, _ selection: BackfillSelection, dry: Bool = false, supersedes: Bool = false
    ) async throws -> [BackfillStanding] {
        var scan = BackfillScan(selection)
        var standings: [BackfillStanding] = []
        while !scan.isDone {
            let (next, candidates) = try await store.backfillPart(scan)
            scan = next
            standings += candidates.map(\.standing)
            let wanted = candidates.filter { $0.standing == .addable && !(supersedes && $0.newer != nil) }
            if dry || wanted.isEmpty { continue }
            let added = try await store.backfill(
                BackfillAddition(scan: scan, items: wanted.map { item($0, supersedes: supersedes) }, at: now))
            #expect(added.standings == wanted.map { _ in .addable })
        }
        return standings
    }

    @Test(
        "each message of the range gets one delivery, in order, with evidence in its trail, and a second run adds nothing",
        arguments: StoreKind.allCases)
    func adds(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var ids: [MessageID] = []
            for number in 0..<20 {
                let intake = samples.intake(orderingKey: "P-\(number % 3)", at: at(number * 10))
                ids.append(intake.id)
                let delivery = try await store.commit(intake)[0]
                if number < 4 {
                    _ = try await store.apply([samples.lease(delivery)])
                    _ = try await store.apply([samples.delivered(delivery)])
                }
            }
            try await store.refuse(samples.refusal(findings: []))
            let heard = Mutex<[OpenDelivery]>([])
            store.observeCommits { deliveries in heard.withLock { $0 += deliveries } }
            _ = try await store.outboxCounts()
            // From the third to the one before the last; the refused one bears the time of the first.
            #expect(try await backfill(store, selection(20, 190)).allSatisfy { $0 == .addable })
            let open = try await store.openDeliveries(destination: "archive", after: 0, limit: 99)
            #expect(open.map(\.messageID) == Array(ids[2..<19]))
            #expect(heard.withLock { $0.map(\.id) } == open.map(\.id))
            #expect(open.allSatisfy { $0.receivedAt == now && $0.state == .pending && $0.attempts == 0 })
            #expect(try await store.outboxCounts().first { $0.destination == "archive" }?.count == 17)
            let report = try #require(await store.message(ids[2]))
            #expect(report.state == .accepted && report.settledAt == nil && report.deliveries.count == 2)
            let trail = try await store.evidence(ofMessage: ids[2]).map { String(decoding: $0.content, as: UTF8.self) }
            #expect(trail.count == 4 && trail.last?.contains("delivery.backfilled") == true, "\(trail)")

            #expect(Set(try await backfill(store, selection(20, 190))) == [.present])
            #expect(try await backfill(store, selection(0, 1)) == [.behind, .refused])
            #expect(try await store.verifyEvidence().firstBroken == nil)
            #expect(try await store.verifyOutbox(owner: nil).faultCount == 0)
            let mine = open[0]
            _ = try await store.apply([samples.lease(mine)])
            _ = try await store.apply([samples.delivered(mine)])
            #expect(try await store.message(ids[2])?.state == .settled)
            #expect(try await store.evidence(ofMessage: ids[2]).count == 6)
        }
    }

    @Test("a receipt that was early for a record is with the delivery that is added", arguments: StoreKind.allCases)
    func earlyReceipt(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let message = samples.intake(businessKey: "A-1", at: at(10))
            _ = try await store.commit(message)
            let early = IncomingReceipt(
                destination: "archive", correlation: .businessKey("A-1", version: nil), verdict: .accepted, number: "HZ-1",
                kind: "callback", source: "archive", item: [1], digest: samples.digest("1"))
            #expect(try await store.receive([early], cursor: nil, at: at(20)).map(\.effect) == [.kept])
            try await backfill(store, selection())
            let added = try #require(
                await store.message(message.id)?.deliveries.first { $0.delivery.destination == "archive" })
            #expect(added.receipts.map { $0.arrival?.effect } == [.held])
        }
    }

    @Test("dataset, channel and time choose; the last moment is not meant", arguments: StoreKind.allCases)
    func selects(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            for (number, channel) in ["a", "b", "a"].enumerated() {
                var intake = samples.intake(channel: channel, orderingKey: "\(number)", at: at(number))
                if number == 2 { intake.dataset = Dataset("contract") }
                _ = try await store.commit(intake)
            }
            #expect(try await backfill(store, selection(channel: "a"), dry: true).count == 2)
            #expect(try await backfill(store, selection(dataset: Dataset("contract")), dry: true).count == 1)
            #expect(try await backfill(store, selection(0, 2), dry: true).count == 2)
            #expect(try await backfill(store, selection(2, 3), dry: true).count == 1)
            #expect(try await backfill(store, selection(3, 80_000), dry: true).isEmpty)
            #expect(try await store.openDeliveries(destination: "archive", after: 0, limit: 9).isEmpty)
        }
    }

    @Test("the canonical record comes along where it is asked for", arguments: StoreKind.allCases)
    func records(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let intake = samples.intake()
            _ = try await store.commit(intake)
            for reads in [true, false] {
                var scan = BackfillScan(selection(readsRecords: reads))
                var found: [BackfillCandidate] = []
                while !scan.isDone {
                    let (next, candidates) = try await store.backfillPart(scan)
                    (scan, found) = (next, found + candidates)
                }
                #expect(found.map(\.canonical) == [reads ? intake.canonical : []])
                #expect(found[0].businessKey == "A-1" && found[0].orderingKey == "P-1" && found[0].id == intake.id)
            }
        }
    }

    @Test("what would come behind a newer message of its key is left out, whatever became of that", arguments: StoreKind.allCases)
    func behind(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            for (number, key) in ["P-1", "P-2", "P-3"].enumerated() {
                _ = try await store.commit(samples.intake(orderingKey: key, at: at(number)))
            }
            _ = try await store.commit(samples.intake(orderingKey: "P-1", destinations: ["archive"], at: at(10)))
            let sent = try await store.commit(samples.intake(orderingKey: "P-2", destinations: ["archive"], at: at(11)))[0]
            _ = try await store.apply([samples.lease(sent)])
            _ = try await store.apply([samples.delivered(sent)])
            #expect(try await backfill(store, selection()) == [.behind, .behind, .addable, .present, .present])
        }
    }

    @Test("a newer message that is accepted between the look and the write is seen by the write", arguments: StoreKind.allCases)
    func race(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            for key in ["P-1", "P-2"] { _ = try await store.commit(samples.intake(orderingKey: key)) }
            var scan = BackfillScan(selection())
            var found: [BackfillCandidate] = []
            while !scan.isDone {
                let (next, candidates) = try await store.backfillPart(scan)
                (scan, found) = (next, found + candidates)
            }
            _ = try await store.commit(samples.intake(orderingKey: "P-1", destinations: ["archive"], at: at(5)))
            let addition = BackfillAddition(scan: scan, items: found.map { item($0) }, at: now)
            #expect(try await store.backfill(addition).standings == [.behind, .addable])
            #expect(try await store.backfill(addition).standings == [.behind, .present])
        }
    }

    @Test(
        "a child waits for its parent of the same backfill, and a waiting child lets its parent pass",
        arguments: StoreKind.allCases)
    func parents(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var project = samples.intake(channel: "projects", businessKey: "T-1")
            project.dataset = Dataset("project")
            _ = try await store.commit(project)
            let parent = ParentRecord(dataset: "project", businessKey: "T-1", until: at(200_000))
            var live = samples.intake(businessKey: "N-2", destinations: ["archive"], at: at(5))
            live.deliveries[0].parent = parent
            let child = try await store.commit(live)[0]
            #expect(child.state == .waiting(.parent))
            let heard = Mutex<[OpenDelivery]>([])
            store.observeMoves { deliveries in heard.withLock { $0 += deliveries } }
            #expect(try await backfill(store, selection(0, 1)) == [.addable])
            #expect(heard.withLock { $0.map(\.id) == [child.id] && $0[0].isAside })
            let added = try #require(
                await store.openDeliveries(destination: "archive", after: 0, limit: 9).first { $0.id != child.id })
            _ = try await store.apply([samples.lease(added)])
            _ = try await store.apply([samples.delivered(added)])
            #expect(try await store.delivery(child.id)?.delivery.state == .pending)

            // The other way round: parent first, then its child, in one addition.
            var other = project
            (other.id, other.businessKey, other.orderingKey) = (samples.id(), "T-2", "P-9")
            other.idempotencyKey = "t2"
            other.deliveries[0].id = samples.id()
            _ = try await store.commit(other)
            _ = try await store.commit(samples.intake(businessKey: "N-3", orderingKey: "P-8"))
            var scan = BackfillScan(selection(0, 1))
            var found: [BackfillCandidate] = []
            while !scan.isDone {
                let (next, candidates) = try await store.backfillPart(scan)
                (scan, found) = (next, found + candidates.filter { $0.standing == .addable })
            }
            let waits = ParentRecord(dataset: "project", businessKey: "T-2", until: at(300_000))
            let both = try await store.backfill(
                BackfillAddition(scan: scan, items: [item(found[0]), item(found[1], parent: waits)], at: now))
            #expect(both.deliveries.map(\.state) == [.pending, .waiting(.parent)])
            #expect(both.deliveries[1].dueAt == waits.until)
        }
    }

    @Test("of the versions of a record only the highest goes where a route supersedes", arguments: StoreKind.allCases)
    func versions(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var ids: [MessageID] = []
            for (number, version) in ["1", "3", "2"].enumerated() {
                var intake = samples.intake(orderingKey: "P-\(number)", at: at(number))
                intake.version = version
                ids.append(intake.id)
                _ = try await store.commit(intake)
            }
            try await backfill(store, selection(0, 1), supersedes: true)
            let first = try #require(await store.openDeliveries(destination: "archive", after: 0, limit: 9).first)
            #expect(first.messageID == ids[0], "alone in its range it goes")
            try await backfill(store, selection(), supersedes: true)
            #expect(try await store.delivery(first.id)?.delivery.state == .superseded)
            let open = try await store.openDeliveries(destination: "archive", after: 0, limit: 9)
            #expect(open.map(\.messageID) == [ids[1]])
            #expect(try await store.verifyOutbox(owner: nil).faultCount == 0)

            // Without the rule all of them go.
            let all = try await backfill(store, selection())
            #expect(all == [.present, .present, .addable])
        }
    }

    @Test("a range is worked off page by page, and a run that broke off is finished by the next", arguments: StoreKind.allCases)
    func pages(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let count = StoreLimits.backfillPage * 2 + 7
            for number in 0..<count {
                _ = try await store.commit(samples.intake(orderingKey: "P-\(number % 5)", at: at(number)))
            }
            var scan = BackfillScan(selection(readsRecords: false))
            var found: [BackfillCandidate] = []
            while found.isEmpty {
                let (next, candidates) = try await store.backfillPart(scan)
                (scan, found) = (next, candidates)
            }
            #expect(found.count == StoreLimits.backfillPage && !scan.isDone)
            #expect(scan.progress.done == Int64(found.count))
            #expect(scan.progress.of == Int64(count))
            _ = try await store.backfill(BackfillAddition(scan: scan, items: found.map { item($0) }, at: now))
            let rest = try await backfill(store, selection(readsRecords: false))
            #expect(rest.count { $0 == .present } == found.count && rest.count { $0 == .addable } == count - found.count)
            let open = try await store.openDeliveries(destination: "archive", after: 0, limit: 9999)
            #expect(open.count == count)
            #expect(open.map(\.sequence) == open.map(\.sequence).sorted())
            let tooMany = BackfillAddition(scan: scan, items: (found + found).map { item($0) }, at: now)
            await #expect(throws: GatewayError.self) { try await store.backfill(tooMany) }
        }
    }

    @Test("an empty store has nothing to look at", arguments: StoreKind.allCases)
    func empty(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let standings = try await backfill(store, selection())
            #expect(standings.isEmpty)
        }
    }

    @Test("a message whose data key was destroyed is left out, also when that happens between the look and the write")
    func destroyed() async throws {
        try await withStore(.encryptedSQLite) { store in
            let day = 86_400
            for number in 0..<2 {
                let delivery = try await store.commit(samples.intake(orderingKey: "P-\(number)", at: at(number * day)))[0]
                _ = try await store.apply([samples.lease(delivery)])
                _ = try await store.apply([samples.delivered(delivery)])
            }
            var scan = BackfillScan(selection(0, 2 * day))
            var found: [BackfillCandidate] = []
            while !scan.isDone {
                let (next, candidates) = try await store.backfillPart(scan)
                (scan, found) = (next, found + candidates)
            }
            #expect(found.map(\.standing) == [.addable, .addable])
            _ = try await store.destroyKeys(
                KeyDestructionOrder(before: at(day), actor: "uid:0", reason: "retention", at: at(3 * day)))
            let addition = BackfillAddition(scan: scan, items: found.map { item($0) }, at: now)
            #expect(try await store.backfill(addition).standings == [.unreadable, .addable])
            #expect(try await backfill(store, selection(0, 2 * day)) == [.unreadable, .present])
        }
    }
}
