internal import ExchangeModel

/// Compares a compiled mapping with the schema of the partner's form: what it reads must be there, what it writes must fit.
///
/// It runs behind the compiler and adds findings to its own. An error is what the schema can never take or give; the rest warns.
/// Where the schema is open, it says nothing.
struct FormChecker {
    let file: MappingFile
    let input: CompilerInput
    let trace: FormTrace
    let model: FormModel
    let schemaName: String
    let isInbound: Bool
    /// The canonical form of the dataset.
    let canonical: CanonicalSchema?
    /// Namespaces by prefix, and the first prefix of each.
    private let namespaces: [String: String]
    private let prefixes: [String: String]
    private(set) var findings: [Finding] = []
    /// The fragment whose words are being looked at; findings about them stand where it is used.
    var fragment: TargetNode.Origin?

    /// What is wrong with a mapping, seen from the schema of its form; and what it declares and never uses.
    static func findings(of compiler: Compiler, tree: TargetNode) -> [Finding] {
        var result: [Finding] = []
        let form = compiler.isInbound ? compiler.file.from : compiler.file.to
        // A schema of another kind of form was reported by the reader of the file.
        let isOfTheForm = form.schema.map { FormSchemas.isJSON($0.text) == (form.format?.text == "json") } ?? false
        if isOfTheForm, let name = form.schema, let model = compiler.input.forms?.model(name.text) {
            var checker = FormChecker(compiler, model: model, schemaName: name.text)
            checker.check(form, tree: tree)
            result = checker.findings
        }
        // A fault elsewhere may hide the use.
        if compiler.findings.allSatisfy({ $0.severity != .error }) {
            result += UnusedDeclarations.findings(of: compiler, tree: tree)
        }
        return result
    }

    private init(_ compiler: Compiler, model: FormModel, schemaName: String) {
        file = compiler.file
        input = compiler.input
        trace = compiler.trace
        isInbound = compiler.isInbound
        canonical = compiler.canonical
        self.model = model
        self.schemaName = schemaName
        namespaces = Dictionary(file.namespaces.map { ($0.prefix, $0.uri) }, uniquingKeysWith: { first, _ in first })
        prefixes = Dictionary(file.namespaces.map { ($0.uri, $0.prefix) }, uniquingKeysWith: { first, _ in first })
    }

    private mutating func check(_ form: MappingFile.Form, tree: TargetNode) {
        guard let root = root(of: form) else { return }
        if isInbound { checkSource(root) } else { checkTarget(tree, root) }
    }

    /// The root element, or the object of JSON.
    private mutating func root(of form: MappingFile.Form) -> FormModel.Member? {
        guard form.format?.text == "xml" else { return model.roots.first { $0.name.isEmpty } }
        guard let name = form.root, let (namespace, local) = resolve(name.text) else { return nil }
        if let root = model.root(local, namespace: namespace) { return root }
        let known = model.roots.map { written($0) }
        let (hint, hintZH) = hint(local, known, sameName: model.roots.first { $0.name == local })
        report(
            name.position, name.text, "the schema \(schemaName) has no root element \"\(name.text)\"\(hint)",
            "模式 \(schemaName) 中没有根元素“\(name.text)”\(hintZH)", code: .keyUnknown)
        return nil
    }

    // MARK: Names

    /// Namespace and local name of a name with a prefix; nil where the prefix is not declared.
    func resolve(_ name: String) -> (namespace: String, local: String)? {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return ("", name) }
        return namespaces[parts[0]].map { ($0, parts[1]) }
    }

    func namespace(of name: SourcePath.Name) -> String? {
        guard let prefix = name.prefix else { return "" }
        return namespaces[prefix]
    }

    /// A member as a path or a field of this file names it.
    func written(_ member: FormModel.Member) -> String {
        let name = prefixes[member.namespace].map { "\($0):\(member.name)" } ?? member.name
        return member.isAttribute ? "@" + name : name
    }

    /// A name with what the schema calls it.
    func labelled(_ member: FormModel.Member) -> String {
        member.label.isEmpty ? "\"\(member.name)\"" : "\"\(member.name)\" (\(member.label))"
    }

    /// What to write instead: the same name in its own namespace, or the nearest one.
    func hint(_ name: String, _ known: [String], sameName: FormModel.Member?) -> (en: String, zh: String) {
        if let sameName {
            if sameName.namespace.isEmpty { return ("; there it is in no namespace", "；模式中该名称不属于任何命名空间") }
            let prefix = prefixes[sameName.namespace].map { "\($0):\(sameName.name)" }
            return (
                "; there it is in the namespace \(sameName.namespace)" + (prefix.map { ", written \"\($0)\"" } ?? ""),
                "；模式中该名称属于命名空间 \(sameName.namespace)" + (prefix.map { "，应写作“\($0)”" } ?? "")
            )
        }
        if let nearest = Suggestion.nearest(to: name, among: known) {
            return ("; did you mean \"\(nearest)\"?", "，是否应为“\(nearest)”？")
        }
        guard !known.isEmpty, known.count <= 12 else { return ("", "") }
        let list = known.joined(separator: ", ")
        return (" (known: \(list))", "(可用：\(list))")
    }

    // MARK: Findings

    /// Adds a finding; the same one a second time (a path that is read twice in one expression) is left out.
    mutating func report(
        _ position: SourcePosition, _ path: String, _ text: String, _ textZH: String, severity: Finding.Severity = .error,
        code: Finding.Code = .fileInvalid
    ) {
        let finding = Finding(code, severity: severity, path: path, position: position, text: text, textZH: textZH)
        let placed = fragment.map { finding.moved(to: $0) } ?? finding
        if !findings.contains(placed) { findings.append(placed) }
    }

    /// A list of names for a message.
    static func listed(_ names: [String]) -> String {
        let most = 12
        return names.prefix(most).joined(separator: ", ") + (names.count > most ? ", ... (\(names.count))" : "")
    }
}

/// Keys and namespaces that a mapping declares and never uses.
enum UnusedDeclarations {
    static func findings(of compiler: Compiler, tree: TargetNode) -> [Finding] {
        let file = compiler.file
        var keys: Set<String> = []
        var prefixes: Set<String> = []
        func use(_ name: SourcePath.Name) { if let prefix = name.prefix { prefixes.insert(prefix) } }
        for read in compiler.trace.reads {
            if case .key(let name, _) = read.path.anchor { keys.insert(name) }
            for step in read.path.steps {
                use(step.name)
                if let predicate = step.predicate { use(predicate.name) }
            }
        }
        func use(_ name: String) {
            let parts = name.split(separator: ":")
            if parts.count == 2 { prefixes.insert(String(parts[0])) }
        }
        func walk(_ node: TargetNode) {
            if !compiler.isInbound { use(node.name) }
            for child in node.children + node.branches { walk(child) }
        }
        walk(tree)
        for root in [file.from.root, file.to.root] { if let root { use(root.text) } }
        var findings: [Finding] = []
        for key in file.keys where !keys.contains(key.name) {
            findings.append(
                Finding(
                    .fileInvalid, severity: .warning, path: key.name, position: key.position,
                    text: "the key \"\(key.name)\" is never looked up", textZH: "键“\(key.name)”从未使用"))
        }
        for namespace in file.namespaces where !prefixes.contains(namespace.prefix) {
            findings.append(
                Finding(
                    .fileInvalid, severity: .warning, path: namespace.prefix, position: namespace.position,
                    text: "the prefix \"\(namespace.prefix)\" is never used", textZH: "前缀“\(namespace.prefix)”从未使用"))
        }
        return findings
    }
}
