internal import ExchangeModel
internal import GRDBSQLite
internal import JSON

extension WriteSession {
    /// Writes the rows of data keys that are not on disk yet; returns the number of the last one.
    func insertNewDataKeys() throws -> UInt32? {
        let rows = dataKeys.unwritten
        for row in rows {
            // A row is unwritten until its commit came back, and only this thread writes; a commit whose answer was an error
            // may have reached the disk, so the row may be there.
            guard let wrapped = row.wrapped else { continue }
            insertDataKey.add(Int64(row.id))
            insertDataKey.add(row.day)
            insertDataKey.add(row.createdAt)
            insertDataKey.add(row.master)
            insertDataKey.add(wrapped.nonce)
            insertDataKey.add(wrapped.bytes)
            try insertDataKey.run()
        }
        return rows.last?.id
    }

    /// Wraps every data key of a former master key with the current one, in one transaction with its evidence. Runs at
    /// opening, before the committing thread does.
    func rewrapFormerKeys(actor: String, at now: Instant) throws {
        guard let master = dataKeys.master, !dataKeys.formerRows.isEmpty else { return }
        try begin()
        do {
            for (row, key) in dataKeys.formerRows {
                var row = row
                row.wrap(key, by: master)
                guard let wrapped = row.wrapped else { continue }
                rewrapDataKey.add(row.master)
                rewrapDataKey.add(wrapped.nonce)
                rewrapDataKey.add(wrapped.bytes)
                rewrapDataKey.add(Int64(row.id))
                try rewrapDataKey.run()
            }
            let formers = Set(dataKeys.formerRows.map(\.row.master)).sorted()
            let content = JSONWriter.bytes { json in
                json.beginObject()
                json.member("event", "masterKey.rotated")
                json.member("from", formers.joined(separator: ", "))
                json.member("to", master.fingerprint)
                json.member("dataKeys", dataKeys.formerRows.count)
                json.member("actor", actor)
                json.endObject()
            }
            try record(EvidenceEntry(at: now, messageID: nil, content: content))
            try commit()
        } catch {
            rollBack()
            throw error
        }
    }

    /// Destroys data keys as planned, except those that were taken into use since.
    func destroyKeys(_ plan: KeyDestructionPlan) throws -> KeyDestruction {
        // What an update gives up is overwritten, for this one: elsewhere it would cost writes and protect nothing.
        sqlite3_exec(connection, "PRAGMA secure_delete = ON", nil, nil, nil)
        defer { sqlite3_exec(connection, "PRAGMA secure_delete = OFF", nil, nil, nil) }
        selectKeysInUse.add(plan.newestDelivery)
        let inUse = plan.inUse.union(try KeyUse.ids(selectKeysInUse))
        // A day goes whole or stays whole.
        let keptDays = Set(plan.candidates.filter { inUse.contains($0.id) }.map(\.day))
        let going = plan.candidates.filter { !keptDays.contains($0.day) }
        for (id, _) in going {
            destroyDataKey.add(plan.order.at)
            destroyDataKey.add(Int64(id))
            try destroyDataKey.run()
        }
        func starts(_ days: Set<Int64>) -> [Instant] { days.sorted().map { Instant(milliseconds: $0 * 86_400_000) } }
        let outcome = KeyDestruction(
            days: starts(Set(going.map(\.day))), keys: going.count, keptDays: starts(keptDays),
            hasPlainPayloads: plan.hasPlainPayloads, keyIDs: going.map(\.id))
        try record(EvidenceEntry(at: plan.order.at, messageID: nil, content: Self.evidence(of: outcome, plan.order)))
        return outcome
    }

    /// Days named in one row of evidence at most; more are counted.
    private static let daysNamed = 1000

    private static func evidence(of outcome: KeyDestruction, _ order: KeyDestructionOrder) -> [UInt8] {
        func date(_ day: Instant) -> String { String(day.description.prefix(10)) }
        return JSONWriter.bytes { json in
            json.beginObject()
            json.member("event", "keys.destroyed")
            json.member("before", date(order.before))
            json.member("keys", outcome.keys)
            json.member("dayCount", outcome.days.count)
            json.key("days")
            json.beginArray()
            for day in outcome.days.prefix(daysNamed) { json.string(date(day)) }
            json.endArray()
            json.member("keptDayCount", outcome.keptDays.count)
            json.member("actor", order.actor)
            json.member("reason", order.reason)
            json.endObject()
        }
    }
}
