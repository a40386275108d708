import Testing

/// A rule of the house: what it forbids, why, and two kinds of samples that prove it.
struct Rule: Sendable, CustomTestStringConvertible {
    /// A place that breaks a rule.
    struct Breach: CustomStringConvertible {
        var path: String
        var line: Int
        var what: String
        var description: String { "\(path):\(line): \(what)" }
    }

    /// Files added to a small sound tree, with what they are a sample of.
    struct Sample: Sendable {
        var what: String
        var files: @Sendable () -> [Repository.File]

        init(_ what: String, _ path: String, _ text: String) {
            self.what = what
            files = { [Repository.File(path, text)] }
        }
    }

    var name: String
    /// Why the rule is there; printed with each breach.
    var because: String
    var check: @Sendable (Repository) -> [Breach]
    /// Each must be found.
    var bites: [Sample]
    /// None may be found.
    var spares: [Sample] = []

    var testDescription: String { name }

    /// Every rule.
    static let all: [Rule] = layers + libraries + sizes + marks
}
