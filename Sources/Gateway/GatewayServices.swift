internal import ExchangeModel
internal import Logging
internal import Outbox
public import ServiceLifecycle
internal import Store
internal import Transport

extension GatewayService {
    /// The long-lived parts in the order in which they start; a service group stops them in reverse. Listeners belong
    /// behind them, so that they stop first.
    public func services(systemd: SystemdNotifier, version: String) -> [any Service] {
        [
            StoreKeeper(gateway: self, version: version), TransportKeeper(gateway: self), OutboxRunner(gateway: self),
            PressureKeeper(gateway: self), WatchdogFeeder(gateway: self, systemd: systemd), ForecastWatch(gateway: self),
            AttachmentKeeper(gateway: self),
        ]
            + (configuration.channels.contains { $0.directory != nil } ? [DirectoryKeeper(gateway: self)] : [])
            + (configuration.channels.contains { $0.poll != nil } ? [PollKeeper(gateway: self)] : [])
            + (receipts.destinations.isEmpty ? [] : [ReceiptKeeper(gateway: self)])
            + (configuration.signing.map { [EvidenceHeadKeeper(gateway: self, signing: $0)] } ?? [])
    }
}

/// Records start and stop, and closes the store when everything else has stopped.
private struct StoreKeeper: Service {
    let gateway: GatewayService
    let version: String

    func run() async throws {
        try await record("gateway.started")
        try? await gracefulShutdown()
        try? await record("gateway.stopped")
        await gateway.store.close()
    }

    private func record(_ event: String) async throws {
        let content = EvidenceContent.lifecycle(
            event, gateway: gateway.configuration.name, owner: gateway.owner, version: version)
        try await gateway.store.record(EvidenceEntry(at: gateway.clock.now(), messageID: nil, content: content))
    }
}

/// Ends the transport after the outbox: what still runs then is failed and recorded as unknown.
private struct TransportKeeper: Service {
    let gateway: GatewayService

    func run() async throws {
        try? await gracefulShutdown()
        await gateway.transport.stop(gracePeriod: .seconds(1))
    }
}

/// Delivers until told to stop, then lets the running attempts end.
private struct OutboxRunner: Service {
    let gateway: GatewayService

    func run() async throws {
        await withGracefulShutdownHandler {
            await gateway.outbox.run()
        } onGracefulShutdown: {
            gateway.outbox.stop()
        }
        // A service that returns early would stop the group: wait for the group's own word.
        try? await gracefulShutdown()
    }
}

/// Feeds systemd's watchdog with proof that the outbox turns and the store answers, never with a bare timer.
private struct WatchdogFeeder: Service {
    let gateway: GatewayService
    let systemd: SystemdNotifier

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            guard let interval = systemd.watchdogInterval else {
                try await gracefulShutdown()
                return
            }
            while true {
                try await Task.sleep(for: interval)
                await gateway.outbox.ping()
                _ = try? await gateway.store.evidence(from: 1, limit: 1)
                systemd.notify("WATCHDOG=1")
            }
        }
    }
}
