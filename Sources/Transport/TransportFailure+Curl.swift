internal import CCurl

extension TransportFailure.Kind {
    /// What libcurl's result means, given how often a request was about to be sent and which cap of ours was hit.
    ///
    /// The same code means different things on either side of that boundary: a time-out before it is one of connecting.
    init(_ code: CURLcode, attempts: Int, cap: AnswerCap, text: String) {
        switch cap {
        case .body: self = .bodyTooLarge
        case .head: self = .headTooLarge
        case .none: self = attempts == 0 ? Self.beforeSending(code) : Self.afterSending(code, attempts: attempts, text: text)
        }
    }

    private static func beforeSending(_ code: CURLcode) -> Self {
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_LOGIN_DENIED: .invalidRequest
        case CURLE_COULDNT_RESOLVE_HOST: .nameLookup
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: .proxy
        case CURLE_COULDNT_CONNECT, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_HTTP2: .connect
        case CURLE_OPERATION_TIMEDOUT: .connectTimeOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED: .tlsHandshake
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS: .serverCertificate
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE: .localTLSFiles
        default: .other
        }
    }

    private static func afterSending(_ code: CURLcode, attempts: Int, text: String) -> Self {
        // A second attempt, or its failed connection, means that the first connection ended without an answer.
        if attempts > 1 { return .connectionLost }
        return switch code {
        case CURLE_OPERATION_TIMEDOUT: .answerTimeOut
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SSL_CONNECT_ERROR:
            // libcurl has no code of its own for an alert; only OpenSSL's sentence tells.
            text.contains("alert") ? .tlsAlert : .connectionLost
        case CURLE_GOT_NOTHING, CURLE_SEND_FAIL_REWIND, CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST,
            CURLE_PEER_FAILED_VERIFICATION:
            .connectionLost
        case CURLE_PARTIAL_FILE: .answerTruncated
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_HTTP2, CURLE_HTTP2_STREAM,
            CURLE_BAD_CONTENT_ENCODING:
            .protocolFault
        default: .other
        }
    }
}

/// Which limit on the answer was passed.
enum AnswerCap {
    case none
    case head
    case body
}
