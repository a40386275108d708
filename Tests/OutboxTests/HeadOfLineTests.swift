import ExchangeModel
import GatewayTesting
import Store
import Synchronization
import Testing

@testable import Outbox

/// Dead heads under each rule, and moving aside, in the running loop and over restarts.
@Suite struct HeadOfLineTests {
    func policy(_ rule: HeadOfLineRule) -> DestinationPolicy {
        var policy = DestinationPolicy.sample()
        policy.headOfLine = rule
        return policy
    }

    /// Accepts a, b, c of one lane; a is refused for good.
    func withDeadHead(
        _ rule: HeadOfLineRule, limits: RunnerLimits = RunnerLimits(),
        _ body: (LoopBench, _ a: OpenDelivery, _ b: OpenDelivery) async throws -> Void
    ) async throws {
        try await LoopBench.with(policy(rule), limits: limits) { bench in
            let dead = try await bench.accept("a")
            bench.courier.onSend { $0.delivery == dead.id ? .of(.permanent, code: "answer.permanent", status: 422) : .accepted }
            let follower = try await bench.accept("b")
            try await bench.accept("c")
            try await bench.settle()
            #expect(try await bench.state(dead) == .dead)
            try await body(bench, dead, follower)
        }
    }

    @Test(arguments: [1, 64]) func underOvertakeThoseBehindGoOnAndARetryGoesOutOfOrder(window: Int) async throws {
        try await withDeadHead(.overtake, limits: RunnerLimits(laneWindow: window)) { bench, dead, _ async throws in
            #expect(bench.courier.names == ["a", "b", "c"])
            #expect(bench.heldInMemory == 0)
            bench.courier.onSend { _ in .accepted }
            _ = try await bench.act(.retriedByPerson, on: dead, reason: "mended").get()
            #expect(try await bench.state(dead) == .delivered)
            let act = try await bench.evidenceTexts().first { $0.contains("retriedByPerson") }
            #expect(act?.contains(#""reason":"mended","outOfOrder":true"#) == true, "\(act ?? "")")
        }
    }

    @Test func underBlockThoseBehindWaitUntilTheHeadIsMovedAside() async throws {
        try await withDeadHead(.block) { bench, dead, _ async throws in
            #expect(bench.courier.names == ["a"])
            #expect(try await bench.store.holds(destination: nil).isEmpty)
            guard case .failure = try await bench.act(.release, key: "P-1") else { throw TestingFailure("nothing was held") }
            _ = try await bench.act(.movedAsideByPerson, on: dead, reason: "the city mends it").get()
            #expect(bench.courier.names == ["a", "b", "c"])
            let report = try await bench.report(dead)
            #expect(report.delivery.state == .dead && report.delivery.isAside)
            #expect(report.cause?.code == "operator.aside")
            #expect(
                report.cause?.text == "moved aside by chen: the city mends it; before that answer.permanent: as the script says")
            bench.restart()
            try await bench.accept("d")
            try await bench.settle()
            #expect(bench.courier.names.last == "d", "it stands aside over a restart")
            guard case .failure = try await bench.act(.movedAsideByPerson, on: dead, reason: "again") else {
                throw TestingFailure("moved aside twice")
            }
        }
    }

    @Test func aParkedLaneIsListedWithItsCauseAndReleasedAsALane() async throws {
        try await withDeadHead(.park) { bench, dead, follower async throws in
            #expect(bench.courier.names == ["a"])
            let parked = try await bench.store.holds(destination: "province")
            #expect(parked.map(\.kind) == [.parked])
            #expect(parked.first?.selector == HoldSelector(destination: "province", orderingKey: "P-1"))
            #expect(parked.first?.reason == "answer.permanent: as the script says")
            #expect(try await bench.report(follower).holds == parked)
            bench.restart()
            try await bench.settle()
            #expect(bench.courier.names == ["a"])
            let released = try await bench.act(.release, key: "P-1", reason: "go on without it").get()
            #expect(released == parked)
            #expect(bench.courier.names == ["a", "b", "c"])
            #expect(try await bench.state(dead) == .dead)
            #expect(try await bench.report(dead).delivery.isAside)
            #expect(try await bench.store.holds(destination: nil).isEmpty)
            let texts = try await bench.evidenceTexts()
            #expect(texts.contains { $0.contains(#""event":"lane.parked""#) })
            #expect(texts.contains { $0.contains(#""event":"lane.unparked""#) })
        }
    }

    @Test func deadHeadsOfAnotherRuleParkTheirLanesOneAfterTheOther() async throws {
        try await LoopBench.with(policy(.overtake)) { bench async throws in
            bench.courier.onSend { _ in .of(.permanent, code: "answer.permanent", status: 422) }
            let first = try await bench.accept("a")
            let second = try await bench.accept("b")
            let elsewhere = try await bench.accept("z", key: "P-2")
            try await bench.settle()
            bench.courier.onSend { _ in .accepted }
            #expect(try await bench.store.holds(destination: nil).isEmpty)
            bench.policy = policy(.park)
            bench.restart()
            try await bench.settle()
            #expect(Set(try await bench.store.holds(destination: nil).map(\.parkedBy)) == [first.id, elsewhere.id])
            try await bench.accept("c")
            _ = try await bench.act(.release, key: "P-1").get()
            let next = try await bench.store.holds(destination: nil).first { $0.selector.orderingKey == "P-1" }
            #expect(next?.parkedBy == second.id && next?.reason == "answer.permanent: as the script says")
            _ = try await bench.act(.release, key: "P-1").get()
            #expect(bench.courier.names.last == "c")
            #expect(try await bench.store.holds(destination: nil).map(\.parkedBy) == [elsewhere.id])
            #expect(try await bench.evidenceTexts().count { $0.contains(#""event":"lane.parked""#) } == 3)
        }
    }

    @Test func whatAStoreDoesNotTakeIsParkedLater() async throws {
        try await LoopBench.with(policy(.overtake)) { bench async throws in
            bench.courier.onSend { _ in .of(.permanent, status: 422) }
            let dead = try await bench.accept("a")
            try await bench.settle()
            bench.courier.onSend { _ in .accepted }
            bench.policy = policy(.park)
            bench.restart()
            // Nothing is written; then it is written, and the loop is not told.
            let faults = Mutex<[FaultyStore.Fault]>([.before(.storeFull), .after(.storeFailed)])
            bench.store.onApply { _ in faults.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
            let behind = try await bench.accept("b")
            try await bench.settle()
            try await bench.pass(.seconds(5))
            #expect(try await bench.store.holds(destination: nil).map(\.parkedBy) == [dead.id])
            #expect(try await bench.state(behind) == .pending)
            #expect(try await bench.evidenceTexts().count { $0.contains(#""event":"lane.parked""#) } == 1)
            _ = try await bench.act(.retriedByPerson, on: dead).get()
            #expect(try await bench.state(behind) == .delivered)
        }
    }

    @Test func aLaneWhoseHeadIsBeingWrittenIsNotReleased() async throws {
        try await LoopBench.with(policy(.park)) { bench async throws in
            bench.courier.onSend { _ in .of(.permanent, status: 422) }
            // The death of the head is on disk, and the loop was not told.
            let faults = Mutex<[FaultyStore.Fault?]>([nil, .after(.storeFailed)])
            bench.store.onApply { _ in faults.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
            let dead = try await bench.accept("a")
            try await bench.settle()
            #expect(try await bench.state(dead) == .dead)
            guard case .failure(let refusal) = try await bench.act(.release, key: "P-1") else {
                throw TestingFailure("released while its head was at work")
            }
            #expect(refusal.code == .temporary)
            #expect(try await bench.store.holds(destination: nil).map(\.parkedBy) == [dead.id])
            try await bench.pass(.seconds(5))
            _ = try await bench.act(.release, key: "P-1").get()
            #expect(try await bench.report(dead).delivery.isAside)
        }
    }

    @Test(arguments: [DeliveryEvent.retriedByPerson, .cancelledByPerson, .movedAsideByPerson])
    func anActOnTheHeadOfAParkedLaneLetsItGoOnInOrder(event: DeliveryEvent) async throws {
        try await withDeadHead(.park) { bench, dead, _ async throws in
            bench.courier.onSend { _ in .accepted }
            _ = try await bench.act(event, on: dead, reason: "mended").get()
            #expect(bench.courier.names == (event == .retriedByPerson ? ["a", "a", "b", "c"] : ["a", "b", "c"]))
            #expect(try await bench.store.holds(destination: nil).isEmpty)
            #expect(try await bench.store.verifyOutbox(owner: "life-1").faultCount == 0)
        }
    }

    @Test func oneBroughtBackToAParkedLaneGoesWhenTheDeliveryThatParkedItIsEnded() async throws {
        try await LoopBench.with(policy(.park)) { bench async throws in
            _ = try await bench.act(.hold).get()
            let first = try await bench.accept("a")
            let second = try await bench.accept("b")
            bench.courier.onSend { $0.delivery == second.id ? .of(.permanent, status: 422) : .accepted }
            _ = try await bench.act(.movedAsideByPerson, on: first, reason: "later").get()
            _ = try await bench.act(.release).get()
            #expect(bench.courier.names == ["b"])
            _ = try await bench.act(.retriedByPerson, on: first).get()
            #expect(bench.courier.names == ["b"], "its lane is parked")
            _ = try await bench.act(.cancelledByPerson, on: second).get()
            #expect(bench.courier.names == ["b", "a"])
        }
    }

    @Test func aParkedHeadThatDiesAgainParksItsLaneAgain() async throws {
        try await withDeadHead(.park) { bench, dead, _ async throws in
            _ = try await bench.act(.retriedByPerson, on: dead).get()
            #expect(bench.courier.names == ["a", "a"])
            #expect(try await bench.store.holds(destination: nil).map(\.parkedBy) == [dead.id])
        }
    }

    @Test func aParkedLaneThatAPersonHoldsTooIsReleasedOfBoth() async throws {
        try await withDeadHead(.park) { bench, _, _ async throws in
            _ = try await bench.act(.hold, key: "P-1").get()
            #expect(try await bench.act(.release, key: "P-1").get().count == 2)
            #expect(bench.courier.names == ["a", "b", "c"])
        }
    }

    @Test func aParkingThatWasWrittenAndNotToldIsKnownAfterwards() async throws {
        try await LoopBench.with(policy(.park)) { bench async throws in
            bench.courier.onSend { _ in .of(.permanent, status: 422) }
            let dead = try await bench.accept("a")
            try await bench.accept("b")
            bench.store.onApply { changes in changes.contains { $0.state == .dead } ? .after(.storeFailed) : nil }
            try await bench.settle()
            bench.store.onApply { _ in nil }
            for _ in 0..<4 {
                try await bench.pass(.seconds(120))
                bench.runner.post { _ in }
                try await bench.settle()
            }
            #expect(try await bench.state(dead) == .dead)
            #expect(bench.courier.names == ["a"])
            bench.courier.onSend { _ in .accepted }
            _ = try await bench.act(.release, key: "P-1").get()
            #expect(bench.courier.names == ["a", "b"])
        }
    }

    @Test func aFollowerMovedAsideIsPassedAndARetryBringsItBackToItsPlace() async throws {
        try await LoopBench.with { bench async throws in
            bench.courier.onSend { _ in nil }
            let first = try await bench.accept("a")
            let second = try await bench.accept("b")
            let third = try await bench.accept("c")
            try await bench.settle()
            _ = try await bench.act(.movedAsideByPerson, on: second, reason: "wrong amount").get()
            bench.courier.answer(first.id, .accepted)
            try await bench.settle()
            #expect(bench.courier.names == ["a", "c"])
            try await bench.accept("d")
            _ = try await bench.act(.retriedByPerson, on: second).get()
            #expect(bench.courier.names == ["a", "c"], "another of its lane is under way")
            bench.courier.onSend { _ in .accepted }
            bench.courier.answer(third.id, .accepted)
            try await bench.settle()
            #expect(bench.courier.names == ["a", "c", "b", "d"])
        }
    }

    @Test func whatIsSentOrUnknownIsNotMovedAside() async throws {
        try await LoopBench.with { bench async throws in
            bench.courier.onSend { _ in nil }
            let delivery = try await bench.accept("a")
            try await bench.settle()
            for _ in 0..<2 {
                guard case .failure(let error) = try await bench.act(.movedAsideByPerson, on: delivery, reason: "now") else {
                    throw TestingFailure("moved aside with an open outcome")
                }
                #expect(error.code == .temporary)
                bench.courier.answer(delivery.id, .of(.unclear))
                try await bench.settle()
            }
        }
    }

    @Test func aLaneParkedByAFormerRuleGoesOnUnderOvertake() async throws {
        try await TemporaryDirectory.with("outbox") { directory in
            let store = try SQLiteStore.open(path: directory.file("store.db"))
            let samples = Samples()
            guard case .committed(let open) = try await store.accept(samples.intake("a", key: "P-1")) else { return }
            var change = try #require(
                DeliveryStep(
                    open[0], event: .preparationFailed, at: Samples.start, cause: DeliveryCause(code: "preparation.x", text: "x"))
            )
            change.change.parking = .begun(reason: "x", evidence: HoldEvidence.parked(open[0], cause: nil, at: Samples.start))
            _ = try await store.apply([change.change])
            let courier = ScriptedCourier()
            let runner = DestinationRunner(
                destination: "province", courier: courier, policy: policy(.overtake), store: store,
                clock: ManualClock(Samples.start),
                owner: "life-2", logger: .silent)
            store.observeCommits { for delivery in $0 { runner.enqueue(delivery) } }
            _ = try await store.accept(samples.intake("b", key: "P-1"))
            var loop = RunnerLoop(runner)
            for _ in 0..<6 { _ = await loop.turn() }
            #expect(courier.names == ["b"])
            #expect(try await store.holds(destination: nil).isEmpty)
            await store.close()
        }
    }
}
