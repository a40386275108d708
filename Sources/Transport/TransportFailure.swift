/// An exchange without a complete answer.
public struct TransportFailure: Error, Sendable {
    /// Whether any byte of the request can have left.
    ///
    /// The boundary is one fact from libcurl, CURLOPT_PREREQFUNCTION: it is called when a connection is ready (TLS
    /// handshake and proxy tunnel done), directly before the first byte of the request is handed to it. Not called means
    /// `certainlyNotSent`; called means `maybeSent`, whatever happened then.
    ///
    /// The same callback ends libcurl's silent second sending. libcurl 7.88.1 sends any request again, POST included, when
    /// a reused connection ends without a byte of answer (`Curl_retry_request` in lib/transfer.c, up to five times), and
    /// likewise after HTTP/2 REFUSED_STREAM and HTTP_1_1_REQUIRED, although the server may have acted on the first one. The
    /// second call of the callback for one request aborts it, so a request leaves at most once and the failure says
    /// `maybeSent`.
    public enum Stage: String, Sendable, Hashable {
        /// No byte of the request left: it may be sent again without a question.
        case certainlyNotSent
        /// Bytes may have left and the server may have acted on them.
        case maybeSent
    }

    /// What failed.
    public enum Kind: String, Sendable, Hashable {
        /// The request breaks a rule (`HTTPRequest`): address, method, header or size.
        case invalidRequest
        /// `waitingRequestsMax` of the endpoint was reached.
        case queueFull
        /// The transport stops or has stopped.
        case stopping
        /// The caller cancelled.
        case cancelled
        /// The host name has no address.
        case nameLookup
        /// No connection, or it ended before the request could begin.
        case connect
        /// No ready connection in time.
        case connectTimeOut
        /// The proxy failed or cannot be found.
        case proxy
        /// The TLS handshake failed.
        case tlsHandshake
        /// The server certificate is not good: unknown authority, other host name, expired.
        case serverCertificate
        /// A certificate or key file of ours cannot be used.
        case localTLSFiles
        /// The server ended TLS by an alert after the handshake. With TLS 1.3 a refused client certificate shows here.
        case tlsAlert
        /// No complete answer in time.
        case answerTimeOut
        /// The connection ended before an answer, by reset or close.
        case connectionLost
        /// The connection ended inside the answer.
        case answerTruncated
        /// The answer's body is over `answerBodyBytesMax`.
        case bodyTooLarge
        /// The answer's header lines are over `answerHeadBytesMax`.
        case headTooLarge
        /// The answer is not HTTP as expected.
        case protocolFault
        /// libcurl reports something else; see `text`.
        case other
    }

    /// The question that decides about sending again.
    public let stage: Stage
    /// What failed.
    public let kind: Kind
    /// libcurl's sentence or ours; at most 255 bytes, without payload, header values or control characters.
    public let text: String
    /// The status of the answer that had begun, if any.
    public let status: Int?
    /// How far the exchange came; nil when it never started.
    public let exchange: HTTPExchange?
    /// libcurl's number (`curl_easy_strerror(3)`), 0 when libcurl was not asked.
    public let curlCode: Int

    init(
        _ kind: Kind, stage: Stage, text: String, status: Int? = nil, exchange: HTTPExchange? = nil, curlCode: Int = 0
    ) {
        self.kind = kind
        self.stage = stage
        self.text = text
        self.status = status
        self.exchange = exchange
        self.curlCode = curlCode
    }
}

extension TransportFailure: CustomStringConvertible {
    /// One line for a log: kind, sentence, and whether bytes can have left.
    public var description: String {
        var line = "\(kind.rawValue): \(text) (\(stage.rawValue)"
        if curlCode != 0 { line += ", libcurl \(curlCode)" }
        if let status { line += ", status \(status)" }
        return line + ")"
    }
}
