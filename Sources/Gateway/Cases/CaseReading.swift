public import ExchangeModel
internal import Formats
public import Mapping

/// How a channel reads a payload, looked at from outside: for recordings whose identities are replaced.
public struct CaseReading: Sendable {
    /// What it was taken for; nil where nothing told.
    public var dataset: Dataset?
    /// The format of its documents.
    public var format: RecordFormat?
    /// Its tree; empty where it could not be read.
    public var tree = RecordTree()
    /// What the mapping made of it, with traces; nil where it did not run.
    public var result: InboundResult?
    /// The mapping.
    public var mapping: InboundMapping?
}

extension GatewayService {
    /// Reads a payload as its channel does, and keeps nothing. A channel that cannot tell the dataset lets its first one read.
    public func reading(of payload: ReceivedPayload) -> CaseReading {
        guard let channel = present.channel(payload.channel), let first = channel.ways.first else { return CaseReading() }
        var way = first
        if case .way(let found) = channel.way(of: payload) { way = found }
        var reading = CaseReading(dataset: way.dataset, format: way.format, mapping: way.mapping)
        _ = way.reader.read(payload.bytes, names: way.mapping.names, into: &reading.tree)
        guard reading.tree.root != RecordTree.none else { return reading }
        var options = way.options
        options.traces = true
        reading.result = way.mapping.run(reading.tree, options: options)
        return reading
    }
}
