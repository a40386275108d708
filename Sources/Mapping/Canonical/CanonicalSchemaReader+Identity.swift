internal import ExchangeModel
internal import JSON

/// What the schema says of persons, organisations and secrets.
extension CanonicalSchemaReader {
    /// Reads `x-identity` and `x-published-contact`.
    mutating func readIdentity(_ value: JSONValue, at pointer: String, into field: inout CanonicalSchema.Field) {
        if let published = value["x-published-contact"]?.boolean { field.isPublishedContact = published }
        guard let name = value["x-identity"]?.string else { return }
        guard let kind = IdentityKind(rawValue: name) else {
            let names = IdentityKind.allCases.map(\.rawValue)
            let near = Suggestion.nearest(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
            report(
                pointer, "x-identity \"\(name)\" is none of \(names.joined(separator: ", "))\(near)",
                "x-identity “\(name)”无效，应为 \(names.joined(separator: "、")) 之一")
            return
        }
        field.identity = kind
    }

    /// A number of a person, and what is secret until bids are opened, is never of the class `public`: whatever a mapping, a
    /// destination or a clock says, it cannot leave.
    mutating func checkSecrecy(_ value: JSONValue, _ field: CanonicalSchema.Field, at pointer: String) {
        guard field.audiences?.contains("public") == true else { return }
        if let kind = field.identity, kind.isNeverPublic {
            report(
                pointer, "a field of x-identity \"\(kind.rawValue)\" cannot be for the audience \"public\"",
                "x-identity 为“\(kind.rawValue)”的字段不得提供给受众“public”")
        }
        if value["x-secret-until-opening"]?.boolean == true {
            report(
                pointer,
                "what is secret until bids are opened cannot be for the audience \"public\"; publish it in a record of the opening",
                "开标前保密的字段不得提供给受众“public”；应在开标记录中公开")
        }
    }
}
