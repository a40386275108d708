internal import ExchangeModel
internal import StrictYAML

/// One recording: what a sender sends, and how it must end (`Tests/Recordings/README.md`).
struct RecordedCase: Sendable {
    /// One request of the case.
    struct Step: Sendable {
        /// The file to send.
        var payload: Payload
        /// The HTTP status that must come back.
        var http: Int
        /// The state the message must reach; nil when the case names none.
        var message: String?
    }

    /// Where the bytes are.
    enum Payload: Sendable, Hashable {
        /// A file of the case's folder.
        case file(String)
        /// A file below the folder of real files (`{vectors: PATH}`), which not every machine has.
        case vectors(String)
    }

    /// A finding that must come back; what is nil is not compared.
    struct ExpectedFinding: Sendable, Hashable {
        /// `Finding.Code`.
        var code: String
        /// Where in the document.
        var path: String?
        /// Line from 1.
        var line: Int?
        /// Column from 1.
        var column: Int?
    }

    /// Name of its folder.
    var name: String
    /// Path of its folder.
    var folder: String
    /// The channel it goes to.
    var channel: String
    /// Who sends it; its key is in the credential `<sender>-key`. `anonymous` brings none.
    var sender: String
    /// Whether it is posted as a message; other cases name a `door`.
    var comesByHTTP = true
    /// `Content-Type`.
    var contentType: String
    /// `Idempotency-Key`; nil sends none.
    var idempotencyKey: String?
    /// The requests, in order.
    var steps: [Step]
    /// The states that the deliveries of its messages must reach, by destination.
    var deliveries: [String: String]
    /// Every finding that a refusal, or the message, must show.
    var findings: [ExpectedFinding]
    /// Whether findings that are not named may be there too (`{code: "*"}`).
    var allowsFurtherFindings: Bool
    /// The faults its deliveries meet.
    var faults: [PlannedFault]

    /// Reads every folder with a `case.yaml`, by name. Blocks on the disk.
    ///
    /// - Throws: `configuration` with every finding of every file.
    static func readAll(in folder: String) throws(GatewayError) -> [RecordedCase] {
        var cases: [RecordedCase] = []
        var complaints: [String] = []
        for name in try LocalFile.names(in: folder) {
            let place = LocalFile.join(folder, name)
            let file = LocalFile.join(place, "case.yaml")
            guard LocalFile.exists(file) else { continue }
            let reader = YAMLReader(parsing: try LocalFile.read(file, bytesMax: 1 << 20))
            let made = reader.mapping { read($0, name: name, folder: place) } ?? nil
            complaints += reader.findings.map { "\(file):\($0.position.line):\($0.position.column): \($0.text)" }
            // Files, pages and SOAP calls are the part of `replay`.
            if let made, made.comesByHTTP { cases.append(made) }
        }
        guard complaints.isEmpty else {
            throw GatewayError(
                .configuration, attempted: "read the recordings in", subject: folder,
                happened: complaints.joined(separator: "; "),
                remedy: "correct the case.yaml files")
        }
        guard !cases.isEmpty else {
            throw GatewayError(
                .configuration, attempted: "find recordings in", subject: folder, happened: "no folder in it has a case.yaml",
                remedy: "name the folder that holds the cases")
        }
        return cases
    }

    /// The script of all cases.
    static func faultPlan(of cases: [RecordedCase]) throws(GatewayError) -> FaultPlan {
        do {
            return try FaultPlan(cases.flatMap(\.faults))
        } catch {
            throw GatewayError(
                .configuration, attempted: "plan the faults of", subject: "\(error.first.caseName) and \(error.second.caseName)",
                happened: "both name request \(error.first.attempt) of DATA_KEY \(error.first.dataKey)",
                remedy: "give each record a DATA_KEY of its own, or another attempt")
        }
    }

    private static func read(_ keys: YAMLMappingReader, name: String, folder: String) -> RecordedCase? {
        let channel = keys.required("channel")?.text()
        let sender = keys.required("sender")?.text()
        let door = keys.optional("door")?.text()
        let payloads = keys.required("payload").map { payload in
            (payload.node.elements == nil ? [payload] : payload.list()).compactMap { Self.payload($0) }
        }
        let contentType = keys.optional("contentType")?.text() ?? "application/xml"
        let idempotencyKey = keys.optional("idempotencyKey")?.text(mayBeEmpty: true)
        let statuses = keys.required("http")?.listOrOne().compactMap { $0.integer(in: 100...599) } ?? []
        let messages = keys.optional("message")?.listOrOne().compactMap { $0.text(mayBeEmpty: true) } ?? []
        var deliveries: [String: String] = [:]
        for entry in keys.optional("deliveries")?.mapping()?.entries() ?? [] {
            deliveries[entry.key] = entry.value.oneOf(DeliveryState.names)
        }
        let findings = keys.optional("findings")?.list().compactMap { $0.mapping(finding) ?? nil } ?? []
        let faults = keys.optional("faults")?.list().compactMap { value in value.mapping { fault($0, of: name) } ?? nil } ?? []
        _ = keys.optional("note")
        _ = keys.optional("sameAs")
        guard let channel, let sender, let payloads, !statuses.isEmpty, !payloads.isEmpty else { return nil }
        guard payloads.count == 1 || payloads.count == statuses.count, messages.count <= statuses.count else {
            keys.report(
                "payload", "payload, http and message do not have the same number of steps", "payload、http 与 message 的步数不一致")
            return nil
        }
        let steps = statuses.indices.map { index in
            let message = messages.isEmpty ? "" : messages[min(index, messages.count - 1)]
            return Step(
                payload: payloads[min(index, payloads.count - 1)], http: statuses[index], message: message.isEmpty ? nil : message
            )
        }
        return RecordedCase(
            name: name, folder: folder, channel: channel, sender: sender, comesByHTTP: door == nil || door == "http",
            contentType: contentType, idempotencyKey: idempotencyKey.flatMap { $0.isEmpty ? nil : $0 }, steps: steps,
            deliveries: deliveries,
            findings: findings.filter { $0.code != "*" }, allowsFurtherFindings: findings.contains { $0.code == "*" },
            faults: faults)
    }

    /// A file name, or `{vectors: PATH}`.
    private static func payload(_ value: YAMLValueReader) -> Payload? {
        guard value.node.members != nil else { return value.text().map { .file($0) } }
        return value.mapping { $0.required("vectors")?.text().map { .vectors($0) } } ?? nil
    }

    private static func finding(_ keys: YAMLMappingReader) -> ExpectedFinding? {
        let code = keys.required("code")?.text()
        let path = keys.optional("path")?.text(mayBeEmpty: true)
        let line = keys.optional("line")?.integer(in: 0...Int.max)
        let column = keys.optional("column")?.integer(in: 0...Int.max)
        return code.map { ExpectedFinding(code: $0, path: path, line: line, column: column) }
    }

    private static func fault(_ keys: YAMLMappingReader, of caseName: String) -> PlannedFault? {
        let dataKey = keys.required("dataKey")?.text()
        let attempt = keys.required("attempt")?.integer(in: 1...1000)
        let kind = keys.required("fault")?.oneOf(FaultKind.self)
        let seconds = keys.optional("seconds")?.integer(in: 0...600)
        let retryAfter = keys.optional("retryAfterSeconds")?.integer(in: 0...600)
        let code = keys.optional("code")?.text()
        let status = keys.optional("status")?.integer(in: 200...599)
        guard let dataKey, let attempt, let kind else { return nil }
        return PlannedFault(
            caseName: caseName, dataKey: dataKey, attempt: attempt, kind: kind, delay: seconds.map { .seconds($0) },
            retryAfterSeconds: retryAfter, code: code, status: status)
    }

    /// The bytes of a step and their path; nil for a real file when no folder of real files is given.
    func load(_ step: Step, vectors: String?) throws(GatewayError) -> (path: String, bytes: [UInt8])? {
        let path: String
        switch step.payload {
        case .file(let name): path = LocalFile.join(folder, name)
        case .vectors(let name):
            guard let vectors else { return nil }
            path = LocalFile.join(vectors, name)
        }
        return (path, try LocalFile.read(path))
    }
}
