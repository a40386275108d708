internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Mapping

/// How `map test` prints.
enum MapTestFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, html
}

/// What `map test --coverage` says.
struct CoverageReport {
    let coverage: [MappingCoverage]
    /// Percent of target fields that each mapping must reach; nil when nothing is asked.
    let least: Int?
    let language: TextLanguage

    /// Mappings below the least.
    var below: [MappingCoverage] {
        guard let least else { return [] }
        return coverage.filter { mapping in
            let share = mapping.share(.targetFields)
            return share.covered * 100 < least * share.total
        }
    }

    /// The gaps and the figures of each mapping.
    var lines: [String] {
        let isChinese = language == .zh
        var lines: [String] = []
        for mapping in coverage {
            lines += mapping.gaps.map { $0.line(isChinese: isChinese) }
            lines.append("\(mapping.mapping)\(isChinese ? "：" : ": ")\(mapping.summary(isChinese: isChinese))")
        }
        return lines
    }

    /// The figures over all mappings, and who is below the least.
    var lastLines: [String] {
        let isChinese = language == .zh
        let sum = MappingCoverage.summary(of: coverage, isChinese: isChinese)
        var lines = [isChinese ? "合计：\(sum)" : "all mappings: \(sum)"]
        guard let least else { return lines }
        lines += below.map { mapping in
            let percent = mapping.share(.targetFields).percent
            return isChinese
                ? "\(mapping.mapping)：目标字段 \(percent)%，低于 --min \(least)"
                : "\(mapping.mapping): \(percent) % of the target fields, less than --min \(least)"
        }
        return lines
    }

    /// Writes the member `coverage`.
    func write(to json: inout JSONWriter) {
        json.object("coverage") { json in
            json.array("mappings") { json in
                for mapping in coverage {
                    json.object { json in
                        json.member("mapping", mapping.mapping)
                        json.member("file", mapping.file)
                        json.member("tests", mapping.tests)
                        Self.write(MappingCoverage.Kind.allCases.map { ($0, mapping.share($0)) }, mapping.share(), to: &json)
                        json.array("gaps") { json in for gap in mapping.gaps { gap.write(to: &json) } }
                    }
                }
            }
            let zero = MappingCoverage.Share(covered: 0, total: 0)
            Self.write(
                MappingCoverage.Kind.allCases.map { kind in (kind, coverage.map { $0.share(kind) }.reduce(zero, +)) },
                coverage.map { $0.share() }.reduce(zero, +), to: &json)
            if let least {
                json.member("min", least)
                json.member("belowMin", below.map(\.mapping))
            }
        }
    }

    private static func write(
        _ shares: [(kind: MappingCoverage.Kind, share: MappingCoverage.Share)], _ sum: MappingCoverage.Share,
        to json: inout JSONWriter
    ) {
        for (name, share) in shares.map({ ($0.kind.rawValue, $0.share) }) + [("all", sum)] {
            json.object(name) { json in
                json.member("covered", share.covered)
                json.member("total", share.total)
                json.member("percent", share.percent)
            }
        }
    }
}

extension MappingCoverage.Item {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("kind", kind.rawValue)
            json.member("file", file)
            json.member("line", position.line)
            json.member("column", position.column)
            json.member("name", name)
            json.member("text", text)
            json.member("textZh", textZH)
        }
    }
}
