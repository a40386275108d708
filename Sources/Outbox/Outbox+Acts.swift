public import ExchangeModel
public import Store

/// Acts of people on destinations, lanes and many deliveries at once.
extension Outbox {
    /// A page of deliveries that a bulk act takes at once.
    public static let actsPerPage = 500
    /// Refusals that a bulk act names; more are counted.
    public static let refusalsNamed = 20

    /// Holds a destination, or one lane of it: nothing new is leased until `release`, also after a restart. Attempts under way
    /// end as they do, and unknown outcomes are still asked about. Throws `.temporary` when it is held already.
    public func hold(_ selector: HoldSelector, reason: OperatorReason, actor: String) async throws -> LaneHold {
        let held = try await runner(selector).perform(.hold, selector, actor: actor, reason: reason).get()
        // The loop answers a hold with the one hold it placed.
        return held[0]
    }

    /// Lets a held destination or lane go on. Of a parked lane the dead head is moved aside, so that the others go past it.
    /// Returns what was taken away; throws `.notFound` when nothing was held.
    public func release(_ selector: HoldSelector, reason: OperatorReason?, actor: String) async throws -> [LaneHold] {
        try await runner(selector).perform(.release, selector, actor: actor, reason: reason).get()
    }

    /// Moves one delivery aside: it is dead until a person retries or cancels it, and those behind it in its lane go on, under
    /// any rule. Throws `.temporary` for one whose outcome is open.
    public func moveAside(_ id: DeliveryID, reason: OperatorReason, actor: String) async throws -> OpenDelivery {
        try await act(.movedAsideByPerson, on: id, actor: actor, reason: reason)
    }

    /// What every destination's loop does at this moment.
    public func activity(at now: Instant) -> [String: DestinationActivity] { runners.mapValues { $0.activity.activity(at: now) } }

    private func runner(_ selector: HoldSelector) throws -> DestinationRunner {
        guard let runner = runners[selector.destination] else {
            throw GatewayError(
                .notFound, attempted: "act on", subject: "the destination \(selector.destination)",
                happened: "it is not configured", remedy: "name one of: \(runners.keys.sorted().joined(separator: ", "))")
        }
        return runner
    }

    // MARK: Many at once

    /// What a person does with many deliveries.
    public struct BulkAct: Sendable {
        /// What may be done with many.
        public enum Verb: String, Sendable, CaseIterable {
            /// Send again.
            case retry
            /// End.
            case cancel
        }

        /// What.
        public var verb: Verb
        /// With which; its `after` and `limit` bound the page.
        public var filter: DeliveryFilter
        /// Why.
        public var reason: OperatorReason
        /// Who.
        public var actor: String

        /// Takes everything.
        public init(verb: Verb, filter: DeliveryFilter, reason: OperatorReason, actor: String) {
            self.verb = verb
            self.filter = filter
            self.reason = reason
            self.actor = actor
        }
    }

    /// What became of one page of a bulk act.
    public struct BulkOutcome: Sendable {
        /// Acts that are on disk.
        public var done: Int
        /// Acts that could not be done.
        public var refused: Int
        /// The first of them.
        public var refusals: [(id: DeliveryID, error: GatewayError)]
        /// The last delivery looked at, to go on from; nil when there are no more.
        public var next: Int64?
    }

    /// Acts on the next page of deliveries that a filter finds; one that cannot be acted on keeps no other from it. The acts of
    /// one destination share transactions.
    public func perform(_ bulk: BulkAct) async throws -> BulkOutcome {
        var filter = bulk.filter
        filter.limit = min(max(filter.limit, 0), Self.actsPerPage)
        let page = try await store.deliveries(filter)
        let event: DeliveryEvent = bulk.verb == .retry ? .retriedByPerson : .cancelledByPerson
        var outcome = BulkOutcome(done: 0, refused: 0, refusals: [], next: page.last?.delivery.sequence)
        if page.count < filter.limit { outcome.next = nil }
        await withTaskGroup(of: (DeliveryID, GatewayError?).self) { group in
            for report in page {
                let id = report.delivery.id
                guard let runner = runners[report.delivery.destination] else {
                    group.addTask { (id, Self.notConfigured(report.delivery)) }
                    continue
                }
                group.addTask {
                    switch await runner.perform(event, on: id, actor: bulk.actor, reason: bulk.reason) {
                    case .success: (id, nil)
                    case .failure(let error): (id, error)
                    }
                }
            }
            for await (id, error) in group {
                guard let error else {
                    outcome.done += 1
                    continue
                }
                outcome.refused += 1
                if outcome.refusals.count < Self.refusalsNamed { outcome.refusals.append((id, error)) }
            }
        }
        return outcome
    }

    static func notConfigured(_ delivery: OpenDelivery) -> GatewayError {
        GatewayError(
            .configuration, attempted: "act on", subject: "delivery \(delivery.id)",
            happened: "its destination \(delivery.destination) is not configured",
            remedy: "add the destination to the configuration again, then: tenderbridge reload")
    }
}
