internal import ExchangeModel
internal import Formats
internal import JSON
internal import Mapping
internal import Store
internal import StrictYAML

extension ConfigurationReader {
    /// Datasets that one channel may take.
    static let datasetsMax = 200

    /// An entry of `channels`.
    func channel(
        _ name: String, _ value: YAMLValueReader, isEncrypted: Bool, senders: [String]
    ) -> GatewayConfiguration.Channel? {
        value.mapping { section in
            _ = section.optional("kind")?.oneOf(["http"])
            let common = DatasetDefaults(
                csv: csv(section), sheet: sheet(section), checkDigits: checkDigits(section) ?? .refuse,
                personalKeys: personalKeys(section, isEncrypted) ?? [])
            let (sign, datasets) = self.datasets(section, common, isEncrypted)
            let soap = section.optional("soap").flatMap { self.soap($0) }
            if sign == .argument, !section.has("soap") {
                section.report(
                    "detect", "only a SOAP call has a dataset code: set by to another sign, or add soap",
                    "只有 SOAP 调用带有数据集代码，请改用其他 by")
            }
            let duplicates = section.optional("duplicates")?.oneOf(DuplicateRule.self) ?? .idempotencyKey
            let limits = section.optional("limits")?.mapping { limits in
                (
                    bytes: limits.optional("body")?.byteCount(in: 1...(64 << 20)),
                    time: limits.optional("bodyTime")?.duration(in: .milliseconds(100) ... .seconds(600)),
                    depth: limits.optional("depth")?.integer(in: 2...256)
                )
            }
            let split = section.optional("split").flatMap { self.split($0) }
            let directory = self.directory(section, senders: senders)
            let poll = self.poll(section, senders: senders)
            checkDoors(section, split: split, sign: sign, directory: directory, poll: poll)
            guard !datasets.isEmpty else { return nil }
            return .init(
                name: name, sign: sign, datasets: datasets, soap: soap, bodyBytesMax: limits?.bytes ?? 1 << 20,
                bodyTimeMax: limits?.time ?? .seconds(30), depthMax: limits?.depth ?? 64, duplicates: duplicates, split: split,
                directory: directory, poll: poll, position: section.position)
        }.flatMap { $0 }
    }

    /// What holds for each dataset of a channel that does not say it itself.
    private struct DatasetDefaults {
        var csv: CSVDialectSettings?
        var sheet: SheetDialectSettings?
        var checkDigits: GatewayConfiguration.CheckDigitRule
        var personalKeys: Set<GatewayConfiguration.PersonalKey>
    }

    private func csv(_ section: YAMLMappingReader) -> CSVDialectSettings? {
        section.optional("csv")?.mapping { CSVDialectSettings(reading: $0) }
    }

    private func sheet(_ section: YAMLMappingReader) -> SheetDialectSettings? {
        section.optional("sheet")?.mapping { SheetDialectSettings(reading: $0) }
    }

    private func checkDigits(_ section: YAMLMappingReader) -> GatewayConfiguration.CheckDigitRule? {
        section.optional("checkDigits")?.oneOf(GatewayConfiguration.CheckDigitRule.self)
    }

    private func personalKeys(_ section: YAMLMappingReader, _ isEncrypted: Bool) -> Set<GatewayConfiguration.PersonalKey>? {
        guard let words = section.optional("personalKeys")?.listOrOne() else { return nil }
        if !words.isEmpty, !isEncrypted {
            section.report(
                "personalKeys",
                "personalKeys needs store.encryption: the hash of a number is worth nothing without a secret key",
                "personalKeys 需要启用 store.encryption：无密钥的号码散列不起保护作用")
        }
        return Set(words.compactMap { $0.oneOf(GatewayConfiguration.PersonalKey.self) })
    }

    /// One dataset by `dataset` and `mapping`, or several by `detect`.
    private func datasets(
        _ section: YAMLMappingReader, _ common: DatasetDefaults, _ isEncrypted: Bool
    ) -> (GatewayConfiguration.DatasetSign?, [GatewayConfiguration.ChannelDataset]) {
        guard let detect = section.optional("detect") else {
            let one = dataset(section, sign: "", common)
            return (nil, one.map { [$0] } ?? [])
        }
        for key in ["dataset", "mapping"] where section.has(key) {
            section.report(
                key, "\(key) stands beside detect; put it under detect.datasets", "\(key) 不能与 detect 同时设置，请移至 detect.datasets 之下")
        }
        return detect.mapping { detect in
            let sign = self.sign(detect)
            let entries = detect.required("datasets")?.mapping { $0.entries() } ?? []
            if entries.isEmpty, detect.has("datasets") {
                detect.report("datasets", "detect.datasets names no dataset", "detect.datasets 没有给出任何数据集")
            }
            if entries.count > Self.datasetsMax {
                detect.report(
                    "datasets", "a channel takes \(Self.datasetsMax) datasets at most", "一个通道最多可设置 \(Self.datasetsMax) 个数据集")
            }
            var datasets: [GatewayConfiguration.ChannelDataset] = []
            for entry in entries {
                checkSign(entry.key, sign, entry.value, before: datasets.map(\.sign))
                let one = entry.value.mapping { own in
                    dataset(
                        own, sign: entry.key,
                        DatasetDefaults(
                            csv: csv(own) ?? common.csv, sheet: sheet(own) ?? common.sheet,
                            checkDigits: checkDigits(own) ?? common.checkDigits,
                            personalKeys: personalKeys(own, isEncrypted) ?? common.personalKeys))
                }.flatMap { $0 }
                if let one { datasets.append(one) }
            }
            return sign == nil ? (nil, []) : (sign, datasets)
        } ?? (nil, [])
    }

    private func dataset(
        _ section: YAMLMappingReader, sign: String, _ settings: DatasetDefaults
    ) -> GatewayConfiguration.ChannelDataset? {
        let dataset = section.required("dataset")?.text()
        let mapping = section.required("mapping")?.text()
        guard let dataset, let mapping else { return nil }
        return .init(
            sign: sign, dataset: Dataset(dataset), mapping: mapping, csv: settings.csv, sheet: settings.sheet,
            checkDigits: settings.checkDigits, personalKeys: settings.personalKeys, position: section.position)
    }

    /// `by`, and what belongs to it.
    private func sign(_ detect: YAMLMappingReader) -> GatewayConfiguration.DatasetSign? {
        let by = detect.required("by")?.oneOf(["root", "value", "header", "fileName", "argument"])
        let path = detect.optional("path")
        let header = detect.optional("header")
        if by != nil, by != "value", path != nil { superfluous(detect, "path", "value") }
        if by != nil, by != "header", header != nil { superfluous(detect, "header", "header") }
        switch by {
        case "root": return .root
        case "value": return detect.required("path").flatMap { valuePath($0) }.map { .value(path: $0) }
        case "header": return detect.required("header").flatMap { headerName($0) }.map { .header(name: $0) }
        case "fileName": return .fileName
        case "argument": return .argument
        default: return nil
        }
    }

    private func superfluous(_ detect: YAMLMappingReader, _ key: String, _ by: String) {
        detect.report(key, "\(key) belongs to by: \(by)", "\(key) 仅用于 by: \(by)")
    }

    private func valuePath(_ value: YAMLValueReader) -> String? {
        guard let text = value.text() else { return nil }
        guard let segments = JSONPointer.segments(text), let first = segments.first, !first.hasPrefix("@"),
            segments.allSatisfy({ !$0.isEmpty }), !segments.dropLast().contains(where: { $0.hasPrefix("@") })
        else {
            value.report(
                "a place is written /MESSAGE/HEAD/TYPE or /MESSAGE/@type in XML, and /head/type in JSON",
                "位置的写法：XML 为 /MESSAGE/HEAD/TYPE 或 /MESSAGE/@type，JSON 为 /head/type")
            return nil
        }
        return text
    }

    private func headerName(_ value: YAMLValueReader) -> String? {
        guard let text = value.text() else { return nil }
        let isName = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
        guard isName, !["authorization", "cookie", "idempotency-key"].contains(text.lowercased()) else {
            value.report(
                "a header field that names the dataset has a name such as X-Dataset (RFC 9110, 5.1), and carries no secret",
                "用于识别数据集的请求头应为 X-Dataset 这样的名称(RFC 9110 第 5.1 节)，且不得承载密钥")
            return nil
        }
        return text
    }

    /// A pattern behind one that takes everything it takes would never be reached.
    private func checkSign(
        _ key: String, _ sign: GatewayConfiguration.DatasetSign?, _ value: YAMLValueReader, before: [String]
    ) {
        if key.isEmpty || key.utf8.count > SignLimits.bytesMax {
            value.report(
                "a sign has 1 to \(SignLimits.bytesMax) bytes", "识别值长度应为 1 至 \(SignLimits.bytesMax) 字节")
        }
        guard sign == .fileName else { return }
        if key.contains("/") {
            value.report("a file name has no folder: \"\(key)\" fits none", "文件名不含目录：“\(key)”不会匹配任何文件")
        }
        if let wider = before.first(where: { FileNamePattern($0).fits(key) }) {
            value.report(
                "\"\(wider)\" stands before it and takes every name that fits it; put the narrower pattern first",
                "其前面的“\(wider)”已匹配同样的文件名；请将更具体的模式放在前面")
        }
    }
}

/// Limits of what a sign may say.
enum SignLimits {
    /// Longest root name, value or pattern, in bytes.
    static let bytesMax = 255
}
