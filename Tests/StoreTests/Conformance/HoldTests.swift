import ExchangeModel
import Store
import Testing

@Suite("Holds, whatever the store")
struct HoldTests {
    let samples = Samples()
    let destination = HoldSelector(destination: "province")
    let lane = HoldSelector(destination: "province", orderingKey: "P-1")

    func order(_ selector: HoldSelector, reason: String = "their maintenance") -> HoldOrder {
        HoldOrder(selector: selector, actor: "uid:7", reason: reason, evidence: samples.evidence("held"))
    }

    func release(_ selector: HoldSelector, _ kind: LaneHold.Kind = .person) -> ReleaseOrder {
        ReleaseOrder(selector: selector, kind: kind, evidence: samples.evidence("released"))
    }

    @Test("a hold is kept with its actor, reason and time, over a restart, until it is released", arguments: StoreKind.allCases)
    func lasts(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let first = try kind.open(folder)
        let open = try await first.commit(samples.intake(orderingKey: "P-1"))
        guard case .placed(let whole) = try await first.hold(order(destination)),
            case .placed(let one) = try await first.hold(order(lane, reason: "a wrong key"))
        else { throw NotCommitted() }
        await first.close()
        let store = try kind.open(folder)
        #expect(whole.lane == 0 && one.lane == open[0].lane)
        #expect(one.actor == "uid:7" && one.reason == "a wrong key" && one.since == Samples.start && one.kind == .person)
        #expect(Set(try await store.holds(destination: "province")) == [whole, one])
        #expect(try await store.holds(destination: "other").isEmpty)
        #expect(Set(try await store.holds(destination: nil)) == [whole, one])
        #expect(try await store.holds(lane) == [one])
        #expect(try await store.delivery(open[0].id)?.holds == [whole, one])
        #expect(try await store.delivery(open[0].id)?.delivery.state == .pending)
        #expect(try await store.release(release(lane)) == one)
        #expect(try await store.holds(destination: nil) == [whole])
        #expect(try await store.release(release(destination)) == whole)
        #expect(try await store.delivery(open[0].id)?.holds == [])
        await store.close()
    }

    @Test(
        "a second hold changes nothing and answers the first; a release of what is free writes nothing",
        arguments: StoreKind.allCases)
    func again(_ kind: StoreKind) async throws {
        try await withStore(kind) { store async throws in
            guard case .placed(let first) = try await store.hold(order(lane)) else { throw NotCommitted() }
            let rows = try await store.evidence(from: 1, limit: 10).count
            #expect(try await store.hold(order(lane, reason: "another")) == .standing(first))
            #expect(try await store.release(release(destination)) == nil)
            #expect(try await store.release(release(lane, .parked)) == nil)
            #expect(try await store.evidence(from: 1, limit: 10).count == rows)
            #expect(rows == 1)
        }
    }

    @Test("a reason over its limit is refused and nothing is held", arguments: StoreKind.allCases)
    func tooLong(_ kind: StoreKind) async throws {
        try await withStore(kind) { store async throws in
            let long = String(repeating: "x", count: StoreLimits.reasonBytes + 1)
            await #expect(throws: GatewayError.self) { try await store.hold(order(lane, reason: long)) }
            #expect(try await store.holds(destination: nil).isEmpty)
        }
    }

    @Test("an empty ordering key is a lane, not the destination", arguments: StoreKind.allCases)
    func emptyKey(_ kind: StoreKind) async throws {
        try await withStore(kind) { store async throws in
            let empty = HoldSelector(destination: "province", orderingKey: "")
            _ = try await store.hold(order(empty))
            #expect(try await store.holds(destination).isEmpty)
            #expect(try await store.holds(empty).count == 1)
        }
    }

    @Test("a change parks its lane and ends that, in its own transaction", arguments: StoreKind.allCases)
    func parking(_ kind: StoreKind) async throws {
        try await withStore(kind) { store async throws in
            let open = try await store.commit(samples.intake(orderingKey: "P-9"))
            var dead = samples.change(
                open[0], fence: 0, to: .dead, cause: DeliveryCause(code: "answer.permanent", text: "refused"))
            dead.parking = .begun(reason: "answer.permanent: refused", evidence: samples.evidence("parked"))
            _ = try await store.apply([dead])
            let parked = try await store.holds(HoldSelector(destination: "province", orderingKey: "P-9"))
            #expect(parked.map(\.kind) == [.parked])
            #expect(parked.first?.parkedBy == open[0].id)
            #expect(parked.first?.reason == "answer.permanent: refused")
            #expect(parked.first?.actor == "gateway")
            #expect(try await store.delivery(open[0].id)?.holds == parked)
            var stale = samples.change(open[0], fence: 5, to: .pending)
            stale.parking = .ended(evidence: samples.evidence("unparked"))
            #expect(try await store.apply([stale]) == [.stale])
            #expect(try await store.holds(destination: nil) == parked)
            var retried = samples.change(open[0], fence: 0, to: .pending)
            retried.parking = .ended(evidence: samples.evidence("unparked"))
            _ = try await store.apply([retried])
            #expect(try await store.holds(destination: nil).isEmpty)
            #expect(try await store.verifyEvidence().firstBroken == nil)
        }
    }

    @Test(
        "the lane of a dead delivery is parked once, and of one that is not dead or stands aside not at all",
        arguments: StoreKind.allCases)
    func parksTheDead(_ kind: StoreKind) async throws {
        try await withStore(kind) { store async throws in
            let open = try await store.commit(samples.intake(orderingKey: "P-1"))[0]
            let behind = try await store.commit(samples.intake(orderingKey: "P-1"))[0]
            func park(_ delivery: OpenDelivery) async throws -> LaneHold? {
                try await store.park([delivery.sequence], at: Samples.start).first
            }
            #expect(try await park(open) == nil)
            for delivery in [open, behind] {
                let cause = DeliveryCause(code: "receipt.refused", text: "no")
                _ = try await store.apply([samples.change(delivery, fence: 0, to: .dead, cause: cause)])
            }
            let rows = try await store.evidence(from: 1, limit: 20).count
            let hold = try #require(await park(open))
            #expect(hold.kind == .parked && hold.parkedBy == open.id && hold.reason == "receipt.refused: no")
            #expect(hold.selector == lane && hold.lane == open.lane)
            #expect(try await park(behind) == hold)
            #expect(try await park(open) == hold)
            #expect(try await store.holds(destination: "province") == [hold])
            #expect(try await store.evidence(from: 1, limit: 20).count == rows + 1)
            #expect(try await store.verifyOutbox(owner: nil).faultCount == 0)
            #expect(try await store.release(release(lane, .parked)) == hold)
            let aside = DeliveryCause(code: DeliveryCause.movedAside, text: "moved aside")
            _ = try await store.apply([samples.change(open, fence: 0, to: .dead, cause: aside)])
            #expect(try await park(open) == nil)
        }
    }

    @Test("a delivery that a person moved aside says so until it leaves that state", arguments: StoreKind.allCases)
    func aside(_ kind: StoreKind) async throws {
        try await withStore(kind) { store async throws in
            let open = try await store.commit(samples.intake())
            let cause = DeliveryCause(code: DeliveryCause.movedAside, text: "moved aside by chen: later")
            _ = try await store.apply([samples.change(open[0], fence: 0, to: .dead, cause: cause)])
            #expect(try await store.openDeliveries(destination: "province", after: 0, limit: 1).first?.isAside == true)
            #expect(try await store.delivery(open[0].id)?.delivery.isAside == true)
            #expect(try await store.delivery(open[0].id)?.cause == cause)
            _ = try await store.apply([samples.change(open[0], fence: 0, to: .pending)])
            #expect(try await store.openDeliveries(lane: open[0].lane, after: 0, limit: 1).first?.isAside == false)
        }
    }

    @Test("a filter by cause finds and counts", arguments: StoreKind.allCases)
    func cause(_ kind: StoreKind) async throws {
        try await withStore(kind) { store async throws in
            var open: [OpenDelivery] = []
            for number in 0..<6 { open += try await store.commit(samples.intake(body: "\(number)", orderingKey: "\(number)")) }
            for delivery in open.prefix(4) {
                let code = delivery.sequence % 2 == 0 ? "answer.permanent" : "retries.used-up"
                _ = try await store.apply([
                    samples.change(delivery, fence: 0, to: .dead, cause: DeliveryCause(code: code, text: ""))
                ])
            }
            let filter = DeliveryFilter(destination: "province", states: ["dead"], cause: "answer.permanent", limit: 1)
            #expect(try await store.deliveries(filter).count == 1)
            #expect(try await store.deliveryCount(filter) == 2)
            #expect(try await store.deliveryCount(DeliveryFilter()) == 6)
            #expect(try await store.deliveryCount(DeliveryFilter(businessKey: "A-1", cause: "retries.used-up")) == 2)
            #expect(try await store.deliveryCount(DeliveryFilter(states: ["delivered"])) == 0)
            await #expect(throws: GatewayError.self) { try await store.deliveryCount(DeliveryFilter(states: ["lost"])) }
        }
    }
}
