internal import ExchangeModel
internal import GRDB

extension HoldSelector {
    /// The number under which it is held: 0 for a whole destination.
    var laneNumber: Int64 { orderingKey.map { NarrowKey.lane(destination: destination, orderingKey: $0) } ?? 0 }
}

/// Reads of what is held or parked.
enum HoldQueries {
    static let columns = "kind, destination, ordering_key, lane, actor, reason, since, delivery"
    static let ofDelivery = "SELECT \(columns) FROM hold WHERE destination = ? AND lane IN (0, ?) ORDER BY lane, kind"

    static func all(_ database: Database, destination: String?) throws -> [LaneHold] {
        let row = try PreparedStatement(
            "SELECT \(columns) FROM hold \(destination == nil ? "" : "WHERE destination = ?") ORDER BY destination, since, lane",
            on: database)
        if let destination { row.add(destination) }
        return try rows(row)
    }

    /// The holds of exactly this.
    static func holds(_ database: Database, _ selector: HoldSelector) throws -> [LaneHold] {
        let row = try PreparedStatement(
            "SELECT \(columns) FROM hold WHERE destination = ? AND lane = ? ORDER BY kind", on: database)
        row.add(selector.destination)
        row.add(selector.laneNumber)
        return try rows(row)
    }

    /// What keeps a delivery of this lane still.
    static func holds(_ database: Database, destination: String, lane: Int64) throws -> [LaneHold] {
        let row = try PreparedStatement(ofDelivery, on: database)
        row.add(destination)
        row.add(lane)
        return try rows(row)
    }

    /// Reads the columns of `columns`.
    static func hold(_ row: PreparedStatement) throws -> LaneHold {
        LaneHold(
            kind: LaneHold.Kind(rawValue: row.text(0)) ?? .person,
            selector: HoldSelector(destination: row.text(1), orderingKey: row.optionalText(2)), lane: row.int64(3),
            actor: row.text(4), reason: row.text(5), since: row.instant(6), parkedBy: try row.optionalID(7))
    }

    private static func rows(_ row: PreparedStatement) throws -> [LaneHold] {
        var result: [LaneHold] = []
        while try row.step() { result.append(try hold(row)) }
        return result
    }
}
