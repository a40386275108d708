/// What a number of a person inside the text for an audience does. Nothing is searched where there is no rule.
public enum PersonalTextRule: String, Sendable, Hashable, CaseIterable {
    /// It is told as a warning; the document goes out.
    case warn
    /// It keeps the document back.
    case refuse

    /// The stricter of two rules; nil where there is none.
    public static func stricter(_ first: PersonalTextRule?, _ second: PersonalTextRule?) -> PersonalTextRule? {
        guard let first else { return second }
        guard let second else { return first }
        return first == .refuse ? first : second
    }
}

/// What `Mappings/audiences.yaml` says of an audience.
struct AudienceRules: Sendable, Hashable {
    /// The audience that everybody belongs to.
    static let everybody = "public"

    /// Names in the order of the file.
    private(set) var names: [String] = []
    private var personalText: [String: PersonalTextRule] = [:]

    mutating func add(_ name: String, personalText rule: PersonalTextRule?) {
        names.append(name)
        personalText[name] = rule
    }

    /// What numbers of persons in a text for an audience do. Text for everybody is always searched, whatever the file leaves out.
    func personalText(of audience: String) -> PersonalTextRule? {
        personalText[audience] ?? (audience == Self.everybody ? .warn : nil)
    }
}
