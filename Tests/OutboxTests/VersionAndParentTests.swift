import ExchangeModel
import GatewayTesting
import Store
import Synchronization
import Testing

@testable import Outbox

/// Newer versions and parents, seen from a destination's loop.
@Suite struct VersionAndParentTests {
    private func version(_ bench: LoopBench, _ version: String, of name: String = "notice", key: String = "P-1") async throws
        -> OpenDelivery
    {
        var intake = bench.samples.intake("\(name) v\(version)", key: key, at: bench.clock.now())
        intake.businessKey = name
        intake.version = version
        intake.deliveries[0].supersedes = true
        return try await bench.store.commit(intake)
    }

    private func child(
        _ bench: LoopBench, _ name: String, of parent: String, key: String = "P-1", waits: Duration = .seconds(600)
    )
        async throws -> OpenDelivery
    {
        var intake = bench.samples.intake(name, key: key, at: bench.clock.now())
        intake.deliveries[0].parent = ParentRecord(
            dataset: "tender-notice", businessKey: parent, until: bench.clock.now() + waits)
        return try await bench.store.commit(intake)
    }

    @Test func aSupersededDeliveryIsNotSentAndItsLaneGoesOn() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            let first = try await version(bench, "1")
            try await bench.settle()
            let second = try await version(bench, "2")
            let third = try await version(bench, "3")
            try await bench.settle()
            #expect(try await bench.state(first) == .inFlight)
            #expect(try await bench.state(second) == .superseded)
            bench.courier.onSend { _ in .accepted }
            bench.courier.answer(first.id, .accepted)
            try await bench.settle()
            #expect(bench.courier.names == ["notice v1", "notice v3"])
            #expect(try await bench.state(third) == .delivered)
            #expect(bench.heldInMemory == 0)
        }
    }

    @Test func aHeadInMemoryThatWasSupersededGivesItsPlaceToTheNewerOne() async throws {
        try await LoopBench.with { bench in
            // The first of another record keeps the lane; so the old version is read, and stands behind it.
            bench.courier.onSend { _ in nil }
            let ahead = try await version(bench, "1", of: "other")
            let old = try await version(bench, "1")
            try await bench.settle()
            #expect(bench.heldInMemory == 2)
            bench.courier.onSend { _ in .accepted }
            _ = try await version(bench, "2")
            bench.courier.answer(ahead.id, .accepted)
            try await bench.settle()
            #expect(bench.courier.names == ["other v1", "notice v2"])
            #expect(try await bench.state(old) == .superseded)
        }
    }

    @Test func aLeaseThatWasPlannedBeforeTheNewerVersionSendsNothing() async throws {
        try await LoopBench.with { bench in
            let samples = bench.samples
            let store = bench.store
            let old = try await version(bench, "1")
            var newer = samples.intake("notice v2", key: "P-1", at: bench.clock.now())
            newer.businessKey = "notice"
            newer.version = "2"
            newer.deliveries[0].supersedes = true
            let intake = newer
            // The newer version is committed after the page with the old one was read.
            let once = OnceFlag()
            store.afterPage { if once.set() { _ = try await store.accept(intake) } }
            try await bench.settle()
            #expect(bench.courier.names == ["notice v2"])
            #expect(try await bench.state(old) == .superseded)
        }
    }

    @Test func whatMayHaveLeftGoesItsWayBeforeTheNewerVersion() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in .of(.transient(retryAfter: nil), status: 503) }
            let first = try await version(bench, "1")
            try await bench.settle()
            #expect(try await bench.state(first) == .retryWait)
            _ = try await version(bench, "2")
            bench.courier.onSend { _ in .accepted }
            while try await bench.state(first) == .retryWait { try await bench.passToNextTurn() }
            #expect(bench.courier.names == ["notice v1", "notice v1", "notice v2"])
        }
    }

    @Test func aChildLeavesAfterItsParentsConfirmationOnly() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            let waiting = try await child(bench, "notice", of: "project")
            let parent = try await bench.accept("project")
            try await bench.settle()
            #expect(bench.courier.names == ["project"], "the same ordering key, and the parent came later")
            bench.courier.onSend { _ in .accepted }
            bench.courier.answer(parent.id, .accepted)
            try await bench.settle()
            #expect(bench.courier.names == ["project", "notice"])
            #expect(try await bench.state(waiting) == .delivered)
            let steps = try await bench.evidence(waiting).map(\.by)
            #expect(steps == ["preconditionMet", "leased", "accepted"])
        }
    }

    @Test func childrenKeepTheirOrder() async throws {
        try await LoopBench.with(limits: RunnerLimits(laneWindow: 2)) { bench in
            for number in 1...6 { _ = try await child(bench, "N\(number)", of: "project") }
            try await bench.settle()
            try await bench.accept("project", key: "P-9")
            try await bench.settle()
            _ = try await child(bench, "N7", of: "project")
            try await bench.settle()
            #expect(bench.courier.names == ["project"] + (1...7).map { "N\($0)" })
        }
    }

    @Test func aParentThatWasConfirmedWhileTheGatewayWasAwayIsKnownAtTheStart() async throws {
        try await LoopBench.with { bench in
            let waiting = try await child(bench, "notice", of: "project")
            try await bench.settle()
            // A former life's last commit; nobody heard of it.
            let store = bench.store
            store.observeMoves { _ in }
            let parent = try await bench.accept("project", key: "P-9")
            bench.store.onApply { changes in changes.contains { $0.state == .delivered } ? .after(.stopping) : nil }
            try await bench.settle()
            #expect(try await bench.state(parent) == .delivered)
            bench.store.onApply { _ in nil }
            bench.restart()
            try await bench.settle()
            #expect(try await bench.state(waiting) == .delivered)
        }
    }

    @Test func aWaitThatIsOverExpiresWithItsCauseAndLetsTheLaneGoOn() async throws {
        try await LoopBench.with { bench in
            let late = try await child(bench, "N1", of: "project", waits: .seconds(60))
            let next = try await child(bench, "N2", of: "project", waits: .seconds(600))
            try await bench.settle()
            #expect(bench.nextTurn == Samples.start + .seconds(60))
            try await bench.passToNextTurn()
            let report = try await bench.report(late)
            #expect(report.delivery.state == .expired && report.cause?.code == "wait.parent")
            #expect(try await bench.state(next) == .waiting(.parent))
            try await bench.accept("project", key: "P-9")
            try await bench.settle()
            #expect(bench.courier.names == ["project", "N2"])
            #expect(bench.heldInMemory == 0)
        }
    }

    @Test func aWaitThatEndedWhileTheGatewayWasAwayEndsAtTheStart() async throws {
        try await LoopBench.with { bench in
            let late = try await child(bench, "N1", of: "project", waits: .seconds(60))
            bench.restart()
            bench.clock.advance(by: .seconds(61))
            try await bench.settle()
            #expect(try await bench.state(late) == .expired)
        }
    }

    @Test func aPersonMayEndAWait() async throws {
        try await LoopBench.with { bench in
            let waiting = try await child(bench, "N1", of: "project")
            try await bench.settle()
            guard case .success = try await bench.act(.cancelledByPerson, on: waiting) else {
                Issue.record("a person could not cancel a waiting delivery")
                return
            }
            #expect(try await bench.state(waiting) == .cancelled)
            #expect(bench.heldInMemory == 0)
        }
    }

    @Test func otherCausesAreWokenByTheirSubject() async throws {
        try await LoopBench.with { bench in
            var intake = bench.samples.intake("N1", key: "P-1")
            intake.deliveries[0].state = .waiting(.review)
            intake.deliveries[0].waitingSubject = "desk"
            let waiting = try await bench.store.commit(intake)
            try await bench.settle()
            #expect(bench.nextTurn == nil, "a wait without limit needs no timer")
            #expect(try await bench.store.wake(.review, subject: "desk", destination: nil, at: bench.clock.now()) == 1)
            try await bench.settle()
            #expect(try await bench.state(waiting) == .delivered)
        }
    }

    @Test func oldNewsOfADeliveryThatMovedOnChangesNothing() async throws {
        try await LoopBench.with { bench in
            bench.courier.onSend { _ in nil }
            let waiting = try await child(bench, "N1", of: "project")
            try await bench.settle()
            try await bench.accept("project", key: "P-9")
            try await bench.settle()
            let parent = try #require(bench.courier.shipments.first)
            bench.courier.answer(parent.delivery, .accepted)
            try await bench.settle()
            #expect(try await bench.state(waiting) == .inFlight)
            var old = try await bench.report(waiting).delivery
            old.state = .pending
            old.fence = 1
            bench.runner.hear(of: old)
            try await bench.settle()
            #expect(bench.courier.names == ["project", "N1"])
        }
    }
}

extension MessageStore {
    fileprivate func commit(_ intake: Intake) async throws -> OpenDelivery {
        guard case .committed(let deliveries) = try await accept(intake) else { throw TestingFailure("not committed") }
        return try #require(deliveries.first)
    }
}

/// True the first time.
private final class OnceFlag: Sendable {
    private let isSet = Mutex(false)
    func set() -> Bool {
        isSet.withLock { flag in
            defer { flag = true }
            return !flag
        }
    }
}
