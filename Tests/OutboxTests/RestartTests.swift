import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Outbox

/// What a new life finds on disk.
@Suite struct RestartTests {
    @Test func whatAFormerLifeHadInFlightIsUnknownAndNothingElseIs() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            bench.courier.onStatus { _ in .accepted(.of("accepted")) }
            let flying = try await bench.accept("n-1")
            let behind = try await bench.accept("n-2")
            let other = try await bench.accept("other", key: "P-2")
            try await bench.settle()
            bench.restart()
            try await bench.settle()
            let report = try await bench.report(flying)
            #expect(report.delivery.state == .unknown)
            #expect(report.cause?.code == "gateway.restarted")
            #expect(try await bench.state(behind) == .pending)
            #expect(try await bench.state(other) == .unknown)
            #expect(bench.courier.shipments.count == 2, "nothing is sent again before it is settled")
            try await bench.pass(.seconds(5))
            #expect(try await bench.state(flying) == .delivered)
            #expect(bench.courier.names == ["n-1", "other", "n-2"])
        }
    }

    @Test func anAnswerToAFormerLifeChangesNothing() async throws {
        try await LoopBench.with(.sample(.person)) { bench in
            bench.courier.onSend { _ in nil }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            bench.restart()
            try await bench.settle()
            bench.courier.answer(delivery.id, .accepted)
            try await bench.settle()
            #expect(try await bench.state(delivery) == .unknown)
        }
    }

    @Test func orderInALaneHoldsOverRetriesAndRestarts() async throws {
        try await LoopBench.with(.sample(.idempotentDeliveryID)) { bench in
            bench.courier.onSend {
                $0.attempt == 1 ? .of(.transient(retryAfter: .seconds(9))) : ($0.attempt == 2 ? nil : .accepted)
            }
            var deliveries: [OpenDelivery] = []
            for number in 1...3 { deliveries.append(try await bench.accept("n-\(number)")) }
            for _ in 0..<20 {
                try await bench.settle()
                if bench.nextTurn != nil { try await bench.passToNextTurn() }
                bench.restart()
                try await bench.settle()
                try await bench.pass(.seconds(10))
            }
            #expect(bench.courier.names == ["n-1", "n-1", "n-1", "n-2", "n-2", "n-2", "n-3", "n-3", "n-3"])
            for delivery in deliveries {
                #expect(try await bench.state(delivery) == .delivered)
                #expect(
                    bench.store.states(delivery.sequence) == [
                        .inFlight, .retryWait, .inFlight, .unknown, .retryWait, .inFlight, .delivered,
                    ])
            }
        }
    }

    @Test func frozenBytesSurviveARestartAndAreNotMadeAnew() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { $0.attempt == 1 ? .of(.transient(retryAfter: nil)) : .accepted }
            let delivery = try await bench.accept("n-1")
            try await bench.settle()
            bench.restart()
            bench.courier.onPrepare { _ in
                .ready(
                    FrozenForm(
                        bytes: Array("another edition".utf8), contentType: "application/xml",
                        versions: FormVersions(mapping: "out@2", schema: "", codeLists: "")))
            }
            try await bench.pass(.seconds(60))
            #expect(bench.courier.names == ["n-1", "n-1"])
            #expect(try await bench.report(delivery).versions?.mapping == "out@1")
        }
    }

    @Test func aStoreThatIsClosedAndOpenedAgainGoesOnWhereItStood() async throws {
        try await TemporaryDirectory.with("outbox") { directory in
            let samples = Samples()
            let clock = ManualClock(Samples.start)
            let courier = ScriptedCourier { _ in nil }
            var delivery: OpenDelivery?
            for life in 1...2 {
                let store = FaultyStore(try SQLiteStore.open(path: directory.file("store.db")))
                let outbox = Outbox(
                    destinations: [.init(name: "province", courier: courier, policy: .sample(.idempotentDeliveryID))],
                    store: store, clock: clock, owner: "life-\(life)", logger: .silent)
                let running = Task { await outbox.run() }
                if life == 1 {
                    if case .committed(let made) = try await store.accept(samples.intake("n-1", key: "P")) {
                        delivery = made.first
                    }
                    await courier.sent(1)
                } else {
                    courier.onSend { _ in .accepted }
                    let sequence = try #require(delivery?.sequence)
                    await store.reached(sequence, .unknown)
                    await clock.waiter(until: clock.now() + .seconds(5))
                    clock.advance(by: .seconds(5))
                    await store.reached(sequence, .retryWait)
                    clock.advance(by: .seconds(2))
                    await store.reached(sequence, .delivered)
                }
                running.cancel()
                await running.value
                await store.close()
            }
            #expect(courier.names == ["n-1", "n-1"])
        }
    }
}
