internal import Synchronization

/// What requests to one counterpart have in common: trust, identity, protocol, time-outs and limits.
///
/// A value that is made once from the configuration and then copied freely. Requests of the same endpoint (a copy counts
/// as the same) share prepared libcurl handles and a limit on how many run at once; connections are kept and reused by
/// libcurl wherever host and TLS settings are equal. A changed certificate file is seen by new connections within
/// `trustCacheSeconds`; make a new endpoint for anything else that changes.
public struct HTTPEndpoint: Sendable {
    /// Whose signature on a server certificate counts.
    public enum Trust: Sendable, Hashable {
        /// The authorities that the system trusts (`ca-certificates`).
        case system
        /// Only the authorities in this PEM file; the system's do not count then.
        case authorities(file: String)
    }

    /// Who we are to a server that asks for a client certificate.
    public struct ClientIdentity: Sendable, Hashable {
        /// PEM file with the certificate and any intermediate ones after it.
        public let certificateFile: String
        /// PEM file with the private key.
        public let keyFile: String
        /// Opens an encrypted key file. A secret: never printed.
        public let keyPassword: String?

        /// Names the files; they are read by libcurl when a connection is made.
        public init(certificateFile: String, keyFile: String, keyPassword: String? = nil) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.keyPassword = keyPassword
        }
    }

    /// Which versions of HTTP are offered.
    public enum Version: Sendable, Hashable {
        /// HTTP/1.1 only.
        case http1
        /// HTTP/2 when the server chooses it in the TLS handshake (ALPN), otherwise HTTP/1.1.
        case automatic
    }

    /// Named limits with their defaults.
    public struct Limits: Sendable, Hashable {
        /// The longest answer body in bytes, default 1 MiB; a longer one is the failure `bodyTooLarge`.
        public var answerBodyBytesMax = 1 << 20
        /// The most bytes of all header lines of an answer, interim answers included, default 64 KiB.
        public var answerHeadBytesMax = 64 << 10
        /// The longest request body in bytes, default 64 MiB.
        public var requestBodyBytesMax = 64 << 20
        /// How many requests of the endpoint run at once, default 16; on HTTP/1.1 also the most connections.
        public var concurrentRequestsMax = 16
        /// How many more wait for their turn, default 1024; one above is refused as `queueFull`.
        public var waitingRequestsMax = 1024

        /// The defaults.
        public init() {}
    }

    /// Time-outs. They are measured from the start of the transfer, not from `submit`: waiting for a turn is not counted.
    public struct TimeOuts: Sendable, Hashable {
        /// Name lookup, TCP and TLS handshake together, default 10 s.
        public var connect: Duration = .seconds(10)
        /// The whole exchange up to the last byte of the answer, default 30 s; a request may set its own.
        public var total: Duration = .seconds(30)
        /// How long a connection may have been idle to be used again, whole seconds, default 3 s; zero means a new
        /// connection each time. It should be shorter than the server's own limit (5 s at Apache httpd and Node.js,
        /// 20 s at Tomcat, 75 s at nginx): a server that closes just as a request leaves makes that request `maybeSent`.
        public var idleConnection: Duration = .seconds(3)

        /// The defaults.
        public init() {}
    }

    /// How long libcurl may keep a parsed file of authorities (CURLOPT_CA_CACHE_TIMEOUT), seconds.
    public static let trustCacheSeconds = 60

    /// Whose server certificates are accepted. The chain and the host name are always verified, TLS 1.2 at least.
    public let trust: Trust
    /// Our certificate, when the server wants one.
    public let clientIdentity: ClientIdentity?
    /// Offered versions of HTTP.
    public let version: Version
    /// Time-outs.
    public let timeOuts: TimeOuts
    /// Limits.
    public let limits: Limits
    /// `http://host:port` of a proxy. Without it there is none, whatever the environment says.
    public let proxy: String?
    /// Value of `User-Agent`; nil sends none.
    public let userAgent: String?
    /// Path of a Unix socket that is connected to instead of the host of the address (CURLOPT_UNIX_SOCKET_PATH).
    public let unixSocket: String?

    /// Tells the pools of the transport apart; equal in all copies of one endpoint.
    let identity: UInt64

    private static let identities = Atomic<UInt64>(0)

    /// Makes an endpoint. Files are not looked at here: a missing one shows as `localTLSFiles` on the first request.
    public init(
        trust: Trust = .system, clientIdentity: ClientIdentity? = nil, version: Version = .automatic,
        timeOuts: TimeOuts = TimeOuts(), limits: Limits = Limits(), proxy: String? = nil, userAgent: String? = "tenderbridge",
        unixSocket: String? = nil
    ) {
        self.trust = trust
        self.clientIdentity = clientIdentity
        self.version = version
        self.timeOuts = timeOuts
        self.limits = limits
        self.proxy = proxy
        self.userAgent = userAgent
        self.unixSocket = unixSocket
        identity = Self.identities.add(1, ordering: .relaxed).newValue
    }
}

extension HTTPEndpoint.ClientIdentity: CustomStringConvertible {
    /// The file names; never the password.
    public var description: String { "\(certificateFile), \(keyFile)" }
}
