/// One request: what to send where. Sent at most once (see `TransportFailure.Stage`).
public struct HTTPRequest: Sendable {
    /// Shared settings and limits.
    public var endpoint: HTTPEndpoint
    /// `GET`, `POST`, ... as sent.
    public var method: String
    /// An `http` or `https` address without user name and password; already percent-encoded.
    public var url: String
    /// Sent in this order. Names are tokens and values hold no control character (RFC 9110, 5.1 and 5.5). `Content-Length`,
    /// `Transfer-Encoding`, `Expect` and `Connection` are the transport's own and refused here.
    public var headers: [(name: String, value: String)]
    /// The content, sent with `Content-Length`. `HEAD` takes none.
    public var body: [UInt8]
    /// Replaces the endpoint's total time-out.
    public var timeOut: Duration?

    /// Makes a request.
    public init(
        endpoint: HTTPEndpoint, method: String = "GET", url: String, headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], timeOut: Duration? = nil
    ) {
        self.endpoint = endpoint
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeOut = timeOut
    }

    /// Why libcurl must not be given this request, nil when it may. Everything that ends a C string or a header line
    /// early is caught here, since the parts may come from payloads.
    func fault() -> String? {
        guard !method.isEmpty, method.utf8.allSatisfy(Self.isToken) else { return "the method is no token" }
        guard !url.isEmpty, url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            return "the address is empty or holds a space or control character"
        }
        guard body.count <= endpoint.limits.requestBodyBytesMax else {
            return "the body has \(body.count) bytes, over requestBodyBytesMax \(endpoint.limits.requestBodyBytesMax)"
        }
        if method == "HEAD", !body.isEmpty { return "HEAD takes no body" }
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isToken) else { return "a header name is no token" }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                return "the value of header \(name) holds a control character"
            }
            if Self.ownHeaders.contains(where: { ASCII.equalIgnoringCase($0, name) }) {
                return "header \(name) is set by the transport"
            }
        }
        return nil
    }

    private static let ownHeaders = ["Content-Length", "Transfer-Encoding", "Expect", "Connection"]

    /// RFC 9110, 5.6.2: `tchar`.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}

/// Comparison of header names without building lower-case copies.
enum ASCII {
    static func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
}
