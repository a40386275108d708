internal import ExchangeModel

/// A time with its offset from UTC: RFC 3339 in canonical records, and XML Schema's date and time as eForms splits them.
struct ZonedTime: Sendable, Hashable {
    /// Date and time of day as written.
    var civil: CivilTime
    /// Offset from UTC in seconds.
    var offsetSeconds: Int

    /// The moment.
    var instant: Instant { civil.instant(offsetSeconds: offsetSeconds) }

    /// A date and time.
    init(civil: CivilTime, offsetSeconds: Int) {
        self.civil = civil
        self.offsetSeconds = offsetSeconds
    }

    /// Reads RFC 3339 (`2026-05-01T09:00:00+08:00`, fraction of up to nine digits cut to milliseconds, `Z`).
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= 20, bytes[10] == 0x54 || bytes[10] == 0x74 else { return nil }
        guard let date = Self.date(bytes), let (time, end) = Self.time(bytes, at: 11) else { return nil }
        guard let offset = Self.offset(bytes, at: end) else { return nil }
        civil = CivilTime(
            year: date.year, month: date.month, day: date.day, hour: time.hour, minute: time.minute, second: time.second,
            millisecond: time.millisecond)
        offsetSeconds = offset
        guard civil.isPossible else { return nil }
    }

    /// Joins an XML Schema date and time (`2019-11-21+01:00`, `00:00:00+01:00`). At least one of them carries the offset;
    /// two different ones contradict each other and are refused.
    init?(date: UnsafeBufferPointer<UInt8>, time: UnsafeBufferPointer<UInt8>) {
        guard date.count >= 10, let day = Self.date(date), let (clock, end) = Self.time(time, at: 0) else { return nil }
        let dateOffset = date.count == 10 ? nil : Self.offset(date, at: 10)
        let timeOffset = end == time.count ? nil : Self.offset(time, at: end)
        guard date.count == 10 || dateOffset != nil, end == time.count || timeOffset != nil else { return nil }
        guard let offset = timeOffset ?? dateOffset, dateOffset == nil || timeOffset == nil || dateOffset == timeOffset
        else { return nil }
        civil = CivilTime(
            year: day.year, month: day.month, day: day.day, hour: clock.hour, minute: clock.minute, second: clock.second,
            millisecond: clock.millisecond)
        offsetSeconds = offset
        guard civil.isPossible else { return nil }
    }

    /// Appends RFC 3339 with seconds, with milliseconds only where there are some; UTC is written `Z`.
    func write(to output: inout [UInt8]) {
        Digits.append(civil.year, count: 4, to: &output)
        output.append(0x2D)
        Digits.append(civil.month, count: 2, to: &output)
        output.append(0x2D)
        Digits.append(civil.day, count: 2, to: &output)
        output.append(0x54)
        Digits.append(civil.hour, count: 2, to: &output)
        output.append(0x3A)
        Digits.append(civil.minute, count: 2, to: &output)
        output.append(0x3A)
        Digits.append(civil.second, count: 2, to: &output)
        if civil.millisecond > 0 {
            output.append(0x2E)
            Digits.append(civil.millisecond, count: 3, to: &output)
        }
        guard offsetSeconds != 0 else { return output.append(0x5A) }
        output.append(offsetSeconds < 0 ? 0x2D : 0x2B)
        let minutes = abs(offsetSeconds) / 60
        Digits.append(minutes / 60, count: 2, to: &output)
        output.append(0x3A)
        Digits.append(minutes % 60, count: 2, to: &output)
    }

    /// A date `yyyy-MM-dd` at the beginning of the bytes that exists.
    static func date(_ bytes: UnsafeBufferPointer<UInt8>) -> CivilTime? {
        guard bytes.count >= 10, bytes[4] == 0x2D, bytes[7] == 0x2D, let year = Digits.read(bytes, at: 0, count: 4),
            let month = Digits.read(bytes, at: 5, count: 2), let day = Digits.read(bytes, at: 8, count: 2),
            CalendarDate.exists(year: year, month: month, day: day)
        else { return nil }
        return CivilTime(year: year, month: month, day: day, hour: 0, minute: 0, second: 0, millisecond: 0)
    }

    private static func time(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> (time: CivilTime, end: Int)? {
        guard start + 8 <= bytes.count, bytes[start + 2] == 0x3A, bytes[start + 5] == 0x3A,
            let hour = Digits.read(bytes, at: start, count: 2), let minute = Digits.read(bytes, at: start + 3, count: 2),
            let second = Digits.read(bytes, at: start + 6, count: 2)
        else { return nil }
        var time = CivilTime(year: 1, month: 1, day: 1, hour: hour, minute: minute, second: second, millisecond: 0)
        var end = start + 8
        if end < bytes.count, bytes[end] == 0x2E {
            var factor = 100
            let first = end + 1
            end = first
            while end < bytes.count, bytes[end] >= 0x30, bytes[end] <= 0x39 {
                time.millisecond += (Int(bytes[end]) - 0x30) * factor
                factor /= 10
                end += 1
            }
            guard end > first, end - first <= 9 else { return nil }
        }
        return (time, end)
    }

    /// `Z` or `±hh:mm` up to 14 hours, and nothing after it.
    static func offset(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        if bytes[start] == 0x5A || bytes[start] == 0x7A { return start + 1 == bytes.count ? 0 : nil }
        guard bytes[start] == 0x2B || bytes[start] == 0x2D, start + 6 == bytes.count, bytes[start + 3] == 0x3A,
            let hours = Digits.read(bytes, at: start + 1, count: 2), let minutes = Digits.read(bytes, at: start + 4, count: 2),
            hours <= 14, minutes <= 59
        else { return nil }
        let seconds = hours * 3600 + minutes * 60
        return bytes[start] == 0x2D ? -seconds : seconds
    }
}
