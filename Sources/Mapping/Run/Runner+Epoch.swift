internal import ExchangeModel

/// Times as a number of milliseconds since 1970.
extension Runner {
    /// A time with the offset of China Standard Time, or the day there.
    mutating func readEpoch(asDate: Bool) -> Applied {
        let bytes = Self.trimmed(value.bytes)
        guard let instant = EpochMilliseconds.parse(bytes) else {
            return EpochMilliseconds.looksLikeSeconds(bytes)
                ? fail(
                    .timeInvalid, "this looks like a time in seconds; it is wanted in milliseconds since 1970 (13 digits)",
                    "此处疑似以秒为单位的时间；应为自 1970 年起的毫秒数(13 位数字)")
                : fail(
                    .timeInvalid, "not a time in milliseconds since 1970, which is a whole number of 13 digits",
                    "不是自 1970 年起的毫秒数；应为 13 位整数")
        }
        let civil = instant.civil(offsetSeconds: TimePattern.chinaOffsetSeconds)
        if asDate {
            writeDate(civil)
            return .done
        }
        written.removeAll(keepingCapacity: true)
        ZonedTime(civil: civil, offsetSeconds: TimePattern.chinaOffsetSeconds).write(to: &written)
        value.bytes = scratch.keep(written)
        return .done
    }

    /// The number of milliseconds of a canonical time.
    mutating func writeEpoch() -> Applied {
        guard let time = ZonedTime(value.bytes) else {
            return fail(.timeInvalid, "the canonical time is not RFC 3339", "规范记录中的时间不符合 RFC 3339")
        }
        written.removeAll(keepingCapacity: true)
        written.append(contentsOf: String(time.instant.milliseconds).utf8)
        value.bytes = scratch.keep(written)
        return .done
    }
}
