internal import ExchangeModel
internal import Logging
internal import ServiceLifecycle
internal import Store

/// Measures the store every second and raises or takes down the flag that the way in looks at.
struct PressureKeeper: Service {
    let gateway: GatewayService

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var gauge = PressureGauge(limits: gateway.configuration.limits.pressure)
            while true {
                gauge.limits = gateway.configuration.limits.pressure
                // A store that cannot be measured says nothing new; what it refuses, it says at each write.
                if let usage = try? await gateway.store.usage() {
                    let pressure = gauge.judge(usage, at: gateway.clock.now())
                    tell(pressure, before: gateway.pressure.set(pressure), usage)
                }
                try await gateway.clock.wait(until: gateway.clock.now() + PressureTiming.interval)
            }
        }
    }

    /// One line when it begins, when it reaches the hard mark, and when it ends.
    private func tell(_ pressure: Pressure?, before: Pressure?, _ usage: StoreUsage) {
        let metadata: Logger.Metadata = [
            "openDeliveries": "\(usage.openDeliveries)", "storeBytes": "\(usage.usedBytes)", "freeDisk": "\(usage.freeBytes)",
        ]
        guard let pressure else {
            if before != nil { gateway.logger.notice("senders are let in again", metadata: metadata) }
            return
        }
        if before == nil || (before?.level == .soft && pressure.level == .hard) {
            gateway.logger.warning(
                "senders are told to come later: near a limit",
                metadata: metadata.merging(
                    [
                        "limits": "\(pressure.words.joined(separator: ", "))",
                        "retryAfterSeconds": "\(pressure.retryAfterSeconds)",
                    ], uniquingKeysWith: { _, new in new }))
        }
    }
}
