internal import ExchangeModel

/// How many attempts began on which day.
///
/// A pure value. A day whose count is not known (after a start, at midnight, after a jump of the clock) is asked of the
/// store's attempts once; after that the count is kept here. So nothing is written for it, and no restart renews it.
struct DayQuota {
    /// A day whose count is to be asked for.
    struct Day: Equatable {
        var number: Int
        var from, to: Instant
    }

    /// Days remembered; more only after a clock that jumps about, and then the farthest is asked for again.
    static let daysMax = 8

    let limit: Int
    private let offset: Int64
    private var used: [Int: Int] = [:]

    init(limit: Int, offsetSeconds: Int) {
        self.limit = limit
        offset = Int64(offsetSeconds) * 1000
    }

    /// The civil day of an instant, with its bounds.
    func day(of instant: Instant) -> Day {
        let shifted = instant.milliseconds + offset
        let number = shifted >= 0 ? shifted / 86_400_000 : (shifted - 86_399_999) / 86_400_000
        let from = Instant(milliseconds: number * 86_400_000 - offset)
        return Day(number: Int(number), from: from, to: from + .milliseconds(86_400_000))
    }

    /// What is left of the day of an instant; nil while its count is not known.
    func left(at now: Instant) -> Int? { used[day(of: now).number].map { max(limit - $0, 0) } }

    /// Takes the count of a day as the store has it.
    mutating func know(_ day: Day, used count: Int) {
        if used.count >= Self.daysMax, let farthest = used.keys.max(by: { abs($0 - day.number) < abs($1 - day.number) }) {
            used[farthest] = nil
        }
        used[day.number] = count
    }

    /// Attempts begin.
    mutating func take(_ count: Int, at now: Instant) { used[day(of: now).number]? += count }

    /// It is not certain which attempts were recorded: the store is asked anew.
    mutating func forget() { used = [:] }
}
