extension CanonicalSchema {
    /// What a target of a mapping identifies, given dotted as traces have it, indexes and `[]` left out of account; nil: nothing.
    func identity(ofTarget target: String) -> IdentityKind? {
        var field = root
        for part in target.split(whereSeparator: { $0 == "." || $0 == "/" }) {
            let name = part.hasSuffix("[]") ? String(part.dropLast(2)) : String(part)
            if Int(name) != nil { continue }
            guard let next = field.member(name) else { return nil }
            // A part of an identifier is seen with the whole.
            if field.kind == .identifier { return name == "value" ? field.identity(ofScheme: nil) : nil }
            field = next
        }
        return field.kind == .identifier ? field.identity(ofScheme: nil) : field.ownIdentity
    }
}

extension CanonicalSchema.Field {
    /// What the value of a leaf identifies. Where the schema does not say, a text that not everybody may see is taken to identify.
    var ownIdentity: IdentityKind? {
        if let identity { return identity }
        guard kind == .text, allowed.isEmpty else { return nil }
        return audiences?.contains("public") == true ? .prose : .text
    }

    /// What an identifier of a scheme identifies; codes of regions and of classes identify nobody.
    func identity(ofScheme scheme: String?) -> IdentityKind? {
        if let identity { return identity }
        switch scheme {
        case "CN-REGION", "NUTS", "ISO-3166", "CPV", "CN-SECTION-CLASS": return IdentityKind.none
        default: return .code
        }
    }
}

extension CanonicalSchema {
    /// How facts of recordings compare a field, given by its JSON pointer: `text`, `decimal`, `instant` or `code`.
    public func factType(_ pointer: String) -> String {
        var field = root
        for part in pointer.split(separator: "/") where Int(part) == nil {
            guard let next = field.member(String(part)) else { return "text" }
            field = next
        }
        return switch field.kind {
        case .instant: "instant"
        case .decimal, .count: "decimal"
        case .code: "code"
        case .text, .date, .identifier, .money, .group: field.allowed.isEmpty ? "text" : "code"
        }
    }
}
