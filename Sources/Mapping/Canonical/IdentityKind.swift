/// Whom or what a value identifies, as `x-identity` of the canonical schemas says it. `outbox export-case` replaces such values.
enum IdentityKind: String, Sendable, Hashable, CaseIterable {
    /// Name of an organisation; several are joined by semicolons.
    case organisation
    /// Name of a person.
    case person
    /// Telephone number.
    case phone
    /// E-mail address.
    case email
    /// Street address or place.
    case address
    /// Number of a bank account.
    case account
    /// Number of an identity document of a person.
    case identityNumber = "identity-number"
    /// A code of an organisation, project or deal: its form tells which, its check character stays right.
    case code
    /// A number or name that one system gave, without a check character.
    case key
    /// Web address.
    case url
    /// Name of a project or section: what stands before the words of the trade identifies.
    case projectName = "project-name"
    /// Text of which nothing may stay.
    case text
    /// Sentences: what other fields identify is replaced in them, the rest stays.
    case prose
    /// Nothing.
    case none

    /// Whether a field of it can have no class `public` (DESIGN, limits and bad input).
    var isNeverPublic: Bool { [.phone, .email, .account, .identityNumber].contains(self) }
}
