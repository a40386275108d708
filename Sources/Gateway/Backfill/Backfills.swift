public import ExchangeModel
public import Outbox
internal import Store
internal import Synchronization

/// Sends past messages to a destination, on a person's order, a part at a time.
///
/// How far a run has come is remembered here and nowhere else: what was added is known by the deliveries themselves. So a run
/// that breaks off is finished by giving the same order again, and nothing is added twice. Any task.
public final class Backfills: Sendable {
    private struct Run {
        let order: BackfillOrder
        var scan: BackfillScan
        var report: BackfillReport
        /// A part is being worked on.
        var isBusy = false
    }

    private let store: any MessageStore
    private let clock: any GatewayClock
    private let pressure: PressureFlag
    private let rules: @Sendable () -> RoutingRules
    private let makeID: @Sendable (Instant) -> UUIDv7
    /// At most one real and one dry run for each destination.
    private let runs = Mutex<[UUIDv7: Run]>([:])

    /// - Parameter rules: of the present configuration; asked at each part.
    init(
        store: any MessageStore, clock: any GatewayClock, pressure: PressureFlag, rules: @escaping @Sendable () -> RoutingRules,
        makeID: @escaping @Sendable (Instant) -> UUIDv7
    ) {
        self.store = store
        self.clock = clock
        self.pressure = pressure
        self.rules = rules
        self.makeID = makeID
    }

    /// Checks an order and begins it, with a row of evidence unless it is a dry run; takes the place of an earlier run to the
    /// same destination. Throws `.notFound` for a destination that is not configured, `.usage` for an order that makes no sense.
    public func begin(_ order: BackfillOrder) async throws -> BackfillReport {
        try check(order)
        let now = clock.now()
        let id = makeID(now)
        if !order.isDryRun {
            try await store.record(EvidenceEntry(at: now, messageID: nil, content: EvidenceContent.backfillBegun(id, order)))
        }
        let selection = BackfillSelection(
            destination: order.destination, from: order.from, to: order.to, dataset: order.dataset, channel: order.channel,
            readsRecords: !order.isDryRun)
        let run = Run(
            order: order, scan: BackfillScan(selection),
            report: BackfillReport(id: id, destination: order.destination, isDryRun: order.isDryRun))
        runs.withLock { runs in
            runs = runs.filter { $1.order.destination != order.destination || $1.order.isDryRun != order.isDryRun }
            runs[id] = run
        }
        return run.report
    }

    /// Works off the next part of a run: at most `StoreLimits.backfillPage` messages, in one transaction. While the gateway
    /// is near a limit nothing is added. Throws `.notFound` for a run that is over, or not known in this life of the gateway.
    public func next(_ id: UUIDv7) async throws -> BackfillReport {
        var run = try take(id)
        defer { giveBack(run) }
        if !run.order.isDryRun, let pressure = pressure.present {
            run.report.pausedBy = pressure.words
            return run.report
        }
        run.report.pausedBy = []
        try await part(of: &run)
        if run.report.isDone, !run.order.isDryRun {
            let content = EvidenceContent.backfillEnded(run.report, run.order)
            try await store.record(EvidenceEntry(at: clock.now(), messageID: nil, content: content))
        }
        return run.report
    }

    private func take(_ id: UUIDv7) throws -> Run {
        enum Found { case run(Run), busy, none }
        let found = runs.withLock { runs -> Found in
            guard let run = runs[id] else { return .none }
            if run.isBusy { return .busy }
            runs[id]?.isBusy = true
            return .run(run)
        }
        switch found {
        case .run(let run): return run
        case .busy:
            throw GatewayError(
                .temporary, attempted: "go on with", subject: "backfill \(id)", happened: "a part of it is being worked on",
                remedy: "ask again when that is answered")
        case .none:
            throw GatewayError(
                .notFound, attempted: "go on with", subject: "backfill \(id)",
                happened: "it is over, another one took its place, or the gateway was restarted",
                remedy: "give the same order again: what was added is not added twice")
        }
    }

    private func giveBack(_ run: Run) {
        runs.withLock { runs in
            // Another one may have taken its place meanwhile.
            guard runs[run.report.id] != nil else { return }
            runs[run.report.id] = run.report.isDone ? nil : run
        }
    }

    /// Looks at the next part and adds what belongs to the destination. The run is changed only once that is on disk.
    private func part(of run: inout Run) async throws {
        let (scan, candidates) = try await store.backfillPart(run.scan)
        let (rules, now) = (rules(), clock.now())
        var plans: [BackfillReport.Group: RoutePlan?] = [:]
        var report = run.report
        var items: [(item: BackfillAddition.Item, candidate: BackfillCandidate)] = []
        for candidate in candidates {
            let group = Self.group(of: candidate)
            guard candidate.standing == .addable, let dataset = candidate.dataset else {
                report.note(candidate, candidate.standing)
                continue
            }
            let known = plans[group]
            let plan = known ?? rules.plan(of: dataset, from: candidate.channel, to: run.order.destination)
            if known == nil { plans[group] = .some(plan) }
            guard let plan else {
                report.count(.noRoute, group)
                continue
            }
            if candidate.newer != nil, plan.destinations.contains(where: \.supersedes) {
                report.count(.outdated, group)
                continue
            }
            if run.order.isDryRun {
                report.count(.added, group)
                continue
            }
            for planned in plan.deliveries(of: candidate.canonical, ids: [makeID(now)], at: now).planned {
                let content = EvidenceContent.backfilled(
                    planned.id, message: candidate.id, destination: planned.destination, backfill: report.id,
                    actor: run.order.actor)
                let evidence = EvidenceEntry(at: now, messageID: candidate.id, content: content)
                items.append((.init(message: candidate.sequence, planned: planned, evidence: evidence), candidate))
            }
        }
        if !items.isEmpty {
            let added = try await store.backfill(BackfillAddition(scan: scan, items: items.map(\.item), at: now))
            CrashPoint.backfill.reached()
            for (standing, (_, candidate)) in zip(added.standings, items) { report.note(candidate, standing) }
        }
        report.isDone = scan.isDone
        report.progress = scan.progress
        (run.scan, run.report) = (scan, report)
    }

    fileprivate static func group(of candidate: BackfillCandidate) -> BackfillReport.Group {
        BackfillReport.Group(dataset: candidate.dataset?.name ?? "", channel: candidate.channel)
    }

    private func check(_ order: BackfillOrder) throws(GatewayError) {
        let rules = rules()
        func refused(_ subject: String, _ happened: String, _ remedy: String, _ code: GatewayError.Code = .usage) -> GatewayError
        {
            GatewayError(code, attempted: "send past messages to", subject: subject, happened: happened, remedy: remedy)
        }
        let destination = order.destination
        guard rules.destinations.contains(destination) else {
            throw refused(
                "the destination \(destination)", "it is not configured",
                "name one of: \(rules.destinations.sorted().joined(separator: ", "))", .notFound)
        }
        guard order.from < order.to else {
            throw refused(destination, "the range from \(order.from) to \(order.to) holds no moment", "give a later end")
        }
        guard order.isDryRun || order.reason != nil else {
            throw refused(destination, "no reason was given", "say in one line why; it stays in the evidence")
        }
        guard rules.leads(order.dataset, to: destination) else {
            throw refused(
                destination, "no route brings \(order.dataset?.name ?? "anything") there", "add a route to the configuration")
        }
    }
}

/// A person's order to send past messages to a destination.
public struct BackfillOrder: Sendable {
    /// Where to.
    public var destination: String
    /// Messages received at `from` or later, and before `to`.
    public var from, to: Instant
    /// Only of this dataset; nil: of all that have a route there.
    public var dataset: Dataset?
    /// Only of this channel; nil: of all.
    public var channel: String?
    /// Whether to count alone.
    public var isDryRun: Bool
    /// Why; may be missing with a dry run.
    public var reason: OperatorReason?
    /// Who.
    public var actor: String

    /// Takes everything.
    public init(
        destination: String, from: Instant, to: Instant, dataset: Dataset?, channel: String?, isDryRun: Bool,
        reason: OperatorReason?, actor: String
    ) {
        self.destination = destination
        self.from = from
        self.to = to
        self.dataset = dataset
        self.channel = channel
        self.isDryRun = isDryRun
        self.reason = reason
        self.actor = actor
    }
}

extension BackfillReport {
    /// Counts a message by what the store says of it.
    fileprivate mutating func note(_ candidate: BackfillCandidate, _ standing: BackfillStanding) {
        let group = Backfills.group(of: candidate)
        switch standing {
        case .addable: count(.added, group)
        case .present: count(.present, group)
        case .refused: count(.refused, group)
        case .unreadable: count(.unreadable, group)
        case .behind:
            count(.behind, group)
            if behind.count < Self.behindNamed {
                behind.append(
                    Behind(message: candidate.id, businessKey: candidate.businessKey, orderingKey: candidate.orderingKey))
            }
        }
    }
}
