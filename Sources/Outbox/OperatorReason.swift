public import ExchangeModel
internal import Store

/// Why a person acts, in the person's words; it goes into the evidence.
public struct OperatorReason: Sendable, Hashable {
    /// One line, not empty, at most `StoreLimits.reasonBytes` octets.
    public let text: String

    /// Checks a reason. Throws `.usage` for an empty one, one that is too long, and one with control characters (they would
    /// reach terminals and logs).
    public init(_ text: String) throws(GatewayError) {
        func refused(_ happened: String) -> GatewayError {
            GatewayError(
                .usage, attempted: "take", subject: "the reason", happened: happened,
                remedy: "say in one line why, in at most \(StoreLimits.reasonBytes) octets of UTF-8")
        }
        guard text.utf8.contains(where: { $0 != 0x20 }) else { throw refused("it is empty") }
        guard text.utf8.count <= StoreLimits.reasonBytes else { throw refused("it has \(text.utf8.count) octets") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            throw refused("it holds control characters")
        }
        self.text = text
    }
}
