internal import ExchangeModel

/// From the bytes of a mapping file to a mapping that runs.
struct MappingCompilation {
    /// What a good file becomes.
    enum Result {
        case inbound(InboundMapping)
        case outbound(OutboundMapping)
    }

    /// Reads, checks and compiles; no result when there is an error.
    static func compile(_ bytes: [UInt8], expectedName: String, input: CompilerInput) -> (result: Result?, findings: [Finding]) {
        var fragments: Set<String> = []
        return compile(bytes, expectedName: expectedName, input: input, usedFragments: &fragments)
    }

    /// The same, and notes which fragments the file uses.
    static func compile(
        _ bytes: [UInt8], expectedName: String, input: CompilerInput, usedFragments: inout Set<String>
    ) -> (result: Result?, findings: [Finding]) {
        let (file, readFindings) = MappingFileReader.read(bytes, expectedName: expectedName)
        guard let file else { return (nil, readFindings) }
        var compiler = Compiler(file, input)
        compiler.compile()
        usedFragments.formUnion(compiler.usedFragments)
        let findings = readFindings + compiler.findings
        guard !findings.contains(where: { $0.severity == .error }) else { return (nil, findings) }
        let lists = codeLists(compiler.usedLists, input) + fragments(compiler.usedFragments, input)
        if file.direction == .inbound {
            let prefix = file.from.root.flatMap { root -> String? in
                let parts = root.text.split(separator: ":")
                return parts.count == 2 ? String(parts[0]) : nil
            }
            let namespace = prefix.flatMap { prefix in file.namespaces.first { $0.prefix == prefix }?.uri } ?? ""
            return (.inbound(InboundMapping(file, program: compiler.program, codeLists: lists, namespace: namespace)), findings)
        }
        var fields: [(path: String, audiences: [String])] = []
        if let schema = compiler.canonical {
            for read in compiler.readFields where !fields.contains(where: { $0.path == read.path }) {
                fields.append((read.path, Compiler.audiences(of: read.path, in: schema) ?? []))
            }
        }
        let mapping = OutboundMapping(
            file, program: compiler.program, codeLists: lists, fields: fields,
            personalText: input.audienceRules.personalText(of: file.audience?.text ?? ""), schema: compiler.canonical)
        return (.outbound(mapping), findings)
    }

    /// The fragments in the order of their names, each as name, length and bytes.
    private static func fragments(_ names: [String], _ input: CompilerInput) -> [UInt8] {
        var result: [UInt8] = []
        for name in names.sorted() {
            guard let fragment = input.fragments[name] else { continue }
            result += Array("fragments/\(name)\n\(fragment.bytes.count)\n".utf8)
            result += fragment.bytes
        }
        return result
    }

    /// The lists in the order of their names, each as name, length and bytes.
    private static func codeLists(_ names: [String], _ input: CompilerInput) -> [UInt8] {
        var result: [UInt8] = []
        for name in names.sorted() {
            guard let list = input.codeLists[name] else { continue }
            result += Array("\(name)\n\(list.bytes.count)\n".utf8)
            result += list.bytes
        }
        return result
    }
}
