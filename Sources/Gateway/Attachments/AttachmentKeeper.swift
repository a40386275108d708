internal import ExchangeModel
internal import Logging
internal import ServiceLifecycle
internal import Store

/// Removes what former lives left, then again and again contents that no message names and uploads that nobody goes on with.
struct AttachmentKeeper: Service {
    let gateway: GatewayService

    /// Time between two looks.
    static let interval = Duration.seconds(600)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            do {
                let removed = try await gateway.attachments.recover()
                if removed > 0 {
                    gateway.logger.notice(
                        "files of attachments that were not complete when the gateway ended are removed",
                        metadata: ["count": "\(removed)"])
                }
            } catch { report(error) }
            while true {
                do { try await look() } catch { report(error) }
                try await gateway.clock.wait(until: gateway.clock.now() + Self.interval)
            }
        }
    }

    private func look() async throws {
        let configuration = gateway.configuration
        let now = gateway.clock.now()
        let gone = try await gateway.attachments.expire(
            unnamedSince: now - configuration.attachments.retention,
            uploadsSince: now - configuration.limits.attachments.uploadAge)
        if gone.contents > 0 { gateway.attachmentMetrics.removed(gone.contents) }
        if gone.contents + gone.uploads > 0 {
            gateway.logger.info(
                "attachments that no message names are removed",
                metadata: ["contents": "\(gone.contents)", "uploads": "\(gone.uploads)"])
        }
        let totals = try await gateway.store.attachments.attachmentTotals()
        gateway.attachmentMetrics.kept(count: totals.count, bytes: totals.bytes)
    }

    private func report(_ error: any Error) {
        guard !(error is CancellationError) else { return }
        gateway.logger.error("cannot look after the attachments, trying again later", metadata: ["error": "\(error)"])
    }
}
