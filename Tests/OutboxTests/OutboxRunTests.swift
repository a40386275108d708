import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Outbox

/// The outbox as the gateway runs it: tasks, a clock that moves, several destinations.
@Suite struct OutboxRunTests {
    /// An outbox under way on a store of its own.
    struct Scene {
        let outbox: Outbox
        let store: FaultyStore
        let clock: ManualClock
        let samples = Samples()
        let couriers: [String: ScriptedCourier]

        func accept(_ name: String, key: String = "P-1", to destinations: [String] = ["province"]) async throws -> [OpenDelivery]
        {
            guard
                case .committed(let deliveries) = try await store.accept(
                    samples.intake(name, key: key, to: destinations, at: clock.now()))
            else { throw TestingFailure("not committed") }
            return deliveries
        }
    }

    func withOutbox(
        _ destinations: [String] = ["province"], policy: DestinationPolicy = .sample(), _ body: (Scene) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with("outbox") { directory in
            let store = FaultyStore(try SQLiteStore.open(path: directory.file("store.db")))
            let clock = ManualClock(Samples.start)
            let couriers = Dictionary(uniqueKeysWithValues: destinations.map { ($0, ScriptedCourier()) })
            let outbox = Outbox(
                destinations: couriers.map { .init(name: $0.key, courier: $0.value, policy: policy) }, store: store, clock: clock,
                owner: "life-1", logger: .silent)
            let running = Task { await outbox.run() }
            do {
                try await body(Scene(outbox: outbox, store: store, clock: clock, couriers: couriers))
            } catch {
                running.cancel()
                await running.value
                await store.close()
                throw error
            }
            running.cancel()
            await running.value
            await store.close()
        }
    }

    @Test func messagesAcceptedBeforeAndAfterTheStartAreDelivered() async throws {
        try await withOutbox { scene in
            for number in 1...20 {
                let delivery = try #require(try await scene.accept("n-\(number)").first)
                if number % 5 == 0 { await scene.store.reached(delivery.sequence, .delivered) }
            }
            #expect(scene.couriers["province"]?.names == (1...20).map { "n-\($0)" })
        }
    }

    @Test func aDestinationThatHangsDelaysNoOther() async throws {
        try await withOutbox(["province", "supervision"], policy: .sample(concurrency: 1)) { scene in
            scene.couriers["province"]?.onSend { _ in nil }
            for number in 1...10 {
                let deliveries = try await scene.accept("n-\(number)", to: ["province", "supervision"])
                let other = try #require(deliveries.first { $0.destination == "supervision" })
                await scene.store.reached(other.sequence, .delivered)
            }
            #expect(scene.couriers["province"]?.names == ["n-1"])
        }
    }

    @Test func anAlarmWakesTheLoopWithoutMail() async throws {
        try await withOutbox { scene in
            scene.couriers["province"]?.onSend { $0.attempt == 1 ? .of(.transient(retryAfter: .seconds(30))) : .accepted }
            let delivery = try #require(try await scene.accept("n-1").first)
            await scene.clock.waiter(until: Samples.start + .seconds(30))
            scene.clock.advance(by: .seconds(30))
            await scene.store.reached(delivery.sequence, .delivered)
        }
    }

    @Test func aWaitThatEndsEarlyIsBegunAgain() async throws {
        try await withOutbox { scene in
            scene.couriers["province"]?.onSend { $0.attempt == 1 ? .of(.transient(retryAfter: .seconds(30))) : .accepted }
            let delivery = try #require(try await scene.accept("n-1").first)
            for _ in 0..<3 {
                await scene.clock.waiter(until: Samples.start + .seconds(30))
                scene.clock.wakeEarly()
            }
            // A wall clock that was set back: the wait ends, the time is not there yet, and the loop must not sleep for good.
            await scene.clock.waiter(until: Samples.start + .seconds(30))
            scene.clock.advance(by: .seconds(30))
            await scene.store.reached(delivery.sequence, .delivered)
        }
    }

    @Test func anEarlierAlarmReplacesALaterOne() async throws {
        try await withOutbox { scene in
            scene.couriers["province"]?.onSend { shipment in
                if shipment.attempt > 1 { return .accepted }
                let isSlow = String(decoding: shipment.form.bytes, as: UTF8.self) == "slow"
                return .of(.transient(retryAfter: .seconds(isSlow ? 50 : 10)))
            }
            let slow = try #require(try await scene.accept("slow", key: "A").first)
            await scene.clock.waiter(until: Samples.start + .seconds(50))
            let quick = try #require(try await scene.accept("quick", key: "B").first)
            await scene.clock.waiter(until: Samples.start + .seconds(10))
            scene.clock.advance(by: .seconds(10))
            await scene.store.reached(quick.sequence, .delivered)
            await scene.clock.waiter(until: Samples.start + .seconds(50))
            scene.clock.advance(by: .seconds(40))
            await scene.store.reached(slow.sequence, .delivered)
        }
    }

    @Test func stopLeasesNothingMoreAndWaitsForWhatIsUnderWay() async throws {
        try await withOutbox { scene in
            let courier = try #require(scene.couriers["province"])
            courier.onSend { _ in nil }
            let first = try #require(try await scene.accept("n-1").first)
            _ = try await scene.accept("n-2")
            await courier.sent(1)
            scene.outbox.stop()
            await scene.outbox.ping()
            courier.answer(first.id, .accepted)
            await scene.store.reached(first.sequence, .delivered)
            // After the end a ping does not hang, and a person is told why nothing happens.
            while scene.clock.waiterCount > 0 { await Task.yield() }
            await scene.outbox.ping()
            #expect(courier.names == ["n-1"])
            await #expect(throws: GatewayError(.stopping, attempted: "", subject: "", happened: "", remedy: "")) {
                try await scene.outbox.cancel(try #require(try await scene.accept("n-3").first).id, actor: "chen")
            }
        }
    }

    @Test func cancellingTheTaskLeavesWhatIsUnderWayInFlight() async throws {
        try await TemporaryDirectory.with("outbox") { directory in
            let store = FaultyStore(try SQLiteStore.open(path: directory.file("store.db")))
            let courier = ScriptedCourier { _ in nil }
            let clock = ManualClock(Samples.start)
            let outbox = Outbox(
                destinations: [.init(name: "province", courier: courier, policy: .sample())], store: store, clock: clock,
                owner: "life-1", logger: .silent)
            let running = Task { await outbox.run() }
            _ = try await store.accept(Samples().intake("n-1", key: "P"))
            await courier.sent(1)
            running.cancel()
            await running.value
            await outbox.ping()
            #expect(try await store.strandedDeliveries(owner: "life-2").count == 1)
            #expect(clock.waiterCount == 0, "no timer is left behind")
            await store.close()
        }
    }

    @Test func pingReturnsFromAnIdleLoopAgainAndAgain() async throws {
        try await withOutbox(["province", "supervision"]) { scene in
            for _ in 0..<100 { await scene.outbox.ping() }
        }
    }

    @Test func peopleRetryAndCancelThroughTheOutbox() async throws {
        try await withOutbox { scene in
            scene.couriers["province"]?.onSend { $0.attempt == 1 ? .of(.permanent) : .accepted }
            let first = try #require(try await scene.accept("n-1").first)
            let second = try #require(try await scene.accept("n-2").first)
            await scene.store.reached(first.sequence, .dead)
            #expect(try await scene.outbox.cancel(second.id, actor: "chen").state == .cancelled)
            #expect(try await scene.outbox.retry(first.id, actor: "chen").state == .pending)
            await scene.store.reached(first.sequence, .delivered)
            await #expect(throws: GatewayError.self) { try await scene.outbox.retry(first.id, actor: "chen") }
            await #expect(throws: GatewayError(.notFound, attempted: "", subject: "", happened: "", remedy: "")) {
                try await scene.outbox.retry(scene.samples.id(), actor: "chen")
            }
        }
    }

    @Test func aDeliveryOfADestinationThatIsNotConfiguredIsNamed() async throws {
        try await withOutbox { scene in
            let stray = try #require(try await scene.accept("n-1", to: ["formerly"]).first)
            await #expect(throws: GatewayError(.configuration, attempted: "", subject: "", happened: "", remedy: "")) {
                try await scene.outbox.retry(stray.id, actor: "chen")
            }
        }
    }

    @Test func manyMessagesFromManyTasksArriveOnceEachAndInOrder() async throws {
        try await withOutbox(policy: .sample(concurrency: 8)) { scene in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for key in 0..<8 {
                    group.addTask {
                        for number in 1...25 { _ = try await scene.accept("K\(key)-\(number)", key: "K\(key)") }
                    }
                }
                try await group.waitForAll()
            }
            let courier = try #require(scene.couriers["province"])
            await courier.sent(200)
            for key in 0..<8 {
                #expect(courier.names.filter { $0.hasPrefix("K\(key)-") } == (1...25).map { "K\(key)-\($0)" })
            }
            #expect(courier.names.count == 200)
        }
    }
}
