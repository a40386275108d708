internal import ArgumentParser
internal import ExchangeModel
internal import Formats
internal import JSON
internal import Mapping

/// `tenderbridge codes gaps`.
struct CodesGaps: Command {
    static let configuration = CommandConfiguration(
        commandName: "gaps",
        abstract: "Reports codes that have no counterpart: canonical values that cannot be sent, and codes met in documents.",
        discussion: """
            For every `out` mapping it lists the canonical values of its code lists that the platform has no code for. With --over \
            it reads documents (files, or folders of recordings) with every `in` mapping that takes them, and counts the codes that \
            stand in no list, with the first place of each.

              tenderbridge codes gaps
              tenderbridge codes gaps Mappings --over Tests/Recordings

            Ends with 0 when there is no gap, with 1 when there is one.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("Folder of mappings.", valueName: "path"))
    var path = "Mappings"

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp("Documents, or folders of documents or recordings.", valueName: "path"))
    var over: [String] = []

    @OptionGroup var schemas: SchemasOption
    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    /// A code that stands in no list, as it was met.
    private struct Met {
        var mapping: String
        var finding: Finding
        var document: String
        var count: Int
    }

    func perform() async throws -> Int32 {
        let place = try MappingPlace(containing: path, schemas: schemas.schemas)
        let (library, findings) = place.load()
        if let fault = findings.first(where: { $0.finding.severity == .error }) {
            throw RefusedFiles(
                findings: FindingList([fault]), format: output.format, language: text.language, exitCode: ExitCodes.configuration)
        }
        let gaps = library.codeGaps
        let met = over.isEmpty ? [] : try self.met(library, place)
        switch output.format {
        case .text: try print(gaps, met)
        case .json: try Terminal.print { json in Self.write(gaps, met, to: &json) }
        }
        return gaps.isEmpty && met.isEmpty ? ExitCodes.good : ExitCodes.findings
    }

    /// Codes of documents that no list has, the most frequent first.
    private func met(_ library: MappingLibrary, _ place: MappingPlace) throws -> [Met] {
        var found: [String: Met] = [:]
        let versions = try library.names.filter { library.inbound($0) != nil }.map {
            try MappingVersion(name: $0, library: library, place: place)
        }
        for document in try DiffDocuments.find(over, isInbound: true) {
            let bytes = try LocalFiles.read(document)
            for version in versions {
                for finding in try version.run(bytes, split: nil)?.flatMap(\.findings) ?? [] where finding.code == .codeUnknown {
                    found[
                        "\(version.name) \(finding.text)",
                        default: Met(
                            mapping: version.name, finding: finding, document: document, count: 0)
                    ].count += 1
                }
            }
        }
        return found.values.sorted {
            $0.count != $1.count ? $0.count > $1.count : ($0.mapping, $0.finding.text) < ($1.mapping, $1.finding.text)
        }
    }

    private func print(_ gaps: [CodeGap], _ met: [Met]) throws(GatewayError) {
        let isChinese = text.language == .zh
        for gap in gaps {
            let label = gap.labelZH.isEmpty ? "" : " (\(gap.labelZH))"
            try Terminal.print(
                isChinese
                    ? "\(gap.mapping)：代码表“\(gap.list)”的规范值“\(gap.value)”\(label) 没有对应代码"
                    : "\(gap.mapping): the value \"\(gap.value)\"\(label) of the list \"\(gap.list)\" has no code")
        }
        for code in met {
            let line = code.finding.position.line > 0 ? ":\(code.finding.position.line)" : ""
            try Terminal.print(
                isChinese
                    ? "\(code.mapping)：\(code.finding.textZH)；\(code.count) 处，首见于 \(code.document)\(line)"
                    : "\(code.mapping): \(code.finding.text); met \(code.count) times, first in \(code.document)\(line)")
        }
        if gaps.isEmpty, met.isEmpty { try Terminal.print(isChinese ? "没有缺口" : "no gaps") }
    }

    private static func write(_ gaps: [CodeGap], _ met: [Met], to json: inout JSONWriter) {
        json.object { json in
            json.array("valuesWithoutCode") { json in
                for gap in gaps {
                    json.object { json in
                        json.member("mapping", gap.mapping)
                        json.member("list", gap.list)
                        json.member("value", gap.value)
                        json.member("labelZh", gap.labelZH)
                    }
                }
            }
            json.array("codesWithoutValue") { json in
                for code in met {
                    json.object { json in
                        json.member("mapping", code.mapping)
                        json.member("text", code.finding.text)
                        json.member("textZh", code.finding.textZH)
                        json.member("count", code.count)
                        json.member("document", code.document)
                        json.member("path", code.finding.path)
                        json.member("line", code.finding.position.line)
                    }
                }
            }
        }
    }
}
