public import JSON

/// A JSON Schema (2020-12), compiled once and applied to any number of documents.
///
/// Covers the vocabularies core, applicator, unevaluated, validation, format (as assertion when asked), meta-data and content
/// (as annotations). References lead only to the schema itself, to the registry and to the standard meta-schemas. Numbers are
/// compared exactly; lengths are counted in Unicode code points; patterns are ECMA-262 as far as it is regular. Immutable, and
/// safe to share between threads; a validation recurses on the caller's stack as deep as the limits say.
public struct JSONSchema: Sendable {
    /// The name under which it was loaded.
    public let name: String
    private let plan: SchemaPlan

    /// A document of a schema, as it was read.
    public struct Source: Sendable, Hashable {
        /// Its name or address.
        public let name: String
        /// Its bytes.
        public let bytes: [UInt8]
    }

    /// The documents it was compiled from: itself first, then those it refers to, by name; without the standard meta-schemas.
    public var sources: [Source] { plan.sources }

    /// The bytes of all of them in that order: what a digest of this schema is taken over.
    public var sourceBytes: [UInt8] { plan.sources.flatMap(\.bytes) }

    /// Compiles a schema.
    ///
    /// - Parameters:
    ///   - bytes: the schema, as JSON.
    ///   - name: what findings call it, and its address unless `address` says another.
    ///   - address: where it stands among the addresses of the registry; its `$id` is read relative to this.
    /// - Throws: every reason found, with line and column: no JSON, unknown keywords, references that lead nowhere or to
    ///   themselves without end, patterns that cannot be matched in linear time, vocabularies that are not supported, a limit.
    public init(
        parsing bytes: [UInt8], name: String, address: String? = nil, registry: JSONSchemaRegistry = JSONSchemaRegistry(),
        options: JSONSchemaOptions = JSONSchemaOptions()
    ) throws(JSONSchemaFailure) {
        self.name = name
        plan = try SchemaCompiler.plan(
            bytes, address: address ?? name, shownAs: name, registry: registry, options: options)
    }

    /// Validates a document that was read; every finding up to the limit.
    public func validate(_ document: JSONTape) -> JSONSchemaVerdict {
        document.withView { view in
            let (raw, isValid) = evaluate(view, isQuiet: false)
            if isValid { return .valid }
            let words = FindingWords(plan: plan, view: view)
            return JSONSchemaVerdict(
                findings: raw.prefix(plan.limits.findingsMax).map(words.finding), isCut: raw.count > plan.limits.findingsMax)
        }
    }

    /// Whether a document is valid: ends at the first fault, and makes no findings.
    public func accepts(_ document: JSONTape) -> Bool { document.withView { evaluate($0, isQuiet: true).isValid } }

    /// Reads and validates a document.
    ///
    /// - Throws: the one reason why the bytes are no JSON that is accepted here.
    public func validate(_ bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) -> JSONSchemaVerdict {
        validate(try JSONTape(parsing: bytes, limits: limits))
    }

    private func evaluate(_ view: JSONTape.View, isQuiet: Bool) -> (raw: [Evaluation.Raw], isValid: Bool) {
        plan.schemas.withUnsafeBufferPointer { schemas in
            var run = Evaluation(plan: schemas, dynamicTargets: plan.dynamicTargets, limits: plan.limits, view: view)
            if isQuiet { run.quiet = 1 }
            let isValid = run.apply(0, to: 0, tracker: -1)
            return (run.found, isValid)
        }
    }
}
