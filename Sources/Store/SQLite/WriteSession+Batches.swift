internal import ExchangeModel
internal import GRDB

extension WriteSession {
    /// The statements about streams.
    struct StreamStatements {
        let select, insert, update, insertRefusal, setCursor: PreparedStatement

        init(_ database: Database) throws {
            select = try PreparedStatement("\(StreamQueries.select) WHERE channel = ? AND digest = ?", on: database)
            insert = try PreparedStatement(
                """
                INSERT INTO stream (channel, digest, name, sender, bytes, state, records, accepted, repeated, refused, end_offset,
                    end_line, end_column, began_at, ended_at, message)
                VALUES (?, ?, ?, ?, ?, 'taking', 0, 0, 0, 0, 0, 1, 1, ?, NULL, NULL)
                """, on: database)
            update = try PreparedStatement(
                """
                UPDATE stream SET name = ?, state = ?, records = ?, accepted = ?, repeated = ?, refused = ?, end_offset = ?,
                    end_line = ?, end_column = ?, ended_at = ?, message = ? WHERE seq = ?
                """, on: database)
            insertRefusal = try PreparedStatement(
                """
                INSERT INTO stream_refusal (stream, number, offset, end_offset, line, end_line, end_column, message)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """, on: database)
            setCursor = try PreparedStatement(
                "INSERT INTO channel_cursor (channel, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                on: database)
        }
    }

    /// Writes the records of a batch up to the first conflict, then how far their stream was taken.
    func accept(_ batch: KeyedBatch) throws -> BatchOutcome {
        guard batch.records.count <= StoreLimits.batchRecords else {
            throw fault("accept records", "a batch has more than \(StoreLimits.batchRecords) records")
        }
        var stream = try batch.part.map { try row(of: $0, at: batch.at) }
        var outcome = BatchOutcome(records: [])
        var isWhole = true
        for (place, item) in batch.records {
            switch item {
            case .accept(let intake):
                switch try accept(intake) {
                case .committed(let deliveries):
                    outcome.opened += deliveries
                    outcome.records.append(.accepted)
                    stream?.accepted += 1
                case .replayed(let bound):
                    outcome.records.append(.repeated(bound))
                    stream?.repeated += 1
                case .conflict(let bound):
                    outcome.records.append(.conflict(bound))
                    isWhole = false
                }
            case .refuse(let refusal):
                let message = position.message
                try refuse(refusal)
                if let stream { try insert(place, refusal: message, of: stream) }
                outcome.records.append(.refused)
                stream?.refused += 1
            case .pass:
                outcome.records.append(.passed)
                stream?.repeated += 1
            }
            if !isWhole { break }
            stream?.records += 1
            stream?.last = place.ending
        }
        var message: Int64?
        if isWhole {
            if let ending = batch.ending { message = try end(&stream, ending, at: batch.at) }
            if let cursor = batch.cursor { try set(cursor) }
        }
        if let stream { try update(stream, refusal: message) }
        outcome.stream = stream
        return outcome
    }

    /// The row of a stream, made with its first part.
    private func row(of part: IntakeBatch.Part, at instant: Instant) throws -> RecordStream {
        if var known = try find(part.stream) {
            guard known.state == .taking, known.records == part.behind else {
                throw fault(
                    "accept records of \(part.name)",
                    "it is \(known.state) with \(known.records) records, and the part goes behind record \(part.behind)")
            }
            known.name = part.name
            return known
        }
        guard part.behind == 0 else {
            throw fault("accept records of \(part.name)", "it never began, and the part goes behind record \(part.behind)")
        }
        streams.insert.add(part.stream.channel)
        streams.insert.add(part.stream.digest)
        streams.insert.add(part.name)
        streams.insert.add(part.sender)
        streams.insert.add(part.bytes)
        streams.insert.add(instant)
        try streams.insert.run()
        guard let made = try find(part.stream) else { throw fault("accept records of \(part.name)", "its row is not there") }
        return made
    }

    private func find(_ identity: StreamIdentity) throws -> RecordStream? {
        streams.select.add(identity.channel)
        streams.select.add(identity.digest)
        defer { streams.select.reset() }
        return try streams.select.step() ? try StreamQueries.stream(streams.select) : nil
    }

    /// Returns the number of the message that stands for a stream which is refused.
    private func end(_ stream: inout RecordStream?, _ ending: KeyedBatch.Ending, at instant: Instant) throws -> Int64? {
        stream?.endedAt = instant
        switch ending {
        case .taken(let evidence):
            stream?.state = .taken
            try record(evidence)
            return nil
        case .refused(let refusal):
            stream?.state = .refused
            stream?.refusal = refusal.id
            let message = position.message
            try refuse(refusal)
            return message
        }
    }

    private func insert(_ place: RecordPlace, refusal message: Int64, of stream: RecordStream) throws {
        streams.insertRefusal.add(stream.sequence)
        streams.insertRefusal.add(place.number)
        streams.insertRefusal.add(place.offset)
        streams.insertRefusal.add(place.end)
        streams.insertRefusal.add(place.line)
        streams.insertRefusal.add(place.endLine)
        streams.insertRefusal.add(place.endColumn)
        streams.insertRefusal.add(message)
        try streams.insertRefusal.run()
    }

    private func update(_ stream: RecordStream, refusal: Int64?) throws {
        streams.update.add(stream.name)
        streams.update.add(stream.state.rawValue)
        streams.update.add(stream.records)
        streams.update.add(stream.accepted)
        streams.update.add(stream.repeated)
        streams.update.add(stream.refused)
        streams.update.add(stream.last?.end ?? 0)
        streams.update.add(stream.last?.endLine ?? 1)
        streams.update.add(stream.last?.endColumn ?? 1)
        streams.update.add(stream.endedAt)
        streams.update.add(refusal)
        streams.update.add(stream.sequence)
        try streams.update.run()
    }

    private func set(_ cursor: ChannelCursor) throws {
        guard cursor.value.utf8.count <= StoreLimits.cursorBytes else {
            throw fault("keep the cursor of channel \(cursor.channel)", "it is longer than \(StoreLimits.cursorBytes) octets")
        }
        streams.setCursor.add(cursor.channel)
        streams.setCursor.add(cursor.value)
        try streams.setCursor.run()
    }
}
