internal import Mapping

/// The XPaths that facts and findings use: `/A/B[2]/C` and `/A/@id`. A step without a number means the first.
enum XMLPath {
    /// Every step with its number.
    static func normalised(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { step in
            step.isEmpty || step.hasPrefix("@") || step.hasSuffix("]") ? String(step) : step + "[1]"
        }.joined(separator: "/")
    }

    /// The text at a path; nil when nothing is there. Prefixes count for nothing.
    static func text(at path: String, in leaves: [RecordDiff.Leaf]) -> String? {
        let wanted = normalised(path)
        return leaves.first { normalised($0.path) == wanted }?.value
    }
}
