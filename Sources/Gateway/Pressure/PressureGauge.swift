internal import ExchangeModel
internal import Store

/// Times of the pressure gauge.
enum PressureTiming {
    /// How often the store is measured.
    static let interval = Duration.seconds(1)
    /// The rate of draining is that of so much time.
    static let window = Duration.seconds(30)
    /// Shortest and longest `Retry-After`, in seconds.
    static let retryAfter = 1...900
    /// `Retry-After` in seconds when nothing drains: nobody knows, and asking costs little.
    static let whenNothingDrains = 60
    /// Pressure ends this part of a mark below it, so that it does not begin again at once.
    static let slack = 20
}

/// Judges measurements of the store against the limits.
struct PressureGauge {
    /// The marks; others hold from the next measurement.
    var limits: GatewayConfiguration.PressureLimits
    private var samples: [(at: Instant, usage: StoreUsage)] = []
    private var levels: [Pressure.Limit: Pressure.Level] = [:]

    init(limits: GatewayConfiguration.PressureLimits) { self.limits = limits }

    /// A limit's value and marks; the higher the worse.
    private struct Scale {
        var value, soft, hard: Int

        func slack(_ mark: Int) -> Int { max(1, abs(mark) / PressureTiming.slack) }
        /// Where pressure ends.
        var release: Int { soft - slack(soft) }

        func level(before: Pressure.Level?) -> Pressure.Level? {
            if value >= hard || (before == .hard && value > hard - slack(hard)) { return .hard }
            return value >= soft || (before != nil && value > release) ? .soft : nil
        }
    }

    private func scale(_ limit: Pressure.Limit, _ usage: StoreUsage) -> Scale? {
        switch limit {
        case .openDeliveries:
            return Scale(value: usage.openDeliveries, soft: limits.openDeliveries.soft, hard: limits.openDeliveries.hard)
        case .storeBytes:
            return limits.storeBytes.map { Scale(value: usage.usedBytes, soft: $0.soft, hard: $0.hard) }
        case .freeDisk:
            // What is left gets worse as it gets less; 0 asks for no watch.
            let marks = limits.freeDisk
            return marks.soft == 0 ? nil : Scale(value: -usage.freeBytes, soft: -marks.soft, hard: -marks.hard)
        }
    }

    /// Takes a measurement; returns the pressure there is now, nil for none.
    mutating func judge(_ usage: StoreUsage, at now: Instant) -> Pressure? {
        // A clock that was set back makes no rate.
        if let last = samples.last, last.at >= now { samples.removeAll() }
        samples.append((now, usage))
        samples.removeAll { now - $0.at > PressureTiming.window }
        var near: [Pressure.Limit: Pressure.Level] = [:]
        var seconds = PressureTiming.retryAfter.lowerBound
        for limit in Pressure.Limit.allCases {
            guard let scale = scale(limit, usage), let level = scale.level(before: levels[limit]) else { continue }
            near[limit] = level
            seconds = max(seconds, retryAfter(limit, scale))
        }
        levels = near
        return near.isEmpty ? nil : Pressure(levels: near, retryAfterSeconds: seconds)
    }

    /// The time that the present rate needs to the end of the pressure.
    private func retryAfter(_ limit: Pressure.Limit, _ scale: Scale) -> Int {
        guard let first = samples.first, let last = samples.last, let before = self.scale(limit, first.usage) else {
            return PressureTiming.whenNothingDrains
        }
        // Nothing new is accepted under pressure, so what comes to an end is what the number falls by.
        let relief =
            limit == .openDeliveries ? last.usage.endedDeliveries - first.usage.endedDeliveries : before.value - scale.value
        let milliseconds = (last.at - first.at).wholeMilliseconds
        guard relief > 0, milliseconds > 0 else { return PressureTiming.whenNothingDrains }
        let seconds = Double(scale.value - scale.release) * Double(milliseconds) / 1000 / Double(relief)
        let bounds = PressureTiming.retryAfter
        return Int(min(max(seconds.rounded(.up), Double(bounds.lowerBound)), Double(bounds.upperBound)))
    }
}
