internal import ExchangeModel

/// Everything around a mapping file that its words refer to.
struct CompilerInput: Sendable {
    /// Canonical forms by dataset.
    var schemas: [String: CanonicalSchema]
    /// Code lists by name.
    var codeLists: [String: CodeList]
    /// Known audiences; empty when the file that names them is absent.
    var audiences: [String]
    /// What each audience wants.
    var audienceRules = AudienceRules()
    /// Schema files that exist, relative to `Schemas/`.
    var schemaFiles: Set<String>
    /// Fragments by name.
    var fragments: [String: FragmentFile] = [:]
    /// What the schemas of forms say; nil where mappings are compiled without looking at them.
    var forms: FormModelFolder?
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
    /// The path that leads here, by its number in the trace.
    var origin = FormTrace.root
    /// Variables that hold here, by name.
    var variables: [String: Variable] = [:]
    /// Where `group()` leads: the level of the items that `by:` groups; nil outside of such a group.
    var group: Level?

    /// A level of the source without what holds on it.
    struct Level: Sendable {
        var fields: [CanonicalSchema.Field]
        var depth: Int
        /// The path that leads here, by its number in the trace.
        var origin = FormTrace.unknown
    }

    /// A variable that paths and expressions may name.
    struct Variable: Sendable {
        var slot: Int32
        var shape: ValueShape
        /// Where it leads when it is a path to one node, so that a path may go on from it; nil for a value.
        var node: Level?
        /// Its expression has a fault, which was reported where it stands.
        var isFaulty = false

        /// A variable whose expression has a fault: it may be named everywhere.
        static func faulty(_ slot: Int32) -> Variable {
            let shape = ValueShape(
                kind: .text, isMany: false, codeList: nil, literal: nil, isCertain: true, isCanonicalForm: false)
            return Variable(slot: slot, shape: shape, node: Level(fields: [], depth: 0), isFaulty: true)
        }
    }
}
