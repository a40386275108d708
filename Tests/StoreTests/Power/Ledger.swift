import ExchangeModel
import GRDB
import Synchronization
import Testing

@testable import Store

/// What a store has confirmed, and what it may have done without saying so: kept in memory alone, beside the disk.
final class Ledger: Sendable {
    /// A call that was made.
    enum Call: Sendable {
        case accept(Intake)
        case refuse(MessageID)
        case note(String)
        case apply([DeliveryChange])
    }

    /// Where a delivery must stand.
    struct Standing: Sendable {
        var delivery: OpenDelivery
        var receipts = 0
    }

    struct State: Sendable {
        var messages: [MessageID: Intake] = [:]
        var refusals: Set<MessageID> = []
        var notes: Set<String> = []
        var deliveries: [Int64: Standing] = [:]
        var changes = 0
        /// Calls without an answer, or that failed: each is there wholly or not at all.
        var doubts: [Int: Call] = [:]
        var calls = 0
    }

    private let state = Mutex(State())
    var now: State { state.withLock { $0 } }
    /// Calls that the store has confirmed.
    var confirmed: Int { state.withLock { $0.calls - $0.doubts.count } }

    /// Notes a call before it is made.
    func begin(_ call: Call) -> Int {
        state.withLock { state in
            state.calls += 1
            state.doubts[state.calls] = call
            return state.calls
        }
    }

    /// The call returned: from now on it must be there.
    func confirm(_ number: Int, opened: [OpenDelivery] = []) {
        state.withLock { state in
            guard let call = state.doubts.removeValue(forKey: number) else { return }
            Self.enter(call, opened: opened, in: &state)
        }
    }

    /// The call failed and cannot have done anything: there was no cut.
    func forget(_ number: Int) { state.withLock { _ = $0.doubts.removeValue(forKey: number) } }

    private static func enter(_ call: Call, opened: [OpenDelivery], in state: inout State) {
        switch call {
        case .accept(let intake):
            state.messages[intake.id] = intake
            for delivery in opened { state.deliveries[delivery.sequence] = Standing(delivery: delivery) }
        case .refuse(let id): state.refusals.insert(id)
        case .note(let text): state.notes.insert(text)
        case .apply(let changes):
            for change in changes { state.deliveries[change.sequence]?.take(change) }
            state.changes += changes.count
        }
    }

    // MARK: Against the store

    /// Compares everything with a store, and settles the doubts: what is there of them is there wholly.
    func verify(_ store: SQLiteStore, _ comment: Comment) async throws {
        var evidence: Set<String> = []
        var next: Int64 = 1
        while true {
            let rows = try await store.evidence(from: next, limit: 10_000)
            guard let last = rows.last else { break }
            next = last.sequence + 1
            for row in rows { evidence.insert(String(decoding: row.content, as: UTF8.self)) }
        }
        for (number, call) in now.doubts.sorted(by: { $0.key < $1.key }) {
            let opened: [OpenDelivery]?
            switch call {
            case .accept(let intake): opened = try await store.message(intake.id)?.deliveries.map(\.delivery)
            case .refuse(let id): opened = try await store.message(id) == nil ? nil : []
            case .note(let text): opened = evidence.contains(Self.content(text)) ? [] : nil
            case .apply(let changes):
                var applied = 0
                for change in changes {
                    guard let known = now.deliveries[change.sequence]?.delivery else { continue }
                    let there = try await store.delivery(known.id)?.delivery
                    if there?.state == change.state, there?.changesBehind(known) == true { applied += 1 }
                }
                #expect(applied == 0 || applied == changes.count, "half of a call is there; \(comment)")
                opened = applied == changes.count ? [] : nil
            }
            if let opened { confirm(number, opened: opened) } else { forget(number) }
        }
        try await verifyWhole(store, comment)
    }

    static func content(_ note: String) -> String { "{\"event\":\"\(note)\"}" }

    private func verifyWhole(_ store: SQLiteStore, _ comment: Comment) async throws {
        let known = now
        for intake in known.messages.values {
            let report = try await store.message(intake.id)
            #expect(report != nil, "message \(intake.id) was confirmed and is lost; \(comment)")
            guard let report else { continue }
            #expect(report.deliveries.map(\.delivery.id) == intake.deliveries.map(\.id), comment)
            let bound = try await store.boundMessage(
                sender: intake.sender, channel: intake.channel, idempotencyKey: intake.idempotencyKey)
            #expect(bound?.id == intake.id && bound?.bodyDigest == intake.bodyDigest, comment)
            let forms = try await store.deliveryForms(report.deliveries.map(\.delivery.sequence))
            for delivery in report.deliveries {
                let sequence = delivery.delivery.sequence
                let wanted = known.deliveries[sequence]
                #expect(wanted?.agrees(with: delivery) == true, "delivery \(sequence); \(comment)")
                #expect(forms[sequence]?.canonical == intake.canonical, comment)
                #expect((forms[sequence]?.frozen != nil) == wanted?.delivery.isFrozen, comment)
            }
        }
        for id in known.refusals { #expect(try await store.message(id)?.state == .refused, comment) }
        let verdict = try await store.verifyEvidence()
        #expect(verdict.firstBroken == nil, comment)
        let rows = known.messages.count + known.refusals.count + known.notes.count + known.changes
        #expect(verdict.rows == Int64(rows), comment)
        let counts = try await store.pool.read { try FileCounts($0) }
        #expect(counts == FileCounts(known), comment)
    }
}

/// What the tables hold in all: a row too many is half of something.
private struct FileCounts: Equatable {
    var damage: [String] = []
    var messages, deliveries, payloads, keys, attempts, receipts: Int
    var messagesThatMiscount = 0

    init(_ database: Database) throws {
        func number(_ sql: String) throws -> Int { try Int.fetchOne(database, sql: sql) ?? -1 }
        damage = try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        damage += try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { "\($0)" }
        messages = try number("SELECT count(*) FROM message")
        deliveries = try number("SELECT count(*) FROM delivery")
        payloads = try number("SELECT count(*) FROM payload")
        keys = try number("SELECT count(*) FROM (SELECT key FROM idempotency UNION SELECT key FROM idempotency_recent)")
        attempts = try number("SELECT count(*) FROM attempt")
        receipts = try number("SELECT count(*) FROM receipt")
        messagesThatMiscount = try number(
            """
            SELECT count(*) FROM message m WHERE m.open_deliveries
                <> (SELECT count(*) FROM delivery d WHERE d.message = m.seq AND d.open = 1)
            """)
    }

    init(_ known: Ledger.State) {
        messages = known.messages.count + known.refusals.count
        deliveries = known.deliveries.count
        // A message has its bytes and its canonical record, a refusal its bytes.
        payloads = 2 * known.messages.count + known.refusals.count + known.deliveries.values.count { $0.delivery.isFrozen }
        keys = known.messages.count
        attempts = known.deliveries.values.reduce(0) { $0 + $1.delivery.attempts }
        receipts = known.deliveries.values.reduce(0) { $0 + $1.receipts }
    }
}

extension Ledger.Standing {
    /// Follows a change that was applied.
    mutating func take(_ change: DeliveryChange) {
        delivery.state = change.state
        if change.state == .inFlight { delivery.fence += 1 }
        if change.freeze != nil { delivery.isFrozen = true }
        if case .begun(let attempt) = change.attempt { delivery.attempts = attempt }
        if change.receipt != nil { receipts += 1 }
    }

    func agrees(with report: DeliveryReport) -> Bool {
        report.delivery.state == delivery.state && report.delivery.fence == delivery.fence
            && report.delivery.isFrozen == delivery.isFrozen && report.attempts.count == delivery.attempts
            && report.receipts.count == receipts
    }
}

extension OpenDelivery {
    /// Whether it is one change ahead of what is known: its state is another one, which no doubtful call leaves as it was.
    fileprivate func changesBehind(_ known: OpenDelivery) -> Bool { state != known.state }
}
