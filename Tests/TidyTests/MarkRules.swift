/// Words and marks in text. The words are put together here, so that this file does not hold them.
extension Rule {
    private static let openWork = ["TO" + "DO", "FIX" + "ME", "X" + "XX:", "HA" + "CK:"]
    private static let machinePaths = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"]
    /// Each needs a sentence beside it that says why it is safe.
    private static let unsafeMarks = [
        "@unchecked Send" + "able", "nonisolated(uns" + "afe)", "tr" + "y!", "unsafely" + "Unwrapped",
    ]
    /// How far above a mark its comment may begin.
    private static let commentDistance = 3

    /// Texts in which a word may stand: what other people wrote.
    private static func isOurs(_ file: Repository.File) -> Bool {
        !file.path.hasPrefix("Tests/Recordings/") && file.path != "LICENSE"
    }

    static let marks: [Rule] = [
        Rule(
            name: "no open work in the text",
            because: "work that is left is planned where work is planned; a mark in a file is forgotten with it",
            check: { repository in
                repository.trackedFiles.filter(isOurs).flatMap { file in
                    openWork.flatMap { word in
                        file.lines(holding: word).map { Breach(path: file.path, line: $0, what: "\(word)") }
                    }
                }
            },
            bites: openWork.map { Sample($0, "Sources/Store/A.swift", "let a = 1\n// \($0) later\n") }
                + [
                    Sample("in a script", "ops/demo/run", "# \(openWork[0]): wait\n"),
                    Sample("in prose", "README.md", "\(openWork[1])\n"),
                ],
            spares: [Sample("a template of mkstemp", "Sources/Store/A.swift", "let template = \"a-XXXXXX\"\n")]),
        Rule(
            name: "what the compiler cannot check is explained",
            because: "each of these takes a proof away from the compiler; the proof then stands in a comment, or nowhere",
            check: { repository in
                repository.swift.flatMap { file in
                    unsafeMarks.flatMap { mark in
                        let hits = file.lines(holding: mark)
                        let lines = hits.isEmpty ? [] : file.lines
                        return hits.compactMap { number -> Breach? in
                            let line = lines[number - 1]
                            let code = line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line[...]
                            // In a comment or a quoted text it is only a word.
                            guard let at = code.firstRange(of: mark), code[..<at.lowerBound].count(where: { $0 == "\"" }) % 2 == 0
                            else { return nil }
                            // Marks on lines that follow each other share a comment.
                            var first = number
                            while first > 1, unsafeMarks.contains(where: { lines[first - 2].contains($0) }) { first -= 1 }
                            let above = lines[max(0, first - 1 - commentDistance)..<first] + lines[first..<number]
                            return above.contains { $0.contains("//") }
                                ? nil : Breach(path: file.path, line: number, what: "\(mark) without its reason")
                        }
                    }
                }
            },
            bites: unsafeMarks.map { Sample($0, "Sources/Store/A.swift", "\n\n\n\nlet value = \($0) f()\n") }
                + [Sample("a comment too far above", "Sources/Store/A.swift", "// why\n\n\n\nlet a = \(unsafeMarks[2]) f()\n")],
            spares: [
                Sample("with its reason", "Sources/Store/A.swift", "// The lock is held.\nfinal class A: \(unsafeMarks[0]) {}\n"),
                Sample(
                    "a run of them", "Sources/Store/A.swift",
                    "// Never changed.\n" + String(repeating: "\(unsafeMarks[1]) let a = f()\n", count: 9)),
                Sample("in a comment", "Sources/Store/A.swift", "\n\n\n\nlet a = 1 // no \(unsafeMarks[2]) here\n"),
                Sample("in a text", "Sources/Store/A.swift", "\n\n\n\nlet a = \"\(unsafeMarks[3])\"\n"),
            ]),
        Rule(
            name: "no path of a machine",
            because: "what works in one person's folder fails in every other, and tells strangers about that machine",
            check: { repository in
                repository.trackedFiles.flatMap { file in
                    machinePaths.flatMap { path in
                        file.lines(holding: path).map { Breach(path: file.path, line: $0, what: "names \(path)") }
                    }
                }
            },
            bites: machinePaths.map { Sample($0, "Makefile", "all:\n\tls \($0)main\n") },
            spares: [Sample("a path of any system", "Makefile", "all:\n\tls /usr/lib/ /tmp/\n")]),
    ]
}
