internal import JSON
public import Transport

/// A platform that is asked for records, page by page behind a cursor. Thread-safe.
public struct HTTPPoll: Sendable {
    /// What is asked, and how.
    public struct Settings: Sendable, Equatable {
        /// Address with `{cursor}` in it, asked with GET.
        public var url: String
        /// What takes the place of `{cursor}` the first time.
        public var start: String
        /// Where an answer says what comes next: a JSON pointer to a text or number. Nil: each answer stands alone.
        public var cursor: String?
        /// Time between two questions when nothing new came.
        public var interval: Duration
        /// How the gateway signs in.
        public var signIn: HTTPDestinationSettings.SignIn
        /// Trust and identity for `https`.
        public var tls: HTTPDestinationSettings.TLS
        /// How long a question may take in all, and its connection.
        public var totalTimeout, connectTimeout: Duration
        /// Largest page.
        public var pageBytesMax: Int

        /// Takes everything.
        public init(
            url: String, start: String, cursor: String?, interval: Duration, signIn: HTTPDestinationSettings.SignIn,
            tls: HTTPDestinationSettings.TLS, totalTimeout: Duration, connectTimeout: Duration, pageBytesMax: Int
        ) {
            self.url = url
            self.start = start
            self.cursor = cursor
            self.interval = interval
            self.signIn = signIn
            self.tls = tls
            self.totalTimeout = totalTimeout
            self.connectTimeout = connectTimeout
            self.pageBytesMax = pageBytesMax
        }
    }

    /// Longest wait between two questions while they fail.
    public static let backoffMax = Duration.seconds(600)

    private let settings: Settings
    private let transport: HTTPTransport
    private let endpoint: HTTPEndpoint

    /// A poll over a shared transport.
    public init(_ settings: Settings, transport: HTTPTransport) {
        self.settings = settings
        self.transport = transport
        var timeOuts = HTTPEndpoint.TimeOuts()
        timeOuts.connect = settings.connectTimeout
        timeOuts.total = settings.totalTimeout
        var limits = HTTPEndpoint.Limits()
        limits.answerBodyBytesMax = settings.pageBytesMax
        limits.concurrentRequestsMax = 1
        let identity = settings.tls.certificatePath.flatMap { certificate in
            settings.tls.keyPath.map { HTTPEndpoint.ClientIdentity(certificateFile: certificate, keyFile: $0) }
        }
        endpoint = HTTPEndpoint(
            trust: settings.tls.authoritiesPath.map { .authorities(file: $0) } ?? .system, clientIdentity: identity,
            version: .http1, timeOuts: timeOuts, limits: limits)
    }

    /// A page, and where the next one begins; or why there is none, in words for a person.
    ///
    /// - Parameters:
    ///   - cursor: takes the place of `{cursor}`, percent-encoded.
    ///   - traceID: W3C trace id of this question.
    public func page(behind cursor: String, traceID: String) async -> Result<Page, PollFailure> {
        var headers: [(name: String, value: String)] = [("Accept", "application/json, application/xml, text/csv")]
        headers.append(("traceparent", "00-\(traceID)-\(traceID.suffix(12))0004-01"))
        if case .header(let name, let value) = settings.signIn { headers.append((name, value)) }
        let request = HTTPRequest(
            endpoint: endpoint, method: "GET", url: settings.url.replacing("{cursor}", with: HTTPDestination.encoded(cursor)),
            headers: headers)
        do {
            let response = try await transport.send(request)
            switch response.status {
            case 200: return Self.page(response.body, cursor: settings.cursor)
            case 204: return .success(Page(bytes: [], next: nil))
            default: return .failure(PollFailure(code: "poll.status", text: "HTTP \(response.status)"))
            }
        } catch {
            return .failure(PollFailure(code: "poll.\(error.kind.rawValue)", text: error.text))
        }
    }

    /// The page that an answer's body is.
    ///
    /// - Parameter cursor: see `Settings.cursor`.
    public static func page(_ body: [UInt8], cursor: String?) -> Result<Page, PollFailure> {
        guard let pointer = cursor else { return .success(Page(bytes: body, next: nil)) }
        guard let document = try? JSONValue(parsing: body) else {
            return .failure(PollFailure(code: "poll.unreadable", text: "the answer is no JSON, so it names no cursor"))
        }
        switch document.value(at: pointer) {
        case .string(let text): return .success(Page(bytes: body, next: text))
        case .number(let number): return .success(Page(bytes: body, next: number))
        case .null, nil: return .success(Page(bytes: body, next: nil))
        default:
            return .failure(PollFailure(code: "poll.cursor", text: "at \(pointer) there is no text or number"))
        }
    }

    /// What a platform answered.
    public struct Page: Sendable {
        /// As received.
        public var bytes: [UInt8]
        /// Where the next page begins; nil where the answer names nothing.
        public var next: String?
    }
}

/// Why a platform gave no page.
public struct PollFailure: Error, Sendable, Hashable {
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
