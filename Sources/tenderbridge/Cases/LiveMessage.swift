internal import Cryptography
internal import ExchangeModel
internal import JSON

/// A message as the running gateway hands it out for a case.
struct LiveMessage {
    var channel, sender, contentType: String
    var dataset: String?
    var isRefused: Bool
    /// Codes of its errors, sorted.
    var errorCodes: [String]
    var attachmentCount: Int
    var bytes: [UInt8]

    init(_ answer: JSONValue) throws(GatewayError) {
        guard let message = answer["message"], let payload = answer["payload"], let channel = message["channel"]?.string,
            let sender = answer["sender"]?.string, let state = message["state"]?.string,
            let bytes = (payload["base64"]?.string).flatMap({ Base64.decode($0.utf8) })
        else {
            throw GatewayError(
                .temporary, attempted: "read the answer about", subject: "the message", happened: "it holds no message",
                remedy: "use the tenderbridge command of the gateway's version")
        }
        self.channel = channel
        self.sender = sender
        self.bytes = bytes
        contentType = payload["contentType"]?.string ?? ""
        dataset = message["dataset"]?.string
        isRefused = state == "refused"
        errorCodes = (message["findings"]?.elements ?? []).filter { $0["severity"]?.string == "error" }
            .compactMap { $0["code"]?.string }.sorted()
        attachmentCount = message["attachments"]?.elements?.count ?? 0
    }
}
