import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Outbox

/// Holding and releasing, in the running loop.
@Suite struct HoldTests {
    @Test func aHeldDestinationSendsNothingAndGoesOnWhenItIsReleased() async throws {
        try await LoopBench.with { bench async throws in
            let held = try await bench.act(.hold, reason: "their maintenance").get()
            #expect(held.map(\.reason) == ["their maintenance"] && held.map(\.actor) == ["chen"])
            let first = try await bench.accept("a")
            try await bench.accept("b", key: "P-2")
            try await bench.settle()
            #expect(bench.courier.names.isEmpty)
            #expect(try await bench.state(first) == .pending)
            let released = try await bench.act(.release).get()
            #expect(released == held)
            #expect(bench.courier.names == ["a", "b"])
        }
    }

    @Test func aHeldLaneStandsAndTheOthersGoOn() async throws {
        try await LoopBench.with { bench async throws in
            _ = try await bench.act(.hold, key: "P-1").get()
            try await bench.accept("a")
            try await bench.accept("b", key: "P-2")
            try await bench.settle()
            #expect(bench.courier.names == ["b"])
            _ = try await bench.act(.release, key: "P-1").get()
            #expect(bench.courier.names == ["b", "a"])
        }
    }

    @Test func aHoldLastsOverARestart() async throws {
        try await LoopBench.with { bench async throws in
            _ = try await bench.act(.hold).get()
            _ = try await bench.act(.hold, key: "P-1").get()
            try await bench.accept("a")
            bench.restart()
            try await bench.settle()
            #expect(bench.courier.names.isEmpty)
            _ = try await bench.act(.release).get()
            #expect(bench.courier.names.isEmpty, "its lane is still held")
            bench.restart()
            try await bench.settle()
            #expect(bench.courier.names.isEmpty)
            _ = try await bench.act(.release, key: "P-1").get()
            #expect(bench.courier.names == ["a"])
        }
    }

    @Test func attemptsUnderWayEndAndUnknownOutcomesAreStillAskedAbout() async throws {
        try await LoopBench.with { bench async throws in
            bench.courier.onSend { _ in nil }
            let first = try await bench.accept("a")
            try await bench.accept("b")
            let other = try await bench.accept("c", key: "P-2")
            try await bench.settle()
            #expect(bench.courier.names == ["a", "c"])
            _ = try await bench.act(.hold).get()
            bench.courier.answer(first.id, .accepted)
            bench.courier.answer(other.id, .of(.unclear))
            try await bench.settle()
            #expect(try await bench.state(first) == .delivered)
            try await bench.pass(.seconds(5))
            #expect(bench.courier.questions == [other.id])
            bench.courier.answerStatus(other.id, .absent(.of("absent")))
            try await bench.settle()
            try await bench.pass(.seconds(60))
            #expect(try await bench.state(other) == .retryWait)
            #expect(bench.courier.names == ["a", "c"], "what comes due waits")
            bench.courier.onSend { _ in .accepted }
            _ = try await bench.act(.release).get()
            #expect(Set(bench.courier.names.dropFirst(2)) == ["b", "c"])
        }
    }

    @Test func aSecondHoldIsRefusedAndSaysWhoHoldsItAndWhy() async throws {
        try await LoopBench.with { bench async throws in
            _ = try await bench.act(.hold, reason: "first").get()
            guard case .failure(let error) = try await bench.act(.hold, reason: "second") else {
                throw TestingFailure("a second hold was taken")
            }
            #expect(error.happened.contains("chen") && error.happened.contains("first"))
            _ = try await bench.act(.release).get()
            guard case .failure(let free) = try await bench.act(.release) else { throw TestingFailure("released what is free") }
            #expect(free.code == .notFound)
            guard case .failure = try await bench.act(.release, key: "P-1") else { throw TestingFailure("released what is free") }
        }
    }

    @Test func holdAndReleaseAreInTheEvidenceWithActorAndReason() async throws {
        try await LoopBench.with { bench async throws in
            _ = try await bench.act(.hold, key: "P-1", reason: "wrong \"key\"").get()
            _ = try await bench.act(.release, key: "P-1", reason: "mended").get()
            #expect(
                try await bench.evidenceTexts() == [
                    #"{"event":"outbox.held","destination":"province","orderingKey":"P-1","actor":"chen","reason":"wrong \"key\""}"#,
                    #"{"event":"outbox.released","destination":"province","orderingKey":"P-1","kind":"person","actor":"chen","reason":"mended"}"#,
                ])
        }
    }

    @Test(arguments: [true, false]) func aHoldThatMayBeOnDiskCountsAsSoonAsTheStoreCanBeRead(isWritten: Bool) async throws {
        try await LoopBench.with { bench async throws in
            bench.store.onApply { $0.isEmpty ? (isWritten ? .after(.storeFailed) : .before(.storeFailed)) : nil }
            guard case .failure = try await bench.act(.hold) else { throw TestingFailure("the fault was not told") }
            try await bench.accept("a")
            try await bench.settle()
            #expect(bench.courier.names == (isWritten ? [] : ["a"]))
        }
    }

    @Test func aRetryThatWasWrittenAndNotToldIsSentWhenTheStoreIsBack() async throws {
        try await LoopBench.with { bench async throws in
            bench.courier.onSend { _ in .of(.permanent, status: 422) }
            let delivery = try await bench.accept("a")
            try await bench.settle()
            bench.courier.onSend { _ in .accepted }
            bench.store.onApply { _ in .after(.storeFailed) }
            guard case .failure = try await bench.act(.retriedByPerson, on: delivery) else {
                throw TestingFailure("the fault was not told")
            }
            bench.store.onApply { _ in nil }
            try await bench.pass(.seconds(1))
            bench.runner.post { _ in }
            try await bench.settle()
            #expect(try await bench.state(delivery) == .delivered)
        }
    }

    @Test(arguments: ["", "   ", "two\nlines", "bell\u{7}", String(repeating: "长", count: 171)]) func aBadReasonIsRefused(
        text: String
    ) {
        #expect(throws: GatewayError.self) { try OperatorReason(text) }
    }

    @Test(arguments: ["x", "对方平台维护", String(repeating: "长", count: 170)]) func aReasonInOneLineIsTaken(text: String) throws {
        #expect(try OperatorReason(text).text == text)
    }
}
