internal import ExchangeModel

/// Turns a mapping file into a program and finds everything wrong with it on the way.
///
/// It never stops at the first fault: what cannot be understood is left out of the program, which is thrown away when
/// there is an error. One compiler compiles one file.
struct Compiler {
    let file: MappingFile
    let input: CompilerInput
    var program = Program()
    var findings: [Finding] = []
    /// Code lists that the mapping names, in order.
    var usedLists: [String] = []
    /// Canonical fields that an outbound mapping reads: dotted path and place.
    var readFields: [(path: String, position: SourcePosition)] = []
    /// Fragments that the mapping uses, in order.
    private(set) var usedFragments: [String] = []
    /// Variables by slot, and whether something reads them.
    var variables: [(name: String, position: SourcePosition, origin: TargetNode.Origin?, isUsed: Bool)] = []
    /// The fragment whose words are being compiled; findings about them stand where it is used.
    var origin: TargetNode.Origin?
    /// Canonical fields from the root to what each key finds, for outbound mappings.
    var keyFields: [[CanonicalSchema.Field]] = []
    var namespaceNumbers: [String: UInt32] = [:]
    /// Paths and expressions, for the comparison with the form's schema.
    var trace = FormTrace()
    private var constantNames: [String: Program.Constant] = [:]

    init(_ file: MappingFile, _ input: CompilerInput) {
        self.file = file
        self.input = input
    }

    var isInbound: Bool { file.direction == .inbound }
    /// Steps of the source are joined by `.` as well: it is JSON, or rows, whose records have the same shape.
    var dotJoins: Bool { !isInbound || ["json", "csv", "xlsx"].contains(file.from.format?.text) }
    var separator: String { isInbound && !dotJoins ? "/" : "." }
    /// The canonical form of the record's dataset.
    var canonical: CanonicalSchema? {
        let form = isInbound ? file.to : file.from
        return form.dataset.flatMap { input.schemas[$0.text] }
    }

    /// Compiles the file; the program is good only without errors.
    mutating func compile() {
        checkForms()
        program.otherScheme = program.constant("OTHER")
        for namespace in file.namespaces {
            if namespaceNumbers[namespace.prefix] != nil {
                report(
                    namespace.position, namespace.prefix, "the prefix \"\(namespace.prefix)\" is declared twice",
                    "前缀“\(namespace.prefix)”重复声明")
            }
            namespaceNumbers[namespace.prefix] = program.names.namespace(namespace.uri)
        }
        if !isInbound {
            program.moneyNames = (
                program.names.intern("value"), program.names.intern("currency"), program.names.intern("receivedUnit"),
                program.names.intern("kind")
            )
        }
        var scope = SourceScope(fields: isInbound ? [] : canonical.map { [$0.root] } ?? [], depth: 0)
        declareKeys()
        var tree = TargetTree(splitsDots: isInbound || file.to.format?.text == "json", fragments: input.fragments)
        let root = TargetNode(name: "", position: file.fieldsPosition, isRepeated: false)
        tree.add(file.body, to: root)
        findings += tree.findings
        usedFragments = tree.used
        program.variables = declare(root.lets, in: &scope)
        compileIdentify(scope)
        compileChildren(of: root, target: isInbound ? canonical?.root : nil, path: "", scope: scope, isCertain: true)
        checkVariables()
        checkAudience()
        findings += FormChecker.findings(of: self, tree: root)
    }

    // MARK: Head of the file

    private mutating func checkForms() {
        let (canonicalForm, foreignForm) = isInbound ? (file.to, file.from) : (file.from, file.to)
        if let dataset = canonicalForm.dataset {
            if let schema = input.schemas[dataset.text] {
                if let wanted = canonicalForm.canonical, wanted.version != schema.version {
                    report(
                        wanted.position, "canonical",
                        "version \(wanted.version) of \(dataset.text) is not here; the schema is version \(schema.version)",
                        "\(dataset.text) 的规范版本 \(wanted.version) 不存在，当前为版本 \(schema.version)")
                }
            } else {
                reportUnknown(
                    dataset.position, "dataset", dataset.text, kind: "dataset with a canonical schema", kindZH: "有规范模式的数据集",
                    among: Array(input.schemas.keys))
            }
            let named = file.name.split(separator: "/").last.map(String.init) ?? ""
            let plain = named.split(separator: "@").first.map(String.init) ?? named
            if plain != dataset.text {
                report(
                    dataset.position, "dataset", "the dataset is \"\(dataset.text)\", but the mapping is named for \"\(plain)\"",
                    "数据集为“\(dataset.text)”，与映射名中的“\(plain)”不符")
            }
        }
        if let schema = foreignForm.schema, !input.schemaFiles.contains(schema.text) {
            reportUnknown(
                schema.position, "schema", schema.text, kind: "schema file", kindZH: "模式文件", among: Array(input.schemaFiles))
        }
        if foreignForm.format?.text == "xml", foreignForm.root == nil {
            report(foreignForm.position, "root", "an XML form needs its root element, root:", "XML 形式需要根元素 root:")
        }
        if let root = foreignForm.root, foreignForm.format?.text == "xml" {
            let prefixes = Dictionary(file.namespaces.map { ($0.prefix, UInt32(0)) }, uniquingKeysWith: { first, _ in first })
            if !Self.isElementName(root.text, prefixes: prefixes) {
                report(
                    root.position, "root", "\"\(root.text)\" is not the name of an XML element, or its prefix is not declared",
                    "“\(root.text)”不是 XML 元素名，或前缀未声明")
            }
        }
        if !isInbound, let format = file.to.format, format.text != "xml" {
            report(
                format.position, "format", "outbound mappings write xml; json, csv and xlsx are read only",
                "出向映射目前只写 xml，json、csv 与 xlsx 仅可读取")
        }
        if foreignForm.format?.text == "csv", let other = foreignForm.root ?? foreignForm.schema {
            report(
                other.position, other.text, "a CSV form has neither root nor schema; its header row names the fields",
                "CSV 形式没有 root 与 schema，字段名取自表头行")
        }
        if foreignForm.format?.text == "xlsx", let other = foreignForm.root ?? foreignForm.schema {
            report(
                other.position, other.text, "a workbook has neither root nor schema; the header of its sheet names the fields",
                "xlsx 形式没有 root 与 schema，字段名取自工作表表头")
        }
        if isInbound, foreignForm.contentType != nil {
            report(foreignForm.position, "contentType", "contentType belongs to outbound mappings", "contentType 只用于出向映射")
        }
        if let audience = file.audience, !input.audiences.isEmpty, !input.audiences.contains(audience.text) {
            reportUnknown(audience.position, "audience", audience.text, kind: "audience", kindZH: "受众", among: input.audiences)
        }
    }

    private mutating func declareKeys() {
        program.keyNames = file.keys.map(\.name)
        for key in file.keys where FunctionCatalogueNames.contains(key.name) {
            report(
                key.position, key.name, "\"\(key.name)\" is the name of a function; name the key otherwise",
                "“\(key.name)”是函数名，键需另取名称")
        }
        for key in file.keys {
            // Canonical fields behind a key are followed too: who may see them is checked as for any other.
            var item = SourceScope(fields: isInbound ? [] : canonical.map { [$0.root] } ?? [], depth: 0)
            let each = path(key.each, takesAllAtEnd: true, scope: item, inner: &item)
            keyFields.append(item.fields)
            trace.keyOrigins[key.name] = item.origin
            if isInbound { item.depth = 1 }
            let value = path(key.key, takesAllAtEnd: false, scope: item)
            program.keys.append(Program.Key(each: each, key: value))
        }
    }

    private mutating func compileIdentify(_ scope: SourceScope) {
        for entry in file.identify {
            program.notes.identify[entry.name] = place(entry.position)
            guard let compiled = expression(entry.value, scope: scope, target: nil, targetPath: entry.name) else { continue }
            if compiled.shape.isMany || compiled.shape.kind == .money {
                report(entry.position, entry.name, "\(entry.name) must be one text", "\(entry.name) 必须是单个文本")
            }
            if entry.name == "sourceTime" {
                if compiled.shape.kind != .instant {
                    report(
                        entry.position, entry.name, "sourceTime must be a time: add time(\"...\") or use datetime(...)",
                        "sourceTime 必须是时间：请加 time(\"...\") 或使用 datetime(...)")
                }
            } else {
                append(Program.Op(code: .trim), to: compiled.index)
                // A message without its keys cannot be told from another: what identifies is always required.
                if !compiled.shape.isCertain { append(Program.Op(code: .required), to: compiled.index) }
            }
            switch entry.name {
            case "businessKey": program.businessKey = compiled.index
            case "orderingKey": program.orderingKey = compiled.index
            case "version": program.version = compiled.index
            default: program.sourceTime = compiled.index
            }
        }
    }

    /// The ops of the newest expression lie at the end of the table, so that one more can follow.
    private mutating func append(_ op: Program.Op, to expression: Int32) {
        program.ops.append(op)
        program.expressions[Int(expression)].opCount += 1
    }

    // MARK: Names and findings

    mutating func entryName(_ name: String) -> Program.Constant {
        if let known = constantNames[name] { return known }
        let constant = program.constant(name)
        constantNames[name] = constant
        return constant
    }

    /// The number of a namespace prefix; nil, with a finding, when it is not declared.
    mutating func namespaceNumber(_ name: SourcePath.Name, at position: SourcePosition) -> UInt32? {
        guard let prefix = name.prefix else { return 0 }
        if let number = namespaceNumbers[prefix] { return number }
        reportUnknown(
            position, name.text, prefix, kind: "namespace prefix", kindZH: "命名空间前缀", among: Array(namespaceNumbers.keys))
        return nil
    }

    mutating func report(
        _ position: SourcePosition, _ path: String, _ text: String, _ textZH: String, code: Finding.Code = .fileInvalid,
        severity: Finding.Severity = .error
    ) {
        let finding = Finding(code, severity: severity, path: path, position: position, text: text, textZH: textZH)
        findings.append(origin.map { finding.moved(to: $0) } ?? finding)
    }

    mutating func reportUnknown(
        _ position: SourcePosition, _ path: String, _ word: String, kind: String, kindZH: String, among known: [String]
    ) {
        var text = "unknown \(kind) \"\(word)\""
        var textZH = "未知的\(kindZH)“\(word)”"
        if let nearest = Suggestion.nearest(to: word, among: known) {
            text += "; did you mean \"\(nearest)\"?"
            textZH += "，是否应为“\(nearest)”？"
        } else if !known.isEmpty, known.count <= 12 {
            let list = known.sorted().joined(separator: ", ")
            text += " (known: \(list))"
            textZH += "(可用：\(list))"
        }
        report(position, path, text, textZH, code: .keyUnknown)
    }

    static func isElementName(_ name: String, prefixes: [String: UInt32]) -> Bool {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.count == 1 || prefixes[String(parts[0])] != nil else { return false }
        return parts.allSatisfy { part in
            guard let first = part.utf8.first, !(first >= 0x30 && first <= 0x39), first != 0x2D, first != 0x2E else {
                return false
            }
            return part.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D, 0x2E, 0x80...: true
                default: false
                }
            }
        }
    }
}

/// Names that keys may not take.
enum FunctionCatalogueNames {
    static func contains(_ name: String) -> Bool { MappingFunction.named(name) != nil || name == MappingFunction.groupName }
}
