public import JSON

/// How a schema is to be understood.
public struct JSONSchemaOptions: Sendable, Hashable {
    /// Whether `format` refuses. A meta-schema with the vocabulary `format-assertion` asks for it too.
    public var assertsFormats: Bool
    /// What a keyword (or, with `assertsFormats`, a format) that is not known here is.
    public var unknownWords: UnknownWords
    /// How much a schema and a validation may ask for.
    public var limits: JSONSchemaLimits

    /// What an unknown keyword is.
    public enum UnknownWords: Sendable, Hashable {
        /// An error when the schema is loaded, with a suggestion; names that begin with `x-` are annotations.
        case refused
        /// An annotation that says nothing, as the standard has it.
        case annotations
    }

    /// Options.
    public init(assertsFormats: Bool = true, unknownWords: UnknownWords = .refused, limits: JSONSchemaLimits = .default) {
        self.assertsFormats = assertsFormats
        self.unknownWords = unknownWords
        self.limits = limits
    }
}

/// How much a schema and a validation may ask for.
public struct JSONSchemaLimits: Sendable, Hashable {
    /// One schema document.
    public var document: JSONLimits
    /// Documents that one schema may lead to, itself included.
    public var documentsMax: Int
    /// Schemas inside all documents that are reached.
    public var schemasMax: Int
    /// Findings of one validation, and of one load; more are counted as "there are more".
    public var findingsMax: Int
    /// Schemas applied inside each other during a validation: nesting of the document and references taken together. It is
    /// recursion on the caller's stack: 600, the most that is taken, need less than 512 KiB in a release build.
    public var depthMax: Int
    /// Schemas applied in one validation, with elements compared: the limit for schemas that try the same value again and again.
    public var effortMax: Int

    /// Limits; a depth beyond what the stack holds is lowered to it.
    public init(
        document: JSONLimits = JSONLimits(bytesMax: 4 << 20, depthMax: 128, countMax: 200_000), documentsMax: Int = 64,
        schemasMax: Int = 50_000, findingsMax: Int = 100, depthMax: Int = 400, effortMax: Int = 20_000_000
    ) {
        self.document = document
        self.documentsMax = max(1, documentsMax)
        self.schemasMax = max(1, schemasMax)
        self.findingsMax = max(1, findingsMax)
        self.depthMax = min(max(1, depthMax), 600)
        self.effortMax = max(1, effortMax)
    }

    /// 4 MiB, 64 documents, 50,000 schemas, 100 findings, depth 400, 20 million schemas applied.
    public static let `default` = JSONSchemaLimits()
}
