public import ExchangeModel
public import Logging
public import Outbox
public import Store
internal import Synchronization
internal import Transport

/// A running gateway: what the HTTP faces and the control socket speak to.
public final class GatewayService: Sendable {
    /// What it works under at this moment. One request takes it once.
    public var present: ActiveConfiguration { slot.present }
    /// What it was told.
    public var configuration: GatewayConfiguration { slot.present.configuration }
    /// Its memory.
    public let store: any MessageStore
    /// The contents of attachments.
    public let attachments: AttachmentStore
    /// Counts them.
    public let attachmentMetrics = AttachmentMetrics()
    /// What operators read of them at this moment.
    public let looks = AttachmentLooks()
    /// Its time.
    public let clock: any GatewayClock
    /// Who may send.
    public var senders: SenderRegistry { slot.present.senders }
    /// The way in.
    public let accepting: AcceptPipeline
    /// What platforms tell after they took a record.
    public var receipts: ReceiptIntake { slot.present.receipts }
    /// Whether senders are to come later.
    public let pressure = PressureFlag()
    /// The way out.
    public let outbox: Outbox
    /// Past messages on their way to new destinations.
    public let backfills: Backfills
    /// When certificates end.
    public var certificateExpiries: [(use: String, expiry: Instant)] { slot.present.certificateExpiries }
    /// One life of the gateway, as leases and evidence name it.
    public let owner: String
    let transport: HTTPTransport
    let logger: Logger
    let slot: ConfigurationSlot
    /// Where secrets are looked up when the configuration is read again.
    let environment: [String: String]
    let reloadTurn = ReloadTurn()
    let reloadMetrics = ReloadMetrics()
    private let readiness = Mutex(Readiness())

    private struct Readiness {
        var missing: Set<Part>
        init() { missing = Set(Part.allCases) }
    }

    /// What must stand before the gateway is ready.
    public enum Part: String, Sendable, CaseIterable {
        /// The senders' listener.
        case dataListener
        /// The operators' listener.
        case operatorListener
        /// The control socket.
        case controlSocket
    }

    /// A gateway over an open store. Nothing runs yet: see `services`.
    ///
    /// - Parameter environment: where a reload resolves `env:` and `credential:`.
    public init(
        assembly: GatewayAssembly, store: any MessageStore, clock: any GatewayClock, logger: Logger,
        environment: [String: String] = [:]
    ) throws(GatewayError) {
        self.environment = environment
        self.store = store
        self.clock = clock
        self.logger = logger
        let configuration = assembly.configuration
        attachments = AttachmentStore(
            folder: configuration.attachments.folder ?? AttachmentStore.folder(beside: configuration.storePath),
            ledger: store.attachments, clock: clock)
        transport = try HTTPTransport()
        let first = ActiveConfiguration(assembly, after: nil, transport: transport, store: store, clock: clock)
        slot = ConfigurationSlot(first)
        accepting = AcceptPipeline(slot: slot, store: store, clock: clock, pressure: pressure)
        owner = accepting.makeID(at: clock.now()).description
        reloadMetrics.succeeded(at: clock.now())
        outbox = Outbox(destinations: first.destinations, store: store, clock: clock, owner: owner, logger: logger)
        backfills = Backfills(
            store: store, clock: clock, pressure: pressure, rules: { [slot] in slot.present.routing },
            makeID: { [accepting] in accepting.makeID(at: $0) })
    }

    /// The courier of a destination; nil where there is no such destination.
    func courier(of destination: String) -> (any Courier)? {
        present.destinations.first { $0.name == destination }?.courier
    }

    /// What a delivery of this canonical record to a destination would be frozen as, made by the destination's own courier;
    /// nil where there is no such destination. Nothing is sent: for `replay`.
    public func preparation(of canonical: [UInt8], for destination: String, recordTime: Instant?) -> Preparation? {
        courier(of: destination)?.prepare(canonical: canonical, recordTime: recordTime)
    }

    /// Marks a part as standing; returns true when that was the last one.
    public func stands(_ part: Part) -> Bool {
        readiness.withLock { state in
            state.missing.remove(part)
            return state.missing.isEmpty
        }
    }

    /// What is missing until messages can be taken; empty when ready. A store that took nothing the last time is tried again.
    public func missingForReadiness() async -> [String] {
        if accepting.storeTrouble != nil { await accepting.probe() }
        var missing = readiness.withLock { $0.missing.map(\.rawValue).sorted() }
        if let trouble = accepting.storeTrouble { missing.append("store: \(trouble)") }
        if let pressure = pressure.present, pressure.level == .hard {
            missing.append("room: \(pressure.words.joined(separator: ", "))")
        }
        return missing
    }
}
