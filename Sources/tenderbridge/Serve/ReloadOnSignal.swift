internal import ExchangeModel
internal import Gateway
internal import Glibc
internal import ServiceLifecycle
internal import UnixSignals

/// Reloads the configuration at SIGHUP, and tells systemd by its protocol for that (`sd_notify(3)`, `RELOADING=1`): the same
/// for `Type=notify` and `Type=notify-reload`.
struct ReloadOnSignal: Service {
    let gateway: GatewayService
    let systemd: SystemdNotifier

    /// Who asks, in the evidence: a signal does not say who sent it.
    static let actor = "signal:SIGHUP"

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            systemd.notify("RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds())")
            // What went wrong is in the log; systemd is told in any case that the gateway is at work.
            let result = try? await gateway.reload(actor: Self.actor).result
            let words =
                switch result {
                case .applied: "works under the configuration that was reloaded"
                case .unchanged: "the configuration was read again and changes nothing"
                case .refused: "the changed configuration was refused; works under the former one, see the log"
                case nil: "the configuration could not be reloaded; works under the former one, see the log"
                }
            systemd.notify("READY=1\nSTATUS=\(words)")
        }
    }

    /// `CLOCK_MONOTONIC`, as systemd wants it.
    private static func monotonicMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
