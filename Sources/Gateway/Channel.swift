internal import ExchangeModel
internal import Formats
internal import Mapping

/// A channel ready to work: the datasets it takes, and what tells them apart.
struct Channel: Sendable {
    let configuration: GatewayConfiguration.Channel
    /// In the order of the file; at least one, and without a sign exactly one.
    let ways: [DatasetWay]
    /// Where it takes SOAP calls.
    let soapDoor: SOAPDoor?
    private let detection: DatasetDetection?

    init(configuration: GatewayConfiguration.Channel, ways: [DatasetWay]) {
        self.configuration = configuration
        self.ways = ways
        soapDoor = configuration.soap.map { SOAPDoor(configuration, settings: $0) }
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
    /// The format of its documents: that of the mapping, or a workbook whose rows a mapping of CSV reads.
    let format: RecordFormat
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
    /// How a file or page of it is cut into records, and what the cutters need.
    let split: RecordSplit
    private let cutting: RecordSplit.Options

    init(
        _ entry: GatewayConfiguration.ChannelDataset, reader: RecordReader, mapping: InboundMapping, format: RecordFormat,
        options: MappingOptions,
        versions: FormVersions, destinations: [ChannelDestination], deadlines: [DeadlineRule], duplicateScope: String,
        split: RecordSplit, cutting: RecordSplit.Options
    ) {
        sign = entry.sign
        dataset = entry.dataset
        personalKeys = entry.personalKeys
        self.reader = reader
        self.mapping = mapping
        self.format = format
        self.options = options
        self.versions = versions
        self.destinations = destinations
        self.deadlines = deadlines
        self.duplicateScope = duplicateScope
        self.split = split
        self.cutting = cutting
    }

    /// A finding when the dataset code that a sender gave beside a document is neither the sign of this way nor the name of the
    /// root element that its mapping reads.
    func disagreement(with code: String) -> Finding? {
        let root = mapping.rootName?.split(separator: ":").last.map(String.init)
        let known = [sign, root ?? ""].filter { !$0.isEmpty }
        if known.isEmpty || known.contains(code) { return nil }
        return Finding(
            .datasetMismatch, text: "the dataset code and the document disagree: this document goes with the code \(known[0])",
            textZH: "数据集代码与数据内容不一致：该数据内容对应的代码为 \(known[0])")
    }
}

extension DatasetWay {
    /// A cutter at the beginning of a file or page.
    ///
    /// - Parameter keepsDocuments: whether `RecordCutter.heldDocument` will be asked for.
    func makeCutter(keepsDocuments: Bool) throws(GatewayError) -> any RecordCutter {
        var options = cutting
        options.keepsDocuments = keepsDocuments
        guard let cutter = split.cutter(for: format.splitForm, names: mapping.names, options: options) else {
            throw GatewayError(
                .internalFault, attempted: "cut records", subject: mapping.name,
                happened: "\(format) is not cut by \(split.text)", remedy: "report this")
        }
        return cutter
    }

    /// The media type of a record of it.
    var contentType: String {
        switch format {
        case .xml: "application/xml"
        case .json: "application/json"
        // A row of a sheet is kept as CSV.
        case .csv, .xlsx: "text/csv"
        }
    }
}

extension RecordFormat {
    /// How `RecordSplit` calls it.
    var splitForm: RecordSplit.Form {
        switch self {
        case .xml: .xml
        case .json: .json
        case .csv: .csv
        case .xlsx: .xlsx
        }
    }
}

extension Channel {
    /// The way of a file, by its name; findings where nothing says which it is.
    func way(ofFile name: String) -> DatasetDetection.Outcome {
        detection?.way(of: [], hints: DatasetHints(fileName: name)) ?? .way(ways[0])
    }
}

extension Finding.Code {
    /// The sender named another dataset than the document shows.
    static let datasetMismatch: Self = "dataset.mismatch"
}
