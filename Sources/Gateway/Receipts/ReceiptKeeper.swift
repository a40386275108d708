internal import ExchangeModel
internal import Logging
internal import Platforms
internal import ServiceLifecycle
internal import Store

/// Fetches the receipts of destinations that are polled, and drops those whose delivery never came to be.
struct ReceiptKeeper: Service {
    let gateway: GatewayService

    /// Time between two looks for receipts that waited too long.
    static let expiryInterval = Duration.seconds(600)
    /// Lines in the log for receipts that waited in vain, at one look; of the others the count.
    static let linesMax = 20

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await expire() }
                for destination in gateway.receipts.destinations {
                    // `RestartOnly` keeps these settings from changing under a poller.
                    guard let poll = gateway.receipts.settings(of: destination)?.poll else { continue }
                    group.addTask {
                        try await ReceiptPoller(gateway: gateway, destination: destination, poll: poll).run()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private func expire() async throws {
        while true {
            try await gateway.clock.wait(until: gateway.clock.now() + Self.expiryInterval)
            let now = gateway.clock.now()
            let expired =
                (try? await gateway.store.expireReceipts(before: now - StoreLimits.earlyReceiptAge, at: now)) ?? []
            for receipt in expired { gateway.receipts.expired(destination: receipt.destination) }
            for receipt in expired.prefix(Self.linesMax) {
                gateway.logger.error(
                    "a receipt found no delivery in its time and is dropped; ask the platform what it is about",
                    metadata: [
                        "destination": "\(receipt.destination)", "correlate": "\(receipt.way)", "receipt": "\(receipt.number)",
                        "receivedAt": "\(receipt.receivedAt)", "cause": "receipt.expired",
                    ])
            }
            if expired.count > Self.linesMax {
                gateway.logger.error(
                    "more receipts found no delivery in their time and are dropped",
                    metadata: ["count": "\(expired.count - Self.linesMax)", "cause": "receipt.expired"])
            }
        }
    }
}

/// Asks one destination for its receipts, again and again.
struct ReceiptPoller {
    let gateway: GatewayService
    let destination: String
    let poll: ReceiptSettings.Poll

    /// Answers that are fetched without a pause while there are more.
    static let pagesMax = 100

    func run() async throws {
        var failures = 0
        while true {
            do {
                try await fetchAll()
                if failures > 0 {
                    gateway.logger.notice("receipts are fetched again", metadata: ["destination": "\(destination)"])
                }
                failures = 0
            } catch {
                try Task.checkCancellation()
                failures += 1
                let failure = error as? ReceiptFetchFailure
                gateway.logger.log(
                    level: failures == 1 ? .error : .warning, "cannot fetch receipts, asking again later",
                    metadata: [
                        "destination": "\(destination)", "cause": "\(failure?.code ?? "poll.store")",
                        "reason": "\(failure?.text ?? "\(error)")", "failures": "\(failures)",
                    ])
            }
            try await gateway.clock.wait(until: gateway.clock.now() + Self.wait(poll.interval, failures: failures))
        }
    }

    /// The interval, doubled with each failure in a row.
    static func wait(_ interval: Duration, failures: Int) -> Duration {
        min(interval * (1 << min(failures, 20)), max(interval, ReceiptSettings.Poll.backoffMax))
    }

    private func fetchAll() async throws {
        var since = try await gateway.store.receiptCursor(destination: destination) ?? poll.start
        for _ in 0..<Self.pagesMax {
            // The courier of this moment: a reload makes another one.
            guard let courier = gateway.courier(of: destination) as? HTTPDestination else { return }
            let bytes = try await courier.fetchReceipts(poll, since: since, traceID: gateway.accepting.makeTraceID()).get()
            let (answer, cursor) = try await gateway.receipts.fetched(bytes, destination: destination, since: since)
            if let first = answer.findings.first(where: { $0.severity == .error }) {
                gateway.logger.error(
                    "receipts cannot be read and are left out",
                    metadata: [
                        "destination": "\(destination)", "count": "\(answer.findings.count { $0.severity == .error })",
                        "cause": "\(first.code.name)", "path": "\(first.path)", "reason": "\(first.text)",
                    ])
            }
            if answer.isUnreadable, cursor == nil {
                throw ReceiptFetchFailure(code: "poll.unreadable", text: "nothing in the answer is a receipt")
            }
            if answer.hasNoRoom {
                throw ReceiptFetchFailure(
                    code: "poll.no-room",
                    text: "\(StoreLimits.earlyReceipts) receipts of this destination wait for deliveries that are not there")
            }
            guard let cursor else { return }
            since = cursor
            if answer.items.isEmpty { return }
        }
    }
}
