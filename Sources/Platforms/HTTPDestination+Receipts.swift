internal import ExchangeModel

internal import Transport

extension HTTPDestination {
    /// Asks for the receipts that came since a mark. The answer's bytes; or why there are none, in words for a person.
    ///
    /// - Parameters:
    ///   - since: takes the place of `{since}` in the address, percent-encoded.
    ///   - traceID: W3C trace id of this question.
    public func fetchReceipts(
        _ poll: ReceiptSettings.Poll, since: String, traceID: String
    ) async -> Result<[UInt8], ReceiptFetchFailure> {
        let request = HTTPRequest(
            endpoint: endpoint, method: "GET", url: poll.url.replacing("{since}", with: Self.encoded(since)),
            headers: baseHeaders(traceID: traceID, parentID: String(traceID.suffix(12)) + "0003"))
        do {
            let response = try await transport.send(request)
            guard response.status == 200 else {
                return .failure(ReceiptFetchFailure(code: "poll.status", text: "HTTP \(response.status)"))
            }
            return .success(response.body)
        } catch {
            return .failure(ReceiptFetchFailure(code: "poll.\(error.kind.rawValue)", text: error.text))
        }
    }

    /// All but the unreserved characters of RFC 3986, section 2.3, are percent-encoded.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return result
    }
}

/// Why receipts could not be fetched.
public struct ReceiptFetchFailure: Error, Sendable, Hashable {
    /// Stable short name, such as `poll.status` or `poll.reset`.
    public var code: String
    /// One sentence.
    public var text: String

    /// Takes both.
    public init(code: String, text: String) {
        self.code = code
        self.text = text
    }
}
