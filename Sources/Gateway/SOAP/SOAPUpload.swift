internal import Cryptography
public import ExchangeModel
public import Formats

/// A call to a SOAP channel, taken apart. It holds the sender's key: it is used at once and kept nowhere.
public struct SOAPUpload: Sendable {
    /// The call without its arguments, for the answer.
    public let call: SOAPCall
    /// Who sends, as it says itself; nil where the channel has no argument for it.
    public let user: String?
    /// Its key; nil where the channel has no argument for it.
    public let key: [UInt8]?
    /// The serial number.
    public let serial: String?
    /// The dataset code.
    public let datasetCode: String?
    /// The document, or what stands in its place where there is none.
    public let content: [UInt8]
    /// Whether `content` is a document.
    public let isDocument: Bool
    /// What is wrong with the arguments; paths and lines are those of the envelope.
    public let findings: [Finding]
    /// What the evidence keeps of the envelope.
    public let trace: EnvelopeTrace
    /// Whether some record of the channel is named by a person's number: the sender's id of it is then not kept.
    let isPersonal: Bool

    /// The payload that the channel accepts or refuses.
    public func payload(
        channel: String, sender: String, declaredBytes: Int?, traceID: String, receivedAt: Instant
    ) -> ReceivedPayload {
        var payload = ReceivedPayload(
            channel: channel, sender: sender, idempotencyKey: serial, contentType: "application/xml",
            declaredBytes: declaredBytes, bytes: content, traceID: traceID, receivedAt: receivedAt)
        if content.first == UInt8(ascii: "{") || content.first == UInt8(ascii: "[") { payload.contentType = "application/json" }
        if !isDocument { payload.contentType = "application/octet-stream" }
        payload.hints = DatasetHints(datasetCode: datasetCode)
        payload.findings = findings
        payload.isDecoded = isDocument
        payload.envelope = trace
        if isPersonal {
            payload.envelope?.arguments.removeAll { $0.name == GatewayConfiguration.SOAPRole.dataId.rawValue }
        }
        return payload
    }
}
