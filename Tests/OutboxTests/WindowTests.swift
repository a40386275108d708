import ExchangeModel
import Store
import Synchronization
import Testing

@testable import Outbox

/// More deliveries than memory takes: the rest waits in the store and none is forgotten.
@Suite struct WindowTests {
    static let tiny = RunnerLimits(window: 8, canonical: 3, laneWindow: 2, page: 3)

    @Test func everythingIsDeliveredInOrderThroughASmallWindow() async throws {
        try await LoopBench.with(limits: Self.tiny) { bench in
            var wanted: [String: [String]] = [:]
            for number in 1...60 {
                let key = "K\(number % 7)"
                wanted[key, default: []].append("\(key)-\(number)")
                try await bench.accept("\(key)-\(number)", key: key)
                if number % 20 == 0 { try await bench.settle() }
            }
            try await bench.settle()
            #expect(bench.courier.names.count == 60)
            for (key, names) in wanted { #expect(bench.courier.names.filter { $0.hasPrefix("\(key)-") } == names) }
            #expect(bench.heldInMemory == 0)
        }
    }

    @Test func deadHeadsOfMoreLanesThanMemoryTakesStopNoOther() async throws {
        try await LoopBench.with(limits: Self.tiny) { bench in
            bench.courier.onSend { _ in .of(.permanent, status: 400) }
            var dead: [OpenDelivery] = []
            for number in 1...40 {
                dead.append(try await bench.accept("bad-\(number)", key: "D\(number)"))
                try await bench.accept("behind-\(number)", key: "D\(number)")
                if number % 4 == 0 { try await bench.settle() }
            }
            try await bench.settle()
            bench.courier.onSend { _ in .accepted }
            for isRestarted in [false, true] {
                if isRestarted { bench.restart() }
                for number in 1...20 { try await bench.accept("good-\(isRestarted)-\(number)", key: "G\(number)") }
                try await bench.settle()
                #expect(bench.courier.names.count { $0.hasPrefix("good-\(isRestarted)") } == 20)
            }
            #expect(bench.heldInMemory == 0)
            #expect(bench.courier.names.allSatisfy { !$0.hasPrefix("behind-") })
            guard case .success = try await bench.act(.retriedByPerson, on: dead[6]) else {
                Issue.record("a person could not repeat a dead delivery")
                return
            }
            try await bench.settle()
            #expect(bench.courier.names.suffix(2) == ["bad-7", "behind-7"])
        }
    }

    @Test func memoryStaysWithinTheWindowWhileTheDestinationHangs() async throws {
        try await LoopBench.with(.sample(concurrency: 2), limits: Self.tiny) { bench in
            bench.courier.onSend { _ in nil }
            var deliveries: [OpenDelivery] = []
            for number in 1...40 {
                deliveries.append(try await bench.accept("n-\(number)", key: "K\(number)"))
                if number % 5 == 0 { try await bench.settle() }
            }
            // A page may carry the count over the window, never by more than its rows.
            #expect(bench.heldInMemory <= 8 + 3)
            bench.courier.onSend { _ in .accepted }
            for delivery in deliveries.prefix(2) { bench.courier.answer(delivery.id, .accepted) }
            try await bench.settle()
            #expect(bench.courier.names == (1...40).map { "n-\($0)" })
        }
    }

    @Test func deliveriesCommittedWhileTheStoreIsReadAreNotLost() async throws {
        try await LoopBench.with(limits: Self.tiny) { bench in
            // Each page is answered from before, and right after it more is committed: what the mailbox left to the store in that
            // moment must be read as well, also when the page was empty.
            let intakes = Mutex((1...6).map { bench.samples.intake("n-\($0)", key: "P-1") })
            let store = bench.store
            store.afterPage {
                if let next = intakes.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { _ = try await store.accept(next) }
            }
            try await bench.settle()
            #expect(bench.courier.names == (1...6).map { "n-\($0)" })
        }
    }

    @Test func aBacklogLargerThanTheWindowIsReadBeforeNewMailOfTheSameLanes() async throws {
        try await LoopBench.with(limits: Self.tiny) { bench in
            // A former life left a backlog; this life accepts more before its loop ever turned.
            for number in 1...30 { try await bench.accept("n-\(number)", key: "K\(number % 15)") }
            bench.restart()
            for number in 31...35 { try await bench.accept("n-\(number)", key: "K\(number % 15)") }
            try await bench.settle()
            #expect(bench.courier.names.count == 35)
            for key in 0..<15 {
                let numbers = bench.courier.names.compactMap { Int($0.dropFirst(2)) }.filter { $0 % 15 == key }
                #expect(numbers == numbers.sorted())
            }
        }
    }

    @Test func blockedLanesDoNotFillTheMemoryOfTheOthers() async throws {
        try await LoopBench.with(limits: RunnerLimits(window: 12, canonical: 3, laneWindow: 4, page: 5)) { bench in
            bench.courier.onSend { String(decoding: $0.form.bytes, as: UTF8.self).hasPrefix("bad") ? .of(.permanent) : .accepted }
            var heads: [OpenDelivery] = []
            for lane in 1...4 {
                heads.append(try await bench.accept("bad-\(lane)", key: "B\(lane)"))
                for number in 1...8 { try await bench.accept("b\(lane)-\(number)", key: "B\(lane)") }
            }
            try await bench.settle()
            for number in 1...10 { try await bench.accept("good-\(number)", key: "G\(number)") }
            try await bench.settle()
            #expect(bench.courier.names.filter { $0.hasPrefix("good") }.count == 10)
            for head in heads { _ = try await bench.act(.cancelledByPerson, on: head).get() }
            for lane in 1...4 {
                #expect(bench.courier.names.filter { $0.hasPrefix("b\(lane)-") } == (1...8).map { "b\(lane)-\($0)" })
            }
            #expect(bench.heldInMemory == 0)
        }
    }

    @Test func aPersonMayEndWhatIsNotInMemory() async throws {
        try await LoopBench.with(.sample(concurrency: 1), limits: Self.tiny) { bench in
            bench.courier.onSend { _ in nil }
            var deliveries: [OpenDelivery] = []
            for number in 1...10 { deliveries.append(try await bench.accept("n-\(number)")) }
            try await bench.settle()
            for index in [1, 4, 9] { _ = try await bench.act(.cancelledByPerson, on: deliveries[index]).get() }
            bench.courier.onSend { _ in .accepted }
            bench.courier.answer(deliveries[0].id, .accepted)
            try await bench.settle()
            #expect(bench.courier.names == [1, 3, 4, 6, 7, 8, 9].map { "n-\($0)" })
        }
    }
}
