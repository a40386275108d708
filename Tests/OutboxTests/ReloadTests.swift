import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Outbox

/// Destinations change while the outbox runs: the same promises, under another configuration.
@Suite struct ReloadTests {
    private static let name = "province"

    private func withOutbox(_ body: (OutboxRunTests.Scene, ScriptedCourier) async throws -> Void) async throws {
        try await OutboxRunTests().withOutbox([Self.name]) { scene in
            try await body(scene, try #require(scene.couriers[Self.name]))
        }
    }

    /// The destination as it is configured now.
    private func destination(_ courier: ScriptedCourier, _ policy: DestinationPolicy = .sample()) -> Outbox.Destination {
        Outbox.Destination(name: Self.name, courier: courier, policy: policy)
    }

    /// A courier that makes other bytes of the same record.
    private func otherEdition() -> ScriptedCourier {
        let courier = ScriptedCourier()
        courier.onPrepare { canonical in
            .ready(
                FrozenForm(
                    bytes: canonical + Array(" anew".utf8), contentType: "application/xml",
                    versions: FormVersions(mapping: "out@2", schema: "", codeLists: "")))
        }
        return courier
    }

    /// Returns when no destination ends under a former configuration.
    private func handedOver(_ outbox: Outbox) async {
        while !outbox.handingOver.isEmpty { await Task.yield() }
    }

    private struct Held { weak var courier: ScriptedCourier? }

    /// Reloads to a new courier, and remembers it weakly.
    private func reload(_ scene: OutboxRunTests.Scene) async -> Held {
        let courier = ScriptedCourier()
        scene.outbox.apply([destination(courier)], untouched: [])
        await handedOver(scene.outbox)
        await scene.outbox.ping()
        return Held(courier: courier)
    }

    @Test func whatReloadsReplacedIsLetGo() async throws {
        try await withOutbox { scene, _ in
            var former: [Held] = []
            for _ in 0..<6 { former.append(await reload(scene)) }
            #expect(former.last?.courier != nil)
            // A loop that has ended gives back what it held a moment later.
            let end = ContinuousClock.now + .seconds(60)
            while former.dropLast().contains(where: { $0.courier != nil }), ContinuousClock.now < end { await Task.yield() }
            #expect(former.dropLast().allSatisfy { $0.courier == nil })
        }
    }

    @Test func anAttemptUnderWayEndsBeforeTheNewLoopBegins() async throws {
        try await withOutbox { scene, old in
            old.onSend { _ in nil }
            let first = try #require(try await scene.accept("n-1").first)
            _ = try await scene.accept("n-2")
            await old.sent(1)
            let new = ScriptedCourier()
            scene.outbox.apply([destination(new)], untouched: [])
            #expect(scene.outbox.handingOver == [Self.name])
            let third = try #require(try await scene.accept("n-3").first)
            let other = try #require(try await scene.accept("other", key: "P-2").first)
            await scene.outbox.ping()
            #expect(new.names.isEmpty, "never two loops at once")
            old.answer(first.id, .accepted)
            await scene.store.reached(third.sequence, .delivered)
            await scene.store.reached(other.sequence, .delivered)
            #expect(old.names == ["n-1"])
            #expect(new.names.filter { $0 != "other" } == ["n-2", "n-3"])
            #expect(scene.outbox.handingOver.isEmpty)
            #expect(scene.store.states(first.sequence) == [.inFlight, .delivered])
        }
    }

    @Test func aRetryThatWaitsKeepsItsTimeItsPlaceAndItsBytes() async throws {
        try await withOutbox { scene, old in
            old.onSend { _ in .of(.transient(retryAfter: .seconds(30))) }
            let first = try #require(try await scene.accept("n-1").first)
            let second = try #require(try await scene.accept("n-2").first)
            await scene.store.reached(first.sequence, .retryWait)
            let new = otherEdition()
            scene.outbox.apply([destination(new)], untouched: [])
            await handedOver(scene.outbox)
            await scene.outbox.ping()
            #expect(new.names.isEmpty, "its time has not come")
            await scene.clock.waiter(until: Samples.start + .seconds(30))
            scene.clock.advance(by: .seconds(30))
            await scene.store.reached(second.sequence, .delivered)
            #expect(new.names == ["n-1", "n-2 anew"], "frozen bytes stay, what was not made yet is made by the new mapping")
            #expect(new.shipments.map(\.attempt) == [2, 1])
        }
    }

    @Test func anotherConcurrencyHolds() async throws {
        try await OutboxRunTests().withOutbox([Self.name], policy: .sample(concurrency: 1)) { scene in
            let old = try #require(scene.couriers[Self.name])
            old.onSend { _ in nil }
            let first = try #require(try await scene.accept("n-0", key: "K0").first)
            for number in 1...4 { _ = try await scene.accept("n-\(number)", key: "K\(number)") }
            await old.sent(1)
            let new = ScriptedCourier { _ in nil }
            scene.outbox.apply([destination(new, .sample(concurrency: 3))], untouched: [])
            old.answer(first.id, .accepted)
            await new.sent(3)
            await scene.outbox.ping()
            #expect(old.names.count == 1 && new.names.count == 3)
        }
    }

    @Test func aRemovedDestinationKeepsItsDeliveriesForTheDayItComesBack() async throws {
        try await withOutbox { scene, old in
            old.onSend { _ in nil }
            let first = try #require(try await scene.accept("n-1").first)
            let second = try #require(try await scene.accept("n-2").first)
            await old.sent(1)
            scene.outbox.apply([], untouched: [])
            #expect(scene.outbox.handingOver == [Self.name])
            old.answer(first.id, .accepted)
            await scene.store.reached(first.sequence, .delivered)
            await handedOver(scene.outbox)
            let late = try #require(try await scene.accept("n-3").first)
            #expect(try await scene.store.delivery(second.id)?.delivery.state == .pending)
            await #expect(throws: GatewayError(.configuration, attempted: "", subject: "", happened: "", remedy: "")) {
                try await scene.outbox.cancel(second.id, actor: "chen")
            }
            let new = ScriptedCourier()
            scene.outbox.apply([destination(new)], untouched: [Self.name])
            await scene.store.reached(late.sequence, .delivered)
            #expect(new.names == ["n-2", "n-3"])
        }
    }

    @Test func removedAndAddedAgainWhileAnAttemptIsUnderWay() async throws {
        try await withOutbox { scene, old in
            old.onSend { _ in nil }
            let first = try #require(try await scene.accept("n-1").first)
            let second = try #require(try await scene.accept("n-2").first)
            await old.sent(1)
            scene.outbox.apply([], untouched: [])
            let new = ScriptedCourier()
            // Compared with the configuration before, it is a new one.
            scene.outbox.apply([destination(new)], untouched: [])
            await scene.outbox.ping()
            #expect(new.names.isEmpty)
            old.answer(first.id, .accepted)
            await scene.store.reached(second.sequence, .delivered)
            #expect(old.names == ["n-1"] && new.names == ["n-2"])
        }
    }

    @Test func ofSeveralConfigurationsTheLastOneTakesOver() async throws {
        try await withOutbox { scene, old in
            old.onSend { _ in nil }
            let first = try #require(try await scene.accept("n-1").first)
            let second = try #require(try await scene.accept("n-2").first)
            await old.sent(1)
            let (middle, last) = (ScriptedCourier(), ScriptedCourier())
            scene.outbox.apply([destination(middle)], untouched: [])
            scene.outbox.apply([destination(last)], untouched: [])
            // Nothing changed: what is about to take over stays so.
            scene.outbox.apply([destination(ScriptedCourier())], untouched: [Self.name])
            old.answer(first.id, .accepted)
            await scene.store.reached(second.sequence, .delivered)
            #expect(middle.names.isEmpty && last.names == ["n-2"])
        }
    }

    @Test func anUntouchedDestinationHearsNothingOfIt() async throws {
        try await OutboxRunTests().withOutbox([Self.name, "supervision"]) { scene in
            let (old, other) = (try #require(scene.couriers[Self.name]), try #require(scene.couriers["supervision"]))
            other.onSend { _ in nil }
            let deliveries = try await scene.accept("n-1", to: [Self.name, "supervision"])
            let here = try #require(deliveries.first { $0.destination == Self.name })
            let there = try #require(deliveries.first { $0.destination == "supervision" })
            await scene.store.reached(here.sequence, .delivered)
            await other.sent(1)
            let new = ScriptedCourier()
            scene.outbox.apply(
                [destination(new), .init(name: "supervision", courier: ScriptedCourier(), policy: .sample())],
                untouched: ["supervision"])
            let later = try await scene.accept("n-2", to: [Self.name, "supervision"])
            // It does not wait for the attempt that hangs elsewhere.
            await scene.store.reached(try #require(later.first { $0.destination == Self.name }).sequence, .delivered)
            other.onSend { _ in .accepted }
            other.answer(there.id, .accepted)
            await scene.store.reached(try #require(later.first { $0.destination == "supervision" }).sequence, .delivered)
            #expect(other.names == ["n-1", "n-2"] && new.names == ["n-2"] && old.names == ["n-1"])
        }
    }

    @Test func aNewDestinationTakesWhatIsOpenForIt() async throws {
        try await withOutbox { scene, _ in
            let stray = try #require(try await scene.accept("n-1", to: ["supervision"]).first)
            let new = ScriptedCourier()
            scene.outbox.apply(
                [destination(ScriptedCourier()), .init(name: "supervision", courier: new, policy: .sample())],
                untouched: [Self.name])
            await scene.store.reached(stray.sequence, .delivered)
            #expect(new.names == ["n-1"])
        }
    }

    @Test(arguments: HeadOfLineRule.allCases) func theRuleForADeadHeadIsTheNewOne(rule: HeadOfLineRule) async throws {
        try await withOutbox { scene, old in
            old.onSend { _ in .of(.permanent) }
            let head = try #require(try await scene.accept("n-1").first)
            let behind = try #require(try await scene.accept("n-2").first)
            let elsewhere = try #require(try await scene.accept("other", key: "P-2").first)
            await scene.store.reached(head.sequence, .dead)
            await scene.store.reached(elsewhere.sequence, .dead)
            var policy = DestinationPolicy.sample()
            policy.headOfLine = rule
            let new = ScriptedCourier()
            scene.outbox.apply([destination(new, policy)], untouched: [])
            let sign = try #require(try await scene.accept("sign", key: "P-3").first)
            await scene.store.reached(sign.sequence, .delivered)
            if rule == .overtake {
                await scene.store.reached(behind.sequence, .delivered)
                #expect(Set(new.names) == ["n-2", "sign"])
            } else {
                #expect(new.names == ["sign"], "a dead head stops its lane")
                _ = try await scene.outbox.retry(head.id, actor: "chen")
                await scene.store.reached(behind.sequence, .delivered)
                #expect(new.names == ["sign", "n-1", "n-2"])
            }
        }
    }

    @Test func peopleAreHeardWhileTheLoopsChange() async throws {
        try await withOutbox { scene, old in
            old.onSend { _ in nil }
            let first = try #require(try await scene.accept("n-1").first)
            let second = try #require(try await scene.accept("n-2").first)
            let third = try #require(try await scene.accept("n-3").first)
            await old.sent(1)
            let new = ScriptedCourier()
            scene.outbox.apply([destination(new)], untouched: [])
            let all = HoldSelector(destination: Self.name)
            _ = try await scene.outbox.hold(all, reason: try OperatorReason("their maintenance"), actor: "chen")
            #expect(try await scene.outbox.cancel(second.id, actor: "chen").state == .cancelled)
            old.answer(first.id, .accepted)
            await handedOver(scene.outbox)
            await scene.outbox.ping()
            #expect(new.names.isEmpty, "the hold stands")
            _ = try await scene.outbox.release(all, reason: nil, actor: "chen")
            await scene.store.reached(third.sequence, .delivered)
            #expect(new.names == ["n-3"])
        }
    }

    @Test func aStopWhileTheLoopsChangeIsAStop() async throws {
        try await withOutbox { scene, old in
            old.onSend { _ in nil }
            let first = try #require(try await scene.accept("n-1").first)
            let second = try #require(try await scene.accept("n-2").first)
            await old.sent(1)
            let new = ScriptedCourier()
            scene.outbox.apply([destination(new)], untouched: [])
            scene.outbox.stop()
            old.answer(first.id, .accepted)
            await scene.store.reached(first.sequence, .delivered)
            while scene.clock.waiterCount > 0 { await Task.yield() }
            await scene.outbox.ping()
            scene.outbox.apply([destination(ScriptedCourier())], untouched: [])
            await #expect(throws: GatewayError(.stopping, attempted: "", subject: "", happened: "", remedy: "")) {
                try await scene.outbox.cancel(second.id, actor: "chen")
            }
            #expect(new.names.isEmpty && scene.outbox.handingOver.isEmpty)
        }
    }

    @Test func anAttemptThatNeverAnswersHoldsTheOldLoopNoLongerThanItsLease() async throws {
        try await withOutbox { scene, old in
            old.onSend { _ in nil }
            let first = try #require(try await scene.accept("n-1").first)
            await old.sent(1)
            let new = ScriptedCourier()
            new.onStatus { _ in .absent(.of("absent")) }
            scene.outbox.apply([destination(new)], untouched: [])
            await scene.clock.waiter(until: Samples.start + .seconds(90))
            scene.clock.advance(by: .seconds(90))
            await scene.store.reached(first.sequence, .unknown)
            await scene.clock.waiter(until: Samples.start + .seconds(95))
            // An answer that comes now belongs to nobody.
            old.answer(first.id, .accepted)
            scene.clock.advance(by: .seconds(5))
            await scene.store.reached(first.sequence, .retryWait)
            #expect(new.questions == [first.id])
            #expect(scene.store.states(first.sequence) == [.inFlight, .unknown, .retryWait])
        }
    }

    @Test func aLeaseInDoubtAtTheChangeIsUnknownAfterIt() async throws {
        try await LoopBench.with { bench in
            bench.courier.onStatus { _ in .absent(.of("absent")) }
            let delivery = try await bench.accept("n-1")
            // The lease is on disk, the loop was not told, and it ends before it could ask.
            bench.store.onApply { changes in changes.contains { $0.state == .inFlight } ? .after(.storeFailed) : nil }
            try await bench.settle()
            bench.store.onApply { _ in nil }
            #expect(bench.courier.shipments.isEmpty)
            bench.replaceLoop()
            try await bench.settle()
            let report = try await bench.report(delivery)
            #expect(report.delivery.state == .unknown)
            #expect(report.cause?.code == "gateway.reloaded")
            try await bench.pass(.seconds(5))
            try await bench.passToNextTurn()
            #expect(try await bench.state(delivery) == .delivered)
            #expect(bench.courier.names == ["n-1"])
        }
    }

    @Test func manyMessagesUnderManyReloadsArriveOnceEachAndInOrder() async throws {
        try await withOutbox { scene, first in
            let (lanes, perLane) = (6, 40)
            let couriers = [first] + (0..<30).map { _ in ScriptedCourier() }
            let last = try await withThrowingTaskGroup(of: OpenDelivery?.self) { group in
                for key in 0..<lanes {
                    group.addTask {
                        var last: OpenDelivery?
                        for number in 1...perLane { last = try await scene.accept("K\(key)-\(number)", key: "K\(key)").first }
                        return last
                    }
                }
                group.addTask {
                    for (index, courier) in couriers.dropFirst().enumerated() {
                        let policy = DestinationPolicy.sample(concurrency: 1 + index % 5)
                        scene.outbox.apply([destination(courier, policy)], untouched: [])
                        await scene.outbox.ping()
                        await scene.outbox.ping()
                    }
                    return nil
                }
                return try await group.reduce(into: [OpenDelivery]()) { if let delivery = $1 { $0.append(delivery) } }
            }
            for delivery in last { await scene.store.reached(delivery.sequence, .delivered) }
            let names = couriers.flatMap(\.names)
            #expect(names.count == lanes * perLane)
            for key in 0..<lanes {
                #expect(names.filter { $0.hasPrefix("K\(key)-") } == (1...perLane).map { "K\(key)-\($0)" })
            }
        }
    }
}
