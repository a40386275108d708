public import ExchangeModel

/// A first draft of a mapping, made from a partner's schema or a sample of its form: fields are guessed by likeness of names and
/// labels and by the form of their values, and every guess is marked. A draft is where work begins; nothing runs it unread.
public struct MappingDraft: Sendable {
    /// What a draft is asked for.
    public struct Request: Sendable {
        /// The platform: the folder below `Mappings/`.
        public var platform: String
        /// From its form to the canonical record, or back.
        public var isInbound: Bool
        /// The dataset, as `Schemas/canonical/` names it.
        public var dataset: String
        /// Who receives an outbound form.
        public var audience: String?
        /// The root element, where a schema has several.
        public var root: String?
        /// The schema's or sample's name; how it ends says what it is.
        public var sourceName: String
        /// Its bytes.
        public var source: [UInt8]
        /// Its path below the folder of schemas; nil where it lies elsewhere, or is a sample.
        public var schemaName: String?

        /// A request.
        public init(
            platform: String, isInbound: Bool, dataset: String, audience: String? = nil, root: String? = nil, sourceName: String,
            source: [UInt8], schemaName: String? = nil
        ) {
            self.platform = platform
            self.isInbound = isInbound
            self.dataset = dataset
            self.audience = audience
            self.root = root
            self.sourceName = sourceName
            self.source = source
            self.schemaName = schemaName
        }
    }

    /// The file.
    public var text: String
    /// Fields that were guessed and are written.
    public var guesses: Int
    /// What must be there and was not guessed; each stands in the file as a remark.
    public var needed: [String]
    /// What `map lint` says of the draft: only what is needed, or it is a fault of the draft.
    public var findings: [Finding]

    /// Makes a draft with the schemas, code lists and audiences of an installation. Reads files; never for the hot path.
    ///
    /// - Throws: `.usage`, when the source cannot be read, or what was asked for does not exist.
    public static func make(_ request: Request, mappings: String, schemas: String) throws(GatewayError) -> MappingDraft {
        var loader = MappingLoader(mappings: mappings, schemas: schemas)
        return try make(request, input: loader.compilerInput())
    }

    static func make(_ request: Request, input: CompilerInput) throws(GatewayError) -> MappingDraft {
        func refuse(_ subject: String, _ happened: String, _ remedy: String) -> GatewayError {
            GatewayError(.usage, attempted: "draft a mapping from", subject: subject, happened: happened, remedy: remedy)
        }
        guard let canonical = input.schemas[request.dataset] else {
            let known = input.schemas.keys.sorted().joined(separator: ", ")
            throw refuse(request.dataset, "there is no canonical form of this dataset", "name one of \(known)")
        }
        guard request.platform.wholeMatch(of: #/[a-z0-9][a-z0-9-]*/#) != nil else {
            throw refuse(
                request.platform, "a platform is named by small letters, digits and hyphens", "name its folder below Mappings")
        }
        if !request.isInbound, request.audience.map({ !input.audiences.contains($0) }) ?? true {
            throw refuse(
                request.audience ?? request.sourceName, "an outbound mapping needs an audience that audiences.yaml knows",
                "add --audience with one of \(input.audiences.joined(separator: ", "))")
        }
        let files = request.schemaName == nil ? FormModelFolder(files: [request.sourceName: request.source]) : input.forms
        let name = request.schemaName ?? request.sourceName
        var read: (form: DraftForm, isSchema: Bool)
        do throws(DraftFormReader.Problem) {
            read = try DraftFormReader.read(
                name, bytes: request.source, root: request.root, files: files ?? FormModelFolder(files: [:]))
        } catch { throw refuse(request.sourceName, error.text, error.remedy) }
        if !read.isSchema { read.form.markRepeated(canonical) }
        if !request.isInbound, read.form.format != "xml" {
            throw refuse(request.sourceName, "outbound mappings write XML", "name an .xsd or a sample in XML")
        }
        var writer = DraftWriter(request: request, form: read.form, isSchema: read.isSchema, canonical: canonical, input: input)
        let text = request.isInbound ? writer.inbound() : writer.outbound()
        let findings = MappingCompilation.compile(
            Array(text.utf8), expectedName: "\(request.platform)/\(request.isInbound ? "in" : "out")/\(request.dataset)",
            input: input
        ).findings
        let marked = mark(text, findings, needed: writer.needed)
        return MappingDraft(text: marked, guesses: writer.guesses, needed: writer.needed, findings: findings)
    }

    /// Adds to a line what `map lint` says of it, so that nothing is found that the draft does not say itself.
    private static func mark(_ text: String, _ findings: [Finding], needed: [String]) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for finding in findings
        where lines.indices.contains(finding.position.line - 1) && !needed.contains(where: { $0.hasPrefix(finding.path) }) {
            lines[finding.position.line - 1] += "   # lint: \(DraftWriter.remark(finding.text))"
        }
        return lines.joined(separator: "\n")
    }
}
