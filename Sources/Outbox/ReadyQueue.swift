internal import DequeModule
internal import ExchangeModel
internal import HeapModule

/// The lanes whose heads may go now, in the order in which they are served.
///
/// A pure value. The rule, from the most to the least important:
/// 1. Lanes with a deadline go before lanes without, but at least every `share`th pick while both wait is one without: so
///    nothing waits for ever, whatever deadlines come in.
/// 2. Among deadlines the more urgent class goes first (`Urgency`). A class is looked up at the pick, so waiting lanes move
///    up by themselves.
/// 3. Inside a class, and among lanes without deadline, channels take turns: a flood from one delays another by one pick.
/// 4. Of one channel: the earliest deadline, then the longest ready, then the order of the store.
///
/// A pick costs O(log n) in the lanes that are ready, and one look at each channel that has deadlines (channels are few and
/// named by configuration).
struct ReadyQueue {
    /// A lane that is ready.
    struct Place {
        var lane: Int64
        var channel: String
        /// The earliest deadline among the deliveries of the lane that are in memory.
        var deadline: Instant?
        /// Since when its head could go: when it was received, or when its retry became due.
        var since: Instant
        /// The sequence of its head.
        var sequence: Int64
    }

    /// Classes of deadlines, by the time that is left.
    enum Urgency: Int, Comparable {
        /// Passed, or less than an hour.
        case hour
        /// Less than a day.
        case day
        /// Less than a week.
        case week
        case later

        init(left: Duration) {
            self = left < .seconds(3600) ? .hour : left < .seconds(86_400) ? .day : left < .seconds(7 * 86_400) ? .week : .later
        }

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// While lanes with and without deadline wait, one pick of so many is one without.
    static let share = 8

    private struct Entry: Comparable {
        /// Deadline, or the instant since which it is ready.
        var first: Int64
        /// The instant since which it is ready.
        var second: Int64
        var sequence: Int64
        var lane: Int64

        static func < (left: Self, right: Self) -> Bool {
            (left.first, left.second, left.sequence) < (right.first, right.second, right.sequence)
        }
    }

    private struct ChannelQueue {
        var dated = Heap<Entry>()
        var plain = Heap<Entry>()
    }

    private var channels: [ChannelQueue] = []
    private var numbers: [String: Int] = [:]
    /// Channels that have lanes with deadline, and without: the one whose turn it is first.
    private var datedTurns = Deque<Int>()
    private var plainTurns = Deque<Int>()
    private var datedPicks = 0
    private var now = Instant(milliseconds: 0)
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// How many lanes of a channel wait.
    func count(of channel: String) -> Int {
        numbers[channel].map { channels[$0].dated.count + channels[$0].plain.count } ?? 0
    }

    /// The time from which urgency is counted.
    mutating func pass(to now: Instant) { self.now = now }

    /// Adds a lane. One that is added twice comes twice: the table knows whether it is still ready.
    mutating func insert(_ place: Place) {
        let number = number(of: place.channel)
        count += 1
        if let deadline = place.deadline {
            if channels[number].dated.isEmpty { datedTurns.append(number) }
            channels[number].dated.insert(
                Entry(
                    first: deadline.milliseconds, second: place.since.milliseconds, sequence: place.sequence, lane: place.lane))
        } else {
            if channels[number].plain.isEmpty { plainTurns.append(number) }
            channels[number].plain.insert(
                Entry(first: place.since.milliseconds, second: 0, sequence: place.sequence, lane: place.lane))
        }
    }

    /// Takes the lane whose turn it is.
    mutating func popFirst() -> Int64? {
        if datedTurns.isEmpty || (datedPicks >= Self.share - 1 && !plainTurns.isEmpty) { return popPlain() }
        datedPicks = plainTurns.isEmpty ? 0 : datedPicks + 1
        return popDated()
    }

    private mutating func popPlain() -> Int64? {
        datedPicks = 0
        guard let number = plainTurns.popFirst(), let entry = channels[number].plain.popMin() else { return nil }
        if !channels[number].plain.isEmpty { plainTurns.append(number) }
        count -= 1
        return entry.lane
    }

    private mutating func popDated() -> Int64? {
        var best: (index: Int, urgency: Urgency)?
        for (index, number) in datedTurns.enumerated() {
            guard let deadline = channels[number].dated.min?.first else { continue }
            let urgency = Urgency(left: Instant(milliseconds: deadline) - now)
            if best.map({ urgency < $0.urgency }) ?? true { best = (index, urgency) }
            if urgency == .hour { break }
        }
        guard let best else { return nil }
        let number = datedTurns.remove(at: best.index)
        guard let entry = channels[number].dated.popMin() else { return nil }
        if !channels[number].dated.isEmpty { datedTurns.append(number) }
        count -= 1
        return entry.lane
    }

    private mutating func number(of channel: String) -> Int {
        if let number = numbers[channel] { return number }
        numbers[channel] = channels.count
        channels.append(ChannelQueue())
        return channels.count - 1
    }
}
