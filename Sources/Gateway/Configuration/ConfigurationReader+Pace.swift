internal import ExchangeModel
internal import Outbox
internal import StrictYAML

/// When a destination is served: rate, quota, opening hours, breaker, and retries by cause.
extension ConfigurationReader {
    /// The keys `rate`, `quotaPerDay`, `openingHours`, `timeZone`, `breaker` and `retryAfterHolds` of a destination.
    func pace(_ section: YAMLMappingReader) -> PacePolicy {
        var policy = PacePolicy(breaker: BreakerPolicy())
        policy.rate = section.optional("rate").flatMap { rate($0) }
        policy.quotaPerDay = section.optional("quotaPerDay")?.integer(in: 1...100_000_000)
        if let zone = section.optional("timeZone").flatMap({ offset($0) }) { policy.offsetSeconds = zone }
        if let hours = section.optional("openingHours") {
            let windows = hours.list().compactMap { window($0) }
            if hours.node.elements?.isEmpty == true {
                hours.report(
                    "openingHours names no window; leave it out for a destination that is always open",
                    "openingHours 未列出任何时段；始终开放时请省略此项")
            }
            policy.openingHours = OpeningHours(windows, offsetSeconds: policy.offsetSeconds)
        }
        if let breaker = section.optional("breaker") { policy.breaker = self.breaker(breaker) }
        policy.holdsOnRetryAfter = section.optional("retryAfterHolds")?.oneOf(["delivery", "destination"]) == "destination"
        return policy
    }

    private func rate(_ value: YAMLValueReader) -> RateLimit? {
        value.mapping { section in
            let range = 1...RateLimit.countMax
            let perSecond = section.optional("perSecond").map { $0.integer(in: range) }
            let perMinute = section.optional("perMinute").map { $0.integer(in: range) }
            let burst = section.optional("burst")?.integer(in: range)
            let limit: RateLimit? =
                switch (perSecond, perMinute) {
                case (let count?, nil): count.map { RateLimit(count: $0, per: .seconds(1), burst: burst ?? $0) }
                case (nil, let count?): count.map { RateLimit(count: $0, per: .seconds(60), burst: burst ?? 1) }
                case (nil, nil), (_?, _?): nil
                }
            if (perSecond == nil) == (perMinute == nil) {
                section.report(
                    "perSecond", "rate needs exactly one of perSecond and perMinute", "rate 需要且只能有 perSecond 或 perMinute 之一")
            }
            return limit
        }.flatMap { $0 }
    }

    /// A zone of fixed offset: days and hours of a partner are counted in it.
    private func offset(_ value: YAMLValueReader) -> Int? {
        guard let text = value.text() else { return nil }
        if text == "Asia/Shanghai" { return PacePolicy.chinaOffsetSeconds }
        if text == "UTC" { return 0 }
        if text.hasPrefix("+") || text.hasPrefix("-"), text.utf8.count == 6,
            let minutes = Self.minutes(text.dropFirst()), minutes <= 14 * 60
        {
            return (text.hasPrefix("-") ? -60 : 60) * minutes
        }
        value.report(
            "a time zone is Asia/Shanghai, UTC or a fixed offset such as +08:00, up to 14 hours",
            "时区应为 Asia/Shanghai、UTC 或 +08:00 这样的固定偏移，最多 14 小时")
        return nil
    }

    private func window(_ value: YAMLValueReader) -> OpeningHours.Window? {
        value.mapping { section in
            let days = section.required("days")?.listOrOne().compactMap { $0.oneOf(OpeningHours.Weekday.self) }
            let from = section.required("from").flatMap { timeOfDay($0, isEnd: false) }
            let to = section.required("to").flatMap { timeOfDay($0, isEnd: true) }
            guard let days, let from, let to else { return nil }
            if days.isEmpty {
                section.report("days", "days names no day of the week", "days 未列出任何星期")
            }
            if from == to {
                section.report(
                    "to", "a window from a time to the same time says nothing; a whole day is 00:00 to 24:00",
                    "起止时间相同没有意义；全天请写 00:00 至 24:00")
            }
            return OpeningHours.Window(days: days, from: from, to: to)
        }.flatMap { $0 }
    }

    private func timeOfDay(_ value: YAMLValueReader, isEnd: Bool) -> Int? {
        guard let text = value.text() else { return nil }
        if let minutes = Self.minutes(text[...]), minutes < 1440 || isEnd { return minutes }
        value.report(
            "a time of day is written \"08:30\", from \"00:00\" to \(isEnd ? "\"24:00\"" : "\"23:59\"")",
            "时刻应写成 \"08:30\"，范围 \"00:00\" 至 \(isEnd ? "\"24:00\"" : "\"23:59\"")")
        return nil
    }

    /// Minutes of `HH:MM` up to 24:00.
    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= 1440
        else { return nil }
        return hour * 60 + minute
    }

    private func breaker(_ value: YAMLValueReader) -> BreakerPolicy? {
        value.mapping { section in
            let isEnabled = section.optional("enabled")?.boolean() ?? true
            var policy = BreakerPolicy()
            if let window = section.optional("window")?.duration(in: .seconds(1) ... .seconds(86_400)) { policy.window = window }
            if let minimum = section.optional("minimum")?.integer(in: 1...100_000) { policy.minimum = minimum }
            if let percent = section.optional("failurePercent")?.integer(in: 1...100) { policy.failurePercent = percent }
            let open = section.optional("open")?.duration(in: .milliseconds(10) ... .seconds(86_400))
            let openMax = section.optional("openMax")?.duration(in: .milliseconds(10) ... .seconds(86_400))
            policy.open = open ?? min(policy.open, openMax ?? policy.open)
            policy.openMax = openMax ?? max(policy.openMax, policy.open)
            if policy.openMax < policy.open {
                section.report("openMax", "openMax is not less than open", "openMax 不得小于 open")
            }
            return isEnabled ? policy : nil
        }.flatMap { $0 }
    }

    /// `retry.byCause`.
    func retryCauses(_ value: YAMLValueReader?) -> [RetryCauseRule] {
        var seen: [String] = []
        return value?.list().compactMap { element in
            element.mapping { section -> RetryCauseRule? in
                let cause = section.required("cause").flatMap { retryCause($0) }
                let initial = section.optional("initial")?.duration(in: .milliseconds(1) ... .seconds(86_400))
                let cap = section.optional("cap")?.duration(in: .milliseconds(1) ... .seconds(86_400))
                let attempts = section.optional("attempts")?.integer(in: 1...1_000_000)
                let total = section.optional("total")?.duration(in: .seconds(1) ... .seconds(90 * 86_400))
                guard let cause else { return nil }
                if initial == nil, cap == nil, attempts == nil, total == nil {
                    section.report(
                        "cause", "this rule changes nothing: name initial, cap, attempts or total",
                        "此规则未作任何改变：请写明 initial、cap、attempts 或 total")
                }
                if seen.contains(cause) {
                    section.report("cause", "this cause has a rule already", "该原因已有规则")
                }
                seen.append(cause)
                return RetryCauseRule(cause: cause, initial: initial, cap: cap, attempts: attempts, total: total)
            }.flatMap { $0 }
        } ?? []
    }

    /// The families of causes after which a delivery is tried again.
    private static let retriedFamilies = ["answer", "transport", "status", "unknown"]

    private func retryCause(_ value: YAMLValueReader) -> String? {
        guard let text = value.text() else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isName = parts.count == 2 && (parts[1] == "*" || Self.isCauseName(String(parts[1])))
        guard isName else {
            value.report(
                "a cause is a code such as transport.reset, or a family such as answer.*",
                "原因应为 transport.reset 这样的代码，或 answer.* 这样的类别")
            return nil
        }
        guard Self.retriedFamilies.contains(String(parts[0])) else {
            let nearest = Suggestion.nearest(to: String(parts[0]), among: Self.retriedFamilies)
            value.report(
                "nothing is tried again for \(parts[0]); the families are \(Self.retriedFamilies.joined(separator: ", "))"
                    + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""),
                "\(parts[0]) 类原因不会重试；可用类别：\(Self.retriedFamilies.joined(separator: "、"))"
                    + (nearest.map { "，是否应为“\($0)”？" } ?? ""))
            return nil
        }
        return text
    }

    /// The name that a rule gives its cause: it becomes the code `answer.NAME`.
    func causeName(_ value: YAMLValueReader) -> String? {
        guard let text = value.text() else { return nil }
        if Self.isCauseName(text) { return text }
        value.report(
            "a cause's name has lower-case letters, digits and hyphens, at most 40, a letter first",
            "原因名称由小写字母、数字和连字符组成，以字母开头，最多 40 个字符")
        return nil
    }

    private static func isCauseName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7A).contains(first), text.utf8.count <= 40 else { return false }
        return text.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || $0 == 0x2D
        }
    }
}
