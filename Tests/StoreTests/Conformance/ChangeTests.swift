import ExchangeModel
import Store
import Testing

@Suite("Changing deliveries, whatever the store")
struct ChangeTests {
    let samples = Samples()

    @Test("a whole life is recorded: lease, frozen bytes, attempt, receipt, settled", arguments: StoreKind.allCases)
    func wholeLife(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let intake = samples.intake()
            let delivery = try await store.commit(intake)[0]
            #expect(try await store.apply([samples.lease(delivery)]) == [.applied(fence: 1)])

            let leased = try #require(await store.delivery(delivery.id))
            #expect(leased.delivery.state == .inFlight && leased.delivery.fence == 1 && leased.delivery.attempts == 1)
            #expect(leased.delivery.isFrozen && leased.frozenBytes == samples.form().bytes.count)
            #expect(leased.versions == samples.form().versions)
            #expect(leased.delivery.dueAt == Samples.start + .seconds(31))
            #expect(leased.attempts.count == 1 && leased.attempts[0].duration == nil)
            let forms = try await store.deliveryForms([delivery.sequence])
            #expect(forms[delivery.sequence]?.frozen?.bytes == samples.form().bytes)
            #expect(forms[delivery.sequence]?.frozen?.contentType == "application/xml")
            #expect(forms[delivery.sequence]?.frozen?.versions == samples.form().versions)

            #expect(try await store.apply([samples.delivered(delivery)]) == [.applied(fence: 1)])
            let report = try #require(await store.message(intake.id))
            #expect(report.state == .settled && report.settledAt == Samples.start + .seconds(2))
            let ended = report.deliveries[0]
            #expect(ended.delivery.state == .delivered && ended.delivery.dueAt == nil)
            #expect(ended.changedAt == Samples.start + .seconds(2))
            #expect(ended.dataset == intake.dataset && ended.businessKey == "A-1" && ended.orderingKey == "P-1")
            #expect(ended.attempts.map(\.duration) == [.microseconds(1500)])
            #expect(ended.attempts.map(\.status) == [200] && ended.attempts.map(\.outcome) == ["accepted"])
            #expect(ended.attempts.map(\.begunAt) == [Samples.start + .seconds(1)])
            #expect(ended.receipts.map(\.receipt.reference) == ["R-77"])
            #expect(ended.receipts.map(\.receipt.answer) == [Array("<OK/>".utf8)])
            #expect(ended.receipts.map(\.at) == [Samples.start + .seconds(2)])
            #expect(try await store.evidence(from: 1, limit: 10).count == 3)
            #expect(try await store.openDeliveries(destination: "province", after: 0, limit: 10).isEmpty)
        }
    }

    @Test("a stale fence changes nothing and leaves no evidence", arguments: StoreKind.allCases)
    func staleFence(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let delivery = try await store.commit(samples.intake())[0]
            #expect(try await store.apply([samples.lease(delivery)]) == [.applied(fence: 1)])
            // A second one leases with the fence that it read before.
            #expect(try await store.apply([samples.lease(delivery, owner: "life-2", attempt: 2, freeze: false)]) == [.stale])
            #expect(try await store.apply([samples.delivered(delivery, fence: 0)]) == [.stale])
            let report = try #require(await store.delivery(delivery.id))
            #expect(report.delivery.state == .inFlight && report.delivery.fence == 1 && report.delivery.attempts == 1)
            #expect(report.receipts.isEmpty && report.attempts.count == 1)
            #expect(try await store.evidence(from: 1, limit: 10).count == 2)
            #expect(try await store.strandedDeliveries(owner: "life-1").isEmpty)
        }
    }

    @Test(
        "an end is final", arguments: StoreKind.allCases,
        [DeliveryState.delivered, .cancelled, .superseded, .expired])
    func endIsFinal(_ kind: StoreKind, _ end: DeliveryState) async throws {
        try await withStore(kind) { store in
            let intake = samples.intake()
            let delivery = try await store.commit(intake)[0]
            let cause = DeliveryCause(code: "time.limit", text: "the time limit passed")
            #expect(try await store.apply([samples.change(delivery, fence: 0, to: end, cause: cause)]) == [.applied(fence: 0)])
            #expect(try await store.message(intake.id)?.state == .settled)
            #expect(try await store.apply([samples.change(delivery, fence: 0, to: .pending)]) == [.stale])
            #expect(try await store.apply([samples.change(delivery, fence: 0, to: .delivered)]) == [.stale])
            let report = try #require(await store.delivery(delivery.id))
            #expect(report.delivery.state == end)
            #expect(report.cause == (end == .expired || end == .superseded ? cause : nil))
            #expect(try await store.evidence(from: 1, limit: 10).count == 2)
        }
    }

    @Test("every open state keeps what belongs to it and clears the rest", arguments: StoreKind.allCases)
    func attributesOfStates(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let intake = samples.intake()
            let delivery = try await store.commit(intake)[0]
            let due = Samples.start + .seconds(90)
            let cause = DeliveryCause(code: "transport.reset", text: "the connection was reset")
            func stand(_ change: DeliveryChange) async throws -> DeliveryReport {
                _ = try await store.apply([change])
                return try #require(await store.delivery(delivery.id))
            }
            var report = try await stand(samples.lease(delivery))
            #expect(report.cause == nil)
            report = try await stand(samples.change(delivery, fence: 1, to: .unknown, dueAt: due, cause: cause))
            #expect(report.delivery.state == .unknown && report.delivery.dueAt == due && report.cause == cause)
            report = try await stand(samples.change(delivery, fence: 1, to: .retryWait, dueAt: due, cause: cause))
            #expect(report.delivery.state == .retryWait && report.delivery.dueAt == due && report.cause == cause)
            report = try await stand(samples.change(delivery, fence: 1, to: .pending, dueAt: due, cause: cause))
            #expect(report.delivery.state == .pending && report.delivery.dueAt == nil && report.cause == nil)
            report = try await stand(samples.change(delivery, fence: 1, to: .waiting(.review), cause: cause))
            #expect(report.delivery.state == .waiting(.review) && report.cause == nil)
            report = try await stand(samples.change(delivery, fence: 1, to: .awaitingReceipt, dueAt: due, cause: cause))
            #expect(report.delivery.state == .awaitingReceipt && report.delivery.dueAt == due && report.cause == nil)
            report = try await stand(samples.change(delivery, fence: 1, to: .dead, dueAt: due, cause: cause))
            #expect(report.delivery.state == .dead && report.delivery.dueAt == nil && report.cause == cause)
            // Dead needs a person: it stays open and keeps its message from settling.
            #expect(report.delivery.isFrozen && report.delivery.attempts == 1 && report.delivery.fence == 1)
            #expect(try await store.message(intake.id)?.state == .accepted)
            #expect(try await store.openDeliveries(destination: "province", after: 0, limit: 9).map(\.state) == [.dead])
        }
    }

    @Test("bytes are frozen once", arguments: StoreKind.allCases)
    func freezeOnce(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let delivery = try await store.commit(samples.intake())[0]
            _ = try await store.apply([samples.lease(delivery)])
            let again = samples.change(delivery, fence: 1, to: .pending, freeze: samples.form("<OTHER/>"))
            await #expect(throws: fault) { try await store.apply([again]) }
            #expect(try await store.deliveryForms([delivery.sequence]).values.first?.frozen?.bytes == samples.form().bytes)
            #expect(try await store.delivery(delivery.id)?.delivery.state == .inFlight)
        }
    }

    @Test("a lease without inFlight and inFlight without a lease are faults", arguments: StoreKind.allCases)
    func leaseBelongsToInFlight(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let delivery = try await store.commit(samples.intake())[0]
            await #expect(throws: fault) { try await store.apply([samples.change(delivery, fence: 0, to: .inFlight)]) }
            let lease = Lease(owner: "life-1", until: Samples.start)
            await #expect(throws: fault) {
                try await store.apply([samples.change(delivery, fence: 0, to: .pending, lease: lease)])
            }
            #expect(try await store.apply([samples.lease(delivery)]) == [.applied(fence: 1)])
        }
    }

    @Test("attempts begin once and end once", arguments: StoreKind.allCases)
    func attempts(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let delivery = try await store.commit(samples.intake())[0]
            _ = try await store.apply([samples.lease(delivery)])
            let end = AttemptStep.ended(number: 1, status: 503, duration: .milliseconds(20), outcome: "transient")
            #expect(
                try await store.apply([samples.change(delivery, fence: 1, to: .retryWait, attempt: end)]) == [.applied(fence: 1)])
            await #expect(throws: fault) {
                try await store.apply([samples.change(delivery, fence: 1, to: .pending, attempt: end)])
            }
            await #expect(throws: fault) {
                try await store.apply([samples.change(delivery, fence: 1, to: .pending, attempt: .begun(number: 1))])
            }
            var second = samples.lease(delivery, attempt: 2, freeze: false)
            second.expectedFence = 1
            #expect(try await store.apply([second]) == [.applied(fence: 2)])
            let report = try #require(await store.delivery(delivery.id))
            #expect(report.attempts.map(\.number) == [1, 2] && report.attempts.map(\.status) == [503, 0])
            #expect(report.delivery.attempts == 2 && report.delivery.fence == 2)
        }
    }

    @Test("receipts are added, never replaced, and have a size limit", arguments: StoreKind.allCases)
    func receipts(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let delivery = try await store.commit(samples.intake())[0]
            _ = try await store.apply([samples.lease(delivery)])
            func receipt(_ verdict: String, bytes: Int = 3) -> Receipt {
                Receipt(
                    kind: "status", reference: "", verdict: verdict, status: 200, answer: [UInt8](repeating: 65, count: bytes))
            }
            for verdict in ["unclear", "absent"] {
                _ = try await store.apply([samples.change(delivery, fence: 1, to: .unknown, receipt: receipt(verdict))])
            }
            await #expect(throws: fault) {
                try await store.apply([
                    samples.change(
                        delivery, fence: 1, to: .unknown, receipt: receipt("large", bytes: StoreLimits.receiptBytes + 1))
                ])
            }
            let report = try #require(await store.delivery(delivery.id))
            #expect(report.receipts.map(\.receipt.verdict) == ["unclear", "absent"])
        }
    }

    @Test("changes of one call are applied together or not at all", arguments: StoreKind.allCases)
    func together(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let deliveries = try await store.commit(samples.intake(destinations: ["one", "two", "three"]))
            var unknownNumber = samples.lease(deliveries[2])
            unknownNumber.sequence = 99
            await #expect(throws: fault) { try await store.apply([self.samples.lease(deliveries[0]), unknownNumber]) }
            #expect(try await store.strandedDeliveries(owner: "nobody").isEmpty)
            #expect(try await store.evidence(from: 1, limit: 10).count == 1)
            // The good ones pass, the stale one is told apart, in the order asked.
            let changes = [
                samples.lease(deliveries[0]), samples.delivered(deliveries[1], fence: 7), samples.lease(deliveries[2]),
            ]
            #expect(try await store.apply(changes) == [.applied(fence: 1), .stale, .applied(fence: 1)])
            #expect(try await store.apply([]) == [])
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
    }

    @Test("a message settles with its last delivery", arguments: StoreKind.allCases)
    func settling(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let intake = samples.intake(destinations: ["one", "two", "three"])
            let open = try await store.commit(intake)
            _ = try await store.apply([samples.change(open[0], fence: 0, to: .delivered)])
            _ = try await store.apply([samples.change(open[1], fence: 0, to: .dead)])
            _ = try await store.apply([samples.change(open[2], fence: 0, to: .superseded)])
            #expect(try await store.message(intake.id)?.state == .accepted)
            _ = try await store.apply([samples.change(open[1], fence: 0, to: .cancelled, after: 50)])
            let report = try #require(await store.message(intake.id))
            #expect(report.state == .settled && report.settledAt == Samples.start + .seconds(50))
        }
    }

    /// Equality of errors compares the code.
    private var fault: GatewayError { GatewayError(.internalFault, attempted: "", subject: "", happened: "", remedy: "") }
}
