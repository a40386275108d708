internal import ExchangeModel

/// Everything around a mapping file that its words refer to.
struct CompilerInput: Sendable {
    /// Canonical forms by dataset.
    var schemas: [String: CanonicalSchema]
    /// Code lists by name.
    var codeLists: [String: CodeList]
    /// Known audiences; empty when the file that names them is absent.
    var audiences: [String]
    /// Schema files that exist, relative to `Schemas/`.
    var schemaFiles: Set<String>
}

/// What a value is while its expression is checked from left to right.
struct ValueShape: Sendable {
    var kind: CanonicalSchema.Kind
    var isMany: Bool
    /// The list that the value is a code of.
    var codeList: String?
    /// Its canonical text is known: a literal.
    var literal: String?
    /// It is there, or the record is refused.
    var isCertain: Bool
    /// It came from the canonical record unchanged, so its form is the canonical one.
    var isCanonicalForm: Bool
}

/// The level of the source that paths begin at: the canonical fields from the root down to it, for outbound mappings.
struct SourceScope: Sendable {
    var fields: [CanonicalSchema.Field]
    /// Levels below the root element or object.
    var depth: Int
}
