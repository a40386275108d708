internal import ExchangeModel
internal import Logging
internal import Store

/// A channel that takes files out of a folder, one after the other in the order of their times, on a thread of its own.
///
/// A file is moved only when everything that comes of it is on disk; what happens before that is done again after a kill, without
/// taking a record twice. What passes (a folder that is gone, a full disk, a limit near) is waited for; nothing is dropped.
actor DirectoryChannel {
    private let gateway: GatewayService
    private let name: String
    private let inbox: Inbox
    private let thread: ThreadExecutor
    private let metrics: DirectoryMetrics
    /// Files that were settled but could not be moved: they are not read again, only moved.
    private var settled: [Inbox.Entry: SettledFile] = [:]
    private var trouble: String?

    /// Between two tries when something keeps files from being taken.
    static let retry = Duration.seconds(5)

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(gateway: GatewayService, name: String, settings: DirectorySettings, thread: ThreadExecutor) {
        self.gateway = gateway
        self.name = name
        self.thread = thread
        inbox = Inbox(settings: settings)
        metrics = DirectoryMetrics(channel: name)
    }

    /// What became of a file, until it is moved.
    private struct SettledFile {
        var report: FileReport
        var refusedRows: RefusedRecords?
    }

    /// Looks and takes until the task is cancelled. `bell` rings when something came.
    func run(_ bell: FolderBell) async {
        while !Task.isCancelled {
            var next = gateway.clock.now() + inbox.settings.scan
            do {
                let pass = try await pass()
                recovered()
                if pass.hasMore { continue }
                if let at = pass.next { next = min(next, at) }
            } catch is CancellationError {
                return
            } catch {
                standsStill(error)
                next = gateway.clock.now() + Self.retry
            }
            await bell.wait(until: next, inbox.settings.path, gateway.clock)
        }
    }

    /// What one look at the folder came to.
    struct Pass {
        /// When a file that is not complete now may be.
        var next: Instant?
        /// Whether there is more to take at once.
        var hasMore: Bool
    }

    /// Looks once, and takes what is complete. Throws what keeps files from being taken; they stay where they are.
    func pass() async throws -> Pass {
        try inbox.prepare()
        let listing = try inbox.look(now: gateway.clock.now())
        metrics.waiting(listing.files.count + listing.waiting)
        let names = Set(listing.files.map(\.name))
        settled = settled.filter { names.contains($0.key.name) }
        var left = listing.waiting
        var trouble: GatewayError?
        for entry in listing.files {
            try Task.checkCancellation()
            do {
                try await take(entry)
            } catch let error as GatewayError where Self.isOfOneFile(error) {
                // One file that cannot be read or moved does not stop the others.
                trouble = trouble ?? error
                left += 1
            }
        }
        metrics.waiting(left)
        if let trouble { throw trouble }
        return Pass(next: listing.nextAt, hasMore: listing.hasMore)
    }

    /// Whether another file may fare better: not where the store takes nothing.
    private static func isOfOneFile(_ error: GatewayError) -> Bool {
        switch error.code {
        case .notFound, .temporary, .limitReached: true
        default: false
        }
    }

    /// Takes one file, or moves one that was taken.
    private func take(_ entry: Inbox.Entry) async throws {
        if let file = settled[entry] { return try await finish(entry, file) }
        let active = gateway.present
        guard let channel = active.channel(name) else { return }
        let source: FileSource
        do throws(GatewayError) { source = try FileSource(path: inbox.settings.path + "/" + entry.name) } catch {
            // Somebody took it away.
            if error.code == .notFound { return }
            throw error
        }
        guard source.mark == entry.mark else { return }
        guard source.bytes <= inbox.settings.fileBytesMax else {
            return try await refuse(entry, source, channel, active, [.fileOverLimit(inbox.settings.fileBytesMax)])
        }
        let way: DatasetWay
        switch channel.way(ofFile: entry.name) {
        case .way(let found): way = found
        case .none(let findings): return try await refuse(entry, source, channel, active, findings)
        }
        let intake = StreamIntake(
            pipeline: gateway.accepting, active: active, channel: channel, way: way, tolerance: inbox.settings.tolerance,
            name: entry.name, sender: inbox.settings.sender, traceID: gateway.accepting.makeTraceID(), source: source)
        let begun = ContinuousClock.now
        // What changes while it is read is looked at again when it has come to rest.
        guard let look = try intake.look() else { return changed(entry) }
        let before = try await gateway.store.stream(look.identity)
        guard let stream = try await intake.take(look) else { return changed(entry) }
        let wasKnown = before.map { $0.state != .taking } ?? false
        let report = try await FileReport(
            stream, of: entry.name, wasKnown: wasKnown, store: gateway.store, at: gateway.clock.now())
        var rows: RefusedRecords?
        // Also of a file that was known: it may be known because the process ended before it was moved.
        if stream.refused > 0, !report.isRefused {
            rows = RefusedRecords(of: stream, in: source, head: look.head, way: way, store: gateway.store)
        }
        metrics.took(stream, wasKnown: wasKnown, after: .now - begun)
        let file = SettledFile(report: report, refusedRows: rows)
        settled[entry] = file
        try await finish(entry, file)
    }

    /// Writes the reports, then moves the file.
    private func finish(_ entry: Inbox.Entry, _ file: SettledFile) async throws {
        guard FileSource.Mark(path: inbox.settings.path + "/" + entry.name) == entry.mark else {
            settled[entry] = nil
            return changed(entry)
        }
        let folder = file.report.isRefused ? inbox.settings.refused : inbox.settings.done
        // A report without its file is of this one where a former life ended before the move, and is written anew.
        let name = try inbox.freeName(entry.name, in: folder) { candidate in
            let path = "\(folder)/\(candidate)"
            return Inbox.isFree(path)
                && (Inbox.isFree(path + ".report.json") || file.report.isSameFile(at: path + ".report.json"))
        }
        var report = file.report
        CrashPoint.filing.reached()
        if let rows = file.refusedRows { report.refusedRecordsFile = try await rows.write(for: entry.name, in: inbox) }
        CrashPoint.filing.reached()
        try Inbox.write(report.json, to: "\(folder)/\(name).report.json")
        try Inbox.write(report.text, to: "\(folder)/\(name).report.txt")
        CrashPoint.filing.reached()
        try inbox.move(entry, to: folder, as: name)
        settled[entry] = nil
        log(file, entry)
    }

    /// A file of which nothing was read, or nothing is to be.
    private func refuse(
        _ entry: Inbox.Entry, _ source: FileSource, _ channel: Channel, _ active: ActiveConfiguration, _ findings: [Finding]
    ) async throws {
        let id = try await gateway.accepting.refuseUnread(
            channel: name, sender: inbox.settings.sender, name: entry.name, bytes: source.bytes, findings: findings, active)
        let report = FileReport(
            refused: entry.name, channel: name, sender: inbox.settings.sender, bytes: source.bytes, message: id,
            findings: findings,
            at: gateway.clock.now())
        metrics.refused()
        settled[entry] = SettledFile(report: report)
        if let file = settled[entry] { try await finish(entry, file) }
    }

    private func changed(_ entry: Inbox.Entry) {
        gateway.logger.warning(
            "a file changed while it was read; it is looked at again, and what was taken of it is not taken twice",
            metadata: ["channel": "\(name)", "file": "\(entry.name)"])
    }

    // MARK: What operators see

    /// One line for each file, when it lies where it belongs.
    private func log(_ file: SettledFile, _ entry: Inbox.Entry) {
        let report = file.report
        let isGood = !report.isRefused && report.refused == 0
        let words =
            report.wasKnown
            ? "a file came that was taken before; nothing was taken again"
            : report.isRefused ? "a file was refused; its report says why" : "a file was taken"
        gateway.logger.log(
            level: isGood ? .info : .warning, "\(words)",
            metadata: [
                "channel": "\(name)", "file": "\(entry.name)", "records": "\(report.records)", "accepted": "\(report.accepted)",
                "repeated": "\(report.repeated)", "refused": "\(report.refused)",
            ])
    }

    private func standsStill(_ error: any Error) {
        metrics.standsStill(true)
        let text = "\(error)"
        if trouble == text { return }
        trouble = text
        gateway.logger.error(
            "files of this channel stay where they are until this is mended; nothing is lost",
            metadata: ["channel": "\(name)", "error": "\(text)"])
    }

    private func recovered() {
        metrics.standsStill(false)
        if trouble == nil { return }
        trouble = nil
        gateway.logger.notice("files of this channel are taken again", metadata: ["channel": "\(name)"])
    }
}

extension Finding {
    static func fileOverLimit(_ limit: Int) -> Finding {
        Finding(
            .bytesOverLimit, text: "the file is larger than directory.fileSize, \(limit) bytes",
            textZH: "文件超过 directory.fileSize 的上限 \(limit) 字节")
    }
}
