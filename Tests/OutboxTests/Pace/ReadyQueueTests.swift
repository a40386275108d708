import ExchangeModel
import GatewayTesting
import Testing

@testable import Outbox

/// In which order ready lanes are served.
@Suite struct ReadyQueueTests {
    static let start = Instant(year: 2026, month: 5, day: 1)

    static func place(_ number: Int64, _ channel: String = "a", due: Duration? = nil, age: Duration = .zero) -> ReadyQueue.Place {
        ReadyQueue.Place(
            lane: number, channel: channel, deadline: due.map { start + $0 }, since: start - age, sequence: number)
    }

    static func queue(_ places: [ReadyQueue.Place]) -> ReadyQueue {
        var queue = ReadyQueue()
        queue.pass(to: start)
        for place in places { queue.insert(place) }
        return queue
    }

    static func drain(_ queue: ReadyQueue) -> [Int64] {
        var queue = queue
        var lanes: [Int64] = []
        while let lane = queue.popFirst() { lanes.append(lane) }
        return lanes
    }

    @Test func withoutDeadlinesTheOldestGoesFirstAndChannelsTakeTurns() {
        let queue = Self.queue([
            Self.place(1), Self.place(2, age: .seconds(9)), Self.place(3), Self.place(4, "b"), Self.place(5, "b"),
        ])
        #expect(Self.drain(queue) == [2, 4, 1, 5, 3])
    }

    @Test func theEarliestDeadlineOfAChannelGoesFirstAndBeforeAllWithout() {
        let queue = Self.queue([
            Self.place(1, age: .seconds(86_400)), Self.place(2, due: .seconds(7_200)), Self.place(3, due: .seconds(5_400)),
            Self.place(4, due: .seconds(10_000)),
        ])
        #expect(Self.drain(queue) == [3, 2, 4, 1])
    }

    @Test func aMoreUrgentClassGoesBeforeAnotherChannelsTurn() {
        let far = (1...3).map { Self.place($0, "a", due: .seconds(2 * 86_400)) }
        let queue = Self.queue(
            far + [
                Self.place(11, "b", due: .seconds(60)), Self.place(12, "b", due: .seconds(-60)),
                Self.place(13, "c", due: .seconds(70_000)),
            ])
        #expect(Self.drain(queue) == [12, 11, 13, 1, 2, 3])
    }

    @Test func aDeadlineThatComesNearerMovesUp() {
        var queue = Self.queue([Self.place(1, "a", due: .seconds(86_400 + 10)), Self.place(2, "a", due: .seconds(86_400 + 20))])
        queue.insert(Self.place(3, "b", due: .seconds(86_400 * 2)))
        queue.insert(Self.place(4, "b", due: .seconds(86_400 * 2)))
        queue.pass(to: Self.start + .seconds(60))
        #expect(Self.drain(queue) == [1, 2, 3, 4], "those of channel a are in the class of a day now")
    }

    @Test func inOneClassAFloodDelaysAnotherChannelByOnePick() {
        var queue = Self.queue((1...10_000).map { Self.place($0, "flood", due: .seconds(3_700)) })
        queue.insert(Self.place(20_000, "quiet", due: .seconds(80_000)))
        #expect(queue.popFirst() != nil)
        #expect(queue.popFirst() == 20_000)
    }

    @Test func whatHasNoDeadlineIsNotStarvedByDeadlines() {
        var queue = Self.queue([Self.place(1), Self.place(2, "b")])
        var number: Int64 = 100
        var picks: [Int64] = []
        for _ in 0..<30 {
            while queue.count < 20 {
                number += 1
                queue.insert(Self.place(number, "flood", due: .zero))
            }
            picks.append(queue.popFirst() ?? 0)
        }
        #expect(picks.firstIndex(of: 1) == ReadyQueue.share - 1)
        #expect(picks.firstIndex(of: 2) == 2 * ReadyQueue.share - 1)
    }

    /// Random places: each comes out once and in the order of its channel.
    @Test(arguments: 0..<TestSeed.rounds(30)) func everyPlaceComesOnceAndInTheOrderOfItsChannel(round: Int) {
        let seed = TestSeed.choose() &+ UInt64(round)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let channels = (0..<Int.random(in: 1...6, using: &random)).map { "c\($0)" }
        let isDated = random.chance(50)
        var queue = ReadyQueue()
        queue.pass(to: Self.start)
        var model: [Int64: ReadyQueue.Place] = [:]
        var next: Int64 = 1
        func key(_ place: ReadyQueue.Place) -> (Int64, Int64, Int64) {
            (place.deadline?.milliseconds ?? Int64.max, place.since.milliseconds, place.sequence)
        }
        for _ in 0..<3_000 {
            if random.chance(next < 1_500 ? 60 : 5) {
                let due: Duration? =
                    isDated && random.chance(50) ? .milliseconds(Int64.random(in: 0...1_000_000, using: &random)) : nil
                let place = Self.place(
                    next, channels[Int.random(in: 0..<channels.count, using: &random)], due: due,
                    age: .milliseconds(Int64.random(in: 0...50, using: &random)))
                next += 1
                model[place.lane] = place
                queue.insert(place)
            } else if let lane = queue.popFirst() {
                guard let place = model.removeValue(forKey: lane) else {
                    Issue.record("seed \(seed): \(lane) came twice")
                    return
                }
                let before = model.values.first {
                    $0.channel == place.channel && ($0.deadline == nil) == (place.deadline == nil) && key($0) < key(place)
                }
                #expect(before == nil, "seed \(seed): \(lane) overtook \(before?.lane ?? 0)")
            }
            #expect(queue.count == model.count, "seed \(seed)")
        }
        #expect(Self.drain(queue).count == model.count, "seed \(seed)")
    }

    /// Any number of others may flood; the k-th of a channel comes within k turns of all channels.
    @Test(arguments: [2, 3, 10]) func theKthOfAChannelComesWithinKRounds(channels: Int) {
        var queue = ReadyQueue()
        for number in 0..<2_000 {
            for channel in 1..<channels { queue.insert(Self.place(Int64(channel * 10_000 + number), "flood-\(channel)")) }
        }
        for k in 1...50 { queue.insert(Self.place(Int64(k), "quiet")) }
        var picks = 0
        while let lane = queue.popFirst() {
            picks += 1
            if lane <= 50 { #expect(picks <= Int(lane) * channels) }
        }
    }
}
