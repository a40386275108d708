internal import ExchangeModel
internal import Formats
internal import JSON
internal import Mapping
internal import XML

/// Finds the dataset of a payload by a channel's sign. It looks no further into the bytes than it must, and refuses none for
/// what stands behind the sign: that is the reader's part.
struct DatasetDetection: Sendable {
    private let sign: GatewayConfiguration.DatasetSign
    private let ways: [DatasetWay]
    private let bySign: [String: DatasetWay]
    /// File name patterns in the order of the file.
    private let patterns: [(pattern: FileNamePattern, way: DatasetWay)]
    private let segments: [String]
    private let reads: RecordFormat

    /// The way of a payload, or why there is none.
    enum Outcome: Sendable {
        case way(DatasetWay)
        case none([Finding])
    }

    /// Signs that a finding lists.
    static let listedMax = 20
    /// Longest name of a root element that a finding repeats.
    static let repeatedBytesMax = 64

    /// The ways of a channel, which has at least one; by `root` and `value` they all read the same format.
    init(_ sign: GatewayConfiguration.DatasetSign, ways: [DatasetWay]) {
        self.sign = sign
        self.ways = ways
        bySign = Dictionary(ways.map { ($0.sign, $0) }, uniquingKeysWith: { first, _ in first })
        patterns = sign == .fileName ? ways.map { (FileNamePattern($0.sign), $0) } : []
        if case .value(let path) = sign { segments = JSONPointer.segments(path) ?? [] } else { segments = [] }
        reads = ways[0].mapping.sourceFormat
    }

    /// Finds the way. The bytes may be the beginning of a larger payload, unless what tells the dataset stands further behind.
    func way(of bytes: [UInt8], hints: DatasetHints) -> Outcome {
        switch sign {
        case .root:
            guard let root = bytes.withUnsafeBufferPointer(XMLHead.root) else { return unreadable(bytes) }
            // The qualified sign is the narrower one.
            if let way = bySign["{\(root.namespace)}\(root.name)"] ?? bySign[root.name] { return .way(way) }
            let isShown = root.name.utf8.count <= Self.repeatedBytesMax && XMLName.isQualifiedName(root.name)
            return unknown(
                bytes, found: isShown ? ("the root element is \(root.name)", "根元素为 \(root.name)") : nil, path: "/\(root.name)")
        case .value(let path):
            let value = bytes.withUnsafeBufferPointer {
                reads == .json ? JSONHead.text(at: segments, in: $0) : XMLHead.text(at: segments, in: $0)
            }
            guard let value else { return unreadable(bytes, path: path) }
            return bySign[value].map { .way($0) } ?? unknown(bytes, path: path)
        case .header: return byHint(hints.header, bytes)
        case .argument: return byHint(hints.datasetCode, bytes)
        case .fileName:
            guard let name = hints.fileName else { return .none([missing()]) }
            return patterns.first { $0.pattern.fits(name) }.map { .way($0.way) } ?? unknown(bytes)
        }
    }

    private func byHint(_ hint: String?, _ bytes: [UInt8]) -> Outcome {
        guard let hint, !hint.isEmpty else { return .none([missing()]) }
        return bySign[hint].map { .way($0) } ?? unknown(bytes)
    }

    /// Nothing was found where the sign should stand: because the document is none, or because it has none there.
    private func unreadable(_ bytes: [UInt8], path: String = "") -> Outcome {
        if let finding = ways[0].reader.whyUnreadable(bytes) { return .none([finding]) }
        return .none([missing(path: path)])
    }

    private func missing(path: String = "") -> Finding {
        let words = sign.words
        return Finding(
            .datasetUnknown, path: path,
            text: "\(words.en), which tells the dataset, is missing; this channel takes \(list.en)",
            textZH: "缺少用于识别数据集的\(words.zh)；本通道接收 \(list.zh)")
    }

    private func unknown(_ bytes: [UInt8], found: (en: String, zh: String)? = nil, path: String = "") -> Outcome {
        let words = sign.words
        let (text, textZH) = found ?? ("\(words.en) names no dataset of this channel", "\(words.zh)不对应本通道的任何数据集")
        return .none([
            Finding(
                .datasetUnknown, path: path, text: "\(text); this channel takes \(list.en)", textZH: "\(textZH)；本通道接收 \(list.zh)")
        ])
    }

    /// `GCJS_NOTICE (tender-notice), GCJS_PLAN (tender-plan)`.
    private var list: (en: String, zh: String) {
        let shown = ways.prefix(Self.listedMax).map { "\($0.sign) (\($0.dataset))" }
        let more = ways.count - shown.count
        return (
            shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : ""),
            shown.joined(separator: "、") + (more > 0 ? " 等，另有 \(more) 种" : "")
        )
    }
}
