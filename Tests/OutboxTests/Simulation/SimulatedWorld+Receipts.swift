import ExchangeModel
import GatewayTesting
import Store

/// Receipts that come by themselves: a platform posts them until they are acknowledged, or the gateway fetches them behind its
/// cursor. The platforms say what is written in `ReceiptDesk`.
extension SimulatedWorld {
    /// Some receipts of a platform on their way to the store.
    struct SentReceipts {
        var index: Int
        var places: [Int]
        var written: [ReceiptDesk.Written]
        var cursor: ReceiptCursor?
    }

    /// Hands some receipts of a platform to the store. True when it has acknowledged any.
    @discardableResult
    func receive(at index: Int) async throws -> Bool {
        if disk.isGone { return false }
        if !isCalm, random.chance(2) { return try await expireReceipts(clock.now()) }
        guard let sent = try await nextReceipts(at: index) else { return false }
        return try await hand(in: sent)
    }

    func hand(in sent: SentReceipts) async throws -> Bool {
        try await observe()
        do {
            let outcomes = try await store.receive(sent.written.map(\.receipt), cursor: sent.cursor, at: clock.now())
            try await acknowledged(sent, outcomes, isSlipped: false)
            return true
        } catch {
            unacknowledged(sent)
            return false
        }
    }

    /// What a platform posts next, or is fetched from it; nil when that is nothing.
    func nextReceipts(at index: Int) async throws -> SentReceipts? {
        let (platform, now) = (platforms[index], clock.now())
        var cursor: Int?
        if platform.withDesk({ desk, _ in desk.way }) == .poll {
            let value = try await store.receiptCursor(destination: platform.name)
            cursor = Int(value ?? "0") ?? 0
        }
        let (places, written) = platform.withDesk { desk, random in
            desk.publish(now)
            // What the cursor has passed is on disk, told or not.
            desk.acknowledge(Array(0..<(cursor ?? 0)))
            let places = cursor.map { desk.page(after: $0, &random) } ?? desk.callbacks(&random)
            return (places, places.map { desk.published[$0] })
        }
        guard let last = places.last else { return nil }
        return SentReceipts(
            index: index, places: places, written: written,
            cursor: cursor.map { _ in ReceiptCursor(destination: platform.name, value: "\(last + 1)") })
    }

    /// The store has them.
    func acknowledged(_ sent: SentReceipts, _ outcomes: [ReceiptOutcome], isSlipped: Bool) async throws {
        platforms[sent.index].withDesk { desk, _ in desk.acknowledge(sent.places) }
        try await judge(sent.written, outcomes, platforms[sent.index], isSlipped: isSlipped)
    }

    /// Nobody answered: they are posted or fetched again.
    func unacknowledged(_ sent: SentReceipts) {
        receipts.failed(sent.written)
        note("\(platforms[sent.index].name): no answer to \(sent.written.count) receipt(s)")
        tally.count("receipts without an answer", sent.written.count)
    }

    /// Compares what the store said with the table, with the evidence before, and with the evidence after.
    private func judge(
        _ written: [ReceiptDesk.Written], _ outcomes: [ReceiptOutcome], _ platform: SimulatedPlatform, isSlipped: Bool
    ) async throws {
        // Of those that slipped into a turn the evidence tells only what came of it.
        if isSlipped { try await observe() }
        var states: [DeliveryID: String] = [:]
        for (one, outcome) in zip(written, outcomes) {
            let standing = replay.standing(outcome.delivery ?? one.about)
            let state = outcome.delivery.flatMap { states[$0] } ?? standing?.state
            let isThere = receipts.target(of: one) != nil
            if let fault = receipts.judge(
                one, outcome, state: isThere ? state : nil, leases: standing?.leases ?? 0, isSlipped: isSlipped)
            {
                broken.append(fault)
            }
            let again = outcome.isRepeat ? ", again" : ""
            note("\(platform.name) receipt \(one.receipt.verdict) of \(name(of: one.about)): \(outcome.effect)\(again)")
            tally.count(outcome.isRepeat ? "receipt repeated" : "receipt \(outcome.effect.rawValue)")
            guard let id = outcome.delivery else { continue }
            states[id] = outcome.state?.name
            if outcome.verdict == .accepted { platform.confirm(id) }
        }
        if isSlipped { return }
        try await observe()
        for (id, state) in states where replay.standing(id).map({ $0.state != state }) ?? false {
            broken.append(
                "\(name(of: id)): a receipt left it \(state), and the evidence tells \(replay.standing(id)?.state ?? "")")
        }
    }

    private func name(of id: DeliveryID) -> String { names[replay.sequence(id.description)] ?? id.description }

    private func expireReceipts(_ now: Instant) async throws -> Bool {
        let age = Duration.seconds(Int.random(in: 600...100_000, using: &random))
        let expired = (try? await store.expireReceipts(before: now - age, at: now)) ?? []
        if !expired.isEmpty { tally.count("receipt expired", expired.count) }
        return false
    }

    /// Every receipt that was acknowledged is with its delivery, once; none still waits for an outcome; and each contradiction
    /// has its row of evidence.
    func compareReceipts() async throws {
        var contradictions = 0
        for platform in platforms {
            let published = platform.withDesk { desk, _ in desk.published }
            for (id, ofDelivery) in Dictionary(grouping: published, by: \.about) {
                let kept = try await store.delivery(id)?.receipts.filter { $0.arrival != nil } ?? []
                contradictions += kept.count { $0.arrival?.effect == .contradicts }
                if kept.contains(where: { $0.arrival?.effect == .held }) {
                    broken.append("\(name(of: id)): a receipt is still held")
                }
                let known = ofDelivery.filter { receipts.target(of: $0) != nil }.map(\.receipt)
                for receipt in Dictionary(known.map { ($0.item, $0) }, uniquingKeysWith: { first, _ in first }).values {
                    let count = kept.count { $0.receipt.answer == receipt.item }
                    if count != 1, count != 0 || !receipts.mayHaveExpired(receipt) {
                        let text = String(decoding: receipt.item, as: UTF8.self)
                        broken.append("\(name(of: id)): its receipt \(text) is there \(count) times")
                    }
                }
            }
        }
        if contradictions != receipts.contradictions {
            broken.append("\(contradictions) receipts contradict, and the evidence tells of \(receipts.contradictions)")
        }
    }
}
