/// How a destination that answers later gives its receipts; read from configuration.
public struct ReceiptSettings: Sendable, Hashable {
    /// How long it may take; then the outcome is unknown.
    public var timeLimit: Duration
    /// How its receipts are read.
    public var form: ReceiptForm
    /// Who may post them; nil: nobody.
    public var callback: Callback?
    /// Where they are fetched; nil: nowhere.
    public var poll: Poll?

    /// Receipts that are posted to the gateway.
    public struct Callback: Sendable, Hashable {
        /// Names of the senders whose key opens the way.
        public var principals: [String]
        /// Largest body in bytes.
        public var bodyBytesMax: Int
        /// Longest time from the head of a request to the end of its body.
        public var bodyTimeMax: Duration

        /// Takes everything.
        public init(principals: [String], bodyBytesMax: Int, bodyTimeMax: Duration) {
            self.principals = principals
            self.bodyBytesMax = bodyBytesMax
            self.bodyTimeMax = bodyTimeMax
        }
    }

    /// Receipts that the gateway fetches.
    public struct Poll: Sendable, Hashable {
        /// Address, asked with GET; `{since}` in it is replaced by what the last answer gave.
        public var url: String
        /// Time between two questions; after failures it doubles, up to `backoffMax`.
        public var interval: Duration
        /// What `{since}` is the first time.
        public var start: String
        /// Where an answer says what to ask with next: a JSON pointer. Nil: the same is asked each time.
        public var cursor: String?

        /// The longest wait after failures, unless the interval is longer.
        public static let backoffMax: Duration = .seconds(900)

        /// Takes everything.
        public init(url: String, interval: Duration, start: String, cursor: String?) {
            self.url = url
            self.interval = interval
            self.start = start
            self.cursor = cursor
        }
    }

    /// Takes everything.
    public init(timeLimit: Duration, form: ReceiptForm, callback: Callback?, poll: Poll?) {
        self.timeLimit = timeLimit
        self.form = form
        self.callback = callback
        self.poll = poll
    }
}

/// Where the parts of a receipt stand in its document: JSON pointers (RFC 6901), from the item on.
public struct ReceiptForm: Sendable, Hashable {
    /// What `key` names.
    public var correlate: Correlate
    /// Where the list of items stands; nil: the document is one receipt.
    public var items: String?
    /// Where the value of `correlate` stands.
    public var key: String
    /// Where the version of the record stands, with `businessKey`.
    public var version: String?
    /// Where the receipt's number stands: in the item, or else in the document.
    public var number: String?
    /// Where the verdict stands: in the item alone.
    public var verdict: String
    /// Where the reason stands.
    public var reason: String?
    /// Where its time stands (RFC 3339, with an offset): in the item, or else in the document.
    public var time: String?
    /// Values that mean accepted, and refused. Any other is kept and changes nothing.
    public var accepted, refused: [String]

    /// By what a receipt finds its delivery.
    public enum Correlate: String, Sendable, CaseIterable {
        /// Our id.
        case deliveryId
        /// Their number, given when they took the record (`answer.receipt`).
        case reference
        /// The record's business key.
        case businessKey
    }

    /// Takes everything.
    public init(
        correlate: Correlate, items: String?, key: String, version: String?, number: String?, verdict: String, reason: String?,
        time: String?, accepted: [String], refused: [String]
    ) {
        self.correlate = correlate
        self.items = items
        self.key = key
        self.version = version
        self.number = number
        self.verdict = verdict
        self.reason = reason
        self.time = time
        self.accepted = accepted
        self.refused = refused
    }
}
