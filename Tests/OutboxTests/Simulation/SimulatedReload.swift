import GatewayTesting

@testable import Outbox

/// A reload of the configuration in the simulation: the policy changes, what the platform is and the head-of-line rule stay.
enum SimulatedReload {
    /// Another policy for a destination.
    static func changed(_ policy: DestinationPolicy, _ random: inout SeededRandom) -> DestinationPolicy {
        var policy = policy
        policy.concurrency = Int.random(in: 1...5, using: &random)
        policy.retry.initial = .milliseconds(Int64.random(in: 100...4_000, using: &random))
        policy.pace.holdsOnRetryAfter = random.chance(50)
        if random.chance(30) { policy.pace.breaker = nil }
        return policy
    }

    /// Asks a runner to end and names who takes over, under the same life.
    static func handOver(_ runner: DestinationRunner, _ policy: DestinationPolicy) {
        _ = runner.handOver(
            to: DestinationRunner(
                destination: runner.destination, courier: runner.courier, policy: policy, store: runner.store,
                clock: runner.clock, owner: runner.owner, logger: .silent, limits: runner.limits, isLater: true,
                activity: runner.activity))
    }

    /// Who takes over from a runner whose loop has ended; nil when nobody does.
    static func successor(of runner: DestinationRunner) -> DestinationRunner? {
        let left = runner.close()
        runner.settle(left, with: left.successor)
        left.successor?.takeOver()
        return left.successor
    }
}
