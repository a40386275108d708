internal import ExchangeModel
internal import Gateway
internal import JSON
internal import Outbox
internal import Store

/// What `outbox stats` shows. Nothing in it depends on how many deliveries wait.
struct OutboxFigures {
    struct Destination {
        var name: String
        /// Open deliveries by state; every open state is there.
        var counts: [(state: String, count: Int)]
        var oldestReceivedAt: Instant?
        var activity: DestinationActivity?
        var rule: HeadOfLineRule?
        var holds: [LaneHold]
        var standing: DestinationStanding
    }

    /// Holds that one answer lists for a destination; more are counted.
    static let holdsListed = 1000

    var at: Instant
    var destinations: [Destination]

    /// The figures of every destination that is configured or has open deliveries, or of one. Throws `.notFound` for one that
    /// is neither.
    static func read(_ gateway: GatewayService, destination only: String?) async throws -> OutboxFigures {
        let now = gateway.clock.now()
        let counts = try await gateway.store.outboxCounts()
        let holds = Dictionary(grouping: try await gateway.store.holds(destination: only), by: \.selector.destination)
        let activity = gateway.outbox.activity(at: now)
        let rules = Dictionary(
            gateway.configuration.destinations.map { ($0.name, $0.policy.headOfLine) }, uniquingKeysWith: { first, _ in first })
        var names = Set(rules.keys).union(counts.map(\.destination)).union(holds.keys)
        if let only {
            guard names.contains(only) else {
                throw GatewayError(
                    .notFound, attempted: "count", subject: "the destination \(only)",
                    happened: "it is not configured and nothing waits for it",
                    remedy: "name one of: \(names.sorted().joined(separator: ", "))")
            }
            names = [only]
        }
        let states = DeliveryState.names.filter { DeliveryState(name: $0, cause: WaitingCause.parent.rawValue)?.isEnd == false }
        return OutboxFigures(
            at: now,
            destinations: names.sorted().map { name in
                let mine = counts.filter { $0.destination == name }
                return Destination(
                    name: name,
                    counts: states.map { state in (state, mine.first { $0.state == state }?.count ?? 0) },
                    oldestReceivedAt: mine.first?.oldestReceivedAt, activity: activity[name], rule: rules[name],
                    holds: holds[name] ?? [], standing: gateway.standing(of: name))
            })
    }
}

/// The figures as JSON.
enum OutboxJSON {
    static func write(_ figures: OutboxFigures, to json: inout JSONWriter) {
        json.object { json in
            json.member("at", figures.at.description)
            json.array("destinations") { json in
                for destination in figures.destinations { write(destination, at: figures.at, to: &json) }
            }
        }
    }

    private static func write(_ destination: OutboxFigures.Destination, at now: Instant, to json: inout JSONWriter) {
        json.object { json in
            json.member("destination", destination.name)
            if let rule = destination.rule { json.member("headOfLine", rule.rawValue) }
            json.object("open") { json in for (state, count) in destination.counts { json.member(state, count) } }
            if let oldest = destination.oldestReceivedAt {
                json.member("oldestReceivedAt", oldest.description)
                json.member("oldestSeconds", Int(max(now - oldest, .zero).wholeMilliseconds / 1000))
            }
            if let activity = destination.activity {
                json.member("attemptsInFlight", activity.inFlight)
                json.member("questionsInFlight", activity.asking)
                json.object("deliveredInMinutes") { json in
                    for (minutes, count) in activity.deliveredInMinutes.sorted(by: { $0.key < $1.key }) {
                        json.member("\(minutes)", count)
                    }
                }
            }
            if destination.standing != .served { json.member("standing", destination.standing.rawValue) }
            json.member("isHeld", destination.holds.contains { $0.selector.orderingKey == nil })
            json.member("heldLanes", destination.holds.count { $0.kind == .person && $0.selector.orderingKey != nil })
            json.member("parkedLanes", destination.holds.count { $0.kind == .parked })
            json.array("holds") { json in
                for hold in destination.holds.prefix(OutboxFigures.holdsListed) { ReportJSON.write(hold, to: &json) }
            }
        }
    }
}
