internal import ExchangeModel
internal import GRDB
internal import JSON

/// A call of `MessageStore.park`.
struct ParkCall: Sendable {
    let heads: [Int64]
    let at: Instant
}

extension WriteSession {
    /// The statements about holds.
    struct HoldStatements {
        let select, insert, delete, park, unpark, selectCause: PreparedStatement

        init(_ database: Database) throws {
            select = try PreparedStatement(
                "SELECT \(HoldQueries.columns) FROM hold WHERE destination = ? AND lane = ? AND kind = ?", on: database)
            insert = try PreparedStatement(
                "INSERT INTO hold (\(HoldQueries.columns)) VALUES ('person', ?, ?, ?, ?, ?, ?, NULL)", on: database)
            delete = try PreparedStatement("DELETE FROM hold WHERE destination = ? AND lane = ? AND kind = ?", on: database)
            park = try PreparedStatement(
                """
                INSERT INTO hold (\(HoldQueries.columns))
                SELECT 'parked', d.destination, m.ordering_key, d.lane, 'gateway', ?2, ?3, d.id
                FROM delivery d JOIN message m ON m.seq = d.message WHERE d.seq = ?1
                ON CONFLICT DO UPDATE SET reason = excluded.reason, since = excluded.since, delivery = excluded.delivery
                """, on: database)
            selectCause = try PreparedStatement(
                "SELECT ifnull(cause_code, ''), ifnull(cause_text, '') FROM delivery WHERE seq = ?", on: database)
            unpark = try PreparedStatement(
                """
                DELETE FROM hold WHERE kind = 'parked'
                    AND (destination, lane) = (SELECT destination, lane FROM delivery WHERE seq = ?)
                """, on: database)
        }
    }

    /// Writes a person's hold, or finds the one that stands.
    func hold(_ order: HoldOrder) throws -> HoldOutcome {
        guard order.reason.utf8.count <= StoreLimits.reasonBytes else {
            throw fault("hold a destination or lane", "the reason is longer than \(StoreLimits.reasonBytes) octets")
        }
        let lane = order.selector.laneNumber
        if let standing = try hold(order.selector, .person) { return .standing(standing) }
        let hold = LaneHold(
            kind: .person, selector: order.selector, lane: lane, actor: order.actor, reason: order.reason,
            since: order.evidence.at)
        holds.insert.add(order.selector.destination)
        holds.insert.add(order.selector.orderingKey)
        holds.insert.add(lane)
        holds.insert.add(order.actor)
        holds.insert.add(order.reason)
        holds.insert.add(order.evidence.at)
        try holds.insert.run()
        try record(order.evidence)
        return .placed(hold)
    }

    /// Takes a hold away; nil, and nothing written, when there is none.
    func release(_ order: ReleaseOrder) throws -> LaneHold? {
        guard let standing = try hold(order.selector, order.kind) else { return nil }
        holds.delete.add(order.selector.destination)
        holds.delete.add(standing.lane)
        holds.delete.add(order.kind.rawValue)
        try holds.delete.run()
        try record(order.evidence)
        return standing
    }

    /// See `MessageStore.park`.
    func park(_ call: ParkCall) throws -> [LaneHold] {
        guard call.heads.count <= StoreLimits.parkedPerCall else {
            throw fault("park lanes", "more than \(StoreLimits.parkedPerCall) at once")
        }
        return try call.heads.compactMap { try park($0, at: call.at) }
    }

    private func park(_ head: Int64, at instant: Instant) throws -> LaneHold? {
        let delivery = try delivery(head)
        guard delivery.state == .dead, !delivery.isAside else { return nil }
        if let standing = try parked(delivery) { return standing }
        holds.selectCause.add(head)
        var cause = (code: "", text: "")
        if try holds.selectCause.step() { cause = (holds.selectCause.text(0), holds.selectCause.text(1)) }
        holds.selectCause.reset()
        holds.park.add(head)
        holds.park.add("\(cause.code): \(cause.text)")
        holds.park.add(instant)
        try holds.park.run()
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        json.member("event", "lane.parked")
        json.member("destination", delivery.destination)
        json.member("delivery", delivery.id.description)
        if !cause.code.isEmpty { json.member("cause", cause.code) }
        json.endObject()
        try recordAct(EvidenceEntry(at: instant, messageID: delivery.messageID, content: json.bytes))
        return try parked(delivery)
    }

    private func parked(_ delivery: OpenDelivery) throws -> LaneHold? {
        try hold(delivery.destination, delivery.lane, .parked)
    }

    /// Parks the lane of a changed delivery, or ends that.
    func apply(_ parking: ParkingChange, of change: DeliveryChange) throws {
        switch parking {
        case .begun(let reason, let evidence):
            holds.park.add(change.sequence)
            holds.park.add(reason)
            holds.park.add(change.at)
            try holds.park.run()
            try recordAct(evidence)
        case .ended(let evidence):
            holds.unpark.add(change.sequence)
            try holds.unpark.run()
            try recordAct(evidence)
        }
    }

    private func hold(_ selector: HoldSelector, _ kind: LaneHold.Kind) throws -> LaneHold? {
        try hold(selector.destination, selector.laneNumber, kind)
    }

    private func hold(_ destination: String, _ lane: Int64, _ kind: LaneHold.Kind) throws -> LaneHold? {
        holds.select.add(destination)
        holds.select.add(lane)
        holds.select.add(kind.rawValue)
        guard try holds.select.step() else { return nil }
        defer { holds.select.reset() }
        return try HoldQueries.hold(holds.select)
    }
}
