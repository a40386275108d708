public import ExchangeModel
public import Mapping

extension GatewayConfiguration {
    /// A dataset that a channel takes.
    public struct ChannelDataset: Sendable, Equatable {
        /// What the channel's sign says for it: name of the root element, value, or pattern of file names; empty on a channel
        /// that takes one dataset.
        public var sign: String
        /// What comes in.
        public var dataset: Dataset
        /// The mapping to the canonical record.
        public var mapping: String
        /// How its CSV is written, where that differs from what the mapping says.
        public var csv: CSVDialectSettings?
        /// Where in its workbooks the records are, where that differs from what the mapping says.
        public var sheet: SheetDialectSettings?
        /// What a wrong check digit does.
        public var checkDigits: CheckDigitRule
        /// Keys of its records that are a person's number: the store keeps their hash.
        public var personalKeys: Set<PersonalKey>
        /// Where it stands in the file.
        public var position: SourcePosition
    }

    /// What tells the dataset of a payload on a channel that takes several.
    public enum DatasetSign: Sendable, Equatable {
        /// The root element of XML.
        case root
        /// The value at a place: of XML the first element at a path of local names (`/MESSAGE/HEAD/TYPE`, `/MESSAGE/@type`),
        /// of JSON a pointer (`/head/type`).
        case value(path: String)
        /// A header field of the request.
        case header(name: String)
        /// The name of the file that it came in.
        case fileName
        /// The dataset code among the arguments of a SOAP call.
        case argument

        /// In a sentence: `the root element`.
        var words: (en: String, zh: String) {
            switch self {
            case .root: ("the root element", "根元素")
            case .value(let path): ("the value at \(path)", "\(path) 处的值")
            case .header(let name): ("the header field \(name)", "请求头 \(name)")
            case .fileName: ("the file name", "文件名")
            case .argument: ("the dataset code", "数据集代码")
            }
        }
    }
}

extension GatewayConfiguration.Channel {
    /// The datasets that it takes, without repetition, in the order of the file.
    public var takenDatasets: [Dataset] {
        var taken: [Dataset] = []
        for entry in datasets where !taken.contains(entry.dataset) { taken.append(entry.dataset) }
        return taken
    }

    /// Without the places in the file, for comparing.
    var withoutPositions: Self {
        var channel = self
        channel.position = .unknown
        for index in channel.datasets.indices { channel.datasets[index].position = .unknown }
        return channel
    }
}
