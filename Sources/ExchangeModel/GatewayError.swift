/// A failure of the gateway itself: it could not decide, or could not act.
///
/// A refused document is no error; it is a result with findings (`Finding`). Equality compares the code alone, so that
/// a better sentence breaks no test. The text names no payload, no secret and no personal data.
public struct GatewayError: Error, Sendable {
    /// What kind of failure, and by that whether retrying can help.
    public let code: Code
    /// What was attempted, as a verb phrase: "open the store".
    public let attempted: String
    /// On what: a path, an address, an id.
    public let subject: String
    /// What happened, in the words of the part that failed.
    public let happened: String
    /// What the operator can do.
    public let remedy: String

    /// Makes an error; every part is shown to a person.
    public init(_ code: Code, attempted: String, subject: String, happened: String, remedy: String) {
        self.code = code
        self.attempted = attempted
        self.subject = subject
        self.happened = happened
        self.remedy = remedy
    }

    /// An open set of kinds; a new kind of a later version survives in a log of an older one.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name, in lower case with hyphens, as logs and metrics show it.
        public let name: String
        /// Whether doing the same again later can succeed without a person.
        public let isRetryable: Bool
        /// The exit code of a command that ends with this failure (`sysexits.h`).
        public let exitCode: Int32

        /// Declares a kind.
        public init(_ name: String, retryable: Bool, exitCode: Int32) {
            self.name = name
            isRetryable = retryable
            self.exitCode = exitCode
        }

        /// The stable name.
        public var description: String { name }

        /// Equality by name.
        public static func == (left: Self, right: Self) -> Bool { left.name == right.name }
        /// Hash by name.
        public func hash(into hasher: inout Hasher) { hasher.combine(name) }

        /// A command line that cannot be understood.
        public static let usage = Code("usage", retryable: false, exitCode: 64)
        /// A file or an id that is not there.
        public static let notFound = Code("not-found", retryable: false, exitCode: 1)
        /// An address that cannot be listened on or reached.
        public static let addressUnavailable = Code("address-unavailable", retryable: true, exitCode: 69)
        /// An output that cannot be created.
        public static let cannotCreate = Code("cannot-create", retryable: false, exitCode: 73)
        /// The store or its disk failed.
        public static let storeFailed = Code("store-failed", retryable: true, exitCode: 74)
        /// The disk is full: nothing can be accepted until space returns.
        public static let storeFull = Code("store-full", retryable: true, exitCode: 74)
        /// The store was written by a newer version.
        public static let storeNewer = Code("store-newer", retryable: false, exitCode: 74)
        /// A temporary failure: the same may succeed later.
        public static let temporary = Code("temporary", retryable: true, exitCode: 75)
        /// Configuration, mapping, schema or code list is wrong.
        public static let configuration = Code("configuration", retryable: false, exitCode: 78)
        /// The transport failed before an answer was complete.
        public static let transportFailed = Code("transport-failed", retryable: true, exitCode: 69)
        /// What is asked for would send again what the other side says it has.
        public static let confirmed = Code("confirmed", retryable: false, exitCode: 1)
        /// Cryptographic work failed for a reason other than the data (a missing algorithm, no memory).
        public static let cryptoFailed = Code("crypto-failed", retryable: false, exitCode: 70)
        /// The gateway is stopping.
        public static let stopping = Code("stopping", retryable: true, exitCode: 75)
        /// A limit with a name was reached.
        public static let limitReached = Code("limit-reached", retryable: false, exitCode: 65)
        /// An invariant of this program does not hold; please report it.
        public static let internalFault = Code("internal-fault", retryable: false, exitCode: 70)
    }
}

extension GatewayError: Equatable {
    /// Equality of errors compares the code.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

extension GatewayError: CustomStringConvertible {
    /// One line: `code: cannot ATTEMPTED SUBJECT: HAPPENED; REMEDY`.
    public var description: String {
        var text = "\(code.name): cannot \(attempted)"
        if !subject.isEmpty { text += " \(subject)" }
        text += ": \(happened)"
        if !remedy.isEmpty { text += "; \(remedy)" }
        return text
    }
}
