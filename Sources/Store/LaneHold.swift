public import ExchangeModel

/// What is to be held or released: a whole destination, or one lane of it.
public struct HoldSelector: Sendable, Hashable {
    /// Its configured name.
    public var destination: String
    /// The ordering key of the one lane that is meant; nil for all of the destination.
    public var orderingKey: String?

    /// Takes both.
    public init(destination: String, orderingKey: String? = nil) {
        self.destination = destination
        self.orderingKey = orderingKey
    }
}

/// A destination or a lane that waits for a person. It belongs to no delivery, so that holding a million costs one row.
public struct LaneHold: Sendable, Hashable {
    /// Who stopped it.
    public enum Kind: String, Sendable {
        /// A person: nothing new is leased until a person releases it.
        case person
        /// The gateway, because its head is dead and the destination's rule is `park`.
        case parked
    }

    /// Who stopped it.
    public var kind: Kind
    /// What is stopped.
    public var selector: HoldSelector
    /// Number of the lane as `OpenDelivery.lane`; 0 for a whole destination.
    public var lane: Int64
    /// As evidence names the actor; `gateway` for a parked lane.
    public var actor: String
    /// Why: the person's words, or the cause of the parked head.
    public var reason: String
    /// Since when.
    public var since: Instant
    /// The dead head that parked the lane.
    public var parkedBy: DeliveryID?

    /// Takes everything.
    public init(
        kind: Kind, selector: HoldSelector, lane: Int64, actor: String, reason: String, since: Instant,
        parkedBy: DeliveryID? = nil
    ) {
        self.kind = kind
        self.selector = selector
        self.lane = lane
        self.actor = actor
        self.reason = reason
        self.since = since
        self.parkedBy = parkedBy
    }
}

/// A person's order to hold something.
public struct HoldOrder: Sendable {
    /// What.
    public var selector: HoldSelector
    /// Who, as evidence names the actor.
    public var actor: String
    /// Why, in the person's words; at most `StoreLimits.reasonBytes`.
    public var reason: String
    /// The row of evidence; its time is the time of the hold.
    public var evidence: EvidenceEntry

    /// Takes everything.
    public init(selector: HoldSelector, actor: String, reason: String, evidence: EvidenceEntry) {
        self.selector = selector
        self.actor = actor
        self.reason = reason
        self.evidence = evidence
    }
}

/// An order to let something go on.
public struct ReleaseOrder: Sendable {
    /// What.
    public var selector: HoldSelector
    /// Whose hold ends.
    public var kind: LaneHold.Kind
    /// The row of evidence, with actor and reason.
    public var evidence: EvidenceEntry

    /// Takes everything.
    public init(selector: HoldSelector, kind: LaneHold.Kind = .person, evidence: EvidenceEntry) {
        self.selector = selector
        self.kind = kind
        self.evidence = evidence
    }
}

/// What became of an order to hold.
public enum HoldOutcome: Sendable, Hashable {
    /// On disk.
    case placed(LaneHold)
    /// A person holds it already: nothing was written.
    case standing(LaneHold)
}

/// What a change of a delivery does to its lane under the rule `park`.
public enum ParkingChange: Sendable {
    /// The lane is parked because of this delivery, with a row of evidence.
    case begun(reason: String, evidence: EvidenceEntry)
    /// The lane is parked no longer, with a row of evidence.
    case ended(evidence: EvidenceEntry)
}
