/// How long a file may be.
extension Rule {
    /// From this length on a file is reported; one type and one thought fit well below it.
    static let linesWanted = 300
    /// From this length on a file needs an entry below.
    static let linesMax = 500
    /// Files that are longer, each with the reason.
    static let longFiles: [String: String] = [:]

    static func lineCount(_ file: Repository.File) -> Int { file.bytes.count { $0 == 0x0A } }

    private static func isCode(_ file: Repository.File) -> Bool { file.isSwift || file.path.hasSuffix(".py") }

    /// Files over the limit without an entry, and entries that nothing needs any more.
    static func tooLong(_ repository: Repository, exceptions: [String: String]) -> [Breach] {
        let long = repository.files.filter { isCode($0) && lineCount($0) > linesMax }
        let unneeded = exceptions.keys.sorted().filter { path in !long.contains { $0.path == path } }
        return long.filter { exceptions[$0.path] == nil }
            .map { Breach(path: $0.path, line: 1, what: "\(lineCount($0)) lines; at most \(linesMax)") }
            + unneeded.map { Breach(path: $0, line: 1, what: "is not over the limit: take it out of SizeRules.swift") }
    }

    static let sizes: [Rule] = [
        Rule(
            name: "files stay short",
            because:
                "a file that does not fit into a head is not reviewed; split it by what it does, or give the reason in SizeRules.swift",
            check: { tooLong($0, exceptions: longFiles) },
            bites: [
                Sample("Swift", "Sources/Store/A.swift", String(repeating: "\n", count: linesMax + 1)),
                Sample("Python", "ops/demo/a.py", String(repeating: "\n", count: linesMax + 1)),
            ],
            spares: [
                Sample("at the limit", "Sources/Store/A.swift", String(repeating: "\n", count: linesMax)),
                Sample("data", "Tests/Recordings/a/notice.xml", String(repeating: "\n", count: 9 * linesMax)),
            ])
    ]

    /// The files over the wanted length, longest first, for the log.
    static func longish(_ repository: Repository) -> [String] {
        repository.files.filter { isCode($0) && lineCount($0) > linesWanted }.sorted { lineCount($0) > lineCount($1) }
            .map { "\($0.path): \(lineCount($0)) lines" }
    }
}
