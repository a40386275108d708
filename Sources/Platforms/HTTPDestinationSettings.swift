/// What is needed to reach a platform over HTTP; read from configuration.
public struct HTTPDestinationSettings: Sendable, Equatable {
    /// Where deliveries are posted.
    public var url: String
    /// Media type of the body.
    public var contentType: String
    /// How the gateway signs in.
    public var signIn: SignIn
    /// Trust and identity for `https`.
    public var tls: TLS
    /// Offer HTTP/2 by ALPN; off, HTTP/1.1 is spoken.
    public var offersHTTP2: Bool
    /// How long a connection may take to stand.
    public var connectTimeout: Duration
    /// How long an attempt may take in all.
    public var totalTimeout: Duration
    /// Largest answer that is read.
    public var answerBytesMax: Int
    /// How many bytes of an answer are kept as receipt.
    public var receiptBytes: Int
    /// Connections kept at most.
    public var connectionsMax: Int
    /// How answers are read.
    public var answer: AnswerRules
    /// How the platform is asked about a delivery; nil where it cannot be.
    public var status: StatusQuery?

    /// How the gateway says who it is.
    public enum SignIn: Sendable, Equatable {
        /// Not at all (a client certificate may do it).
        case none
        /// A header with a secret value, such as `Authorization: Bearer KEY`.
        case header(name: String, value: String)
    }

    /// Certificates, PEM files.
    public struct TLS: Sendable, Equatable {
        /// The authorities that the platform's certificate must come from; nil means the system's.
        public var authoritiesPath: String?
        /// The gateway's own certificate chain and key.
        public var certificatePath: String?
        /// The gateway's private key.
        public var keyPath: String?

        /// Takes everything.
        public init(authoritiesPath: String?, certificatePath: String?, keyPath: String?) {
            self.authoritiesPath = authoritiesPath
            self.certificatePath = certificatePath
            self.keyPath = keyPath
        }
    }

    /// A question by delivery id.
    public struct StatusQuery: Sendable, Equatable {
        /// Address with `{deliveryId}` in it, asked with GET.
        public var url: String
        /// How the answer is read: `accepted`, `permanent` (it was refused), `absent`, or unclear.
        public var answer: AnswerRules

        /// Takes both.
        public init(url: String, answer: AnswerRules) {
            self.url = url
            self.answer = answer
        }
    }

    /// Takes everything.
    public init(
        url: String, contentType: String, signIn: SignIn, tls: TLS, offersHTTP2: Bool, connectTimeout: Duration,
        totalTimeout: Duration, answerBytesMax: Int, receiptBytes: Int, connectionsMax: Int, answer: AnswerRules,
        status: StatusQuery?
    ) {
        self.url = url
        self.contentType = contentType
        self.signIn = signIn
        self.tls = tls
        self.offersHTTP2 = offersHTTP2
        self.connectTimeout = connectTimeout
        self.totalTimeout = totalTimeout
        self.answerBytesMax = answerBytesMax
        self.receiptBytes = receiptBytes
        self.connectionsMax = connectionsMax
        self.answer = answer
        self.status = status
    }
}
