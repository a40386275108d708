/// How two versions of one record compare. Versions are text, as their system writes them.
///
/// - Two whole numbers (ASCII digits only, of any length) compare as numbers: `9` is lower than `10`, `007` is `7`. Time stamps
///   such as `20260501093000` are such numbers.
/// - Else two times in RFC 3339 compare as moments, so that offsets do not matter.
/// - Else the bytes of their UTF-8 decide.
/// - A record without version (empty text) is neither higher nor lower than any other.
public enum RecordVersion {
    /// The order of two versions.
    public enum Order: Sendable, Hashable {
        /// The left one is lower.
        case lower
        /// Neither is lower.
        case same
        /// The left one is higher.
        case higher
    }

    /// How `left` stands to `right`.
    public static func order(_ left: String, _ right: String) -> Order {
        if left.isEmpty || right.isEmpty || left == right { return .same }
        if isNumber(left), isNumber(right) {
            let (left, right) = (left.utf8.drop { $0 == 0x30 }, right.utf8.drop { $0 == 0x30 })
            if left.count != right.count { return left.count < right.count ? .lower : .higher }
            return order(left, right)
        }
        if let left = Instant(timeWithOffset: left), let right = Instant(timeWithOffset: right) {
            return left == right ? .same : left < right ? .lower : .higher
        }
        return order(left.utf8, right.utf8)
    }

    private static func order(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Order {
        if left.lexicographicallyPrecedes(right) { return .lower }
        return right.lexicographicallyPrecedes(left) ? .higher : .same
    }

    private static func isNumber(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
}
