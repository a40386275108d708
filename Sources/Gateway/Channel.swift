internal import ExchangeModel
internal import Formats
internal import Mapping

/// A channel ready to work: reader, schema and mapping compiled, destinations known.
struct Channel: Sendable {
    let configuration: GatewayConfiguration.Channel
    let reader: RecordReader
    let mapping: InboundMapping
    let options: MappingOptions
    let versions: FormVersions
    /// Two routes to one destination make one delivery.
    let destinations: [ChannelDestination]
    /// Rules for the deadlines of its dataset.
    let deadlines: [DeadlineRule]
}
