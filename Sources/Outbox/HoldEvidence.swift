internal import ExchangeModel
internal import JSON
internal import Store

/// The evidence of holds and of parked lanes: names, keys and reasons, never content.
enum HoldEvidence {
    static func held(_ selector: HoldSelector, actor: String, reason: String, at now: Instant) -> EvidenceEntry {
        entry("outbox.held", selector, at: now) { json in
            json.member("actor", actor)
            json.member("reason", reason)
        }
    }

    static func released(
        _ selector: HoldSelector, _ kind: LaneHold.Kind, actor: String, reason: String?, at now: Instant
    ) -> EvidenceEntry {
        entry("outbox.released", selector, at: now) { json in
            json.member("kind", kind.rawValue)
            json.member("actor", actor)
            if let reason { json.member("reason", reason) }
        }
    }

    static func parked(_ delivery: OpenDelivery, cause: DeliveryCause?, at now: Instant) -> EvidenceEntry {
        lane("lane.parked", delivery, at: now) { json in if let cause { json.member("cause", cause.code) } }
    }

    static func unparked(_ delivery: OpenDelivery, at now: Instant) -> EvidenceEntry {
        lane("lane.unparked", delivery, at: now) { _ in }
    }

    private static func entry(
        _ event: String, _ selector: HoldSelector, at now: Instant, _ more: (inout JSONWriter) -> Void
    ) -> EvidenceEntry {
        let content = JSONWriter.bytes { json in
            json.beginObject()
            json.member("event", event)
            json.member("destination", selector.destination)
            if let key = selector.orderingKey { json.member("orderingKey", key) }
            more(&json)
            json.endObject()
        }
        return EvidenceEntry(at: now, messageID: nil, content: content)
    }

    private static func lane(
        _ event: String, _ delivery: OpenDelivery, at now: Instant, _ more: (inout JSONWriter) -> Void
    ) -> EvidenceEntry {
        let content = JSONWriter.bytes { json in
            json.beginObject()
            json.member("event", event)
            json.member("destination", delivery.destination)
            json.member("delivery", delivery.id.description)
            more(&json)
            json.endObject()
        }
        return EvidenceEntry(at: now, messageID: delivery.messageID, content: content)
    }
}
