public import ExchangeModel

/// The hours of the week in which a destination takes records, in a zone of fixed offset.
public struct OpeningHours: Sendable, Hashable {
    /// The same hours on some days. `to` not after `from` means the next morning.
    public struct Window: Sendable, Hashable {
        /// The days on which it begins.
        public var days: [Weekday]
        /// Minutes after midnight: 0 to 1439.
        public var from: Int
        /// Minutes after midnight, this one excluded: 1 to 1440.
        public var to: Int

        /// Takes everything.
        public init(days: [Weekday], from: Int, to: Int) {
            self.days = days
            self.from = from
            self.to = to
        }
    }

    /// A day of the week, named as in configuration.
    public enum Weekday: String, Sendable, Hashable, CaseIterable {
        /// Monday.
        case mon
        /// Tuesday.
        case tue
        /// Wednesday.
        case wed
        /// Thursday.
        case thu
        /// Friday.
        case fri
        /// Saturday.
        case sat
        /// Sunday.
        case sun

        var number: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    private static let minutesOfWeek = 7 * 1440
    private static let millisecondsOfWeek = Int64(minutesOfWeek) * 60_000
    /// 1970-01-01 was a Thursday, three days after a Monday.
    private static let epochShift = Int64(3 * 86_400_000)

    /// Minutes of the week, Monday 00:00 first: sorted, apart from each other.
    private let open: [Range<Int>]
    private let offset: Int64

    /// Hours that are the union of windows; without any, the destination is always open.
    public init(_ windows: [Window], offsetSeconds: Int = PacePolicy.chinaOffsetSeconds) {
        offset = Int64(offsetSeconds) * 1000
        var pieces: [Range<Int>] = windows.isEmpty ? [0..<Self.minutesOfWeek] : []
        for window in windows {
            for day in window.days {
                let start = day.number * 1440 + window.from
                let end = day.number * 1440 + window.to + (window.to <= window.from ? 1440 : 0)
                pieces.append(start..<min(end, Self.minutesOfWeek))
                if end > Self.minutesOfWeek { pieces.append(0..<(end - Self.minutesOfWeek)) }
            }
        }
        var merged: [Range<Int>] = []
        for piece in pieces.sorted(by: { $0.lowerBound < $1.lowerBound }) where !piece.isEmpty {
            if let last = merged.last, piece.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, piece.upperBound)
            } else {
                merged.append(piece)
            }
        }
        open = merged
    }

    /// Whether an attempt may begin at an instant.
    public func isOpen(at now: Instant) -> Bool { nextOpening(at: now) == now }

    /// The first instant, not before `now`, at which an attempt may begin.
    public func nextOpening(at now: Instant) -> Instant {
        let shifted = now.milliseconds + offset + Self.epochShift
        let inWeek = (shifted % Self.millisecondsOfWeek + Self.millisecondsOfWeek) % Self.millisecondsOfWeek
        for piece in open where inWeek < Int64(piece.upperBound) * 60_000 {
            let start = Int64(piece.lowerBound) * 60_000
            return inWeek >= start ? now : now + .milliseconds(start - inWeek)
        }
        let first = Int64(open.first?.lowerBound ?? 0) * 60_000
        return now + .milliseconds(Self.millisecondsOfWeek - inWeek + first)
    }
}
