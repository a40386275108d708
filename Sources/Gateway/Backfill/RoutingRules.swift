internal import ExchangeModel

/// Where records go and what holds on the way, without a channel's way in: also for what came by a channel that is gone.
struct RoutingRules: Sendable {
    let destinations: [String]
    let routes: [GatewayConfiguration.Route]
    /// With their holidays.
    let deadlines: [DeadlineRule]

    init(_ configuration: GatewayConfiguration, deadlines: [DeadlineRule]) {
        destinations = configuration.destinations.map(\.name)
        routes = configuration.routes
        self.deadlines = deadlines
    }

    /// What holds for records of a dataset and channel on the way to one destination; nil when no route brings them there.
    func plan(of dataset: Dataset, from channel: String, to destination: String) -> RoutePlan? {
        let found = routes.destinations(of: dataset, from: channel).filter { $0.name == destination }
        if found.isEmpty { return nil }
        return RoutePlan(destinations: found, deadlines: deadlines.filter { $0.dataset == dataset })
    }

    /// Whether anything, or a dataset, goes to a destination at all.
    func leads(_ dataset: Dataset?, to destination: String) -> Bool {
        routes.contains { $0.destinations.contains(destination) && (dataset == nil || $0.dataset == dataset) }
    }
}

extension [GatewayConfiguration.Route] {
    /// The destinations of a dataset that came in by a channel; two routes to one make one.
    func destinations(of dataset: Dataset, from channel: String) -> [ChannelDestination] {
        var destinations: [ChannelDestination] = []
        for route in self where route.dataset == dataset {
            guard route.channels.isEmpty || route.channels.contains(channel) else { continue }
            for name in route.destinations where !destinations.contains(where: { $0.name == name }) {
                destinations.append(ChannelDestination(name: name, supersedes: route.supersedes, after: route.after))
            }
        }
        return destinations
    }
}
