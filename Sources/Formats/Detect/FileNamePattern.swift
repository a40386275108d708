/// A pattern for file names: `*` stands for any characters, `?` for one, everything else for itself, in its own case.
public struct FileNamePattern: Sendable, Hashable {
    /// As written.
    public let text: String
    private let pattern: [Unicode.Scalar]

    /// Takes a pattern; every text is one.
    public init(_ text: String) {
        self.text = text
        pattern = Array(text.unicodeScalars)
    }

    /// Whether a name without folder fits. Time grows with the product of both lengths at most.
    public func fits(_ name: String) -> Bool {
        let name = Array(name.unicodeScalars)
        var (at, place) = (0, 0)
        // Where the last star stands, and up to where it has swallowed.
        var star: (pattern: Int, name: Int)?
        while at < name.count {
            if place < pattern.count, pattern[place] == "*" {
                star = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == "?" || pattern[place] == name[at] {
                at += 1
                place += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                at = last.name + 1
                place = last.pattern + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "*" }
    }
}
