internal import ArgumentParser
internal import ExchangeModel
internal import Formats
internal import JSON
internal import Mapping

/// `tenderbridge map diff`.
struct MapDiff: Command {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Shows what a changed mapping makes of records: field by field, grouped by cause.",
        discussion: """
            Both versions are run over the same documents, and every field that differs is counted under what caused it, with one \
            example. A version is the mapping's file in a folder with its code lists, fragments and schemas, or REVISION:FILE of a \
            git repository. The documents are files, or folders of recordings (their payloads for an `in` mapping, their canonical \
            records for an `out` mapping). What neither version takes for its own is passed over and counted.

              tenderbridge map diff HEAD~1:Mappings/local-a/in/tender-notice.yaml Mappings/local-a/in/tender-notice.yaml
              tenderbridge map diff old/Mappings/credit/out/penalty.yaml Mappings/credit/out/penalty.yaml --over records

            Examples show values of records; --no-values leaves them out. Ends with 0 when nothing differs, with 1 when something does.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The mapping's file before the change, or REVISION:FILE.", valueName: "old"))
    var old: String

    @Argument(help: ArgumentHelp("The mapping's file after it, or REVISION:FILE.", valueName: "new"))
    var new: String

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp("Documents, or folders of documents or recordings.", valueName: "path"))
    var over: [String] = ["Tests/Recordings"]

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where the records of the documents are, as for map run; rows of CSV and sheets without it.", valueName: "split"))
    var split: String?

    @Flag(name: .long, help: "Leaves the values of the examples out.")
    var noValues = false

    @OptionGroup var output: FormatOption
    @OptionGroup var text: LanguageOption

    func perform() async throws -> Int32 {
        let before = try MappingVersion(old)
        let after = try MappingVersion(new)
        guard before.isInbound == after.isInbound else {
            throw GatewayError(
                .usage, attempted: "compare", subject: "\(old) and \(new)",
                happened: "one reads a partner's form, the other writes one",
                remedy: "name two versions of one mapping")
        }
        var diff = MappingDiff(
            format: after.isInbound ? .json : .xml, changedLists: before.listsThatDiffer(from: after), label: after.label)
        let way = try split.map { try SplitRun.split($0) }
        var passedOver = 0
        for document in try DiffDocuments.find(over, isInbound: after.isInbound) {
            let bytes = try LocalFiles.read(document)
            guard let first = try before.run(bytes, split: way), let second = try after.run(bytes, split: way) else {
                passedOver += 1
                continue
            }
            for number in 0..<max(first.count, second.count) {
                let name = max(first.count, second.count) > 1 ? "\(document), record \(number + 1)" : document
                diff.add(
                    name, old: number < first.count ? first[number] : Self.missing,
                    new: number < second.count ? second[number] : Self.missing)
            }
        }
        guard diff.documents > 0 else {
            throw GatewayError(
                .usage, attempted: "compare over", subject: over.joined(separator: ", "),
                happened: "no document there is of the mapping's form (\(passedOver) are of others)",
                remedy: "name documents of this mapping with --over")
        }
        switch output.format {
        case .text: try print(diff, passedOver: passedOver)
        case .json: try Terminal.print { json in write(diff, passedOver: passedOver, to: &json) }
        }
        return diff.groups.isEmpty && diff.notGrouped == 0 ? ExitCodes.good : ExitCodes.findings
    }

    /// In the place of a record that one version does not find in a document.
    private static let missing = MappingDiff.Outcome(
        output: [],
        findings: [Finding(.fileInvalid, text: "there is no such record in the document", textZH: "文档中没有这条记录")], traces: [])

    private func print(_ diff: MappingDiff, passedOver: Int) throws(GatewayError) {
        let isChinese = text.language == .zh
        for group in diff.groups {
            let name = group.label.map { "\(group.field) (\($0))" } ?? group.field
            let cause = isChinese ? group.causeZH : group.cause
            try Terminal.print("\(group.kind.word(isChinese)) \(name): \(group.count)")
            try Terminal.print("  \(isChinese ? "原因" : "cause"): \(cause)")
            var example = group.document
            if !noValues, group.old != nil || group.new != nil {
                let nothing = isChinese ? "无" : "nothing"
                example += ": \(Self.shown(group.old) ?? nothing) -> \(Self.shown(group.new) ?? nothing)"
            }
            try Terminal.print("  \(isChinese ? "示例" : "example"): \(example)")
        }
        if diff.notGrouped > 0 {
            try Terminal.print(isChinese ? "另有差异 \(diff.notGrouped) 处" : "\(diff.notGrouped) more differences")
        }
        try Terminal.print(
            isChinese
                ? "比较 \(diff.documents) 份文档，其中 \(diff.equal) 份相同；跳过其他形式的 \(passedOver) 份"
                : "\(diff.documents) documents compared, \(diff.equal) equal; \(passedOver) of other forms passed over")
    }

    /// A value in quotation marks, cut where it is long.
    private static func shown(_ value: String?) -> String? {
        value.map { $0.count > 80 ? "\"\($0.prefix(80))...\"" : "\"\($0)\"" }
    }

    private func write(_ diff: MappingDiff, passedOver: Int, to json: inout JSONWriter) {
        json.object { json in
            json.member("documents", diff.documents)
            json.member("equal", diff.equal)
            json.member("passedOver", passedOver)
            json.member("notGrouped", diff.notGrouped)
            json.array("groups") { json in
                for group in diff.groups {
                    json.object { json in
                        json.member("kind", group.kind.rawValue)
                        json.member("field", group.field)
                        json.memberIfPresent("label", group.label)
                        json.member("cause", group.cause)
                        json.member("causeZh", group.causeZH)
                        json.member("count", group.count)
                        json.member("document", group.document)
                        if !noValues {
                            json.member("old", group.old)
                            json.member("new", group.new)
                        }
                    }
                }
            }
        }
    }
}

extension MappingDiff.Kind {
    /// As the report says it.
    fileprivate func word(_ isChinese: Bool) -> String {
        switch self {
        case .refused: isChinese ? "改为拒收" : "now refused at"
        case .taken: isChinese ? "改为接收" : "now taken, refused before at"
        case .findings: isChinese ? "拒收原因改变" : "refused for something else at"
        case .changes: isChinese ? "值改变" : "changes"
        case .disappears: isChinese ? "不再写出" : "disappears"
        case .appears: isChinese ? "新写出" : "appears"
        }
    }
}
