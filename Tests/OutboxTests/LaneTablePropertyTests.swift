import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Outbox

/// A random driver plays store, destination and people against the table, and a simple model watches.
@Suite struct LaneTablePropertyTests {
    /// What the store knows of a lane: everything committed, in order, with its state.
    struct Model {
        var deliveries: [Int64: OpenDelivery] = [:]
        var delivered: [Int64: [Int64]] = [:]
        var inFlight: Set<Int64> = []
        var rule = HeadOfLineRule.block
        /// Brought back by a person after others may have gone past: out of order by that person's will.
        var late: Set<Int64> = []

        func isPassed(_ delivery: OpenDelivery) -> Bool {
            delivery.state == .dead && (rule == .overtake || delivery.isAside)
        }

        /// In order, so that a seed picks the same.
        var open: [OpenDelivery] { deliveries.values.filter { !$0.state.isEnd }.sorted { $0.sequence < $1.sequence } }

        func open(lane: Int64, after: Int64, limit: Int) -> [OpenDelivery] {
            Array(
                deliveries.values.filter { $0.lane == lane && $0.sequence > after && !$0.state.isEnd }
                    .sorted { $0.sequence < $1.sequence }.prefix(limit))
        }
    }

    @Test(arguments: 0..<30) func nothingIsLostNothingOvertakesAndALaneHasOneInFlight(round: Int) throws {
        let seed = TestSeed.choose() &+ UInt64(round)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let window = Int.random(in: 1...5, using: &random)
        let rule = HeadOfLineRule.allCases[round % 3]
        var table = LaneTable(laneWindow: window, rule: rule)
        var model = Model()
        model.rule = rule
        var now = Samples.start
        let samples = Samples()
        var next: Int64 = 1

        func commit(
            _ delivery: OpenDelivery, _ state: DeliveryState, dueAt: Instant? = nil, byPerson: Bool = false, aside: Bool = false
        ) {
            var delivery = delivery
            if state == .pending, model.isPassed(delivery) { model.late.insert(delivery.sequence) }
            delivery.state = state
            delivery.isAside = aside
            delivery.dueAt = dueAt
            model.deliveries[delivery.sequence] = delivery
            if state == .delivered { model.delivered[delivery.lane, default: []].append(delivery.sequence) }
            var after = byPerson ? table.replace(delivery, now: now) : table.finish(delivery, now: now)
            while let from = after {
                after = table.refill(
                    lane: delivery.lane, with: model.open(lane: delivery.lane, after: from, limit: window), now: now)
            }
        }

        func step(draining: Bool) throws {
            switch Int.random(in: 0..<13, using: &random) {
            case 11 where !draining:
                // A person holds or releases the destination or a lane.
                let lane = Int64.random(in: 1...6, using: &random)
                if table.stops.isDestinationHeld {
                    table.stop(LaneStops(held: table.stops.held), now: now)
                } else if table.stops.held.contains(lane) {
                    table.goOn(lane: lane, now: now)
                } else if random.chance(15) {
                    table.stops.isDestinationHeld = true
                } else {
                    table.stops.held.insert(lane)
                }
            case 0...3 where !draining:
                let delivery = samples.delivery(next, lane: Int64.random(in: 1...6, using: &random))
                model.deliveries[next] = delivery
                next += 1
                table.insert(delivery, now: now)
            case 4, 5:
                now = now + .milliseconds(Int64.random(in: 0...3_000, using: &random))
                table.ring(now: now)
            case 6 where !draining:
                // A person ends or repeats something that nobody works on.
                guard let target = model.open.randomElement(using: &random),
                    !model.inFlight.contains(target.sequence), table.hold(target.sequence, lane: target.lane) != .busy
                else { return }
                if target.state.after(.movedAsideByPerson) != nil, !target.isAside, random.chance(40) {
                    commit(target, .dead, byPerson: true, aside: true)
                    return
                }
                let retry = target.state.after(.retriedByPerson) != nil && Bool.random(using: &random)
                if !retry, target.state.after(.cancelledByPerson) == nil {
                    table.release(lane: target.lane, now: now)
                    return
                }
                commit(target, retry ? .pending : .cancelled, byPerson: true)
            case 7:
                guard let (delivery, _) = table.takeInquiry() else { return }
                #expect(delivery.state == .unknown && !model.inFlight.contains(delivery.sequence), "seed \(seed)")
                switch Int.random(in: 0..<3, using: &random) {
                case 0: commit(delivery, .delivered)
                case 1: commit(delivery, .retryWait, dueAt: now)
                default: commit(delivery, .unknown, dueAt: now + .seconds(2))
                }
            case 8, 9:
                guard let flying = model.inFlight.sorted().randomElement(using: &random), let delivery = model.deliveries[flying]
                else { return }
                model.inFlight.remove(flying)
                switch Int.random(in: 0..<(draining ? 4 : 6), using: &random) {
                case 0, 1: commit(delivery, .delivered)
                case 2: commit(delivery, .retryWait, dueAt: now + .milliseconds(Int64.random(in: 0...4_000, using: &random)))
                case 3: commit(delivery, .unknown, dueAt: now + .milliseconds(Int64.random(in: 0...4_000, using: &random)))
                case 4: commit(delivery, .dead)
                default: commit(delivery, .delivered)
                }
            default:
                guard let head = table.takeReady() else { return }
                let earlier = model.open(lane: head.lane, after: 0, limit: .max).first { !model.isPassed($0) }?.sequence
                #expect(earlier == head.sequence, "seed \(seed): \(head.sequence) overtakes \(earlier ?? 0)")
                #expect(model.deliveries[head.sequence]?.state == head.state, "seed \(seed): the table is behind")
                #expect(head.dueAt ?? now <= now, "seed \(seed): \(head.sequence) goes before its time")
                #expect(
                    !table.stops.isDestinationHeld && !table.stops.held.contains(head.lane),
                    "seed \(seed): \(head.sequence) leaves what is held")
                #expect(!model.inFlight.contains { model.deliveries[$0]?.lane == head.lane }, "seed \(seed): two of a lane")
                if random.chance(10) {
                    table.release(lane: head.lane, now: now)
                } else {
                    commit(head, .inFlight)
                    model.inFlight.insert(head.sequence)
                }
            }
            #expect(table.entryCount <= 6 * max(window, 1) + model.late.count, "seed \(seed)")
        }

        for _ in 0..<600 { try step(draining: false) }
        table.stop(LaneStops(), now: now)
        // Then nothing new comes, people mend what is dead, and everything must end.
        var left = 20_000
        while model.deliveries.values.contains(where: { !$0.state.isEnd }), left > 0 {
            left -= 1
            for dead in model.deliveries.values.filter({ $0.state == .dead }).sorted(by: { $0.sequence < $1.sequence }) {
                if table.hold(dead.sequence, lane: dead.lane) != .busy { commit(dead, .pending, byPerson: true) }
            }
            try step(draining: true)
        }
        #expect(left > 0, "seed \(seed): something is never delivered")
        for (lane, sequences) in model.delivered {
            let others = sequences.filter { !model.late.contains($0) }
            #expect(others == others.sorted(), "seed \(seed), lane \(lane)")
        }
        #expect(table.entryCount == 0 && table.laneCount == 0, "seed \(seed)")
    }
}
