internal import ExchangeModel

/// A compiled pattern of a date or time, such as `yyyyMMddHHmmss`, read and written in China Standard Time.
///
/// Parts: `yyyy MM dd HH mm ss SSS`; anything else that is no letter stands for itself. A part that is missing is zero
/// (month and day: one). Dates that do not exist are refused; there is no leap second and no hour 24.
struct TimePattern: Sendable, Hashable {
    /// One part of the pattern.
    enum Part: Sendable, Hashable {
        case year, month, day, hour, minute, second, millisecond
        case literal(UInt8)

        var width: Int {
            switch self {
            case .year: 4
            case .millisecond: 3
            case .literal: 1
            case .month, .day, .hour, .minute, .second: 2
            }
        }
    }

    /// As it stands in the mapping, for messages.
    let text: String
    /// The parts in order.
    let parts: [Part]
    /// Bytes of every time written by this pattern.
    let width: Int

    /// China Standard Time, without summer time since 1991.
    static let chinaOffsetSeconds = 28_800

    /// Compiles a pattern; nil with the first thing wrong in it.
    init?(_ pattern: String, problem: inout String) {
        var parts: [Part] = []
        let bytes = Array(pattern.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            var run = 1
            while index + run < bytes.count, bytes[index + run] == byte { run += 1 }
            switch (byte, run) {
            case (0x79, 4): parts.append(.year)
            case (0x4D, 2): parts.append(.month)
            case (0x64, 2): parts.append(.day)
            case (0x48, 2): parts.append(.hour)
            case (0x6D, 2): parts.append(.minute)
            case (0x73, 2): parts.append(.second)
            case (0x53, 3): parts.append(.millisecond)
            case (0x41...0x53, _), (0x55...0x5A, _), (0x61...0x7A, _):
                problem =
                    "'\(String(repeating: Character(Unicode.Scalar(byte)), count: run))' is no part of a time; parts are yyyy MM dd HH mm ss SSS"
                return nil
            default:
                for _ in 0..<run { parts.append(.literal(byte)) }
            }
            index += run
        }
        let named = parts.filter { if case .literal = $0 { false } else { true } }
        guard named.contains(.year) else {
            problem = "a time pattern needs at least the year, yyyy"
            return nil
        }
        guard Set(named).count == named.count else {
            problem = "a part of the time stands twice in the pattern"
            return nil
        }
        text = pattern
        self.parts = parts
        width = parts.reduce(0) { $0 + $1.width }
    }

    /// Reads a time; nil when the text has another form or names no existing moment.
    func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> CivilTime? {
        guard bytes.count == width else { return nil }
        var time = CivilTime(year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0)
        var position = 0
        for part in parts {
            if case .literal(let byte) = part {
                guard bytes[position] == byte else { return nil }
                position += 1
                continue
            }
            guard let value = Digits.read(bytes, at: position, count: part.width) else { return nil }
            position += part.width
            switch part {
            case .year: time.year = value
            case .month: time.month = value
            case .day: time.day = value
            case .hour: time.hour = value
            case .minute: time.minute = value
            case .second: time.second = value
            case .millisecond: time.millisecond = value
            case .literal: break
            }
        }
        return time.isPossible ? time : nil
    }

    /// Writes a time of day.
    func write(_ time: CivilTime, to output: inout [UInt8]) {
        for part in parts {
            switch part {
            case .year: Digits.append(time.year, count: 4, to: &output)
            case .month: Digits.append(time.month, count: 2, to: &output)
            case .day: Digits.append(time.day, count: 2, to: &output)
            case .hour: Digits.append(time.hour, count: 2, to: &output)
            case .minute: Digits.append(time.minute, count: 2, to: &output)
            case .second: Digits.append(time.second, count: 2, to: &output)
            case .millisecond: Digits.append(time.millisecond, count: 3, to: &output)
            case .literal(let byte): output.append(byte)
            }
        }
    }
}

extension CivilTime {
    /// Whether the day exists and the time of day is within 00:00:00.000 to 23:59:59.999.
    var isPossible: Bool {
        CalendarDate.exists(year: year, month: month, day: day) && (0...23).contains(hour) && (0...59).contains(minute)
            && (0...59).contains(second) && (0...999).contains(millisecond)
    }

    /// The instant, read with an offset from UTC in seconds.
    func instant(offsetSeconds: Int) -> Instant {
        Instant(
            milliseconds: Instant(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond
            ).milliseconds - Int64(offsetSeconds) * 1000)
    }
}

/// Fixed-width digits.
enum Digits {
    /// A number of exactly `count` digits; nil when they are not all there.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, count: Int) -> Int? {
        guard start >= 0, start + count <= bytes.count else { return nil }
        var value = 0
        for index in start..<start + count {
            guard bytes[index] >= 0x30, bytes[index] <= 0x39 else { return nil }
            value = value * 10 + Int(bytes[index]) - 0x30
        }
        return value
    }

    /// Appends a number with leading zeros; its higher digits are not written.
    static func append(_ value: Int, count: Int, to output: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<max(1, count) { divisor *= 10 }
        var rest = value % (divisor * 10)
        while divisor > 0 {
            output.append(0x30 + UInt8(truncatingIfNeeded: rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }
}
