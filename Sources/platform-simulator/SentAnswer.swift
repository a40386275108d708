internal import ExchangeModel
internal import JSON

/// What a sender was told about one request: a line of `sent.jsonl`.
struct SentAnswer: Sendable {
    /// The recording and the number of the request in it, from 1.
    var caseName: String
    /// See `caseName`.
    var step: Int
    /// The channel and who sent.
    var channel: String
    /// See `channel`.
    var sender: String
    /// HTTP status; 0 when no answer came.
    var status: Int
    /// The message that the answer names, if any.
    var messageID: String?
    /// Its deliveries: id and destination.
    var deliveries: [(id: String, destination: String)] = []
    /// Findings of a refusal.
    var findings: [RecordedCase.ExpectedFinding] = []
    /// The tender's code, by the sender's own reading of the payload; nil when it is unreadable.
    var orderingKey: String?
    /// Number of the accepted message within its ordering key, from 1 in the order of sending; nil when refused.
    var sequenceInKey: Int?
    /// SHA-256 of the payload, lower-case hex.
    var sha256: String
    /// The file that was sent.
    var payloadFile: String
    /// When the answer had come.
    var at: Instant
    /// Why there was no answer.
    var failure: String?

    /// Takes status, id, deliveries and findings from an answer; what is no JSON gives only the status.
    mutating func take(status: Int, body: [UInt8]) {
        self.status = status
        guard let answer = try? JSONValue(parsing: body) else { return }
        messageID = answer["id"]?.string
        deliveries = (answer["deliveries"]?.elements ?? []).compactMap { delivery in
            guard let id = delivery["id"]?.string, let destination = delivery["destination"]?.string else { return nil }
            return (id, destination)
        }
        findings = Self.findings(of: answer)
    }

    /// The findings of a problem or a message.
    static func findings(of answer: JSONValue) -> [RecordedCase.ExpectedFinding] {
        (answer["findings"]?.elements ?? []).compactMap { finding in
            finding["code"]?.string.map {
                .init(
                    code: $0, path: finding["path"]?.string ?? "", line: finding["line"]?.integer ?? 0,
                    column: finding["column"]?.integer ?? 0)
            }
        }
    }

    /// As one JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("case", caseName)
            $0.member("step", step)
            $0.member("channel", channel)
            $0.member("sender", sender)
            $0.member("status", status)
            $0.member("messageId", messageID)
            $0.array("deliveries") { writer in
                for delivery in deliveries {
                    writer.object {
                        $0.member("id", delivery.id)
                        $0.member("destination", delivery.destination)
                    }
                }
            }
            $0.member("orderingKey", orderingKey)
            $0.member("sequenceInKey", sequenceInKey)
            $0.member("sha256", sha256)
            $0.member("payloadFile", payloadFile)
            $0.member("at", at.description)
            $0.memberIfPresent("failure", failure)
        }
    }
}
