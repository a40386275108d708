/// A finding about a file that people write (configuration, mapping, schema, code list), with the file's name.
public struct FileFinding: Sendable, Hashable, CustomStringConvertible {
    /// The file, as the person named it.
    public var file: String
    /// What is wrong, and where in the file.
    public var finding: Finding

    /// A finding of a file.
    public init(file: String, _ finding: Finding) {
        self.file = file
        self.finding = finding
    }

    /// `file:line:column: error: text`, as compilers write it; line and column are left out where they are not known.
    public var description: String { line(finding.text) }

    /// The same with the Chinese text.
    public var descriptionZH: String { line(finding.textZH) }

    private func line(_ text: String) -> String {
        var place = file
        if finding.position.line > 0 {
            place += ":\(finding.position.line)"
            if finding.position.column > 0 { place += ":\(finding.position.column)" }
        }
        return "\(place): \(finding.severity.rawValue): \(text)"
    }
}

extension FileFinding: Comparable {
    /// Orders by file, line, column, then text, so that a report reads from top to bottom and is the same each time.
    public static func < (left: Self, right: Self) -> Bool {
        if left.file != right.file { return left.file < right.file }
        let (a, b) = (left.finding, right.finding)
        if a.position.line != b.position.line { return a.position.line < b.position.line }
        if a.position.column != b.position.column { return a.position.column < b.position.column }
        return a.text < b.text
    }
}
