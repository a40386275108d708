public import ExchangeModel
internal import StrictYAML

/// Every mapping, code list, audience and canonical form of an installation, loaded and checked as a whole.
///
/// Immutable after loading: a reload makes a new library and swaps it. Safe to share between threads.
public struct MappingLibrary: Sendable {
    /// A platform's own file, `Mappings/<platform>/platform.yaml`.
    public struct Platform: Sendable, Hashable {
        /// The folder's name.
        public let name: String
        /// What it is, in English.
        public let title: String
        /// What it is, in Chinese.
        public let titleZH: String
        /// Which family of platforms it belongs to.
        public let kind: String
        /// Whether its forms rest on a partner's document.
        public let isUnverified: Bool
    }

    /// Names of all good mappings, sorted.
    public let names: [String]
    /// Platforms by name, sorted.
    public let platforms: [Platform]
    /// Known audiences.
    public let audiences: [Audience]
    private let inboundMappings: [String: InboundMapping]
    private let outboundMappings: [String: OutboundMapping]
    private let schemas: [String: CanonicalSchema]
    let codeLists: [String: CodeList]
    private let audienceRules: AudienceRules

    /// What numbers of persons in a text for an audience do; nil: it is not searched.
    public func personalText(of audience: Audience) -> PersonalTextRule? { audienceRules.personalText(of: audience.name) }
    /// The mapping from a platform's form, `local-a/in/tender-notice`; nil when there is none without errors.
    public func inbound(_ name: String) -> InboundMapping? { inboundMappings[name] }
    /// The mapping to a platform's form, `provincial/out/tender-notice`; nil when there is none without errors.
    public func outbound(_ name: String) -> OutboundMapping? { outboundMappings[name] }
    /// The canonical form of a dataset.
    public func schema(of dataset: Dataset) -> CanonicalSchema? { schemas[dataset.name] }

    /// Loads everything below `Mappings/` and what it needs of `Schemas/`. A faulty mapping is left out and its findings
    /// name its file; the caller decides whether to go on without it.
    public static func load(mappings: String, schemas: String) -> (library: MappingLibrary, findings: [FileFinding]) {
        var loader = MappingLoader(mappings: mappings, schemas: schemas)
        let library = loader.load()
        return (library, loader.findings.sorted())
    }

    init(
        inbound: [String: InboundMapping], outbound: [String: OutboundMapping], platforms: [Platform],
        audienceRules: AudienceRules, schemas: [String: CanonicalSchema], codeLists: [String: CodeList]
    ) {
        self.audienceRules = audienceRules
        self.codeLists = codeLists
        inboundMappings = inbound
        outboundMappings = outbound
        self.platforms = platforms
        audiences = audienceRules.names.map { Audience($0) }
        self.schemas = schemas
        names = (Array(inbound.keys) + Array(outbound.keys)).sorted()
    }
}

/// Loads a library, file by file.
struct MappingLoader {
    let mappingsFolder: String
    let schemasFolder: String
    private(set) var findings: [FileFinding] = []
    private var usedFragments: Set<String> = []

    init(mappings: String, schemas: String) {
        mappingsFolder = mappings
        schemasFolder = schemas
    }

    /// Kinds of platforms (DESIGN section 1 and the systems around them).
    static let platformKinds = [
        "trading-system", "provincial", "supervision", "approval", "treasury", "credit", "guarantor", "expert-pool",
        "subject-library",
        "licence-library", "complaint", "foreign",
    ]

    mutating func load() -> MappingLibrary {
        let files = FolderReader.files(below: mappingsFolder)
        if files.isEmpty { report("", .unknown, "there is no mapping in this folder", "该目录下没有映射文件") }
        let input = compilerInput(files)
        var inbound: [String: InboundMapping] = [:]
        var outbound: [String: OutboundMapping] = [:]
        for file in files where Self.isMapping(file) {
            switch compile(file, input) {
            case .inbound(let mapping): inbound[mapping.name] = mapping
            case .outbound(let mapping): outbound[mapping.name] = mapping
            case .none: break
            }
        }
        for name in input.fragments.keys.sorted() where !usedFragments.contains(name) {
            report(
                "\(mappingsFolder)/fragments/\(name).yaml", SourcePosition(line: 1, column: 1),
                "no mapping uses this fragment", "没有映射使用该片段")
        }
        return MappingLibrary(
            inbound: inbound, outbound: outbound, platforms: loadPlatforms(files),
            audienceRules: input.audienceRules,
            schemas: input.schemas, codeLists: input.codeLists)
    }

    /// What mappings are compiled with; findings are kept.
    mutating func compilerInput() -> CompilerInput { compilerInput(FolderReader.files(below: mappingsFolder)) }

    private mutating func compilerInput(_ files: [String]) -> CompilerInput {
        let schemaFiles = FolderReader.files(below: schemasFolder)
        let rules = loadAudiences(files)
        return CompilerInput(
            schemas: loadSchemas(schemaFiles), codeLists: loadCodeLists(files), audiences: rules.names, audienceRules: rules,
            schemaFiles: Set(schemaFiles), fragments: loadFragments(files), forms: FormModelFolder(folder: schemasFolder))
    }

    /// `<platform>/in/<dataset>.yaml`, `<platform>/out/<dataset>.yaml`, and not their tests.
    static func isMapping(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return parts.count == 3 && (parts[1] == "in" || parts[1] == "out") && path.hasSuffix(".yaml")
            && !path.hasSuffix(".tests.yaml")
    }

    private enum Compiled {
        case inbound(InboundMapping)
        case outbound(OutboundMapping)
        case none
    }

    private mutating func compile(_ path: String, _ input: CompilerInput) -> Compiled {
        guard let bytes = read(mappingsFolder + "/" + path, shown: path) else { return .none }
        let outcome = MappingCompilation.compile(
            bytes, expectedName: String(path.dropLast(5)), input: input, usedFragments: &usedFragments)
        findings += outcome.findings.map { FileFinding(file: mappingsFolder + "/" + path, $0) }
        switch outcome.result {
        case .inbound(let mapping): return .inbound(mapping)
        case .outbound(let mapping): return .outbound(mapping)
        case nil: return .none
        }
    }

    private mutating func loadSchemas(_ files: [String]) -> [String: CanonicalSchema] {
        load(files, in: schemasFolder, below: "canonical/", ending: ".json") { dataset, bytes in
            CanonicalSchemaReader.read(dataset: dataset, bytes: bytes)
        }
    }

    private mutating func loadCodeLists(_ files: [String]) -> [String: CodeList] {
        load(files, in: mappingsFolder, below: "codelists/", ending: ".csv") { name, bytes in
            let (list, found) = CodeListFile.read(name: name, bytes: bytes)
            return (list, found)
        }
    }

    private mutating func loadFragments(_ files: [String]) -> [String: FragmentFile] {
        load(files, in: mappingsFolder, below: "fragments/", ending: ".yaml") { name, bytes in
            FragmentFile.read(name: name, bytes: bytes)
        }
    }

    /// Reads the files of one folder, each under its name without the ending; findings are kept.
    private mutating func load<Content>(
        _ files: [String], in folder: String, below place: String, ending: String,
        read content: (_ name: String, _ bytes: [UInt8]) -> (Content?, [Finding])
    ) -> [String: Content] {
        var result: [String: Content] = [:]
        for file in files where file.hasPrefix(place) && file.hasSuffix(ending) {
            let path = folder + "/" + file
            guard let bytes = read(path, shown: file) else { continue }
            let name = String(file.dropFirst(place.count).dropLast(ending.count))
            let (read, found) = content(name, bytes)
            findings += found.map { FileFinding(file: path, $0) }
            result[name] = read
        }
        return result
    }

    private mutating func loadAudiences(_ files: [String]) -> AudienceRules {
        guard files.contains("audiences.yaml"), let bytes = read(mappingsFolder + "/audiences.yaml", shown: "audiences.yaml")
        else {
            return AudienceRules()
        }
        let yaml = YAMLReader(parsing: bytes)
        var rules = AudienceRules()
        _ = yaml.mapping { root in
            for entry in root.required("audiences")?.list() ?? [] {
                _ = entry.mapping { audience in
                    let name = audience.required("name")
                    _ = audience.optional("label")?.text()
                    _ = audience.optional("note")?.text()
                    let personal = audience.optional("personalText")?.oneOf(PersonalTextRule.allCases.map(\.rawValue))
                    guard let text = name?.text() else { return }
                    if rules.names.contains(text) { name?.report("the audience \"\(text)\" stands twice", "受众“\(text)”重复") }
                    rules.add(text, personalText: personal.flatMap { PersonalTextRule(rawValue: $0) })
                }
            }
        }
        findings += yaml.findings.map { FileFinding(file: mappingsFolder + "/audiences.yaml", $0) }
        return rules
    }

    private mutating func loadPlatforms(_ files: [String]) -> [MappingLibrary.Platform] {
        var result: [MappingLibrary.Platform] = []
        for file in files where file.hasSuffix("/platform.yaml") && file.split(separator: "/").count == 2 {
            guard let bytes = read(mappingsFolder + "/" + file, shown: file) else { continue }
            let folder = String(file.dropLast("/platform.yaml".count))
            let yaml = YAMLReader(parsing: bytes)
            _ = yaml.mapping { root in
                let name = root.required("platform")
                let text = name?.text()
                if let text, text != folder {
                    name?.report("the platform is \"\(text)\", but its folder is \"\(folder)\"", "平台名为“\(text)”，与目录“\(folder)”不符")
                }
                let title = root.required("title")?.text() ?? ""
                let titleZH = root.required("title_zh")?.text() ?? ""
                let kind = root.required("kind")?.oneOf(Self.platformKinds) ?? ""
                let isUnverified = root.optional("basis")?.oneOf(["unverified"]) != nil
                _ = root.optional("note")?.text()
                result.append(
                    MappingLibrary.Platform(name: folder, title: title, titleZH: titleZH, kind: kind, isUnverified: isUnverified))
            }
            findings += yaml.findings.map { FileFinding(file: mappingsFolder + "/" + file, $0) }
        }
        return result.sorted { $0.name < $1.name }
    }

    private mutating func read(_ path: String, shown: String) -> [UInt8]? {
        if let bytes = FolderReader.bytes(of: path) { return bytes }
        findings.append(
            FileFinding(
                file: path,
                Finding(
                    .fileInvalid, text: "the file cannot be read, or is larger than \(FolderReader.bytesMax) bytes",
                    textZH: "文件无法读取，或超过 \(FolderReader.bytesMax) 字节")))
        return nil
    }

    private mutating func report(_ file: String, _ position: SourcePosition, _ text: String, _ textZH: String) {
        findings.append(
            FileFinding(
                file: file.isEmpty ? mappingsFolder : file,
                Finding(.fileInvalid, severity: .warning, position: position, text: text, textZH: textZH)))
    }
}
