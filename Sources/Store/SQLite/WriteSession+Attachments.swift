internal import ExchangeModel
internal import GRDB
internal import JSON

/// What the committing thread writes about attachments.
enum AttachmentWrite: Sendable {
    case keep(AttachmentArrival)
    case forget([StoredAttachment], before: Instant, at: Instant)
    case begin(PendingUpload, limit: Int)
    case advance(PendingUpload)
    case end(UUIDv7)
}

/// What became of it.
enum AttachmentWritten: Sendable {
    /// Whether it did what its method says.
    case done(Bool)
    case forgotten([StoredAttachment])
}

/// The statements about attachments.
struct AttachmentStatements {
    let find, insert, renew, count, refer, forget: PreparedStatement
    let findSender, addSender, forgetSenders: PreparedStatement
    let countUploads, begin, advance, end: PreparedStatement

    init(_ database: Database) throws {
        func statement(_ sql: String) throws -> PreparedStatement { try PreparedStatement(sql, on: database) }
        find = try statement("SELECT seq FROM attachment WHERE sha256 = ?")
        insert = try statement(
            "INSERT INTO attachment (sha256, sm3, bytes, created_at, renewed_at, refs) VALUES (?1, ?2, ?3, ?4, ?4, 0)")
        renew = try statement("UPDATE attachment SET renewed_at = max(renewed_at, ?) WHERE seq = ?")
        count = try statement("UPDATE attachment SET refs = refs + 1 WHERE sha256 = ?")
        refer = try statement(
            """
            INSERT INTO attachment_ref (message, number, attachment, name, media_type)
            SELECT ?1, ?2, seq, ?3, ?4 FROM attachment WHERE sha256 = ?5
            """)
        forget = try statement("DELETE FROM attachment WHERE seq = ? AND sha256 = ? AND refs = 0 AND renewed_at < ?")
        findSender = try statement("SELECT 1 FROM attachment_sender WHERE attachment = ? AND sender = ?")
        addSender = try statement(
            "INSERT INTO attachment_sender (attachment, sender, channel, media_type, at) VALUES (?, ?, ?, ?, ?)")
        forgetSenders = try statement("DELETE FROM attachment_sender WHERE attachment = ?")
        countUploads = try statement("SELECT count(*) FROM upload WHERE sender = ?")
        begin = try statement(
            """
            INSERT INTO upload (id, sender, channel, media_type, length, sha256, offset, created_at, touched_at)
            VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)
            """)
        advance = try statement("UPDATE upload SET offset = ?, length = ?, touched_at = ? WHERE id = ?")
        end = try statement("DELETE FROM upload WHERE id = ?")
    }
}

extension WriteSession {
    func write(_ write: AttachmentWrite) throws -> AttachmentWritten {
        switch write {
        case .keep(let arrival): .done(try keep(arrival))
        case .forget(let contents, let before, let at): .forgotten(try forget(contents, before: before, at: at))
        case .begin(let upload, let limit): .done(try begin(upload, limit: limit))
        case .advance(let upload): .done(try advance(upload))
        case .end(let upload): .done(try end(upload))
        }
    }

    /// The references of a message, in its transaction. One that is gone since it was looked up undoes the message.
    func refer(to attachments: [NamedAttachment], message: Int64) throws {
        for (index, attachment) in attachments.enumerated() {
            self.attachments.count.add(attachment.content.sha256)
            try self.attachments.count.run()
            guard changes == 1 else {
                throw GatewayError(
                    .temporary, attempted: "accept a message with",
                    subject: "attachment sha256=\(Hex.encode(attachment.content.sha256))",
                    happened: "it was removed at this moment, as nothing had named it for the time of retention",
                    remedy: "hand the attachment in again, then the message")
            }
            self.attachments.refer.add(message)
            self.attachments.refer.add(index + 1)
            self.attachments.refer.add(attachment.name)
            self.attachments.refer.add(attachment.content.mediaType)
            self.attachments.refer.add(attachment.content.sha256)
            try self.attachments.refer.run()
        }
    }

    private func keep(_ arrival: AttachmentArrival) throws -> Bool {
        if let upload = arrival.upload { _ = try end(upload) }
        var content: Int64
        if let known = try sequence(ofAttachment: arrival.sha256) {
            content = known
            attachments.renew.add(arrival.at)
            attachments.renew.add(known)
            try attachments.renew.run()
        } else {
            attachments.insert.add(arrival.sha256)
            attachments.insert.add(arrival.sm3)
            attachments.insert.add(arrival.bytes)
            attachments.insert.add(arrival.at)
            try attachments.insert.run()
            content = lastInsertedRow
        }
        attachments.findSender.add(content)
        attachments.findSender.add(arrival.sender)
        let hadIt = try attachments.findSender.step()
        attachments.findSender.reset()
        if hadIt { return false }
        attachments.addSender.add(content)
        attachments.addSender.add(arrival.sender)
        attachments.addSender.add(arrival.channel)
        attachments.addSender.add(arrival.mediaType)
        attachments.addSender.add(arrival.at)
        try attachments.addSender.run()
        let row = JSONWriter.bytes { json in
            json.object { json in
                json.member("event", "attachment.stored")
                json.member("channel", arrival.channel)
                json.member("sender", arrival.sender)
                json.member("sha256", Hex.encode(arrival.sha256))
                json.member("sm3", Hex.encode(arrival.sm3))
                json.member("bytes", arrival.bytes)
                json.member("trace", arrival.traceID)
            }
        }
        try record(EvidenceEntry(at: arrival.at, messageID: nil, content: row))
        return true
    }

    private func sequence(ofAttachment sha256: [UInt8]) throws -> Int64? {
        attachments.find.add(sha256)
        defer { attachments.find.reset() }
        return try attachments.find.step() ? attachments.find.int64(0) : nil
    }

    private func forget(_ contents: [StoredAttachment], before: Instant, at instant: Instant) throws -> [StoredAttachment] {
        var gone: [StoredAttachment] = []
        for content in contents {
            attachments.forget.add(content.sequence)
            attachments.forget.add(content.sha256)
            attachments.forget.add(before)
            try attachments.forget.run()
            guard changes == 1 else { continue }
            attachments.forgetSenders.add(content.sequence)
            try attachments.forgetSenders.run()
            let row = JSONWriter.bytes { json in
                json.object { json in
                    json.member("event", "attachment.removed")
                    json.member("sha256", Hex.encode(content.sha256))
                    json.member("sm3", Hex.encode(content.sm3))
                    json.member("bytes", content.bytes)
                }
            }
            try record(EvidenceEntry(at: instant, messageID: nil, content: row))
            gone.append(content)
        }
        return gone
    }

    // MARK: Uploads

    private func begin(_ upload: PendingUpload, limit: Int) throws -> Bool {
        attachments.countUploads.add(upload.sender)
        let count = try attachments.countUploads.step() ? attachments.countUploads.int(0) : 0
        attachments.countUploads.reset()
        guard count < limit else { return false }
        attachments.begin.add(upload.id)
        attachments.begin.add(upload.sender)
        attachments.begin.add(upload.channel)
        attachments.begin.add(upload.mediaType)
        attachments.begin.add(upload.length.map { Int64($0) })
        attachments.begin.add(upload.sha256)
        attachments.begin.add(upload.createdAt)
        attachments.begin.add(upload.touchedAt)
        try attachments.begin.run()
        return true
    }

    private func advance(_ upload: PendingUpload) throws -> Bool {
        attachments.advance.add(upload.offset)
        attachments.advance.add(upload.length.map { Int64($0) })
        attachments.advance.add(upload.touchedAt)
        attachments.advance.add(upload.id)
        try attachments.advance.run()
        return changes == 1
    }

    private func end(_ upload: UUIDv7) throws -> Bool {
        attachments.end.add(upload)
        try attachments.end.run()
        return changes == 1
    }
}
