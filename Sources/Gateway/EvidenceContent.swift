internal import ExchangeModel
internal import JSON
internal import Store

/// The JSON of the evidence rows that the gateway itself writes. Ids, names, digests and codes only: never a payload, a
/// secret or personal data.
enum EvidenceContent {
    static func accepted(_ intake: Intake, payloadDigest: [UInt8], envelope: EnvelopeTrace? = nil) -> [UInt8] {
        var json = JSONWriter(capacity: 640)
        json.beginObject()
        json.member("event", "message.accepted")
        json.member("message", intake.id.description)
        json.member("channel", intake.channel)
        json.member("sender", intake.sender)
        json.member("dataset", intake.dataset.name)
        json.member("businessKey", intake.businessKey)
        json.member("orderingKey", intake.orderingKey)
        json.member("version", intake.version)
        json.member("payloadSha256", Hex.encode(payloadDigest))
        envelope?.write(to: &json)
        json.member("mapping", intake.versions.mapping)
        json.member("trace", intake.traceID)
        json.key("deliveries")
        json.beginArray()
        for delivery in intake.deliveries {
            json.beginObject()
            json.member("id", delivery.id.description)
            json.member("destination", delivery.destination)
            json.endObject()
        }
        json.endArray()
        ReportJSON.writeMember(intake.attachments, to: &json)
        json.endObject()
        return json.bytes
    }

    static func refused(
        id: MessageID, channel: String, sender: String, status: Int, findings: [Finding], payloadDigest: [UInt8], bytes: Int,
        declaredBytes: Int?, traceID: String, envelope: EnvelopeTrace? = nil
    ) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.beginObject()
        json.member("event", "message.refused")
        json.member("message", id.description)
        json.member("channel", channel)
        json.member("sender", sender)
        json.member("status", status)
        json.member("payloadSha256", Hex.encode(payloadDigest))
        envelope?.write(to: &json)
        json.member("bytes", bytes)
        if let declaredBytes { json.member("declaredBytes", declaredBytes) }
        json.member("trace", traceID)
        json.key("findings")
        json.beginArray()
        for finding in findings.prefix(50) {
            json.beginObject()
            json.member("code", finding.code.name)
            // The store keeps every finding whole; a row of evidence has a limit, and 50 long paths must not burst it.
            json.member("path", finding.path.utf8.count <= 256 ? finding.path : String(finding.path.prefix(64)) + "…")
            json.member("line", finding.position.line)
            json.endObject()
        }
        json.endArray()
        json.member("findingCount", findings.count)
        json.endObject()
        return json.bytes
    }

    /// A file that was taken to its end.
    static func streamTaken(
        _ stream: StreamIdentity, name: String, sender: String, bytes: Int, records: Int, traceID: String
    ) -> [UInt8] {
        JSONWriter.bytes { json in
            json.beginObject()
            json.member("event", "stream.taken")
            json.member("channel", stream.channel)
            json.member("sender", sender)
            json.member("name", name)
            json.member("sha256", Hex.encode(stream.digest))
            json.member("bytes", bytes)
            json.member("records", records)
            json.member("trace", traceID)
            json.endObject()
        }
    }

    static func quotaReached(channel: String) -> [UInt8] {
        JSONWriter.bytes { json in
            json.beginObject()
            json.member("event", "turnedAway.quotaReached")
            json.member("channel", channel)
            json.member("meaning", "more that were not let in within this hour are counted in metrics only")
            json.endObject()
        }
    }

    static func probe() -> [UInt8] {
        JSONWriter.bytes { json in
            json.beginObject()
            json.member("event", "store.probed")
            json.endObject()
        }
    }

    static func lifecycle(_ event: String, gateway: String, owner: String, version: String) -> [UInt8] {
        JSONWriter.bytes { json in
            json.beginObject()
            json.member("event", event)
            json.member("gateway", gateway)
            json.member("owner", owner)
            json.member("version", version)
            json.endObject()
        }
    }
}
