public import ExchangeModel
internal import Outbox
internal import Store
internal import Synchronization
internal import Transport

/// Everything that one configuration made, as the gateway works under it. Immutable: a reload makes another one.
///
/// A request takes it once and keeps it to its end, so that what began under a configuration ends under it.
public final class ActiveConfiguration: Sendable {
    /// What the file says.
    public let configuration: GatewayConfiguration
    /// Who may send.
    public let senders: SenderRegistry
    /// When certificates end.
    public let certificateExpiries: [(use: String, expiry: Instant)]
    /// Since when the gateway works under it.
    public let since: Instant
    /// Destinations of earlier configurations of this process that are configured no longer: their figures are still shown.
    public let formerDestinations: Set<String>
    let assembly: GatewayAssembly
    let destinations: [Outbox.Destination]
    let metrics: AcceptMetrics
    /// What platforms tell after they took a record.
    let receipts: ReceiptIntake
    /// Which destinations past messages go to.
    let routing: RoutingRules
    /// Datasets whose records are named by a person's number on some channel.
    let personalDatasets: Set<String>

    init(
        _ assembly: GatewayAssembly, after former: ActiveConfiguration?, transport: HTTPTransport, store: any MessageStore,
        clock: any GatewayClock
    ) {
        self.assembly = assembly
        configuration = assembly.configuration
        certificateExpiries = assembly.certificateExpiries
        senders = SenderRegistry(senders: assembly.configuration.senders)
        since = clock.now()
        destinations = assembly.destinations(transport: transport, clock: clock)
        metrics = AcceptMetrics(channels: assembly.channels.mapValues(\.configuration.takenDatasets))
        receipts = ReceiptIntake(configuration: assembly.configuration, store: store, clock: clock)
        routing = RoutingRules(assembly.configuration, deadlines: assembly.deadlines)
        personalDatasets = Set(
            assembly.configuration.channels.flatMap(\.datasets).filter { $0.personalKeys.contains(.businessKey) }
                .map(\.dataset.name))
        let names = Set(destinations.map(\.name))
        formerDestinations = (former?.formerDestinations ?? []).union(former?.destinations.map(\.name) ?? []).subtracting(names)
    }

    func channel(_ name: String) -> Channel? { assembly.channels[name] }

    /// The SOAP side of a channel; nil where there is no such channel, or it takes no SOAP.
    public func soapDoor(of channel: String) -> SOAPDoor? { assembly.channels[channel]?.soapDoor }
}

/// The configuration of this moment. Any thread; reading it costs a lock that nobody holds for long.
final class ConfigurationSlot: Sendable {
    private let state: Mutex<ActiveConfiguration>

    init(_ configuration: ActiveConfiguration) { state = Mutex(configuration) }

    var present: ActiveConfiguration { state.withLock { $0 } }

    func put(_ configuration: ActiveConfiguration) { state.withLock { $0 = configuration } }
}
