internal import ExchangeModel

/// `yyyy-MM-dd HH:mm:ss` in China Standard Time, as calls and answers carry it.
enum RequestTime {
    private static let offsetSeconds = 28_800

    /// The moment; nil for another form, or a time that does not exist.
    static func instant(_ text: String) -> Instant? {
        let bytes = Array(text.utf8)
        guard bytes.count == 19, bytes[10] == 0x20, bytes[13] == 0x3A, bytes[16] == 0x3A,
            let date = CivilDate(String(decoding: bytes[..<10], as: UTF8.self))
        else { return nil }
        func two(_ at: Int) -> Int? {
            guard (0x30...0x39).contains(bytes[at]), (0x30...0x39).contains(bytes[at + 1]) else { return nil }
            return Int(bytes[at] - 0x30) * 10 + Int(bytes[at + 1] - 0x30)
        }
        guard let hour = two(11), let minute = two(14), let second = two(17), hour < 24, minute < 60, second < 60 else {
            return nil
        }
        return date.start(offsetSeconds: offsetSeconds) + .seconds(hour * 3600 + minute * 60 + second)
    }

    /// The text.
    static func text(_ instant: Instant) -> String {
        let time = instant.civil(offsetSeconds: offsetSeconds)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let year = String(repeating: "0", count: max(0, 4 - "\(time.year)".count)) + "\(time.year)"
        return "\(year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute)):\(two(time.second))"
    }
}
