internal import Cryptography
internal import ExchangeModel
internal import Gateway
internal import JSON
internal import Mapping
internal import Store

/// Makes a recording of a live message: disguises the payload, lets the real pipeline run over both, and compares.
struct CaseMaker {
    let configuration: GatewayConfiguration
    let message: LiveMessage
    let format: OutputFormat
    let language: TextLanguage
    /// Further values to be replaced.
    var namedValues: [String] = []

    /// Largest payload that is made a case of.
    static let payloadBytesMax = 16 << 20

    init(configuration: GatewayConfiguration, message: LiveMessage, format: OutputFormat, language: TextLanguage) {
        self.configuration = configuration
        self.message = message
        self.format = format
        self.language = language
    }

    /// The case in memory, with nothing of the original left in it.
    func make(key: [UInt8]) async throws -> MadeCase {
        guard message.bytes.count <= Self.payloadBytesMax else {
            throw Self.refused("the payload has more than \(Self.payloadBytesMax) bytes", "take a smaller message")
        }
        guard let (encoding, original) = TextRecoding.read(message.bytes) else {
            throw Self.refused(
                "the payload is no text in UTF-8, GB 18030 or UTF-16 with its mark, so nothing in it can be replaced",
                "make such a case by hand")
        }
        let channel = try await rehearsedChannel()
        var disguise = CaseDisguise(key: key)
        let read = try await reading(of: message.bytes, on: channel.name)
        learn(&disguise, read, original)
        disguise.settle(over: original, format: read.format)
        let rewritten = disguise.rewritten(original, format: read.format)
        guard let payload = encoding.encoded(rewritten) else {
            throw Self.refused("a pseudonym has no place in \(encoding.rawValue)", "please report this")
        }
        let answer = try await rehearse(payload, on: channel.name)
        try compare(channel.answer, answer)
        var notes = channel.notes
        if message.attachmentCount > 0 {
            notes.append(
                (
                    "its \(message.attachmentCount) attachment(s) are not part of the case",
                    "用例不包含其 \(message.attachmentCount) 个附件"
                ))
        }
        let writer = CaseWriter(
            message: message, channel: channel.name, fileName: fileName(read.format), payload: payload, answer: answer,
            schema: read.mapping.flatMap { library.schema(of: $0.dataset) })
        let files = try writer.files()
        try requireNothingLeft(disguise, files.all, payload: (rewritten, read.format))
        return MadeCase(
            files: files.all, status: answer.status, valueCount: disguise.valueCount, factCount: files.factCount, notes: notes)
    }

    // MARK: Learning

    private var library: MappingLibrary {
        MappingLibrary.load(mappings: configuration.mappingsFolder, schemas: configuration.schemasFolder).library
    }

    private func learn(_ disguise: inout CaseDisguise, _ read: CaseReading, _ text: [UInt8]) {
        disguise.learn(named: namedValues)
        guard let mapping = read.mapping, let schema = library.schema(of: mapping.dataset) else { return }
        guard let result = read.result else {
            return disguise.learn(names: mapping.fieldNames, of: text, format: read.format, schema: schema)
        }
        disguise.learn(canonical: result.canonical, schema: schema)
        disguise.learn(result: result, of: read.tree, schema: schema)
    }

    private func reading(of bytes: [UInt8], on channel: String) async throws -> CaseReading {
        let gateway = try RehearsalGateway(configuration, format: format, language: language)
        var payload = ReceivedPayload(
            channel: channel, sender: message.sender, idempotencyKey: nil, contentType: message.contentType, declaredBytes: nil,
            bytes: bytes, traceID: RehearsalGateway.traceID, receivedAt: gateway.gateway.clock.now())
        payload.hints = DatasetHints(fileName: fileName(nil))
        let reading = gateway.gateway.reading(of: payload)
        await gateway.close()
        return reading
    }

    /// The name of the payload's file. It says nothing but the form.
    private func fileName(_ format: RecordFormat?) -> String {
        switch format ?? Self.guess(message.contentType) {
        case .xml: "payload.xml"
        case .json: "payload.json"
        case .csv, .xlsx: "payload.csv"
        }
    }

    private static func guess(_ contentType: String) -> RecordFormat {
        contentType.contains("json") ? .json : contentType.contains("csv") ? .csv : .xml
    }

    // MARK: Rehearsing

    /// The channel on which the message is treated as it was, with what is answered there: its own, or another with the same mapping
    /// (a row of a workbook is kept as CSV, which its own channel does not read).
    private func rehearsedChannel() async throws -> (
        name: String, answer: RehearsalGateway.Answer, notes: [(en: String, zh: String)]
    ) {
        guard let own = configuration.channels.first(where: { $0.name == message.channel }) else {
            throw Self.refused("the configuration has no channel \(message.channel)", "name the configuration of the gateway")
        }
        let mappings = own.datasets.map(\.mapping)
        let others = configuration.channels.filter { $0.name != own.name && $0.datasets.map(\.mapping) == mappings }
        var first: RehearsalGateway.Answer?
        for channel in [own] + others {
            let answer = try await rehearse(message.bytes, on: channel.name)
            if first == nil { first = answer }
            guard answer.isTaken != message.isRefused, codes(of: answer) == message.errorCodes else { continue }
            let isOwn = channel.name == own.name
            return (
                channel.name, answer,
                isOwn
                    ? []
                    : [
                        (
                            "it came in on channel \(own.name) and is played on \(channel.name)",
                            "原通道为 \(own.name)，回放使用 \(channel.name)"
                        )
                    ]
            )
        }
        // Not as it was, because the configuration is another, or the refusal came of another message.
        let answer = if let first { first } else { try await rehearse(message.bytes, on: own.name) }
        guard answer.status != 401, answer.status != 403 else {
            throw Self.refused(
                "sender \(message.sender) may not use channel \(own.name) in this configuration",
                "name the configuration of the gateway")
        }
        guard message.isRefused || answer.isTaken else {
            let codes = Set(codes(of: answer)).sorted().joined(separator: ", ")
            throw Self.refused(
                "the gateway accepted it, and alone, under this configuration, it is refused (\(codes))",
                "name the gateway's own configuration; a row of a workbook needs a channel of the same sender and mapping with "
                    + "csv: {encoding: utf-8, rowsBeforeHeader: 0, rowsAfterHeader: 0}")
        }
        let then = message.isRefused ? "refused (\(message.errorCodes.joined(separator: ", ")))" : "accepted"
        let thenZH = message.isRefused ? "拒收(\(message.errorCodes.joined(separator: "、")))" : "接收"
        return (
            own.name, answer,
            [
                (
                    "the gateway answered otherwise at the time: \(then); alone, under this configuration, it is answered with HTTP \(answer.status)",
                    "当时网关的处理为：\(thenZH)；单独以当前配置回放时应答为 HTTP \(answer.status)"
                )
            ]
        )
    }

    private func rehearse(_ bytes: [UInt8], on channel: String) async throws -> RehearsalGateway.Answer {
        let gateway = try RehearsalGateway(configuration, format: format, language: language)
        let answer = try await gateway.send(
            bytes, channel: channel, sender: message.sender, contentType: message.contentType, idempotencyKey: nil,
            fileName: fileName(nil))
        await gateway.close()
        return answer
    }

    private func codes(of answer: RehearsalGateway.Answer) -> [String] {
        answer.findings.filter { $0.severity == .error }.map(\.code.name).sorted()
    }

    // MARK: Checks

    /// The disguise must change names and nothing else: same answer, same findings at the same places, same documents made.
    private func compare(_ original: RehearsalGateway.Answer, _ disguised: RehearsalGateway.Answer) throws(GatewayError) {
        func shown(_ answer: RehearsalGateway.Answer) -> [String] {
            var lines = ["HTTP \(answer.status)"]
            lines += answer.findings.map { "\($0.code.name) at \($0.path)" }.sorted()
            for output in answer.messages.flatMap(\.outputs) {
                switch output.result {
                case .success: lines.append("\(output.destination): made")
                case .failure(let refused):
                    lines += refused.findings.map { "\(output.destination): \($0.code.name) at \($0.path)" }
                }
            }
            return lines
        }
        let (wanted, found) = (shown(original), shown(disguised))
        guard wanted != found else { return }
        let gone = wanted.filter { !found.contains($0) }
        let new = found.filter { !wanted.contains($0) }
        throw Self.refused(
            "disguised, the message is treated otherwise: no longer \(gone.joined(separator: "; ")), but \(new.joined(separator: "; "))",
            "please report this with the names of the fields; nothing was written")
    }

    /// Looks for every replaced value in everything that would be written.
    private func requireNothingLeft(
        _ disguise: CaseDisguise, _ files: [(path: String, bytes: [UInt8])], payload: (text: [UInt8], format: RecordFormat?)
    ) throws(GatewayError) {
        var left: [String] = []
        for file in files {
            let isPayload = file.path == fileName(payload.format)
            // The payload is looked at as text, whatever its encoding, and as the bytes that would stand on the disk.
            let looks: [([UInt8], RecordFormat?)] =
                isPayload
                ? [payload, (TextRecoding.read(file.bytes)?.text ?? file.bytes, payload.format)]
                : [(file.bytes, file.path.hasSuffix(".csv") ? .csv : nil)]
            for (bytes, format) in looks {
                left += disguise.remnants(in: bytes, format: format).map { "\(file.path) \($0)" }
            }
        }
        guard !left.isEmpty else { return }
        throw Self.refused(
            "a value that was to be replaced is left at " + Array(Set(left)).sorted().prefix(20).joined(separator: ", "),
            "try again, which chooses other pseudonyms; nothing was written")
    }

    static func refused(_ happened: String, _ remedy: String) -> GatewayError {
        GatewayError(.refusedCase, attempted: "make a case of", subject: "the message", happened: happened, remedy: remedy)
    }

    static func failure(_ folder: String, _ happened: String, _ findings: [FileFinding]) -> GatewayError {
        GatewayError(
            .refusedCase, attempted: "make", subject: folder,
            happened: ([happened] + findings.map(\.description)).joined(separator: "; "),
            remedy: "please report this; nothing was left")
    }
}
