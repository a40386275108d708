internal import Cryptography
internal import ExchangeModel
internal import Gateway
internal import Logging
internal import Mapping
internal import Outbox
internal import Platforms
internal import Store

/// A gateway without network, listeners or secrets: the configuration's own channels, mappings, schemas and destinations over
/// a real store in a temporary folder. What it answers is what the data listener would; what it prepares is what would be
/// frozen and sent.
final class RehearsalGateway {
    let gateway: GatewayService
    let store: SQLiteStore
    /// Folders of directory channels, below the temporary folder.
    let inboxes: [String: DirectorySettings]
    private let folder: ScratchFolder

    /// What the sender is told, and what comes of it.
    struct Answer {
        var status: Int
        /// Whether something was accepted, now or before.
        var isTaken: Bool
        var findings: [Finding] = []
        /// New messages, not repeats: one, but of a file or page.
        var messages: [AcceptedMessage] = []

        init(status: Int, isTaken: Bool? = nil, findings: [Finding] = [], messages: [AcceptedMessage] = []) {
            self.status = status
            self.isTaken = isTaken ?? (status == 202)
            self.findings = findings
            self.messages = messages
        }
    }

    /// An accepted message.
    struct AcceptedMessage {
        /// `/businessKey`, `/orderingKey`, `/version`, `/sourceTime`, as the store has them.
        var keys: [String: String]
        var canonical: [UInt8]
        var outputs: [Output]
    }

    /// What one delivery would be frozen as.
    struct Output {
        var destination: String
        /// The bytes, or why they could not be made.
        var result: Result<[UInt8], Refused>
    }

    /// Findings of a preparation.
    struct Refused: Error {
        var findings: [Finding]
    }

    /// Keys of senders that configurations do not know.
    static let anonymous = "anonymous"
    /// W3C trace id of every request.
    static let traceID = "0000000000000000000000000000000a"

    init(_ read: GatewayConfiguration, format: OutputFormat, language: TextLanguage) throws {
        folder = try ScratchFolder()
        var configuration = read
        configuration.storePath = folder.path + "/store.sqlite"
        // Nothing listens and nothing is sent: certificates may be absent.
        configuration.dataListener.tls = nil
        for index in configuration.destinations.indices {
            configuration.destinations[index].http.tls = .init(authoritiesPath: nil, certificatePath: nil, keyPath: nil)
        }
        for index in configuration.senders.indices {
            configuration.senders[index].keyDigest = SHA256.digest(Self.key(of: configuration.senders[index].name))
        }
        var inboxes: [String: DirectorySettings] = [:]
        for index in configuration.channels.indices {
            guard var settings = configuration.channels[index].directory else { continue }
            settings.path = "\(folder.path)/in-\(index)"
            (settings.done, settings.refused) = (settings.path + "/done", settings.path + "/refused")
            configuration.channels[index].directory = settings
            inboxes[configuration.channels[index].name] = settings
        }
        self.inboxes = inboxes
        let outcome = GatewayAssembly.assemble(configuration)
        guard let assembly = outcome.assembly else {
            throw RefusedFiles(
                findings: FindingList(outcome.findings), format: format, language: language, exitCode: ExitCodes.configuration)
        }
        store = try SQLiteStore.open(path: configuration.storePath)
        var logger = Logger(label: "tenderbridge") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        gateway = try GatewayService(assembly: assembly, store: store, clock: RehearsalClock(), logger: logger)
    }

    /// Gives the store back; the folder goes with the last reference.
    func close() async { await store.close() }

    static func key(of sender: String) -> [UInt8] { sender == anonymous ? [] : Array("key of \(sender)".utf8) }

    /// Sends one payload through the gates of the data listener and the pipeline behind them.
    func send(
        _ bytes: [UInt8], channel name: String, sender: String, contentType: String, idempotencyKey: String?, fileName: String
    ) async throws -> Answer {
        let trace = Self.traceID
        func turnAway(_ status: Int, sender: String, _ finding: Finding, read: [UInt8] = []) async throws {
            _ = try await gateway.accepting.turnAway(
                channel: name, sender: sender, status: status, finding: finding, bytesRead: read, declaredBytes: bytes.count,
                traceID: trace, contentType: contentType)
        }
        switch gateway.senders.signIn(key: Self.key(of: sender), channel: name) {
        case .allowed: break
        case .unknown:
            let finding = Finding(.senderUnknown, text: "no sender has this key", textZH: "没有发送方使用该密钥")
            try await turnAway(401, sender: "", finding)
            return Answer(status: 401, findings: [finding])
        case .forbidden(let known):
            let finding = Finding(.senderNotAllowed, text: "the sender may not use this channel", textZH: "该发送方无权使用此通道")
            try await turnAway(403, sender: known, finding)
            return Answer(status: 403, findings: [finding])
        }
        guard let channel = gateway.configuration.channels.first(where: { $0.name == name }) else { return Answer(status: 404) }
        guard bytes.count <= channel.bodyBytesMax else {
            let finding = Finding(
                .bytesOverLimit, text: "the body is larger than the channel's limit of \(channel.bodyBytesMax) bytes",
                textZH: "报文超过通道限制 \(channel.bodyBytesMax) 字节")
            try await turnAway(413, sender: sender, finding)
            return Answer(status: 413, findings: [finding])
        }
        var payload = ReceivedPayload(
            channel: name, sender: sender, idempotencyKey: idempotencyKey, contentType: contentType, declaredBytes: bytes.count,
            bytes: bytes, traceID: trace, receivedAt: gateway.clock.now())
        payload.hints = DatasetHints(fileName: fileName)
        return try await answer(to: payload)
    }

    /// What the pipeline makes of a payload.
    func answer(to payload: ReceivedPayload) async throws -> Answer {
        switch try await gateway.accepting.accept(payload) {
        case .refused(_, let findings): return Answer(status: 422, findings: findings)
        case .conflict(let conflict): return Answer(status: 409, findings: conflict.findings)
        case .replayed: return Answer(status: 202)
        case .turnedBack: return Answer(status: 503)
        case .accepted(let acknowledgement):
            let report = try await store.message(acknowledgement.id)
            return Answer(status: 202, findings: report?.findings ?? [], messages: try await prepare(report).map { [$0] } ?? [])
        }
    }

    /// Reads back what the store has of a message, and makes each delivery's bytes from it.
    func prepare(_ report: MessageReport?) async throws -> AcceptedMessage? {
        guard let report else { return nil }
        let sequences = report.deliveries.map(\.delivery.sequence)
        let forms = try await store.deliveryForms(sequences)
        var keys = ["/businessKey": report.businessKey, "/orderingKey": report.orderingKey, "/version": report.version]
        keys["/sourceTime"] = report.deliveries.first?.delivery.sourceTime?.description
        var message = AcceptedMessage(
            keys: keys, canonical: sequences.first.flatMap { forms[$0]?.canonical } ?? [], outputs: [])
        for delivery in report.deliveries.map(\.delivery) {
            guard let form = forms[delivery.sequence],
                let preparation = gateway.preparation(
                    of: form.canonical, for: delivery.destination, recordTime: delivery.sourceTime)
            else { continue }
            switch preparation {
            case .ready(let frozen):
                message.outputs.append(Output(destination: delivery.destination, result: .success(frozen.bytes)))
            case .failed(let findings):
                message.outputs.append(Output(destination: delivery.destination, result: .failure(Refused(findings: findings))))
            }
        }
        return message
    }
}

/// Stands still, so that two rehearsals are equal.
private struct RehearsalClock: GatewayClock {
    func now() -> Instant { Instant(year: 2026, month: 7, day: 1, hour: 1) }
    func wait(until instant: Instant) async throws {}
}
