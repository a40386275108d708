internal import JSON
internal import Mapping

/// One thing that is not as the recording names it.
struct CaseDifference: Sendable, Hashable, CustomStringConvertible {
    /// What is compared.
    enum Kind: String, Sendable {
        /// HTTP status, message state, destinations.
        case outcome
        /// Findings of a refusal.
        case finding
        /// A field of an output against `expected/`.
        case field
        /// A business value of `facts.csv`.
        case fact
        /// A file of `expected/` as a whole.
        case file
    }

    var kind: Kind
    /// `answer`, `canonical`, or a destination.
    var target: String
    var path: String
    /// The field's name in words, where it has one.
    var label: String?
    var expected: String?
    var actual: String?

    var description: String {
        let place = [target, path].filter { !$0.isEmpty }.joined(separator: " ") + (label.map { " (\($0))" } ?? "")
        let head = kind == .fact ? "fact: \(place)" : place
        return switch (expected, actual) {
        case (let expected?, let actual?): "\(head): expected \(Self.quoted(expected)), but found \(Self.quoted(actual))"
        case (let expected?, nil): "\(head): expected \(Self.quoted(expected)), but it is missing"
        case (nil, let actual?): "\(head): expected nothing, but found \(Self.quoted(actual))"
        case (nil, nil): head
        }
    }

    /// Longest value shown in a text, in characters; the rest is in the files.
    private static let shownMax = 160

    private static func quoted(_ text: String) -> String {
        text.count <= shownMax ? "\"\(text)\"" : "\"\(text.prefix(shownMax))...\" (\(text.count) characters)"
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("kind", kind.rawValue)
            json.member("target", target)
            json.member("path", path)
            json.memberIfPresent("label", label)
            json.member("expected", expected)
            json.member("actual", actual)
        }
    }
}
