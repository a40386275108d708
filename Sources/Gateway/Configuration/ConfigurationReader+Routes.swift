internal import ExchangeModel
internal import StrictYAML

extension ConfigurationReader {
    /// `routes`, and what holds among them.
    func routes(
        _ value: YAMLValueReader, _ channels: [GatewayConfiguration.Channel],
        _ destinations: [GatewayConfiguration.DestinationConfiguration]
    ) -> [GatewayConfiguration.Route] {
        var read: [(route: GatewayConfiguration.Route, value: YAMLValueReader)] = []
        for entry in value.list() { if let route = route(entry, channels, destinations) { read.append((route, entry)) } }
        let routes = read.map(\.route)
        for (index, (route, entry)) in read.enumerated() {
            for name in route.destinations {
                if let other = routes[..<index].first(where: { $0.meets(route, at: name) }),
                    other.supersedes != route.supersedes || other.after != route.after
                {
                    entry.report(
                        "two routes bring the same messages to \(name), and say different things of supersede or after",
                        "两条路由把相同报文送往 \(name)，但 supersede 或 after 的设置不同")
                }
                guard let after = route.after else { continue }
                if !routes.contains(where: { $0.dataset == after.dataset && $0.destinations.contains(name) }) {
                    entry.report(
                        "no route brings \(after.dataset) to \(name), so that everything after it would wait until its limit",
                        "没有路由把 \(after.dataset) 送往 \(name)，其后的数据会一直等到期限")
                }
                if Self.comesAfterItself(route.dataset, at: name, routes) {
                    entry.report(
                        "\(route.dataset) comes after itself at \(name), by way of \(after.dataset): nothing would ever be sent",
                        "在 \(name)，\(route.dataset) 经由 \(after.dataset) 依赖自身，将永远无法发送")
                }
            }
        }
        return routes
    }

    /// `supersede` and `after` of a route.
    func order(_ section: YAMLMappingReader) -> (supersedes: Bool, after: GatewayConfiguration.Parent?) {
        let supersedes = section.optional("supersede")?.boolean() ?? false
        let after = section.optional("after")?.mapping { parent -> GatewayConfiguration.Parent? in
            let dataset = parent.required("dataset")?.text()
            let key = parent.required("key").flatMap { pointer($0) }
            let limit =
                parent.optional("waitLimit")?.duration(in: .seconds(1) ... .seconds(365 * 86_400)) ?? .seconds(30 * 86_400)
            guard let dataset, let key else { return nil }
            return .init(dataset: Dataset(dataset), key: key, waitLimit: limit)
        }.flatMap { $0 }
        return (supersedes, after)
    }

    private static func comesAfterItself(
        _ dataset: Dataset, at destination: String, _ routes: [GatewayConfiguration.Route]
    ) -> Bool {
        var seen: Set<Dataset> = []
        var next = [dataset]
        while let current = next.popLast() {
            for route in routes where route.dataset == current && route.destinations.contains(destination) {
                guard let parent = route.after?.dataset else { continue }
                if parent == dataset { return true }
                if seen.insert(parent).inserted { next.append(parent) }
            }
        }
        return false
    }
}

extension GatewayConfiguration.Route {
    /// Whether some message goes to a destination by both routes.
    fileprivate func meets(_ other: Self, at destination: String) -> Bool {
        dataset == other.dataset && destinations.contains(destination)
            && (channels.isEmpty || other.channels.isEmpty || !Set(channels).isDisjoint(with: other.channels))
    }
}
