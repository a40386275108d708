internal import ExchangeModel
internal import Store

/// What another configuration changes, by section and name. Never a value: values may be secrets.
public struct ConfigurationChange: Sendable, Hashable {
    /// How.
    public enum Kind: String, Sendable, Hashable {
        /// It was not there.
        case added
        /// It is another one.
        case changed
        /// It is there no longer.
        case removed
    }

    /// One thing that changes.
    public struct Item: Sendable, Hashable {
        /// The section of the configuration, or the kind of file: `destinations`, `mappings`.
        public var section: String
        /// Its name there.
        public var name: String
        /// How.
        public var kind: Kind

        /// `destinations.province changed`, for logs and evidence.
        public var words: String { "\(section).\(name) \(kind.rawValue)" }
    }

    /// All of it, sorted.
    public private(set) var items: [Item] = []
    /// Destinations that are served as before.
    private(set) var untouchedDestinations: Set<String> = []

    /// Compares two assemblies. Where a thing stands in its file does not count.
    init(from old: GatewayAssembly, to new: GatewayAssembly) {
        let (before, after) = (Self.destinations(old), Self.destinations(new))
        compare("destinations", before, after)
        untouchedDestinations = Set(after.keys.filter { after[$0] == before[$0] })
        let (a, b) = (old.configuration, new.configuration)
        compare("channels", Self.channels(a), Self.channels(b))
        compare("senders", Self.byName(a.senders, \.name), Self.byName(b.senders, \.name))
        compare("routes", Dictionary(grouping: a.routes, by: \.dataset.name), Dictionary(grouping: b.routes, by: \.dataset.name))
        compare("deadlines", Self.deadlines(old), Self.deadlines(new))
        compare("limits", Self.limits(a.limits), Self.limits(b.limits))
        compare("mappings", old.sources.mappings, new.sources.mappings)
        compare("schemas", old.sources.schemas, new.sources.schemas)
        compare("schemas", old.sources.canonical.canonicalNames, new.sources.canonical.canonicalNames)
        compare("codeLists", old.sources.codeLists, new.sources.codeLists)
        items.sort { ($0.section, $0.name) < ($1.section, $1.name) }
    }

    private mutating func compare<Value: Equatable>(_ section: String, _ old: [String: Value], _ new: [String: Value]) {
        for name in Set(old.keys).union(new.keys) where old[name] != new[name] {
            let kind: Kind = old[name] == nil ? .added : new[name] == nil ? .removed : .changed
            items.append(Item(section: section, name: name, kind: kind))
        }
    }

    private struct Served: Equatable {
        var configuration: GatewayConfiguration.DestinationConfiguration
        var edition: [String?]
    }

    private static func destinations(_ assembly: GatewayAssembly) -> [String: Served] {
        byName(
            assembly.configuration.destinations.map { destination in
                var configuration = destination
                configuration.position = .unknown
                return Served(configuration: configuration, edition: assembly.sources.edition(of: destination))
            }, \.configuration.name)
    }

    private static func channels(_ configuration: GatewayConfiguration) -> [String: GatewayConfiguration.Channel] {
        byName(configuration.channels.map(\.withoutPositions), \.name)
    }

    /// With the holidays that were read.
    private static func deadlines(_ assembly: GatewayAssembly) -> [String: [DeadlineRule]] {
        let rules = assembly.deadlines.map { rule in
            var rule = rule
            rule.position = .unknown
            return rule
        }
        return Dictionary(grouping: rules, by: \.dataset.name)
    }

    /// Those that can change while the gateway runs.
    private static func limits(_ limits: GatewayConfiguration.ServiceLimits) -> [String: String] {
        [
            "acceptConcurrency": "\(limits.acceptConcurrency)", "turnedAwayPerHour": "\(limits.turnedAwayPerHour)",
            "refusedPayloadsPerHour": "\(limits.refusedPayloadsPerHour)", "receipt": "\(limits.receiptBytes)",
            "openDeliveries": "\(limits.pressure.openDeliveries)",
            "storeBytes": "\(String(describing: limits.pressure.storeBytes))",
            "freeDisk": "\(limits.pressure.freeDisk)",
        ]
    }

    private static func byName<Value>(_ values: [Value], _ name: (Value) -> String) -> [String: Value] {
        Dictionary(values.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension [String: String] {
    /// `canonical/DATASET`, as the folder of schemas has it.
    fileprivate var canonicalNames: [String: String] {
        Dictionary(uniqueKeysWithValues: map { ("canonical/\($0.key)", $0.value) })
    }
}
