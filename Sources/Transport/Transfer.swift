internal import CCurl

/// One libcurl easy handle, prepared once for its endpoint and used for one request after the other.
///
/// Lives on the transport's thread only. Everything libcurl points to (answer, error text, header list) is owned here and
/// freed after the handle.
final class Transfer {
    let easy: UnsafeMutableRawPointer
    /// The request in hand; nil between two.
    private(set) var submission: Submission?
    private let answer: UnsafeMutablePointer<Answer>
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var holdsLargeBody = false

    /// Above this a sent body's copy is given back at once instead of at the handle's next request.
    private static let keptBodyBytesMax = 64 << 10

    /// Makes a handle with everything set that is the same for all requests of the endpoint.
    init(endpoint: HTTPEndpoint) throws(TransportFailure) {
        guard let easy = curl_easy_init() else {
            throw TransportFailure(.other, stage: .certainlyNotSent, text: "curl_easy_init failed: no memory")
        }
        self.easy = easy
        answer = .allocate(capacity: 1)
        answer.initialize(to: Answer(limits: endpoint.limits))
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try prepare(endpoint)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        answer.deinitialize(count: 1)
        answer.deallocate()
        errorText.deallocate()
    }

    /// Gives the handle a request; on success it can be added to the multi handle.
    func begin(_ submission: Submission) throws(TransportFailure) {
        let request = submission.request
        if let fault = request.fault() { throw TransportFailure(.invalidRequest, stage: .certainlyNotSent, text: fault) }
        answer.pointee.clear()
        errorText.pointee = 0
        // Text and body are copied by libcurl (CURLOPT_COPYPOSTFIELDS), so nothing here has to outlive the call.
        try set(text: CURLOPT_URL, request.url)
        try set(CURLOPT_TIMEOUT_MS, milliseconds(request.timeOut ?? request.endpoint.timeOuts.total))
        try setMethod(request)
        try setHeaders(request)
        self.submission = submission
    }

    /// Takes the outcome and makes the handle free for the next request. Called after the handle left the multi handle.
    func finish(_ code: CURLcode) -> Result<HTTPResponse, TransportFailure> {
        defer { release() }
        let exchange = makeExchange()
        let status = getLong(CURLINFO_RESPONSE_CODE)
        if code == CURLE_OK {
            // libcurl 7.88.1 takes an answer that ends inside its header lines for a whole one without content.
            guard answer.pointee.headIsComplete, status > 0 else {
                return .failure(
                    TransportFailure(
                        .answerTruncated, stage: .maybeSent, text: "the connection ended inside the header of the answer",
                        status: status == 0 ? nil : status, exchange: exchange))
            }
            return .success(
                HTTPResponse(
                    status: status, headers: HTTPResponse.fields(of: answer.pointee.head), body: answer.pointee.body,
                    exchange: exchange))
        }
        let attempts = answer.pointee.attempts
        let text = errorSentence(code)
        return .failure(
            TransportFailure(
                TransportFailure.Kind(code, attempts: attempts, cap: answer.pointee.cap, text: text),
                stage: attempts == 0 ? .certainlyNotSent : .maybeSent,
                text: attempts > 1 ? "a reused connection ended without an answer; libcurl was kept from sending again" : text,
                status: status == 0 ? nil : status, exchange: exchange, curlCode: Int(code.rawValue)))
    }

    /// Ends the request before libcurl did. Called after the handle left the multi handle.
    func abandon(_ kind: TransportFailure.Kind, text: String) -> TransportFailure {
        defer { release() }
        let status = getLong(CURLINFO_RESPONSE_CODE)
        return TransportFailure(
            kind, stage: answer.pointee.attempts == 0 ? .certainlyNotSent : .maybeSent, text: text,
            status: status == 0 ? nil : status, exchange: makeExchange())
    }

    private func release() {
        submission = nil
        answer.pointee.clear()
        if holdsLargeBody {
            _ = ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, nil)
            holdsLargeBody = false
        }
    }

    // MARK: Settings

    private func prepare(_ endpoint: HTTPEndpoint) throws(TransportFailure) {
        // Set first: from here on a failing option has a sentence.
        try check(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText), CURLOPT_ERRORBUFFER)
        try check(ccurl_set_pointer(easy, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque()), CURLOPT_PRIVATE)
        try check(ccurl_set_write_function(easy, receiveBody), CURLOPT_WRITEFUNCTION)
        try check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, answer), CURLOPT_WRITEDATA)
        try check(ccurl_set_header_function(easy, receiveHead), CURLOPT_HEADERFUNCTION)
        try check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, answer), CURLOPT_HEADERDATA)
        try check(ccurl_set_prereq_function(easy, aboutToSend), CURLOPT_PREREQFUNCTION)
        try check(ccurl_set_pointer(easy, CURLOPT_PREREQDATA, answer), CURLOPT_PREREQDATA)

        try check(ccurl_set_open_socket_function(easy, openSocket), CURLOPT_OPENSOCKETFUNCTION)
        try set(CURLOPT_NOSIGNAL, 1)
        // A name lookup that hangs must not hold the one thread when its request times out (the default joins it).
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(text: CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_TCP_NODELAY, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(endpoint.timeOuts.connect))
        let idle = endpoint.timeOuts.idleConnection.components.seconds
        try set(CURLOPT_MAXAGE_CONN, Int(clamping: max(idle, 1)))
        try set(CURLOPT_FORBID_REUSE, idle < 1 ? 1 : 0)
        try set(text: CURLOPT_USERAGENT, endpoint.userAgent)
        // An empty name means none and keeps http_proxy and its kin in the environment out.
        try set(text: CURLOPT_PROXY, endpoint.proxy ?? "")
        try set(text: CURLOPT_NOPROXY, endpoint.proxy == nil ? "*" : "")
        if let path = endpoint.unixSocket { try set(text: CURLOPT_UNIX_SOCKET_PATH, path) }
        switch endpoint.version {
        case .http1:
            try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        case .automatic:
            try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
            // Rather wait for a connection that can carry many requests than open many.
            try set(CURLOPT_PIPEWAIT, 1)
        }
        try prepareTLS(endpoint)
    }

    private func prepareTLS(_ endpoint: HTTPEndpoint) throws(TransportFailure) {
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_CA_CACHE_TIMEOUT, HTTPEndpoint.trustCacheSeconds)
        if case .authorities(let file) = endpoint.trust {
            try set(text: CURLOPT_CAINFO, file)
            // Debian's libcurl has /etc/ssl/certs built in as directory: left there it would go on counting.
            try set(text: CURLOPT_CAPATH, nil)
        }
        if let identity = endpoint.clientIdentity {
            try set(text: CURLOPT_SSLCERTTYPE, "PEM")
            try set(text: CURLOPT_SSLCERT, identity.certificateFile)
            try set(text: CURLOPT_SSLKEYTYPE, "PEM")
            try set(text: CURLOPT_SSLKEY, identity.keyFile)
            try set(text: CURLOPT_KEYPASSWD, identity.keyPassword)
        }
    }

    private func setMethod(_ request: HTTPRequest) throws(TransportFailure) {
        switch request.method {
        case "HEAD":
            try set(text: CURLOPT_CUSTOMREQUEST, nil)
            try set(CURLOPT_NOBODY, 1)
        case "GET" where request.body.isEmpty:
            try set(text: CURLOPT_CUSTOMREQUEST, nil)
            try set(CURLOPT_HTTPGET, 1)
        default:
            try set(CURLOPT_POST, 1)
            try set(text: CURLOPT_CUSTOMREQUEST, request.method == "POST" ? nil : request.method)
            // The size comes first: it tells how much to copy.
            try check(
                ccurl_set_off(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count)), CURLOPT_POSTFIELDSIZE_LARGE)
            let code =
                request.body.isEmpty
                ? ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, "")
                : request.body.withUnsafeBytes { ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
            try check(code, CURLOPT_COPYPOSTFIELDS)
            holdsLargeBody = request.body.count > Self.keptBodyBytesMax
        }
    }

    private func setHeaders(_ request: HTTPRequest) throws(TransportFailure) {
        // The old list stays until the handle points to the new one.
        let old = headerList
        defer { curl_slist_free_all(old) }
        headerList = nil
        var namesContentType = false
        for (name, value) in request.headers {
            // CURLOPT_HTTPHEADER(3): "Name:" removes a header, "Name;" sends it without a value.
            try appendHeader(value.isEmpty ? "\(name);" : "\(name): \(value)")
            if ASCII.equalIgnoringCase(name, "Content-Type") { namesContentType = true }
        }
        // No wait for "100 Continue", and no content type that nobody asked for.
        try appendHeader("Expect:")
        if !namesContentType { try appendHeader("Content-Type:") }
        try check(ccurl_set_list(easy, CURLOPT_HTTPHEADER, headerList), CURLOPT_HTTPHEADER)
    }

    private func appendHeader(_ line: String) throws(TransportFailure) {
        guard let list = curl_slist_append(headerList, line) else {
            throw TransportFailure(.other, stage: .certainlyNotSent, text: "curl_slist_append failed: no memory")
        }
        headerList = list
    }

    private func set(_ option: CURLoption, _ value: Int) throws(TransportFailure) {
        try check(ccurl_set_long(easy, option, value), option)
    }

    private func set(text option: CURLoption, _ value: String?) throws(TransportFailure) {
        try check(ccurl_set_text(easy, option, value), option)
    }

    private func check(_ code: CURLcode, _ option: CURLoption) throws(TransportFailure) {
        guard code != CURLE_OK else { return }
        throw TransportFailure(
            .other, stage: .certainlyNotSent, text: "libcurl refused option \(option.rawValue): \(errorSentence(code))",
            curlCode: Int(code.rawValue))
    }

    /// libcurl reads zero as "no limit" or "the default", so the shortest time is one millisecond.
    private func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        let capped = min(max(seconds, 0), 10_000_000)
        return max(Int(capped) * 1000 + Int(max(attoseconds, 0) / 1_000_000_000_000_000), 1)
    }
}

// MARK: Facts of a transfer

extension Transfer {
    private func makeExchange() -> HTTPExchange {
        let version: HTTPExchange.Version =
            switch getLong(CURLINFO_HTTP_VERSION) {
            case 0: .none
            case Int(CURL_HTTP_VERSION_1_0): .http10
            case Int(CURL_HTTP_VERSION_1_1): .http11
            case Int(CURL_HTTP_VERSION_2_0): .http2
            case let number: .other(number)
            }
        var address: UnsafePointer<CChar>?
        _ = ccurl_get_text(easy, CURLINFO_PRIMARY_IP, &address)
        let remoteAddress = address.map { String(cString: $0) } ?? ""
        return HTTPExchange(
            timings: HTTPExchange.Timings(
                nameLookup: getOff(CURLINFO_NAMELOOKUP_TIME_T), connect: getOff(CURLINFO_CONNECT_TIME_T),
                tls: getOff(CURLINFO_APPCONNECT_TIME_T), firstByte: getOff(CURLINFO_STARTTRANSFER_TIME_T),
                total: getOff(CURLINFO_TOTAL_TIME_T)),
            reusedConnection: !remoteAddress.isEmpty && getLong(CURLINFO_NUM_CONNECTS) == 0,
            version: version, remoteAddress: remoteAddress, remotePort: max(getLong(CURLINFO_PRIMARY_PORT), 0),
            localPort: max(getLong(CURLINFO_LOCAL_PORT), 0))
    }

    private func getLong(_ information: CURLINFO) -> Int {
        var value = 0
        _ = ccurl_get_long(easy, information, &value)
        return value
    }

    private func getOff(_ information: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        _ = ccurl_get_off(easy, information, &value)
        return Int64(value)
    }

    /// libcurl's detailed sentence when it wrote one, else the general one; control characters become spaces.
    private func errorSentence(_ code: CURLcode) -> String {
        let text = errorText.pointee != 0 ? String(cString: errorText) : String(cString: curl_easy_strerror(code))
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }
}
