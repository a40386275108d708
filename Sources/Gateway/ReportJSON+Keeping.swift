internal import Cryptography
internal import ExchangeModel
public import JSON
public import Store

extension ReportJSON {
    /// Writes bytes with what they are, in base64.
    public static func write(_ payload: StoredPayload, to json: inout JSONWriter) {
        json.beginObject()
        json.member("message", payload.message.description)
        json.member("kind", payload.kind.rawValue)
        json.member("contentType", payload.contentType)
        json.member("mapping", payload.versions.mapping)
        json.member("size", payload.bytes.count)
        json.member("sha256", Hex.encode(SHA256.digest(payload.bytes)))
        json.member("base64", Base64.encode(payload.bytes))
        json.endObject()
    }

    /// Writes what became of an order to destroy data keys.
    public static func write(_ outcome: KeyDestruction, to json: inout JSONWriter) {
        json.beginObject()
        json.member("keys", outcome.keys)
        for (name, days) in [("days", outcome.days), ("keptDays", outcome.keptDays)] {
            json.key(name)
            json.beginArray()
            for day in days { json.string(String(day.description.prefix(10))) }
            json.endArray()
        }
        json.member("hasPlainPayloads", outcome.hasPlainPayloads)
        json.endObject()
    }

    /// Why the answer of a receipt is not shown; nil when it is.
    static func hidden(_ state: StoredBytesState) -> String? {
        switch state {
        case .readable: nil
        case .locked: "locked"
        case .destroyed: "destroyed"
        case .damaged: "damaged"
        }
    }
}
