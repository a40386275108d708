import GatewayTesting

@testable import Outbox

/// What a seed decides before a simulation begins.
struct SimulationSettings {
    let names = ["asks", "idempotent", "person"]
    let policies: [DestinationPolicy]
    let limits: RunnerLimits
    /// Pages of the write-ahead log after which a commit folds it back: few, so that checkpoints are met by crashes.
    let checkpointPages: Int
    /// Idempotency keys that wait for being sorted.
    let recentKeys: Int
    let steps: Int

    init(_ random: inout SeededRandom) {
        let concurrency = Int.random(in: 1...4, using: &random)
        let rules = HeadOfLineRule.allCases.shuffled(using: &random)
        let resend = random.chance(50) ? UnknownPolicy.Settlement.idempotentDeliveryID : .idempotentNewID
        var policies = zip([.statusQuery, resend, .person], rules).map { settlement, rule in
            var policy = DestinationPolicy.sample(settlement, concurrency: concurrency)
            policy.headOfLine = rule
            policy.receiptLimit = .seconds(Int.random(in: 60...600, using: &random))
            return policy
        }
        if random.chance(60) {
            let breaker = BreakerPolicy(
                window: .seconds(30), minimum: Int.random(in: 1...6, using: &random), failurePercent: 60, open: .seconds(3),
                openMax: .seconds(20))
            let rate = RateLimit(count: Int.random(in: 1...5, using: &random), per: .seconds(1), burst: 3)
            for index in policies.indices {
                policies[index].pace = PacePolicy(
                    rate: random.chance(50) ? rate : nil,
                    quotaPerDay: random.chance(30) ? Int.random(in: 20...60, using: &random) : nil,
                    breaker: random.chance(70) ? breaker : nil, holdsOnRetryAfter: random.chance(50))
            }
        }
        self.policies = policies
        limits = RunnerLimits(
            window: Int.random(in: 6...30, using: &random), canonical: Int.random(in: 0...8, using: &random),
            laneWindow: Int.random(in: 1...4, using: &random), page: Int.random(in: 1...9, using: &random))
        checkpointPages = Int.random(in: 4...120, using: &random)
        recentKeys = Int.random(in: 2...40, using: &random)
        steps = Int.random(in: 150...450, using: &random)
    }
}
