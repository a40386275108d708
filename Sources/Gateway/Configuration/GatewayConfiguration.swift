public import ExchangeModel
public import Mapping
public import Formats
public import Outbox
public import Platforms
public import Store

/// Everything a gateway is told by its configuration file, typed and checked. Built by `ConfigurationReader` alone.
public struct GatewayConfiguration: Sendable {
    /// The file it was read from, and the folder that relative paths start from.
    public var file: String
    /// SHA-256 of the file's bytes, which hold no secret, in hexadecimal digits.
    public var fileDigest = ""
    /// Name of this gateway in logs and evidence.
    public var name: String
    /// The store's file.
    public var storePath: String
    /// Where attachments are kept, and for how long.
    public var attachments = AttachmentKeeping()
    /// Encrypts the store: the current master key, then former ones. Empty where secrets were not resolved.
    public var masterKeys: [MasterKey]
    /// Whether the configuration asks for encryption.
    public var isEncrypted: Bool
    /// How the head of the evidence is signed; nil: it is not.
    public var signing: EvidenceSigning?
    /// The control socket, or nil for the default beside the store.
    public var controlSocket: String?
    /// Where senders come in.
    public var dataListener: Listener
    /// Where operators and monitoring come in.
    public var operatorListener: Listener
    /// Folder of mappings and of schemas.
    public var mappingsFolder, schemasFolder: String
    /// Who may send, by name, in the order of the file.
    public var senders: [Sender]
    /// Where messages come in.
    public var channels: [Channel]
    /// Where deliveries go.
    public var destinations: [DestinationConfiguration]
    /// Which messages go where.
    public var routes: [Route]
    /// Bounds of time and load.
    public var limits: ServiceLimits
    /// By when records must have arrived.
    public var deadlines: [DeadlineRule] = []

    /// An address to listen on.
    public struct Listener: Sendable, Equatable {
        /// Numeric address.
        public var address: String
        /// TCP port; 0 lets the system choose (tests).
        public var port: Int
        /// TLS identity; nil means plain text, allowed on loopback alone.
        public var tls: ServerIdentity?
        /// Where the port stands in the file, for messages.
        public var position: SourcePosition
    }

    /// Certificate chain and key of a listener, PEM files.
    public struct ServerIdentity: Sendable, Equatable {
        /// Certificate chain.
        public var certificatePath: String
        /// Private key.
        public var keyPath: String
    }

    /// A sender with its key.
    public struct Sender: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// SHA-256 of its key; the key itself is not kept.
        public var keyDigest: [UInt8]
        /// Channels that it may use.
        public var channels: [String]
        /// What it calls itself in a SOAP call; nil: its name.
        public var user: String?
    }

    /// A channel.
    public struct Channel: Sendable, Equatable {
        /// Its name, as in the address.
        public var name: String
        /// What tells the dataset of a payload; nil: it takes one dataset.
        public var sign: DatasetSign?
        /// What comes in, in the order of the file; at least one, and without a sign exactly one.
        public var datasets: [ChannelDataset]
        /// How it takes SOAP calls; nil: it takes none.
        public var soap: SOAPSettings?
        /// Largest body in bytes.
        public var bodyBytesMax: Int
        /// Longest time from the head of a request to the end of its body.
        public var bodyTimeMax: Duration
        /// Deepest nesting.
        public var depthMax: Int
        /// What is a repeat of what came before.
        public var duplicates: DuplicateRule
        /// How a file or page is cut into records; nil: by rows where the mapping reads rows, else it is one record.
        public var split: RecordSplit?
        /// A folder that it takes files from.
        public var directory: DirectorySettings?
        /// A platform that it asks for records.
        public var poll: PollSettings?
        /// Where the channel stands in the file.
        public var position: SourcePosition
    }

    /// A key that may be a person's number.
    public enum PersonalKey: String, Sendable, CaseIterable {
        /// What names the record.
        case businessKey
        /// What its order goes by.
        case orderingKey
    }

    /// What a wrong check digit does.
    public enum CheckDigitRule: String, Sendable, CaseIterable {
        /// Refuses the document.
        case refuse
        /// Is kept as a warning.
        case warn
    }

    /// A destination: how it is reached and treated.
    public struct DestinationConfiguration: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// What the courier needs.
        public var http: HTTPDestinationSettings
        /// The mapping to its form.
        public var mapping: String
        /// Who reads there.
        public var audience: Audience
        /// What numbers of persons in its documents do; nil: what its audience says.
        public var personalText: PersonalTextRule?
        /// How the outbox treats it.
        public var policy: DestinationPolicy
        /// How its receipts come; nil where its answers and its status query say all.
        public var receipts: ReceiptSettings?
        /// Where the destination stands in the file.
        public var position: SourcePosition
    }

    /// Messages of a dataset, optionally of some channels only, go to destinations.
    public struct Route: Sendable, Equatable {
        /// Which dataset.
        public var dataset: Dataset
        /// Which channels; empty means all.
        public var channels: [String]
        /// Where to.
        public var destinations: [String]
        /// Whether a higher version takes the place of lower ones that have not left.
        public var supersedes = false
        /// The record that the destination must have confirmed first.
        public var after: Parent?
    }

    /// Where a record names the one that must come before it.
    public struct Parent: Sendable, Hashable {
        /// What that one is.
        public var dataset: Dataset
        /// JSON pointer into the canonical record, to the other's business key.
        public var key: String
        /// How long a delivery waits for it before it expires.
        public var waitLimit: Duration
    }

    /// Bounds of the service as a whole.
    public struct ServiceLimits: Sendable, Equatable {
        /// Requests being accepted at once; over it the answer is 503 with `Retry-After`.
        public var acceptConcurrency: Int
        /// How long a stop may take.
        public var shutdown: Duration
        /// Bytes of an answer kept as receipt.
        public var receiptBytes: Int
        /// Connections of senders at once; more wait in the system's queue.
        public var connections: Int
        /// Inputs not let in (401, 403, 408, 413) that are kept, by channel and hour; over it they are counted.
        public var turnedAwayPerHour: Int
        /// Refused inputs of a channel whose payload is kept, by hour; over it only digest and findings are.
        public var refusedPayloadsPerHour: Int
        /// What may be held before senders are told to come later.
        public var pressure = PressureLimits()
        /// What attachments may be.
        public var attachments = AttachmentLimits()
    }
}
