internal import ExchangeModel
internal import Logging
internal import Platforms
internal import Store

/// A channel that asks a platform for records, page by page. Where it goes on is written in the transaction of the page's records: a
/// kill between neither loses nor repeats one.
struct PollChannel {
    let gateway: GatewayService
    let name: String
    let sender: String
    let settings: HTTPPoll.Settings
    let tolerance: RefusalTolerance

    /// Pages that are fetched without a pause while there are more.
    static let pagesMax = 100

    func run() async throws {
        let metrics = PollMetrics(channel: name)
        var failures = 0
        while true {
            do {
                let records = try await fetchAll(metrics)
                if records > 0 {
                    gateway.logger.info("records were fetched", metadata: ["channel": "\(name)", "records": "\(records)"])
                }
                if failures > 0 { gateway.logger.notice("the platform is asked again", metadata: ["channel": "\(name)"]) }
                failures = 0
            } catch {
                try Task.checkCancellation()
                failures += 1
                let failure = error as? PollFailure
                gateway.logger.log(
                    level: failures == 1 ? .error : .warning, "cannot fetch records, asking again later; nothing is lost",
                    metadata: [
                        "channel": "\(name)", "cause": "\(failure?.code ?? "poll.store")",
                        "reason": "\(failure?.text ?? "\(error)")", "failures": "\(failures)",
                    ])
            }
            metrics.standsStill(failures > 0)
            try await gateway.clock.wait(until: gateway.clock.now() + Self.wait(settings.interval, failures: failures))
        }
    }

    /// The interval, doubled with each failure in a row.
    static func wait(_ interval: Duration, failures: Int) -> Duration {
        min(interval * (1 << min(failures, 20)), max(interval, HTTPPoll.backoffMax))
    }

    /// Fetches and takes pages while there are more; returns how many records they had.
    @discardableResult
    func fetchAll(_ metrics: PollMetrics) async throws -> Int {
        let poll = HTTPPoll(settings, transport: gateway.transport)
        var cursor = try await gateway.store.channelCursor(name) ?? settings.start
        var records = 0
        for _ in 0..<Self.pagesMax {
            let traceID = gateway.accepting.makeTraceID()
            let page = try await poll.page(behind: cursor, traceID: traceID).get()
            metrics.page()
            if page.bytes.isEmpty { break }
            let next = page.next.flatMap { $0 == cursor ? nil : ChannelCursor(channel: name, value: $0) }
            let taken = try await take(page, next, traceID)
            records += taken
            guard taken > 0, let next else { break }
            cursor = next.value
        }
        return records
    }

    /// Takes a page that somebody else fetched, and goes on behind it.
    func take(_ answer: [UInt8]) async throws {
        let page = try HTTPPoll.page(answer, cursor: settings.cursor).get()
        _ = try await take(
            page, page.next.map { ChannelCursor(channel: name, value: $0) }, gateway.accepting.makeTraceID())
    }

    /// Takes a page; returns how many records it has.
    private func take(_ page: HTTPPoll.Page, _ next: ChannelCursor?, _ traceID: String) async throws -> Int {
        let active = gateway.present
        guard let channel = active.channel(name), let way = channel.ways.first else { return 0 }
        let intake = StreamIntake(
            pipeline: gateway.accepting, active: active, channel: channel, way: way, tolerance: tolerance, name: "page",
            sender: sender, traceID: traceID, source: MemorySource(page.bytes))
        guard let look = try intake.look() else { return 0 }
        guard try await intake.takePage(look, cursor: next) else {
            throw PollFailure(
                code: look.findings.first?.code.name ?? "poll.unreadable",
                text: look.findings.first?.text ?? "no record can be read")
        }
        return look.records
    }
}
