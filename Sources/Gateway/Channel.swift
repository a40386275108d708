internal import ExchangeModel
internal import Formats
internal import Mapping

/// A channel ready to work: the datasets it takes, and what tells them apart.
struct Channel: Sendable {
    let configuration: GatewayConfiguration.Channel
    /// In the order of the file; at least one, and without a sign exactly one.
    let ways: [DatasetWay]
    private let detection: DatasetDetection?

    init(configuration: GatewayConfiguration.Channel, ways: [DatasetWay]) {
        self.configuration = configuration
        self.ways = ways
        detection = configuration.sign.map { DatasetDetection($0, ways: ways) }
    }

    /// The way of a payload; findings where nothing says which it is.
    func way(of payload: ReceivedPayload) -> DatasetDetection.Outcome {
        detection?.way(of: payload.bytes, hints: payload.hints) ?? .way(ways[0])
    }
}

/// What is done with one dataset of a channel: reader, schema and mapping compiled, destinations known.
final class DatasetWay: Sendable {
    let sign: String
    let dataset: Dataset
    let reader: RecordReader
    let mapping: InboundMapping
    let options: MappingOptions
    let versions: FormVersions
    /// Keys of its records that are a person's number.
    let personalKeys: Set<GatewayConfiguration.PersonalKey>
    /// Two routes to one destination make one delivery.
    let destinations: [ChannelDestination]
    /// Rules for the deadlines of its dataset.
    let deadlines: [DeadlineRule]
    /// Keeps the versions of its records apart from those of the channel's other datasets; empty for the first dataset, so that
    /// what a channel accepted before it got further ones is still known.
    let duplicateScope: String

    init(
        _ entry: GatewayConfiguration.ChannelDataset, reader: RecordReader, mapping: InboundMapping, options: MappingOptions,
        versions: FormVersions, destinations: [ChannelDestination], deadlines: [DeadlineRule], duplicateScope: String
    ) {
        sign = entry.sign
        dataset = entry.dataset
        personalKeys = entry.personalKeys
        self.reader = reader
        self.mapping = mapping
        self.options = options
        self.versions = versions
        self.destinations = destinations
        self.deadlines = deadlines
        self.duplicateScope = duplicateScope
    }
}
