internal import ExchangeModel
internal import StrictYAML

/// One recording: what a sender sends, and what must come of it (`Tests/Recordings/README.md`).
struct RecordedCase: Sendable {
    /// Where the bytes of one request are.
    enum Payload: Sendable, Hashable {
        /// A file of the case's folder.
        case file(String)
        /// A file below the folder of test vectors, which not every machine has.
        case vectors(String)
    }

    /// One request.
    struct Step: Sendable {
        var payload: Payload
        /// The HTTP status of its answer.
        var http: Int
        /// `settled`, `accepted` or `refused`.
        var message: String
    }

    /// How a payload comes in.
    enum Door: String, Sendable, CaseIterable {
        /// `POST /v1/channels/{channel}/messages`.
        case http
        /// `POST /v1/channels/{channel}/soap`.
        case soap
        /// A file in the folder of a directory channel.
        case file
        /// A page of the platform that a poll channel asks.
        case page
    }

    /// A finding that must come back; what is nil is not compared.
    struct ExpectedFinding: Sendable, Hashable, CustomStringConvertible {
        var code: String
        var path: String?
        var line: Int?
        var column: Int?

        var description: String {
            code + (path.map { " at \"\($0)\"" } ?? "") + (line.map { " on line \($0)" } ?? "")
                + (column.map { ", column \($0)" } ?? "")
        }

        func matches(_ finding: Finding) -> Bool {
            finding.code.name == code && (path == nil || path == finding.path) && (line == nil || line == finding.position.line)
                && (column == nil || column == finding.position.column)
        }
    }

    /// Name and path of its folder.
    var name, folder: String
    var channel, sender, contentType: String
    var door: Door
    /// Nil: none is sent.
    var idempotencyKey: String?
    var steps: [Step]
    /// Destination and the state that its delivery reaches.
    var deliveries: [String: String]
    var findings: [ExpectedFinding]
    /// `{code: "*"}`: further findings are allowed.
    var allowsFurtherFindings: Bool

    /// Largest `case.yaml` or `facts.csv`.
    static let fileBytesMax = 1 << 20

    /// Reads every folder below one that has a `case.yaml`, by name; the folder itself when it is a case.
    static func readAll(in folder: String) -> (cases: [RecordedCase], findings: [FileFinding]) {
        var cases: [RecordedCase] = []
        var findings: [FileFinding] = []
        let names = LocalFiles.names(in: folder).filter { LocalFiles.exists("\(folder)/\($0)/case.yaml") }
        var folders = names.map { (name: $0, path: "\(folder)/\($0)") }
        if folders.isEmpty, LocalFiles.exists(folder + "/case.yaml") { folders = [(FileName.last(of: folder), folder)] }
        for (name, path) in folders {
            let file = path + "/case.yaml"
            switch FileBytes.read(file, limit: fileBytesMax) {
            case .failure(let failure):
                findings.append(FileFinding(file: file, Finding(.fileInvalid, text: failure.text, textZH: failure.text)))
            case .success(let bytes):
                let reader = YAMLReader(parsing: bytes)
                let made = reader.mapping { RecordedCase($0, name: name, folder: path) } ?? nil
                findings += reader.findings.map { FileFinding(file: file, $0) }
                if let made, !reader.hasErrors { cases.append(made) }
            }
        }
        return (cases, findings)
    }

    private init?(_ keys: YAMLMappingReader, name: String, folder: String) {
        self.name = name
        self.folder = folder
        let channel = keys.required("channel")?.text()
        let sender = keys.required("sender")?.text()
        let contentType = keys.required("contentType")?.text()
        let door = keys.optional("door")?.oneOf(Door.allCases.map(\.rawValue)) ?? Door.http.rawValue
        let payloads = keys.required("payload").map { value in
            (value.node.elements == nil ? [value] : value.list()).compactMap { Self.payload($0) }
        }
        let key = keys.required("idempotencyKey")?.text(mayBeEmpty: true) ?? ""
        let statuses = keys.required("http")?.listOrOne().compactMap { $0.integer(in: 100...599) }
        let messages = keys.required("message")?.listOrOne().compactMap { $0.oneOf(["settled", "accepted", "refused"]) }
        deliveries = [:]
        for entry in keys.required("deliveries")?.mapping()?.entries() ?? [] {
            deliveries[entry.key] = entry.value.oneOf(DeliveryState.names)
        }
        let all = keys.required("findings")?.list().compactMap { $0.mapping { Self.finding($0) } ?? nil } ?? []
        findings = all.filter { $0.code != "*" }
        allowsFurtherFindings = all.contains { $0.code == "*" }
        // What a receiver does belongs to the demonstration.
        _ = keys.required("faults")
        _ = keys.required("note")
        // Which other case describes the same record: compared by `check.py`, without the product.
        _ = keys.optional("sameAs")
        idempotencyKey = key.isEmpty ? nil : key
        guard let channel, let sender, let contentType, let door = Door(rawValue: door), let payloads, let statuses, let messages
        else { return nil }
        guard payloads.count == statuses.count, messages.count == statuses.count, !payloads.isEmpty else {
            keys.report("payload", "payload, http and message differ in number", "payload、http 与 message 的数量不一致")
            return nil
        }
        self.channel = channel
        self.sender = sender
        self.contentType = contentType
        self.door = door
        steps = payloads.indices.map { Step(payload: payloads[$0], http: statuses[$0], message: messages[$0]) }
    }

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
}
