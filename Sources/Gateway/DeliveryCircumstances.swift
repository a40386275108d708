internal import ExchangeModel
public import Outbox
public import Store

/// What decides the next step of a delivery and stands in no row of its own: how its destination is served, and what is before
/// it in its lane.
public struct DeliveryCircumstances: Sendable {
    /// What keeps its destination from being served at this moment.
    public var obstacle: PaceObstacle?
    /// Whether its destination is configured.
    public var standing: DestinationStanding
    /// How unknown outcomes of its destination are settled; nil where that is not configured.
    public var settlement: UnknownPolicy.Settlement?
    /// The delivery that goes before it in its lane.
    public var ahead: OpenDelivery?

    /// Takes everything; by default nothing stands in the way.
    public init(
        obstacle: PaceObstacle? = nil, standing: DestinationStanding = .served, settlement: UnknownPolicy.Settlement? = nil,
        ahead: OpenDelivery? = nil
    ) {
        self.obstacle = obstacle
        self.standing = standing
        self.settlement = settlement
        self.ahead = ahead
    }
}

extension GatewayService {
    /// Deliveries of a lane that are looked at for the one that goes first.
    static let laneLookMax = 1000

    /// The circumstances of every delivery of a destination. Cheap: no store, no wait.
    public func circumstances(of destination: String) -> DeliveryCircumstances {
        DeliveryCircumstances(
            obstacle: outbox.obstacle(of: destination), standing: standing(of: destination),
            settlement: present.destinations.first { $0.name == destination }?.policy.unknown.settlement)
    }

    /// The circumstances of one delivery, with what is before it in its lane.
    public func circumstances(of delivery: OpenDelivery) async throws -> DeliveryCircumstances {
        var circumstances = circumstances(of: delivery.destination)
        switch delivery.state {
        case .pending, .retryWait: break
        case .waiting where !delivery.isAside: break
        default: return circumstances
        }
        let rule = present.destinations.first { $0.name == delivery.destination }?.policy.headOfLine
        if case .waiting = delivery.state, rule == .overtake { return circumstances }
        circumstances.ahead = try await store.openDeliveries(lane: delivery.lane, after: 0, limit: Self.laneLookMax)
            .prefix { $0.sequence < delivery.sequence }
            .first { other in
                switch other.state {
                case .dead, .waiting: other.destination == delivery.destination && !other.isAside && rule != .overtake
                default: other.destination == delivery.destination
                }
            }
        return circumstances
    }
}
