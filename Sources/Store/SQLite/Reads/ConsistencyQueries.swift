internal import ExchangeModel
internal import GRDB

/// Looks for what does not fit together, a part of a table in each read transaction.
enum ConsistencyQueries {
    private static let messages = """
        SELECT m.seq, m.id, m.state, m.open_deliveries,
            (SELECT count(*) FROM delivery d INDEXED BY delivery_message WHERE d.message = m.seq AND d.open = 1),
            m.received IS NOT NULL, (SELECT kind FROM payload WHERE id = m.received),
            m.canonical IS NOT NULL, (SELECT kind FROM payload WHERE id = m.canonical)
        FROM message m WHERE m.seq > ? ORDER BY m.seq LIMIT ?
        """
    private static let deliveries = """
        SELECT d.seq, d.id, d.state, d.waiting_cause, d.open, d.lane, d.destination, m.ordering_key, d.owner IS NOT NULL,
            d.due_at IS NOT NULL, d.fence, d.attempts, d.frozen IS NOT NULL, (SELECT kind FROM payload WHERE id = d.frozen),
            (SELECT count(*) FROM attempt WHERE delivery = d.seq),
            (SELECT coalesce(max(number), 0) FROM attempt WHERE delivery = d.seq)
        FROM delivery d LEFT JOIN message m ON m.seq = d.message WHERE d.seq > ? ORDER BY d.seq LIMIT ?
        """
    private static let leases =
        "SELECT id, owner, lane, destination FROM delivery INDEXED BY delivery_lease WHERE owner IS NOT NULL"
    private static let holds = """
        SELECT \(HoldQueries.columns.split(separator: ", ").map { "h.\($0)" }.joined(separator: ", ")), d.state, d.lane
        FROM hold h LEFT JOIN delivery d INDEXED BY delivery_id ON d.id = h.delivery
        """

    /// A check between two read transactions.
    struct Progress: Sendable {
        enum Part: Sendable { case messages, deliveries, leases, holds, done }

        let owner: String?
        var part = Part.messages
        /// The last sequence looked at in this part.
        var after: Int64 = 0
        var report = OutboxConsistency()

        init(owner: String?) {
            self.owner = owner
            report.isOwnerChecked = owner != nil
        }

        var isDone: Bool { part == .done }
    }

    /// Looks at the next part.
    static func next(_ database: Database, _ progress: Progress) throws -> Progress {
        var progress = progress
        func page(_ sql: String, then part: Progress.Part, _ look: (PreparedStatement, inout OutboxConsistency) throws -> Void)
            throws
        {
            let row = try PreparedStatement(sql, on: database)
            row.add(progress.after)
            row.add(StoreLimits.rowsPerCheck)
            var read = 0
            while try row.step() {
                read += 1
                progress.after = row.int64(0)
                try look(row, &progress.report)
            }
            if read < StoreLimits.rowsPerCheck { (progress.part, progress.after) = (part, 0) }
        }
        switch progress.part {
        case .messages: try page(messages, then: .deliveries, message)
        case .deliveries: try page(deliveries, then: .leases, delivery)
        case .leases:
            try leases(database, &progress)
            progress.part = .holds
        case .holds:
            try holds(database, &progress.report)
            progress.part = .done
        case .done: break
        }
        return progress
    }

    private static func message(_ row: PreparedStatement, _ report: inout OutboxConsistency) throws {
        report.messages += 1
        let subject = "message \(row.idText(1))"
        let (state, counted, open) = (row.text(2), row.int(3), row.int(4))
        if counted != open {
            report.found(
                "message.open-deliveries", subject, "it counts \(counted) open deliveries, and \(open) are open",
                "记录未结投递 \(counted) 条，实际 \(open) 条")
        }
        let fits = MessageState(rawValue: state).map { $0 == .refused ? open == 0 : ($0 == .settled) == (open == 0) } ?? false
        if !fits {
            report.found(
                "message.state", subject, "it is \(state) and \(open) of its deliveries are open", "状态为 \(state)，但有 \(open) 条未结投递"
            )
        }
        for (column, kind) in [(Int32(5), PayloadKind.received), (7, .canonical)] where row.int(column) == 1 {
            let found = row.optionalText(column + 1)
            if found != kind.rawValue {
                report.found(
                    "message.payload", subject,
                    "its \(kind.rawValue) bytes are \(found.map { "of the kind \($0)" } ?? "missing")",
                    "其 \(kind.rawValue) 数据\(found == nil ? "不存在" : "类型不符")")
            }
        }
    }

    private static func delivery(_ row: PreparedStatement, _ report: inout OutboxConsistency) throws {
        report.deliveries += 1
        let subject = "delivery \(row.idText(1))"
        let (name, isOpen) = (row.text(2), row.int(4) == 1)
        guard let state = DeliveryState(name: name, cause: row.optionalText(3)) else {
            report.found("delivery.state", subject, "its state \(name) is not known", "状态 \(name) 未知")
            return
        }
        if state.isEnd == isOpen {
            report.found(
                "delivery.state", subject, "it is \(name) and marked as \(isOpen ? "open" : "ended")",
                "状态为 \(name)，却标记为\(isOpen ? "未结" : "已结")")
        }
        let lane = row.optionalText(7).map { NarrowKey.lane(destination: row.text(6), orderingKey: $0) }
        if lane != row.int64(5) {
            report.found(
                "delivery.lane", subject,
                lane == nil ? "its message is missing" : "it stands in lane \(row.int64(5)), its keys belong to \(lane ?? 0)",
                lane == nil ? "所属报文不存在" : "所在队列与排序键不符")
        }
        let (hasOwner, hasTime) = (row.int(8) == 1, row.int(9) == 1)
        if hasOwner != (state == .inFlight) || (state == .inFlight && !hasTime) {
            report.found(
                "delivery.lease", subject,
                "it is \(name) \(hasOwner ? "with" : "without") an owner\(hasTime ? "" : ", without a time")",
                "状态为 \(name)，租约信息不符")
        }
        let (fence, attempts, rows, last) = (row.int(10), row.int(11), row.int(14), row.int(15))
        if last != attempts || rows > attempts || rows > fence {
            report.found(
                "delivery.attempts", subject,
                "it counts \(attempts) attempts under fence \(fence), and \(rows) are recorded, the last of number \(last)",
                "记录尝试 \(attempts) 次、租约序号 \(fence)，实际记录 \(rows) 条，末次编号 \(last)")
        }
        let (isFrozen, kind) = (row.int(12) == 1, row.optionalText(13))
        if isFrozen ? kind != PayloadKind.frozen.rawValue : attempts > 0 {
            report.found(
                "delivery.frozen", subject, isFrozen ? "its frozen bytes are missing" : "it was sent and has no frozen bytes",
                isFrozen ? "冻结数据不存在" : "已发送但无冻结数据")
        }
    }

    private static func leases(_ database: Database, _ progress: inout Progress) throws {
        let row = try PreparedStatement(leases, on: database)
        var flying: [Int64: Int] = [:]
        while try row.step() {
            progress.report.inFlight += 1
            let (owner, lane) = (row.text(1), row.int64(2))
            if let expected = progress.owner, owner != expected {
                progress.report.found(
                    "lease.owner", "delivery \(row.idText(0))", "it is in flight for \(owner), and \(expected) runs",
                    "租约属于 \(owner)，当前运行的是 \(expected)")
            }
            flying[lane, default: 0] += 1
            if flying[lane] == 2 {
                progress.report.found(
                    "lane.one-in-flight", "lane \(lane) of \(row.text(3))", "more than one of its deliveries are in flight",
                    "队列中有多条在途投递")
            }
        }
    }

    private static func holds(_ database: Database, _ report: inout OutboxConsistency) throws {
        let row = try PreparedStatement(holds, on: database)
        while try row.step() {
            report.holds += 1
            let hold = try HoldQueries.hold(row)
            let selector = hold.selector
            let subject = "lane \(hold.lane) of \(selector.destination)"
            let lane = selector.laneNumber
            if lane != hold.lane {
                report.found("hold", subject, "its ordering key belongs to lane \(lane)", "排序键与队列不符")
            }
            if hold.kind == .parked, row.optionalText(8) != DeliveryState.dead.name || row.int64(9) != hold.lane {
                report.found(
                    "hold", subject, "it is parked, and the delivery that parked it is \(row.optionalText(8) ?? "missing")",
                    "队列被搁置，但触发搁置的投递已不是 dead")
            }
        }
    }
}

extension PreparedStatement {
    /// An id for people, also where the bytes are none.
    fileprivate func idText(_ column: Int32) -> String { (try? id(column).description) ?? "(no id)" }
}
