internal import ExchangeModel
internal import Formats
internal import Gateway
internal import Glibc
internal import JSON
internal import Outbox
internal import Store

/// The doors beside HTTP: what the running gateway does by itself is done here by hand, with the same parts.
extension RehearsalGateway {
    /// Posts an envelope to a SOAP channel. Who sends is said outside the envelope, whose key nobody knows here.
    func call(_ envelope: [UInt8], channel name: String, sender: String) async throws -> Answer {
        guard let door = gateway.present.soapDoor(of: name) else { throw Self.noDoor("a SOAP channel", name) }
        let now = gateway.clock.now()
        switch door.open(envelope, at: now) {
        case .failure(let fault): return Answer(status: fault.status, findings: [fault.finding])
        case .success(let upload):
            guard case .allowed(let known) = gateway.senders.signIn(key: Self.key(of: sender), channel: name) else {
                return Answer(status: 200, isTaken: false)
            }
            let payload = upload.payload(
                channel: name, sender: known, declaredBytes: envelope.count, traceID: Self.traceID, receivedAt: now)
            var answer = try await answer(to: payload)
            // Success and failure are told inside the answer.
            if answer.status != 503 { answer.status = 200 }
            return answer
        }
    }

    /// Drops a file into the folder of a directory channel: what came of it is what its report says.
    func drop(_ bytes: [UInt8], as file: String, channel name: String) async throws -> Answer {
        guard let settings = inboxes[name] else { throw Self.noDoor("a channel with a folder", name) }
        let last = try await lastSequence()
        try LocalFiles.makeFolder(settings.path)
        try LocalFiles.write(bytes, to: "\(settings.path)/\(file)")
        try await gateway.takeFiles(ofChannel: name)
        let isTaken = LocalFiles.exists("\(settings.done)/\(file)")
        let folder = isTaken ? settings.done : settings.refused
        guard LocalFiles.exists("\(folder)/\(file).report.json") else {
            throw GatewayError(
                .configuration, attempted: "drop into the folder of \(name)", subject: file,
                happened: "the channel did not take it",
                remedy: "name the payload as the channel's files are named (\(settings.pattern))")
        }
        let report = try JSONValue(parsing: try LocalFiles.read("\(folder)/\(file).report.json"))
        let refused = report["refusedRecords"]?.elements ?? []
        let findings = ((report["findings"]?.elements ?? []) + refused.flatMap { $0["findings"]?.elements ?? [] }).compactMap(
            Self.finding)
        // Another case may bring a file of the same name.
        for folder in [settings.done, settings.refused] {
            for name in LocalFiles.names(in: folder) { LocalFiles.remove("\(folder)/\(name)") }
        }
        return Answer(status: isTaken ? 202 : 422, findings: findings, messages: try await messages(behind: last))
    }

    /// Hands a page to a poll channel.
    func page(_ bytes: [UInt8], channel name: String) async throws -> Answer {
        guard gateway.configuration.channels.contains(where: { $0.name == name && $0.poll != nil }) else {
            throw Self.noDoor("a channel that asks a platform", name)
        }
        let last = try await lastSequence()
        try await gateway.takePage(bytes, ofChannel: name)
        return Answer(status: 202, messages: try await messages(behind: last))
    }

    // MARK: What came of it

    /// The last delivery that there is.
    private func lastSequence() async throws -> Int64 {
        var last: Int64 = 0
        while let found = try await deliveries(behind: last).last { last = found.delivery.sequence }
        return last
    }

    private func deliveries(behind last: Int64) async throws -> [DeliveryReport] {
        try await store.deliveries(DeliveryFilter(after: last, limit: 1000))
    }

    /// Messages with deliveries above a sequence, in their order.
    private func messages(behind last: Int64) async throws -> [AcceptedMessage] {
        var result: [AcceptedMessage] = []
        var told: Set<MessageID> = []
        var last = last
        while true {
            let found = try await deliveries(behind: last)
            guard let end = found.last else { return result }
            for report in found where told.insert(report.delivery.messageID).inserted {
                if let message = try await prepare(try await store.message(report.delivery.messageID)) { result.append(message) }
            }
            last = end.delivery.sequence
        }
    }

    /// A finding as a report in JSON has it.
    private static func finding(_ value: JSONValue) -> Finding? {
        guard let code = value["code"]?.string, let severity = value["severity"]?.string.flatMap(Finding.Severity.init(rawValue:))
        else { return nil }
        return Finding(
            Finding.Code(code), severity: severity, path: value["path"]?.string ?? "",
            position: SourcePosition(line: value["line"]?.integer ?? 0, column: value["column"]?.integer ?? 0),
            text: value["text"]?.string ?? "", textZH: value["textZh"]?.string ?? "")
    }

    private static func noDoor(_ wanted: String, _ channel: String) -> GatewayError {
        GatewayError(
            .configuration, attempted: "send a case through", subject: channel, happened: "it is not \(wanted)",
            remedy: "correct door or channel in case.yaml")
    }
}
