internal import ExchangeModel
internal import Mapping

/// What is wrong between a channel's sign and the mappings behind it: a payload that is told apart must be one that can be read.
enum DatasetSignCheck {
    struct Problem {
        var position: SourcePosition
        var text, textZH: String
    }

    /// Every problem; the mappings in the order of the channel's datasets.
    static func problems(of channel: GatewayConfiguration.Channel, mappings: [InboundMapping]) -> [Problem] {
        var problems: [Problem] = []
        for (entry, mapping) in zip(channel.datasets, mappings) {
            switch channel.sign {
            case .root where mapping.sourceFormat != .xml:
                problems.append(
                    Problem(
                        position: entry.position,
                        text:
                            "only XML has a root element to detect by, but mapping \(mapping.name) reads \(mapping.sourceFormat)",
                        textZH: "只有 XML 才能按根元素识别，但映射 \(mapping.name) 读取的是 \(mapping.sourceFormat)"))
            case .root:
                guard let root = mapping.rootName?.split(separator: ":").last.map(String.init) else { continue }
                let signs = [root, "{\(mapping.rootNamespace)}\(root)"]
                guard !signs.contains(entry.sign) else { continue }
                problems.append(
                    Problem(
                        position: entry.position,
                        text: "mapping \(mapping.name) reads the root element \(root), not \(entry.sign)",
                        textZH: "映射 \(mapping.name) 读取的根元素是 \(root)，不是 \(entry.sign)"))
            case .value where mapping.sourceFormat == .csv || mapping.sourceFormat == .xlsx:
                problems.append(
                    Problem(
                        position: entry.position,
                        text: "mapping \(mapping.name) reads \(mapping.sourceFormat), which has no such path; "
                            + "detect by fileName or header",
                        textZH: "映射 \(mapping.name) 读取 \(mapping.sourceFormat)，无法按路径取值；请改用 fileName 或 header"))
            case .value where mapping.sourceFormat != mappings[0].sourceFormat:
                problems.append(
                    Problem(
                        position: entry.position,
                        text: "by value, all datasets of a channel have one format: \(mappings[0].name) reads "
                            + "\(mappings[0].sourceFormat), \(mapping.name) reads \(mapping.sourceFormat)",
                        textZH: "按值识别时，同一通道的数据集须为同一格式：\(mappings[0].name) 读取 \(mappings[0].sourceFormat)，"
                            + "\(mapping.name) 读取 \(mapping.sourceFormat)"))
            default: continue
            }
        }
        return problems
    }
}
