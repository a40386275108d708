import GatewayTesting
import Store
import Testing

/// Whole lives of messages: random verdicts, deaths at any step, failing disks, jumping clocks and people, on the real store.
///
/// `TENDERBRIDGE_ROUNDS` seeds are played (300), one after the other on one task, from `TENDERBRIDGE_SEED` on. A seed that
/// fails prints the command that replays it.
@Suite(.serialized) struct SimulationTests {
    static let seeds = TestSeed.rounds(300)
    /// Seeds of one line of the log.
    static let perLine = 50

    @Test func thePromisesHoldInEveryStory() async throws {
        let first = TestSeed.choose()
        let clock = ContinuousClock()
        let start = clock.now
        var sum = SimulationTally()
        var failures = 0
        for round in 0..<Self.seeds {
            let story = try await SimulatedWorld.play(seed: first &+ UInt64(round))
            sum.add(story.tally)
            if !story.broken.isEmpty {
                failures += 1
                Issue.record("seed \(story.seed): \(story.failure)")
            }
            if (round + 1) % Self.perLine == 0 || round + 1 == Self.seeds {
                let seconds = max((clock.now - start) / .seconds(1), 0.001)
                print(
                    "simulation: seeds \(first) to \(story.seed), \(round + 1) of \(Self.seeds) done, \(failures) failed, "
                        + "\((Double(round + 1) / seconds * 10).rounded() / 10) a second; last \(story.fingerprint)")
            }
            if failures >= 5 { break }
        }
        print("simulation: \(sum.text)")
        // Otherwise the stories were too tame to prove anything.
        if Self.seeds >= 100 {
            for fault in NetworkFault.allCases { #expect(sum.counts[fault.rawValue, default: 0] > 0, "\(fault) never happened") }
            for fault in QuestionFault.allCases {
                #expect(sum.counts["status \(fault.rawValue)", default: 0] > 0, "\(fault) never happened")
            }
            for fault in ReceiptFault.allCases {
                #expect(sum.counts["receipt \(fault.rawValue)", default: 0] > 0, "\(fault) never happened")
            }
            for effect in ReceiptEffect.allCases where effect != .noRoom {
                #expect(sum.counts["receipt \(effect.rawValue)", default: 0] > 0, "no receipt was \(effect)")
            }
            for trouble in SimulatedDisk.Trouble.allCases {
                #expect(sum.counts["disk: \(trouble)", default: 0] > 0, "\(trouble) never happened")
            }
            for what in ["receipts slipped into a turn", "receipts without an answer", "receipt repeated", "parked"]
                + ["retry of what a receipt confirmed"]
            { #expect(sum.counts[what, default: 0] > 0, "there were no \(what)") }
            #expect(sum.damaged > 0 && sum.failures > 0 && sum.deaths > Self.seeds)
        }
    }

    @Test func aSeedReplaysItsStory() async throws {
        let seed = TestSeed.choose()
        let first = try await SimulatedWorld.play(seed: seed)
        let second = try await SimulatedWorld.play(seed: seed)
        let differs = zip(first.trace, second.trace).first { $0 != $1 }
        #expect(first.fingerprint == second.fingerprint, "seed \(seed): \(differs?.0 ?? "") became \(differs?.1 ?? "")")
    }
}
