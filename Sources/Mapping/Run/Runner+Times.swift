internal import ExchangeModel

// Times that may be written in several ways, and days added to them.
extension Runner {
    /// Reads a time or day in the first of several forms that fits.
    mutating func readTime(_ form: Program.TimeForm) -> Applied {
        let bytes = Self.trimmed(value.bytes)
        for number in form.patterns {
            guard let civil = tables.program.patterns[Int(number)].parse(bytes) else { continue }
            take(civil, offsetSeconds: Int(form.offsetSeconds), form)
            return .done
        }
        if form.takesISO, let time = Self.isoTime(bytes, offsetSeconds: Int(form.offsetSeconds)) {
            take(time.civil, offsetSeconds: time.offsetSeconds, form)
            return .done
        }
        return fail(
            .timeInvalid, "not an existing \(form.isDate ? "date" : "time") written as \(form.text)",
            "不是按 \(form.text) 书写的有效\(form.isDate ? "日期" : "时间")")
    }

    private mutating func take(_ civil: CivilTime, offsetSeconds: Int, _ form: Program.TimeForm) {
        if form.isDate { return writeDate(civil) }
        written.removeAll(keepingCapacity: true)
        ZonedTime(civil: civil, offsetSeconds: offsetSeconds).write(to: &written)
        value.bytes = scratch.keep(written)
    }

    /// RFC 3339 or ISO 8601's extended form, with a `T` or a blank between day and time; without an offset in the one given.
    private static func isoTime(_ bytes: Bytes, offsetSeconds: Int) -> ZonedTime? {
        if let zoned = ZonedTime(bytes) { return zoned }
        guard bytes.count >= 10, let day = ZonedTime.date(bytes) else { return nil }
        if bytes.count == 10 { return ZonedTime(civil: day, offsetSeconds: offsetSeconds) }
        guard bytes[10] == 0x54 || bytes[10] == 0x20 else { return nil }
        let date = Bytes(rebasing: bytes[..<10])
        let clock = Bytes(rebasing: bytes[11...])
        // With an offset of its own behind a blank, or without any.
        if let time = ZonedTime(date: date, time: clock) { return time }
        let zero: [UInt8] = [0x5A]
        let padded = Array(clock) + zero
        guard let time = padded.withUnsafeBufferPointer({ ZonedTime(date: date, time: $0) }) else { return nil }
        return ZonedTime(civil: time.civil, offsetSeconds: offsetSeconds)
    }

    /// Moves a canonical time or day by whole days.
    mutating func addDays(_ days: Int) -> Applied {
        written.removeAll(keepingCapacity: true)
        if value.bytes.count == 10, let day = ZonedTime.date(value.bytes) {
            let moved = Instant(milliseconds: day.instant(offsetSeconds: 0).milliseconds + Int64(days) * 86_400_000)
            writeDate(moved.civil(offsetSeconds: 0))
            return .done
        }
        guard let time = ZonedTime(value.bytes) else {
            return fail(.timeInvalid, "neither a time nor a day", "不是时间或日期")
        }
        let moved = Instant(milliseconds: time.instant.milliseconds + Int64(days) * 86_400_000)
        ZonedTime(civil: moved.civil(offsetSeconds: time.offsetSeconds), offsetSeconds: time.offsetSeconds).write(to: &written)
        value.bytes = scratch.keep(written)
        return .done
    }
}
