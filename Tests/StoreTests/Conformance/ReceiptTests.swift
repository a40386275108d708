import ExchangeModel
import Store
import Synchronization
import Testing

@Suite("Receipts that come by themselves, whatever the store")
struct ReceiptTests {
    let samples = Samples()

    private func receipt(
        _ correlation: ReceiptCorrelation, _ verdict: ReceiptVerdict = .accepted, number: String = "HZ-1", item: String = "{}",
        destination: String = "province"
    ) -> IncomingReceipt {
        IncomingReceipt(
            destination: destination, correlation: correlation, verdict: verdict, number: number, reason: "E17",
            statedAt: Samples.start + .seconds(9), kind: "callback", source: "province-system", item: Array(item.utf8),
            digest: samples.digest(item))
    }

    private func receive(
        _ store: any MessageStore, _ receipts: IncomingReceipt..., after seconds: Int = 20
    ) async throws -> [ReceiptOutcome] {
        try await store.receive(receipts, cursor: nil, at: Samples.start + .seconds(seconds))
    }

    /// Sends a delivery and records an outcome.
    private func send(
        _ store: any MessageStore, _ delivery: OpenDelivery, to state: DeliveryState, reference: String = "PF-1",
        fence: Int64 = 1, attempt: Int = 1
    ) async throws {
        var current = delivery
        current.fence = fence - 1
        #expect(
            try await store.apply([samples.lease(current, attempt: attempt, freeze: attempt == 1)]) == [.applied(fence: fence)])
        #expect(try await store.apply([outcome(delivery, state, reference, fence, attempt)]) == [.applied(fence: fence)])
    }

    private func outcome(
        _ delivery: OpenDelivery, _ state: DeliveryState, _ reference: String, _ fence: Int64 = 1, _ attempt: Int = 1
    ) -> DeliveryChange {
        samples.change(
            delivery, fence: fence, to: state, after: 2, dueAt: state == .delivered ? nil : Samples.start + .seconds(3600),
            attempt: .ended(number: attempt, status: 202, duration: .microseconds(900), outcome: "handedOver"),
            receipt: Receipt(
                kind: "answer", reference: reference, verdict: state == .awaitingReceipt ? "handedOver" : "unclear", status: 202,
                answer: []))
    }

    private func state(_ store: any MessageStore, _ delivery: OpenDelivery) async throws -> DeliveryState? {
        try await store.delivery(delivery.id)?.delivery.state
    }

    private func rows(_ store: any MessageStore) async throws -> [String] {
        try await store.evidence(from: 1, limit: 1000).map { String(decoding: $0.content, as: UTF8.self) }
    }

    @Test(
        "a receipt settles what was handed over or is unknown, in one transaction with its evidence",
        arguments: StoreKind.allCases, [DeliveryState.awaitingReceipt, .unknown])
    func settles(_ kind: StoreKind, _ before: DeliveryState) async throws {
        try await withStore(kind) { store in
            let heard = Mutex<[OpenDelivery]>([])
            store.observeMoves { deliveries in heard.withLock { $0 += deliveries } }
            let good = try await store.commit(samples.intake())[0]
            let bad = try await store.commit(samples.intake(businessKey: "A-2"))[0]
            try await send(store, good, to: before)
            try await send(store, bad, to: before)
            let outcomes = try await receive(
                store, receipt(.deliveryID(good.id), item: "{\"ok\":1}"), receipt(.deliveryID(bad.id), .refused))
            #expect(outcomes.map(\.effect) == [.applied, .applied])
            #expect(outcomes.map(\.state) == [.delivered, .dead])
            #expect(outcomes.map(\.delivery) == [good.id, bad.id])
            #expect(heard.withLock { $0.map(\.state) } == [.delivered, .dead])
            // The fence was raised: whatever the outbox had on its way comes too late.
            #expect(heard.withLock { $0.map(\.fence) } == [2, 2])
            #expect(try await store.apply([samples.change(good, fence: 1, to: .unknown)]) == [.stale])
            let report = try #require(await store.delivery(bad.id))
            #expect(report.cause?.code == "receipt.refused")
            #expect(report.cause?.text.contains("E17") == true)
            let shown = try #require(await store.delivery(good.id)?.receipts.last)
            #expect(shown.arrival?.effect == .applied && shown.receipt.kind == "callback" && shown.receipt.reference == "HZ-1")
            #expect(shown.receipt.answer == Array("{\"ok\":1}".utf8) && shown.answerState == .readable)
            #expect(shown.arrival?.statedAt == Samples.start + .seconds(9))
            #expect(try await rows(store).contains { $0.contains("\"by\":\"accepted\"") && $0.contains("\"receipt\":\"HZ-1\"") })
            #expect(try await store.message(good.messageID)?.state == .settled)
            #expect(try await store.verifyEvidence().firstBroken == nil)
            #expect(try await store.verifyOutbox(owner: nil).faultCount == 0)
        }
    }

    @Test("a delivery is found by our id, by their reference, or by its business key and version", arguments: StoreKind.allCases)
    func correlation(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let byReference = try await store.commit(samples.intake(businessKey: "R"))[0]
            try await send(store, byReference, to: .awaitingReceipt, reference: "PF-77")
            let elsewhere = try await store.commit(samples.intake(businessKey: "R", destinations: ["credit"]))[0]
            try await send(store, elsewhere, to: .awaitingReceipt, reference: "PF-77")
            #expect(try await receive(store, receipt(.reference("PF-77"))).map(\.delivery) == [byReference.id])
            #expect(try await state(store, elsewhere) == .awaitingReceipt, "another destination's numbers are its own")

            var first = samples.intake(businessKey: "B")
            first.version = "1"
            var second = samples.intake(businessKey: "B")
            second.version = "2"
            let versions = [try await store.commit(first)[0], try await store.commit(second)[0]]
            for delivery in versions { try await send(store, delivery, to: .awaitingReceipt) }
            let named = try await receive(store, receipt(.businessKey("B", version: "1"), number: "HZ-2"))
            #expect(named.map(\.delivery) == [versions[0].id])
            let unnamed = try await receive(store, receipt(.businessKey("B", version: nil), number: "HZ-3"))
            #expect(unnamed.map(\.delivery) == [versions[1].id], "the one that waits, not the one that is settled")

            let renamed = try await store.commit(samples.intake(businessKey: "N"))[0]
            try await send(store, renamed, to: .unknown)
            let byNewID = try await receive(store, receipt(.deliveryID(renamed.id.repetition(3)), number: "HZ-4"))
            #expect(byNewID.map(\.delivery) == [renamed.id], "the id of a repetition names the delivery too")
        }
    }

    @Test("the same receipt again writes nothing and says the same", arguments: StoreKind.allCases)
    func repeats(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let delivery = try await store.commit(samples.intake())[0]
            try await send(store, delivery, to: .awaitingReceipt)
            let byNumber = receipt(.deliveryID(delivery.id), item: "{\"a\":1}")
            let byBytes = receipt(.deliveryID(delivery.id), number: "", item: "{\"b\":1}")
            let early = receipt(.reference("not yet"), number: "HZ-9")
            let first = try await receive(store, byNumber, byBytes, early)
            #expect(first.map(\.effect) == [.applied, .agrees, .kept])
            let head = try await store.evidenceHead()
            let again = try await receive(store, byNumber, byBytes, early, after: 99)
            #expect(again.map(\.effect) == first.map(\.effect) && again.allSatisfy(\.isRepeat))
            #expect(again.map(\.delivery) == first.map(\.delivery) && again[0].state == .delivered)
            #expect(try await store.evidenceHead() == head)
            #expect(try await store.delivery(delivery.id)?.receipts.count == 3)
        }
    }

    @Test(
        "one number over a batch is one receipt for each delivery, and another verdict is another receipt",
        arguments: StoreKind.allCases)
    func batch(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var deliveries: [OpenDelivery] = []
            for key in ["A", "B", "C"] {
                let delivery = try await store.commit(samples.intake(businessKey: key, orderingKey: key))[0]
                try await send(store, delivery, to: .awaitingReceipt)
                deliveries.append(delivery)
            }
            let outcomes = try await receive(
                store, receipt(.businessKey("A", version: nil)), receipt(.businessKey("B", version: nil), .refused),
                receipt(.businessKey("C", version: nil), .other), receipt(.businessKey("A", version: nil), .refused))
            #expect(outcomes.map(\.effect) == [.applied, .applied, .noted, .contradicts])
            #expect(outcomes.map(\.state) == [.delivered, .dead, .awaitingReceipt, .delivered])
        }
    }

    @Test("a contradiction changes no state and is kept, told and recorded", arguments: StoreKind.allCases)
    func contradiction(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let heard = Mutex<[OpenDelivery]>([])
            store.observeMoves { deliveries in heard.withLock { $0 += deliveries.filter(\.isContradicted) } }
            let delivered = try await store.commit(samples.intake())[0]
            _ = try await store.apply([samples.lease(delivered)])
            _ = try await store.apply([samples.delivered(delivered)])
            let dead = try await store.commit(samples.intake(businessKey: "A-2"))[0]
            try await send(store, dead, to: .dead)
            let cancelled = try await store.commit(samples.intake(businessKey: "A-3"))[0]
            try await send(store, cancelled, to: .cancelled)
            let outcomes = try await receive(
                store, receipt(.deliveryID(delivered.id), .refused), receipt(.deliveryID(dead.id)),
                receipt(.deliveryID(cancelled.id)), receipt(.deliveryID(dead.id), .refused),
                receipt(.deliveryID(cancelled.id), .refused))
            #expect(outcomes.map(\.effect) == [.contradicts, .contradicts, .contradicts, .agrees, .noted])
            #expect(outcomes.map(\.state) == [.delivered, .dead, .cancelled, .dead, .cancelled])
            #expect(heard.withLock { $0.map(\.id) } == [delivered.id, dead.id, cancelled.id])
            #expect(try await rows(store).count { $0.contains("\"event\":\"receipt.contradicts\"") } == 3)
            let report = try #require(await store.delivery(delivered.id))
            #expect(report.receipts.map { $0.arrival?.effect } == [nil, .contradicts])
            let trail = try await store.evidence(ofMessage: delivered.messageID)
            #expect(trail.contains { String(decoding: $0.content, as: UTF8.self).contains("receipt.contradicts") })
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
    }

    @Test(
        "a receipt that overtakes its answer is applied to the outcome of the attempt",
        arguments: StoreKind.allCases,
        [
            (DeliveryState.awaitingReceipt, ReceiptVerdict.accepted, DeliveryState.delivered), (.unknown, .accepted, .delivered),
            (.retryWait, .accepted, .delivered), (.awaitingReceipt, .refused, .dead), (.unknown, .refused, .dead),
            (.retryWait, .refused, .retryWait), (.dead, .accepted, .dead), (.delivered, .refused, .delivered),
        ])
    func overtakes(_ kind: StoreKind, _ way: (outcome: DeliveryState, verdict: ReceiptVerdict, end: DeliveryState)) async throws {
        try await withStore(kind) { store in
            let heard = Mutex<[OpenDelivery]>([])
            store.observeMoves { deliveries in heard.withLock { $0 += deliveries } }
            let delivery = try await store.commit(samples.intake())[0]
            _ = try await store.apply([samples.lease(delivery)])
            let held = try await receive(store, receipt(.deliveryID(delivery.id), way.verdict))
            #expect(held.map(\.effect) == [.held] && held[0].state == .inFlight)
            heard.withLock { $0 = [] }
            #expect(try await store.apply([outcome(delivery, way.outcome, "PF-1")]) == [.applied(fence: 1)])
            #expect(try await state(store, delivery) == way.end)
            let told = heard.withLock { $0 }
            #expect(told.filter { !$0.isContradicted }.map(\.state) == (way.outcome == way.end ? [] : [way.end]))
            let contradicts =
                (way.outcome, way.verdict) == (.dead, .accepted) || (way.outcome, way.verdict) == (.delivered, .refused)
            #expect(told.contains { $0.isContradicted } == contradicts)
            #expect(try await store.verifyEvidence().firstBroken == nil)
            #expect(try await store.verifyOutbox(owner: "life-1").faultCount == 0)
        }
    }

    @Test(
        "of two that differ and overtake the answer the accepting one counts, in either order", arguments: StoreKind.allCases,
        [
            (DeliveryState.awaitingReceipt, DeliveryState.delivered), (.unknown, .delivered), (.retryWait, .delivered),
            (.delivered, .delivered), (.dead, .dead),
        ])
    func differ(_ kind: StoreKind, _ way: (outcome: DeliveryState, end: DeliveryState)) async throws {
        for verdicts in [[ReceiptVerdict.accepted, .refused], [.refused, .accepted]] {
            try await withStore(kind) { store in
                let delivery = try await store.commit(samples.intake())[0]
                _ = try await store.apply([samples.lease(delivery)])
                for verdict in verdicts { _ = try await receive(store, receipt(.deliveryID(delivery.id), verdict)) }
                _ = try await store.apply([outcome(delivery, way.outcome, "PF-1")])
                let report = try #require(await store.delivery(delivery.id))
                #expect(report.delivery.state == way.end)
                let effects = Dictionary(
                    uniqueKeysWithValues: report.receipts.compactMap { receipt in
                        receipt.arrival.map { (receipt.receipt.verdict, $0.effect) }
                    })
                let isAccepted = way.end == .delivered
                #expect(effects["accepted"] == (isAccepted ? (way.outcome == .delivered ? .agrees : .applied) : .contradicts))
                // The refusing one contradicts as soon as it comes after the other, also where it agrees with the end.
                #expect(effects["refused"] == (isAccepted || verdicts[0] == .accepted ? .contradicts : .agrees))
            }
        }
    }

    @Test("a dead delivery that a receipt confirms is not sent again", arguments: StoreKind.allCases)
    func confirmedIsNotRetried(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let delivery = try await store.commit(samples.intake())[0]
            try await send(store, delivery, to: .dead)
            let dead = try #require(await store.delivery(delivery.id)).delivery
            _ = try await receive(store, receipt(.deliveryID(delivery.id), .other))
            #expect(try await store.delivery(delivery.id)?.confirmation == nil)
            _ = try await receive(store, receipt(.deliveryID(delivery.id)))
            #expect(try await store.delivery(delivery.id)?.confirmation != nil)
            #expect(try await store.apply([samples.change(dead, fence: dead.fence, to: .pending)]) == [.stale])
            #expect(try await state(store, delivery) == .dead)
            let cancelled = samples.change(dead, fence: dead.fence, to: .cancelled)
            #expect(try await store.apply([cancelled]) == [.applied(fence: dead.fence)])
        }
    }

    @Test(
        "nothing that left once is sent after its confirmation", arguments: StoreKind.allCases,
        [DeliveryState.retryWait, .pending])
    func noSendAfterConfirmation(_ kind: StoreKind, _ before: DeliveryState) async throws {
        try await withStore(kind) { store in
            let delivery = try await store.commit(samples.intake())[0]
            try await send(store, delivery, to: before)
            #expect(try await receive(store, receipt(.deliveryID(delivery.id), .refused)).map(\.effect) == [.noted])
            #expect(try await receive(store, receipt(.deliveryID(delivery.id))).map(\.effect) == [.applied])
            var again = delivery
            again.fence = 1
            #expect(try await store.apply([samples.lease(again, attempt: 2, freeze: false)]) == [.stale])
            #expect(try await state(store, delivery) == .delivered)
        }
    }

    @Test("a receipt for what never left waits for the first attempt", arguments: StoreKind.allCases)
    func neverLeft(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let delivery = try await store.commit(samples.intake())[0]
            #expect(try await receive(store, receipt(.deliveryID(delivery.id))).map(\.effect) == [.held])
            _ = try await store.apply([samples.lease(delivery)])
            #expect(try await state(store, delivery) == .inFlight)
            _ = try await store.apply([outcome(delivery, .awaitingReceipt, "PF-1")])
            #expect(try await state(store, delivery) == .delivered)
        }
    }

    @Test("an early receipt is applied by the transaction that brings its reference or its record", arguments: StoreKind.allCases)
    func early(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let kept = try await receive(
                store, receipt(.reference("PF-5"), item: "{\"early\":1}"),
                receipt(.businessKey("LATER", version: "20260501"), .refused),
                receipt(.businessKey("LATER", version: "another"), number: "HZ-3"))
            #expect(kept.map(\.effect) == [.kept, .kept, .kept] && kept.allSatisfy { $0.delivery == nil })
            let delivery = try await store.commit(samples.intake())[0]
            _ = try await store.apply([samples.lease(delivery)])
            _ = try await store.apply([outcome(delivery, .awaitingReceipt, "PF-5")])
            #expect(try await state(store, delivery) == .delivered)
            let shown = try #require(await store.delivery(delivery.id)?.receipts.last)
            #expect(shown.receipt.answer == Array("{\"early\":1}".utf8) && shown.answerState == .readable)

            let later = try await store.commit(samples.intake(businessKey: "LATER"))[0]
            #expect(try await store.delivery(later.id)?.receipts.map { $0.arrival?.effect } == [.held])
            try await send(store, later, to: .awaitingReceipt, reference: "PF-6")
            #expect(try await state(store, later) == .dead)
            let expired = try await store.expireReceipts(before: Samples.start + .seconds(100), at: Samples.start + .seconds(200))
            #expect(expired.map(\.number) == ["HZ-3"] && expired.map(\.way) == ["businessKey"])
            #expect(try await store.expireReceipts(before: Samples.start + .seconds(100), at: Samples.start).isEmpty)
            #expect(try await rows(store).count { $0.contains("\"event\":\"receipt.expired\"") } == 1)
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
    }

    @Test("what waits for a delivery or an outcome waits over a restart", arguments: StoreKind.allCases)
    func restart(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        var store = try kind.open(folder)
        let flying = try await store.commit(samples.intake())[0]
        let other = try await store.commit(samples.intake(businessKey: "A-2"))[0]
        _ = try await store.apply([samples.lease(flying), samples.lease(other)])
        _ = try await receive(store, receipt(.deliveryID(flying.id)), receipt(.reference("PF-8"), number: "HZ-8"))
        #expect(
            try await store.receive([], cursor: ReceiptCursor(destination: "province", value: "7"), at: Samples.start).isEmpty)
        await store.close()
        store = try kind.open(folder)
        #expect(try await store.receiptCursor(destination: "province") == "7")
        #expect(try await store.receiptCursor(destination: "credit") == nil)
        _ = try await store.apply([
            samples.change(flying, fence: 1, to: .unknown), outcome(other, .awaitingReceipt, "PF-8"),
        ])
        #expect(try await state(store, flying) == .delivered)
        #expect(try await state(store, other) == .delivered)
        await store.close()
    }

    @Test("a parent that is confirmed by a receipt wakes its children", arguments: StoreKind.allCases)
    func children(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let parent = try await store.commit(samples.intake(businessKey: "P"))[0]
            var intake = samples.intake(businessKey: "N")
            intake.deliveries[0].parent = ParentRecord(
                dataset: "tender-notice", businessKey: "P", until: Samples.start + .seconds(999))
            let child = try await store.commit(intake)[0]
            try await send(store, parent, to: .awaitingReceipt)
            #expect(try await state(store, child) == .waiting(.parent))
            _ = try await receive(store, receipt(.deliveryID(parent.id)))
            #expect(try await state(store, child) == .pending)
        }
    }

    @Test("receipts that find no delivery are bounded in number, and the others go on", arguments: [StoreKind.sqlite])
    func bound(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let delivery = try await store.commit(samples.intake())[0]
            try await send(store, delivery, to: .awaitingReceipt)
            for page in 0..<2 {
                let many = (0..<StoreLimits.receiptsPerCall).map { receipt(.reference("none \(page) \($0)")) }
                let outcomes = try await store.receive(many, cursor: nil, at: Samples.start)
                #expect(outcomes.allSatisfy { $0.effect == .kept })
            }
            let outcomes = try await receive(store, receipt(.reference("one more")), receipt(.deliveryID(delivery.id)))
            #expect(outcomes.map(\.effect) == [.noRoom, .applied])
            let ofAnother = try await receive(store, receipt(.reference("one more"), destination: "credit"))
            #expect(ofAnother.map(\.effect) == [.kept])
        }
    }

    @Test(
        "too many receipts or too large an item at once are the caller's fault, and nothing is written",
        arguments: [StoreKind.sqlite])
    func callersFault(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let many = (0...StoreLimits.receiptsPerCall).map { receipt(.reference("\($0)")) }
            await #expect(throws: GatewayError.self) { try await store.receive(many, cursor: nil, at: Samples.start) }
            let large = receipt(.reference("x"), item: String(repeating: "x", count: StoreLimits.receiptBytes + 1))
            await #expect(throws: GatewayError.self) {
                try await store.receive([receipt(.reference("y")), large], cursor: nil, at: Samples.start)
            }
            let rows = try await store.evidenceHead().sequence
            #expect(rows == 0)
        }
    }
}
