public import ExchangeModel
public import Store

/// When a destination's backlog ends at the present rate, and how much of it comes too late.
///
/// The arithmetic takes the earliest deadline first and the rest after it, at a steady rate. It is an estimate for people: the
/// rate is that of the last minutes, and what is stuck is counted apart, since no rate moves it.
public struct BacklogForecast: Sendable, Hashable {
    /// Which destination.
    public var destination: String
    /// Deliveries that go by themselves, and those that stand still (dead, waiting).
    public var moving, stuck: Int
    /// Deliveries in a second while there was work; nil while too little was seen to tell.
    public var perSecond: Double?
    /// Not before this moment anything goes: the destination is closed until then. Nil: now.
    public var opensAt: Instant?
    /// Whether nothing goes until a person says so.
    public var isHeld: Bool
    /// When the moving part is through; nil when there is none, or nobody can tell.
    public var endsAt: Instant?
    /// What comes too late.
    public var late: [Late]

    /// Deliveries that miss a deadline.
    public struct Late: Sendable, Hashable {
        /// What they are.
        public var dataset: String
        /// Which date.
        public var deadline: Instant
        /// How many of the moving ones miss it, and how many stuck ones have it.
        public var missing, stuck: Int
    }

    /// Whether the destination goes now, later, or when a person says so.
    public enum Opening: Sendable, Hashable {
        /// It takes deliveries now.
        case open
        /// It is closed until then.
        case opensAt(Instant)
        /// A person held it.
        case held
    }

    /// Computes it.
    ///
    /// - Parameter groups: all of this destination, in any order.
    public init(destination: String, groups: [BacklogGroup], perSecond: Double?, now: Instant, opening: Opening = .open) {
        self.destination = destination
        self.perSecond = perSecond
        moving = groups.reduce(0) { $0 + ($1.isStuck ? 0 : $1.count) }
        stuck = groups.reduce(0) { $0 + ($1.isStuck ? $1.count : 0) }
        isHeld = opening == .held
        if case .opensAt(let instant) = opening, instant > now { opensAt = instant }
        let begin = opensAt ?? now
        /// How many get through from the beginning to a moment; nil when nobody can tell.
        func capacity(until moment: Instant) -> Int? {
            if moment <= begin || opening == .held { return 0 }
            return perSecond.map { Int(min($0 * Double((moment - begin).wholeMilliseconds) / 1000, 1e15)) }
        }
        var late: [Late] = []
        func add(_ dataset: String, _ deadline: Instant, missing: Int, stuck: Int) {
            if missing == 0, stuck == 0 { return }
            if let index = late.firstIndex(where: { $0.dataset == dataset && $0.deadline == deadline }) {
                late[index].missing += missing
                late[index].stuck += stuck
            } else {
                late.append(Late(dataset: dataset, deadline: deadline, missing: missing, stuck: stuck))
            }
        }
        var ahead = 0
        for group in groups.sorted(by: Self.goesBefore) {
            guard let deadline = group.deadline else { continue }
            if group.isStuck {
                add(group.dataset, deadline, missing: 0, stuck: group.count)
            } else {
                ahead += group.count
                if let through = capacity(until: deadline) {
                    add(group.dataset, deadline, missing: min(max(ahead - through, 0), group.count), stuck: 0)
                }
            }
        }
        self.late = late
        if moving > 0, opening != .held, let perSecond, perSecond > 0 {
            let seconds = Double(moving) / perSecond
            if seconds < 1e9 { endsAt = begin + .milliseconds(Int64(seconds * 1000)) }
        }
    }

    private static func goesBefore(_ left: BacklogGroup, _ right: BacklogGroup) -> Bool {
        switch (left.deadline, right.deadline) {
        case (let left?, let right?) where left != right: left < right
        case (_?, nil): true
        case (nil, _?): false
        default: left.dataset < right.dataset
        }
    }

    /// How many moving deliveries come too late in all.
    public var missing: Int { late.reduce(0) { $0 + $1.missing } }
}

/// Tells once when a forecast changes for the worse or is good again; not at each look.
public struct ForecastAlarm: Sendable {
    private var told: [String: Set<BacklogForecast.Late.Key>] = [:]

    /// An alarm that has told nothing.
    public init() {}

    /// What a forecast changed, if it did.
    public enum Change: Sendable, Hashable {
        /// Dates that will be missed, some of which were not told before.
        case misses
        /// No date is missed any more.
        case clear
    }

    /// Takes the newest forecast of a destination.
    public mutating func update(_ forecast: BacklogForecast) -> Change? {
        let misses = Set(forecast.late.filter { $0.missing > 0 }.map(\.key))
        let before = told.updateValue(misses, forKey: forecast.destination) ?? []
        if misses.isEmpty { return before.isEmpty ? nil : .clear }
        return misses.isSubset(of: before) ? nil : .misses
    }
}

extension BacklogForecast.Late {
    /// What an alarm tells once.
    struct Key: Sendable, Hashable {
        var dataset: String
        var deadline: Instant
    }

    var key: Key { Key(dataset: dataset, deadline: deadline) }
}
