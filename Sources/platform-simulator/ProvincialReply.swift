internal import ExchangeModel
internal import JSON

/// How the simulated platform answers, or does not.
struct ProvincialReply: Sendable {
    /// What happens on the wire.
    enum Manner: Sendable, Hashable {
        /// The answer is sent at once.
        case answer
        /// The answer is sent after so long.
        case answerAfter(Duration)
        /// The connection is closed without an answer.
        case close
        /// The connection is reset.
        case reset
    }

    /// HTTP status.
    var status: Int
    /// Media type of the body.
    var contentType = "application/json; charset=utf-8"
    /// Further header fields.
    var headers: [(name: String, value: String)] = []
    /// The body.
    var body: [UInt8]
    /// What happens on the wire.
    var manner = Manner.answer

    /// The platform's JSON: code and message, then whatever else belongs to the answer.
    static func json(_ status: Int, code: String, message: String, _ more: (inout JSONWriter) -> Void = { _ in }) -> Self {
        let body = JSONWriter.bytes {
            $0.object {
                $0.member("code", code)
                $0.member("message", message)
                more(&$0)
            }
        }
        return Self(status: status, body: body)
    }

    /// A record that was taken.
    static func accepted(receipt: String, at: Instant) -> Self {
        json(200, code: "0", message: "接收成功 (accepted)") {
            $0.member("receiptNo", receipt)
            $0.member("receivedAt", at.description)
        }
    }

    /// A record that is refused for good: HTTP 200, as the real ones do.
    static func refused(_ refusal: ProvincialNotice.Refusal) -> Self {
        json(200, code: refusal.code, message: refusal.message) {
            if !refusal.path.isEmpty { $0.member("path", refusal.path) }
            if refusal.line > 0 { $0.member("line", refusal.line) }
        }
    }

    /// A page of some proxy in between.
    static func htmlPage(status: Int) -> Self {
        let page = """
            <!DOCTYPE html>
            <html><head><title>\(status) Bad Gateway</title></head>
            <body><center><h1>\(status) Bad Gateway</h1></center><hr><center>nginx</center></body></html>

            """
        return Self(status: status, contentType: "text/html", body: Array(page.utf8))
    }
}
