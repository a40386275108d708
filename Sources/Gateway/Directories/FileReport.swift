internal import ExchangeModel
internal import JSON
internal import Store

/// What its sender finds beside a file: what became of it, and of each record that was refused, in Chinese, English and JSON.
struct FileReport {
    /// Refused records that a report lists; the others are in the file of refused records too, and are counted.
    static let recordsMax = 5000
    /// Largest report: a finding of each listed record in two languages.
    private static let bytesMax = 64 << 20
    /// Records that one read of the store brings.
    private static let recordsPerRead = 500

    let file: String
    let channel: String
    let sender: String
    let bytes: Int
    let digest: [UInt8]
    let at: Instant
    /// Whether nothing of it was taken.
    let isRefused: Bool
    /// Whether it was taken earlier, and is only told again.
    let wasKnown: Bool
    let records, accepted, repeated, refused: Int
    /// The refused input that stands for the whole of it, and why.
    let message: MessageID?
    let findings: [Finding]
    let refusals: [StreamRefusal]
    /// Where its refused records are collected.
    var refusedRecordsFile: String?

    /// Of a file that was looked through.
    init(
        _ stream: RecordStream, of file: String, wasKnown: Bool, store: any MessageStore, at instant: Instant
    ) async throws {
        self.file = file
        self.wasKnown = wasKnown
        channel = stream.identity.channel
        sender = stream.sender
        bytes = stream.bytes
        digest = stream.identity.digest
        at = stream.endedAt ?? instant
        (records, accepted, repeated, refused) = (stream.records, stream.accepted, stream.repeated, stream.refused)
        isRefused = stream.state == .refused || stream.records == stream.refused
        message = stream.refusal
        findings = try await stream.refusal.asyncMap { try await store.message($0)?.findings ?? [] } ?? []
        var found: [StreamRefusal] = []
        while found.count < Self.recordsMax, found.count < stream.refused {
            let page = try await store.refusals(
                ofStream: stream.sequence, after: found.last?.place.number ?? 0,
                limit: min(Self.recordsPerRead, Self.recordsMax - found.count))
            if page.isEmpty { break }
            found += page
        }
        refusals = found
    }

    /// Of a file that was refused unread.
    init(refused file: String, channel: String, sender: String, bytes: Int, message: MessageID, findings: [Finding], at: Instant)
    {
        self.file = file
        self.channel = channel
        self.sender = sender
        self.bytes = bytes
        self.at = at
        self.message = message
        self.findings = findings
        (digest, isRefused, wasKnown, refusals) = ([], true, false, [])
        (records, accepted, repeated, refused) = (0, 0, 0, 0)
    }

    /// Whether a report that lies there is of the same bytes.
    func isSameFile(at path: String) -> Bool {
        guard let bytes = try? FileBytes.read(path, limit: Self.bytesMax).get(), let other = try? JSONValue(parsing: bytes) else {
            return false
        }
        return other["channel"]?.string == channel && other["bytes"] == .number("\(self.bytes)")
            && other["sha256"]?.string == (digest.isEmpty ? nil : Hex.encode(digest))
    }

    var json: [UInt8] {
        JSONWriter.bytes { json in
            json.beginObject()
            json.member("file", file)
            json.member("channel", channel)
            json.member("sender", sender)
            json.member("bytes", bytes)
            if !digest.isEmpty { json.member("sha256", Hex.encode(digest)) }
            json.member("at", at.description)
            json.member("outcome", isRefused ? "refused" : "taken")
            json.member("repeatedFile", wasKnown)
            json.member("records", records)
            json.member("accepted", accepted)
            json.member("repeated", repeated)
            json.member("refused", refused)
            if let refusedRecordsFile { json.member("refusedRecordsFile", refusedRecordsFile) }
            if let message { json.member("message", message.description) }
            json.key("findings")
            ReportJSON.write(findings, to: &json)
            json.key("refusedRecords")
            json.beginArray()
            for refusal in refusals {
                json.beginObject()
                json.member("record", refusal.place.number)
                json.member("line", refusal.place.line)
                json.member("message", refusal.message.description)
                json.key("findings")
                ReportJSON.write(refusal.findings, to: &json)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        } + [0x0A]
    }

    var text: [UInt8] {
        var lines = [
            "文件接收报告 / File report", "",
            "文件 File:      \(file) (\(bytes) 字节 bytes)",
            "通道 Channel:   \(channel)",
            "时间 Time:      \(at)",
            "结果 Outcome:   \(outcome.zh)",
            "                \(outcome.en)",
        ]
        if let message { lines.append("编号 Id:        \(message)") }
        if let refusedRecordsFile {
            lines += [
                "                被拒收的记录汇集于 \(refusedRecordsFile)，更正后可重新发送",
                "                the refused records are collected in \(refusedRecordsFile): mend them and send that file",
            ]
        }
        lines += findings.flatMap { Self.lines($0) }
        for refusal in refusals {
            lines += [
                "",
                "第 \(refusal.place.number) 条记录，第 \(refusal.place.line) 行 / "
                    + "record \(refusal.place.number), line \(refusal.place.line), \(refusal.message)",
            ]
            lines += refusal.findings.flatMap { Self.lines($0) }
        }
        if refused > refusals.count {
            let more = refused - refusals.count
            lines += ["", "另有 \(more) 条被拒收的记录未列出 / \(more) more refused records are not listed"]
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private var outcome: (zh: String, en: String) {
        let counts = (
            zh: "共 \(records) 条：接收 \(accepted)，此前已接收 \(repeated)，拒收 \(refused)",
            en: "\(records) records: \(accepted) accepted, \(repeated) accepted before, \(refused) refused"
        )
        if isRefused, records == 0 || !findings.isEmpty {
            return ("整个文件被拒收，未接收任何记录", "the whole file is refused; nothing of it was taken")
        }
        let again =
            wasKnown
            ? (zh: "此文件此前已接收，本次未重复接收。", en: "this file was taken before, and nothing was taken again; ") : (zh: "", en: "")
        return (again.zh + counts.zh, again.en + counts.en)
    }

    private static func lines(_ finding: Finding) -> [String] {
        let place = [
            finding.position.line > 0 ? "第 \(finding.position.line) 行 line \(finding.position.line)" : nil,
            finding.position.column > 0 ? "第 \(finding.position.column) 列 column \(finding.position.column)" : nil,
            finding.path.isEmpty ? nil : finding.path,
        ].compactMap { $0 }.joined(separator: ", ")
        return ["  - [\(finding.code.name)] \(place)", "    \(finding.textZH)", "    \(finding.text)"]
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
