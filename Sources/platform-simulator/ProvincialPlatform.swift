internal import Cryptography
internal import ExchangeModel
internal import JSON
internal import Synchronization

/// The simulated provincial platform without its network: what it knows, how it judges, what it writes down.
///
/// It is strict and **not idempotent**: the same record sent twice is taken twice, under two receipt numbers, so that
/// doubles can be counted. Every method may be called from any thread and blocks for one write to the log: keep it off the
/// cooperative pool.
final class ProvincialPlatform: Sendable {
    /// Bytes of one record.
    static let bodyBytesMax = 4 << 20
    /// Entries kept in memory for people to look at; all are in the log.
    static let entriesShownMax = 10_000

    /// A request that came in over the network.
    struct Request: Sendable {
        /// `TenderBridge-Delivery-Id`.
        var deliveryID: String?
        /// `Idempotency-Key`.
        var idempotencyKey: String?
        /// The path.
        var path: String
        /// `Content-Type`.
        var contentType: String?
    }

    private enum Verdict {
        case accepted(receipt: String)
        case refused(code: String)
    }

    private struct State {
        let log: LineLog
        var sequence = 0
        var receipts = 0
        var attempts: [String: Int] = [:]
        var verdicts: [String: Verdict] = [:]
        var projectsWithNotice: Set<String> = []
        var occurred: [PlannedFault: Instant] = [:]
        var entries: [ReceivedEntry] = []
        var counts: [ReceivedEntry.Outcome: Int] = [:]
        var questions = 0
    }

    private let judge: NoticeJudge
    private let penalties: PenaltyJudge?
    private let plan: FaultPlan
    private let correctionsNeedNotice: Bool
    private let clock: any GatewayClock
    private let state: Mutex<State>

    /// - Parameters:
    ///   - penalties: judges what comes to the credit platform's address; nil where there is none.
    ///   - correctionsNeedNotice: refuse a correction (nature 2) of a tender project that has no notice here yet (E2005).
    ///   - logPath: where `received.jsonl` goes.
    init(
        judge: NoticeJudge, penalties: PenaltyJudge? = nil, plan: FaultPlan, correctionsNeedNotice: Bool, logPath: String,
        clock: any GatewayClock
    ) throws(GatewayError) {
        self.judge = judge
        self.penalties = penalties
        self.plan = plan
        self.correctionsNeedNotice = correctionsNeedNotice
        self.clock = clock
        state = Mutex(State(log: try LineLog(path: logPath)))
    }

    // MARK: Requests

    /// Takes or refuses a record, or lets the planned fault happen; written to the log before the reply is returned.
    func receive(_ request: Request, body: [UInt8]) -> ProvincialReply {
        guard Self.isXML(request.contentType) else {
            return turnAway(
                request, status: 415, code: "E1415", "只接收 application/xml", "send application/xml or text/xml", .rejected)
        }
        let at = clock.now()
        let digest = Hex.encode(SHA256.digest(body))
        let isPenalty = request.path == ProvincialListener.creditPath
        let notice = isPenalty ? penalties?.judge(body) ?? judge.judge(body) : judge.judge(body)
        return state.withLock { state in
            var attempt = 0
            if let key = notice.dataKey {
                attempt = state.attempts[key, default: 0] + 1
                state.attempts[key] = attempt
            }
            let fault = notice.dataKey.flatMap { plan.fault(dataKey: $0, attempt: attempt) }
            var entry = ReceivedEntry(
                at: at, sequence: 0, deliveryID: request.deliveryID, idempotencyKey: request.idempotencyKey, path: request.path,
                dataKey: notice.dataKey, tenderProjectCode: notice.tenderProjectCode, attempt: attempt, sha256: digest,
                fault: fault?.kind, outcome: .failed, code: "", receiptNumber: nil, status: 0)
            var reply: ProvincialReply
            if let fault, let failure = Self.failure(fault) {
                reply = failure.reply
                entry.code = failure.code
                entry.outcome = failure.isPermanent ? .rejected : .failed
            } else {
                reply = verdict(on: notice, at: at, entry: &entry, state: &state)
                switch fault?.kind {
                case .slow: reply.manner = .answerAfter(fault?.delay ?? .seconds(1))
                case .hang: reply.manner = .answerAfter(fault?.delay ?? .seconds(30))
                case .answerLost: reply.manner = .close
                default: break
                }
            }
            switch reply.manner {
            case .answer, .answerAfter: entry.status = reply.status
            case .close, .reset: entry.status = 0
            }
            return keep(entry, notice: notice, fault: fault, reply: reply, state: &state)
        }
    }

    /// Writes down and answers a request that is refused before its record is looked at.
    func turnAway(
        _ request: Request, status: Int, code: String, _ textZH: String, _ text: String, _ outcome: ReceivedEntry.Outcome
    ) -> ProvincialReply {
        let entry = ReceivedEntry(
            at: clock.now(), sequence: 0, deliveryID: request.deliveryID, idempotencyKey: request.idempotencyKey,
            path: request.path,
            outcome: outcome, code: code, status: status)
        let reply = ProvincialReply.json(status, code: code, message: "\(textZH): \(text)")
        return state.withLock { keep(entry, notice: ProvincialNotice(), fault: nil, reply: reply, state: &$0) }
    }

    /// The status query: what became of a delivery.
    func status(of deliveryID: String) -> ProvincialReply {
        let verdict = state.withLock { state in
            state.questions += 1
            return state.verdicts[deliveryID]
        }
        return .json(200, code: "0", message: "查询成功 (found out)") {
            switch verdict {
            case nil: $0.member("state", "absent")
            case .accepted(let receipt):
                $0.member("state", "accepted")
                $0.member("receiptNo", receipt)
            case .refused(let code):
                $0.member("state", "refused")
                $0.member("reason", code)
            }
        }
    }

    // MARK: For people

    /// Every entry kept, oldest first, as a JSON array.
    func receivedJSON() -> [UInt8] {
        let entries = state.withLock { $0.entries }
        return JSONWriter.bytes(pretty: true) { writer in
            writer.beginArray()
            for entry in entries { entry.write(to: &writer) }
            writer.endArray()
        }
    }

    /// `{"kinds": [...], "planned": [{..., "occurred": true, "at": ...}]}`.
    func faultsJSON() -> [UInt8] {
        let occurred = state.withLock { $0.occurred }
        return JSONWriter.bytes(pretty: true) { writer in
            writer.object {
                $0.member("kinds", FaultKind.allCases.map(\.rawValue))
                $0.array("planned") { writer in
                    for fault in plan.faults {
                        writer.object {
                            $0.member("case", fault.caseName)
                            $0.member("dataKey", fault.dataKey)
                            $0.member("attempt", fault.attempt)
                            $0.member("fault", fault.kind.rawValue)
                            $0.member("occurred", occurred[fault] != nil)
                            $0.member("at", occurred[fault]?.description)
                        }
                    }
                }
            }
        }
    }

    /// Counts for the page: requests, taken, refused, failed, strangers, status queries.
    func counts() -> [(name: String, count: Int)] {
        state.withLock { state in
            [("requests", state.sequence)]
                + ReceivedEntry.Outcome.allCases.map { ($0.rawValue, state.counts[$0, default: 0]) }
                + [("status queries", state.questions)]
        }
    }

    // MARK: Inside

    private static func isXML(_ contentType: String?) -> Bool {
        let type = contentType.map { Text.trim(String($0.prefix { $0 != ";" })).lowercased() }
        return type == "application/xml" || type == "text/xml"
    }

    /// What a fault answers in place of a verdict; nil for the faults that let the record be taken.
    private static func failure(_ fault: PlannedFault) -> (reply: ProvincialReply, code: String, isPermanent: Bool)? {
        switch fault.kind {
        case .slow, .hang, .answerLost: return nil
        case .serverError: return (.json(500, code: "E9500", message: "系统错误 (internal error)"), "E9500", false)
        case .tooManyRequests:
            var reply = ProvincialReply.json(429, code: "E9002", message: "请求过于频繁 (too many requests)")
            reply.headers = [("Retry-After", String(fault.retryAfterSeconds ?? 1))]
            return (reply, "E9002", false)
        case .failureInside200:
            let code = fault.code ?? "E9001"
            return (.json(200, code: code, message: "系统忙，请稍后再试 (busy, try again later)"), code, !code.hasPrefix("E9"))
        case .htmlErrorPage: return (.htmlPage(status: fault.status ?? 502), "html", false)
        case .reset:
            var reply = ProvincialReply(status: 0, body: [])
            reply.manner = .reset
            return (reply, "reset", false)
        }
    }

    private func verdict(
        on notice: ProvincialNotice, at: Instant, entry: inout ReceivedEntry, state: inout State
    ) -> ProvincialReply {
        var refusal = notice.refusal
        if refusal == nil, correctionsNeedNotice, notice.nature == "2",
            !state.projectsWithNotice.contains(notice.tenderProjectCode ?? "")
        {
            refusal = .init(
                code: "E2005", message: "更正公告之前无原公告: no notice of this tender project came before the correction",
                path: "/GCJS_NOTICE/NOTICE_NATURE")
        }
        if let refusal {
            entry.outcome = .rejected
            entry.code = refusal.code
            return .refused(refusal)
        }
        state.receipts += 1
        let receipt = Self.receiptNumber(state.receipts, at: at)
        entry.outcome = .accepted
        entry.code = "0"
        entry.receiptNumber = receipt
        return .accepted(receipt: receipt, at: at)
    }

    /// `GD`, the date in China, six digits.
    private static func receiptNumber(_ number: Int, at: Instant) -> String {
        let day = at.civil(offsetSeconds: 28_800)
        let date = String(day.year * 10_000 + day.month * 100 + day.day)
        let counter = String(number)
        return "GD" + date + String(repeating: "0", count: max(0, 6 - counter.count)) + counter
    }

    /// Log first, then memory, then the answer: what could not be written down was not taken.
    private func keep(
        _ unnumbered: ReceivedEntry, notice: ProvincialNotice, fault: PlannedFault?, reply: ProvincialReply, state: inout State
    ) -> ProvincialReply {
        var entry = unnumbered
        entry.sequence = state.sequence + 1
        var writer = JSONWriter(capacity: 512)
        entry.write(to: &writer)
        writer.endLine()
        do {
            try state.log.append(writer.bytes)
        } catch {
            return .json(500, code: "E9500", message: "the log cannot be written: \(error.happened)")
        }
        state.sequence = entry.sequence
        state.counts[entry.outcome, default: 0] += 1
        if state.entries.count < Self.entriesShownMax { state.entries.append(entry) }
        if let fault { state.occurred[fault] = entry.at }
        if entry.outcome == .accepted, let project = notice.tenderProjectCode, notice.nature != "2" {
            state.projectsWithNotice.insert(project)
        }
        if let id = entry.deliveryID {
            if let receipt = entry.receiptNumber {
                state.verdicts[id] = .accepted(receipt: receipt)
            } else if entry.outcome == .rejected, case nil = state.verdicts[id] {
                state.verdicts[id] = .refused(code: entry.code)
            }
        }
        return reply
    }
}
