internal import Cryptography
public import ExchangeModel
public import Formats
internal import XML

/// The SOAP side of a channel: takes envelopes apart, and writes answers, faults and the description of the service.
///
/// What it hands on is a payload like any other; accepting, refusing and signing in are the pipeline's and the registry's. Safe
/// to use from several threads.
public struct SOAPDoor: Sendable {
    /// Longest serial number, in bytes: that of an idempotency key.
    public static let serialBytesMax = 255

    private let channel: String
    private let settings: GatewayConfiguration.SOAPSettings
    private let reader: SOAPEnvelopeReader
    private let isPersonal: Bool

    init(_ channel: GatewayConfiguration.Channel, settings: GatewayConfiguration.SOAPSettings) {
        self.channel = channel.name
        self.settings = settings
        isPersonal = channel.datasets.contains { !$0.personalKeys.isEmpty }
        var limits = XMLLimits.default
        limits.bytesMax = channel.bodyBytesMax
        // The document may stand in its argument as elements: its own depth is counted below the four of the envelope.
        limits.depthMax = channel.depthMax + 4
        reader = SOAPEnvelopeReader(limits: limits)
    }

    /// An envelope, or the fault to answer with.
    public func open(_ envelope: [UInt8], at now: Instant) -> Result<SOAPUpload, SOAPFault> {
        switch reader.read(envelope) {
        case .failure(let fault): return .failure(fault)
        case .success(let call):
            guard call.operation == settings.operation,
                settings.namespace == nil || settings.namespace == call.namespace
            else { return .failure(otherOperation(call)) }
            return .success(upload(call, envelope, at: now))
        }
    }

    private func otherOperation(_ call: SOAPCall) -> SOAPFault {
        let (wanted, namespace) = (settings.operation, settings.namespace.map { " {\($0)}" } ?? "")
        return SOAPFault(
            .sender, version: call.version,
            finding: Finding(
                .soapOperation, path: "/Envelope/Body", text: "this channel has one operation, \(wanted)\(namespace)",
                textZH: "本通道只有一个操作 \(wanted)\(namespace)"))
    }

    // MARK: Arguments

    private func upload(_ call: SOAPCall, _ envelope: [UInt8], at now: Instant) -> SOAPUpload {
        var findings: [Finding] = []
        var found: [GatewayConfiguration.SOAPRole: SOAPArgument] = [:]
        for role in GatewayConfiguration.SOAPRole.allCases {
            guard let place = settings.places[role] else { continue }
            let matches: [SOAPArgument] =
                switch place {
                case .position(let number): number <= call.arguments.count ? [call.arguments[number - 1]] : []
                case .name(let name): call.arguments.filter { $0.name == name }
                }
            if matches.count > 1 {
                findings.append(finding(role, matches[1], "the \(role.words.en) is given twice", "\(role.words.zh)重复"))
            }
            found[role] = matches.first
        }
        let serial = serial(found[.serial], &findings)
        checkRequestTime(found[.requestTime], now, &findings)
        let content = content(found[.content], &findings)
        var trace = EnvelopeTrace(
            form: "soap-\(call.version.number)", digest: SHA256.digest(envelope), count: envelope.count, arguments: [])
        for role in GatewayConfiguration.SOAPRole.allCases where role != .key && role != .content {
            guard let text = found[role]?.text, !text.isEmpty else { continue }
            trace.arguments.append(.init(name: role.rawValue, value: Self.cut(text, to: EnvelopeTrace.valueBytesMax)))
        }
        var bare = call
        bare.arguments = []
        return SOAPUpload(
            call: bare, user: settings.places[.user] == nil ? nil : found[.user]?.text ?? "",
            key: settings.places[.key] == nil ? nil : Array((found[.key]?.text ?? "").utf8), serial: serial,
            datasetCode: found[.dataset].map(\.text).flatMap { $0.isEmpty ? nil : $0 }, content: content.bytes,
            isDocument: content.isDocument, findings: findings, trace: trace, isPersonal: isPersonal)
    }

    private func serial(_ argument: SOAPArgument?, _ findings: inout [Finding]) -> String? {
        guard settings.places[.serial] != nil else { return nil }
        let text = argument?.text ?? ""
        if text.isEmpty || text.utf8.count > Self.serialBytesMax {
            findings.append(
                finding(
                    .serial, argument,
                    "the serial number, which tells repeats apart, must have 1 to \(Self.serialBytesMax) bytes",
                    "流水号用于识别重复上报，长度应为 1 至 \(Self.serialBytesMax) 字节"))
            return nil
        }
        return text
    }

    private func checkRequestTime(_ argument: SOAPArgument?, _ now: Instant, _ findings: inout [Finding]) {
        guard let tolerance = settings.requestTimeTolerance else { return }
        guard let time = argument.flatMap({ RequestTime.instant($0.text) }) else {
            findings.append(
                finding(
                    .requestTime, argument, code: .timeInvalid, "the request time must be written yyyy-MM-dd HH:mm:ss",
                    "请求时间应写作 yyyy-MM-dd HH:mm:ss"))
            return
        }
        let distance = time > now ? time - now : now - time
        if distance > tolerance {
            findings.append(
                finding(
                    .requestTime, argument, code: .timeInvalid,
                    "the request time is further than \(tolerance) from the gateway's clock, which says \(RequestTime.text(now))",
                    "请求时间与网关时间(\(RequestTime.text(now)))相差超过允许范围"))
        }
    }

    private func content(_ argument: SOAPArgument?, _ findings: inout [Finding]) -> (bytes: [UInt8], isDocument: Bool) {
        guard let argument else {
            findings.append(finding(.content, nil, "the argument with the document is missing", "缺少数据内容参数"))
            return ([], false)
        }
        switch SOAPContent.document(of: argument, form: settings.form) {
        case .success(let bytes): return (bytes, true)
        case .failure(let missing):
            findings.append(missing.finding)
            if case .text(let bytes) = argument.content { return (bytes, false) }
            return ([], false)
        }
    }

    private func finding(
        _ role: GatewayConfiguration.SOAPRole, _ argument: SOAPArgument?, code: Finding.Code = .soapArgument, _ text: String,
        _ textZH: String
    ) -> Finding {
        Finding(
            code, path: argument?.path ?? "/Envelope/Body/\(settings.operation)",
            position: SourcePosition(line: argument?.line ?? 0), text: text, textZH: textZH)
    }

    /// The beginning of a text, ended at a character.
    private static func cut(_ text: String, to bytesMax: Int) -> String {
        if text.utf8.count <= bytesMax { return text }
        var result = ""
        var count = 0
        for character in text.unicodeScalars {
            count += character.utf8.count
            if count > bytesMax { break }
            result.unicodeScalars.append(character)
        }
        return result
    }

    // MARK: Answers

    /// The answer to an upload.
    public func answer(_ upload: SOAPUpload, _ verdict: SOAPVerdict) -> [UInt8] {
        let words = verdict.words(settings.answer)
        return SOAPWriter.answer(
            to: upload.call, element: answerElement,
            fields: fields(
                code: words.code, message: words.message, time: RequestTime.text(words.time), success: words.isSuccess))
    }

    private var answerElement: String { settings.answer.element ?? settings.operation + "Return" }

    private func fields(code: String, message: String, time: String, success: Bool) -> [SOAPWriter.Field] {
        [
            .init(name: settings.answer.code, value: code), .init(name: settings.answer.message, value: message),
            .init(name: settings.answer.time, value: time),
            .init(name: settings.answer.success, value: success ? "true" : "false", isBoolean: true),
        ]
    }

    // MARK: Description

    /// The WSDL 1.1 document of the service at an address.
    public func wsdl(address: String) -> [UInt8] {
        var arguments: [(place: GatewayConfiguration.SOAPPlace, role: GatewayConfiguration.SOAPRole)] = settings.places
            .map { ($0.value, $0.key) }
        let positions = arguments.compactMap { if case .position(let number) = $0.place { number } else { nil } }
        arguments.sort { left, right in
            switch (left.place, right.place) {
            case (.position(let a), .position(let b)): a < b
            case (.position, .name): true
            case (.name, .position): false
            case (.name(let a), .name(let b)): a < b
            }
        }
        var described: [WSDLDocument.Argument] = []
        for (place, role) in arguments {
            let documentation = "\(role.words.zh) (\(role.words.en))"
            switch place {
            case .position(let number):
                // Positions that the channel does not read are named too: what follows would move up otherwise.
                while described.count < number - 1 {
                    let free = described.count + 1
                    described.append(.init(name: "argument\(free)", documentation: "not read", isOptional: false))
                }
                described.append(.init(name: Self.name(of: role), documentation: documentation, isOptional: false))
            case .name(let name):
                // By name alone an argument may be left out; beside positions none may, or the positions would change.
                let mayBeLeftOut = positions.isEmpty && role != .content && role != .serial
                described.append(.init(name: name, documentation: documentation, isOptional: mayBeLeftOut))
            }
        }
        return WSDLDocument(
            service: "TenderBridgeUpload", operation: settings.operation,
            namespace: settings.namespace ?? "urn:tenderbridge:channel:\(channel)", arguments: described,
            answerElement: answerElement, answerFields: fields(code: "", message: "", time: "", success: true),
            documentation: "通道 \(channel) 的数据上报接口 (upload to channel \(channel))"
        ).bytes(address: address)
    }

    /// A name for an argument that is known by its position.
    private static func name(of role: GatewayConfiguration.SOAPRole) -> String {
        switch role {
        case .user: "userId"
        case .key: "key"
        case .serial: "serialNumber"
        case .dataset: "datasetCode"
        case .content: "content"
        case .requestTime: "requestTime"
        case .version: "version"
        case .dataId: "dataId"
        case .senderCode: "senderCode"
        }
    }
}
