internal import ExchangeModel
internal import Logging
internal import Outbox
internal import ServiceLifecycle

/// Looks ahead every minute where deadlines are configured, and says once when a date will be missed, or no longer.
struct ForecastWatch: Service {
    let gateway: GatewayService

    /// Time between two looks.
    static let interval = Duration.seconds(60)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var alarm = ForecastAlarm()
            while true {
                try await gateway.clock.wait(until: gateway.clock.now() + Self.interval)
                if gateway.configuration.deadlines.isEmpty { continue }
                for forecast in (try? await gateway.outbox.forecast()) ?? [] {
                    switch alarm.update(forecast) {
                    case .misses?: log(.warning, "deadlines will be missed at the present rate", forecast)
                    case .clear?: log(.notice, "no deadline will be missed at the present rate", forecast)
                    case nil: break
                    }
                }
            }
        }
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ forecast: BacklogForecast) {
        gateway.logger.log(
            level: level, message,
            metadata: ["destination": "\(forecast.destination)", "forecast": "\(ForecastText.text(forecast))"])
    }
}
