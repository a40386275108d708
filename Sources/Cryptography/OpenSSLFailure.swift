internal import COpenSSL
internal import ExchangeModel

/// OpenSSL's error queue, which belongs to the calling thread.
///
/// Every failed call leaves entries behind; whoever does not drain them makes a later, unrelated failure look like
/// this one. So each failure path drains the whole queue at once, on the same thread.
enum OpenSSLFailure {
    /// Empties the queue and returns its reasons, oldest first, in OpenSSL's words; "no reason given" when it was empty.
    static func drain() -> String {
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { break }
            if reasons.count < 4, let text = ERR_reason_error_string(code) { reasons.append(String(cString: text)) }
        }
        return reasons.isEmpty ? "no reason given by OpenSSL" : reasons.joined(separator: ", ")
    }

    /// A failure of OpenSSL that is not the data's fault.
    static func error(attempted: String, subject: String = "") -> GatewayError {
        GatewayError(
            .cryptoFailed, attempted: attempted, subject: subject, happened: drain(),
            remedy: "check that OpenSSL 3 with its default provider is installed and that memory is not exhausted")
    }
}
