internal import ExchangeModel
internal import JSON
internal import Outbox

extension EvidenceContent {
    static func backfillBegun(_ id: UUIDv7, _ order: BackfillOrder) -> [UInt8] {
        JSONWriter.bytes { json in
            json.object { json in
                json.member("event", "backfill.begun")
                json.member("backfill", id.description)
                json.member("destination", order.destination)
                json.member("from", order.from.description)
                json.member("to", order.to.description)
                if let dataset = order.dataset { json.member("dataset", dataset.name) }
                if let channel = order.channel { json.member("channel", channel) }
                json.member("actor", order.actor)
                json.member("reason", order.reason?.text)
            }
        }
    }

    /// In the trail of the message: it got one more delivery.
    static func backfilled(
        _ delivery: DeliveryID, message: MessageID, destination: String, backfill: UUIDv7, actor: String
    ) -> [UInt8] {
        JSONWriter.bytes { json in
            json.object { json in
                json.member("event", "delivery.backfilled")
                json.member("delivery", delivery.description)
                json.member("message", message.description)
                json.member("destination", destination)
                json.member("backfill", backfill.description)
                json.member("actor", actor)
            }
        }
    }

    static func backfillEnded(_ report: BackfillReport, _ order: BackfillOrder) -> [UInt8] {
        JSONWriter.bytes { json in
            json.object { json in
                json.member("event", "backfill.ended")
                json.member("backfill", report.id.description)
                json.member("destination", report.destination)
                for outcome in BackfillReport.Outcome.allCases { json.member(outcome.rawValue, report.total(outcome)) }
                json.member("actor", order.actor)
            }
        }
    }
}
