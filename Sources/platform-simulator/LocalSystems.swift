internal import Cryptography
internal import ExchangeModel
internal import JSON
internal import NIOPosix
internal import Synchronization

/// Plays the local trading systems: sends every recording, then waits until the gateway has brought each to its end.
///
/// Recordings of one tender are sent one after the other, each after the answer to the one before; different tenders at
/// the same time.
struct LocalSystems: Sendable {
    /// Tenders sent, and messages asked about, at the same time.
    static let concurrencyMax = 8
    /// The first pause between two questions about a message, and the longest.
    static let firstPause = Duration.milliseconds(100)
    static let longestPause = Duration.seconds(2)

    /// A recording ready to be sent.
    struct Prepared: Sendable {
        /// The recording.
        var recorded: RecordedCase
        /// Path, bytes and ordering key of each step.
        var payloads: [(path: String, bytes: [UInt8], orderingKey: String?)]
        /// The sender's key, if it has one.
        var key: String?
    }

    private let gateway: any GatewayFace
    private let clock: any GatewayClock
    private let log: SentLog

    init(gateway: any GatewayFace, clock: any GatewayClock, logPath: String) throws(GatewayError) {
        self.gateway = gateway
        self.clock = clock
        log = SentLog(try LineLog(path: logPath))
    }

    // MARK: Sending

    /// Sends everything; the answers, by recording.
    func send(_ prepared: [Prepared]) async throws -> [String: [SentAnswer]] {
        var lanes: [String: [Prepared]] = [:]
        for item in prepared {
            let key = item.payloads.lazy.compactMap(\.orderingKey).first
            lanes[key.map { "key " + $0 } ?? "case " + item.recorded.name, default: []].append(item)
        }
        let ordered = lanes.sorted { $0.key < $1.key }.map(\.value)
        let answers = try await Self.bounded(ordered) { try await send(lane: $0) }
        return Dictionary(grouping: answers.flatMap { $0 }, by: \.caseName)
    }

    private func send(lane: [Prepared]) async throws -> [SentAnswer] {
        var answers: [SentAnswer] = []
        var numbers: [String: Int] = [:]
        var known: [String: Int] = [:]
        for item in lane {
            for (index, payload) in item.payloads.enumerated() {
                var answer = await send(payload, step: index + 1, of: item)
                if answer.status == 202, let id = answer.messageID, let key = payload.orderingKey {
                    // A repeat names the message of the first time and keeps its number.
                    let number = known[id] ?? numbers[key, default: 0] + 1
                    numbers[key] = max(number, numbers[key, default: 0])
                    known[id] = number
                    answer.sequenceInKey = number
                }
                let line = answer
                try await NIOThreadPool.singleton.runIfActive { try log.append(line) }
                answers.append(answer)
            }
        }
        return answers
    }

    private func send(
        _ payload: (path: String, bytes: [UInt8], orderingKey: String?), step: Int, of item: Prepared
    ) async -> SentAnswer {
        let recorded = item.recorded
        var answer = SentAnswer(
            caseName: recorded.name, step: step, channel: recorded.channel, sender: recorded.sender, status: 0,
            orderingKey: payload.orderingKey, sha256: Hex.encode(SHA256.digest(payload.bytes)), payloadFile: payload.path,
            at: clock.now())
        do {
            let response = try await gateway.send(
                payload.bytes, channel: recorded.channel, contentType: recorded.contentType,
                idempotencyKey: recorded.idempotencyKey,
                key: item.key)
            answer.take(status: response.status, body: response.body)
        } catch {
            answer.failure = "\(error)"
        }
        answer.at = clock.now()
        return answer
    }

    // MARK: Waiting

    /// Asks until every recording is as named, cannot change any more, or the time is over.
    func settle(_ prepared: [Prepared], answers: [String: [SentAnswer]], until deadline: Instant) async throws -> [CaseOutcome] {
        try await Self.bounded(prepared) { item in
            let own = (answers[item.recorded.name] ?? []).sorted { $0.step < $1.step }
            var pause = Self.firstPause
            while true {
                var reports: [JSONValue?] = []
                for answer in own {
                    if let id = answer.messageID {
                        reports.append(await gateway.message(id, key: item.key))
                    } else {
                        reports.append(nil)
                    }
                }
                let outcome = CaseOutcome(item.recorded, answers: own, reports: reports)
                if outcome.isGood || !outcome.mayChange || clock.now() >= deadline { return outcome }
                try await clock.wait(until: min(clock.now() + pause, deadline))
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    /// Runs the work for each item, so many at a time, and keeps the order of the items.
    private static func bounded<Item: Sendable, Result: Sendable>(
        _ items: [Item], _ work: @escaping @Sendable (Item) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results = [Result?](repeating: nil, count: items.count)
            var next = 0
            while next < items.count || !group.isEmpty {
                if next < items.count, next < concurrencyMax {
                    let index = next
                    group.addTask { (index, try await work(items[index])) }
                    next += 1
                    continue
                }
                guard let (index, result) = try await group.next() else { break }
                results[index] = result
                if next < items.count {
                    let following = next
                    group.addTask { (following, try await work(items[following])) }
                    next += 1
                }
            }
            return results.compactMap { $0 }
        }
    }
}

/// `sent.jsonl`, for several tasks.
private final class SentLog: Sendable {
    private let log: Mutex<LineLog>

    init(_ log: sending LineLog) { self.log = Mutex(log) }

    /// Blocks for one write.
    func append(_ answer: SentAnswer) throws(GatewayError) {
        var writer = JSONWriter(capacity: 512)
        answer.write(to: &writer)
        writer.endLine()
        try log.withLock { (log) throws(GatewayError) in try log.append(writer.bytes) }
    }
}
