/// Who owns which foreign library, and how versions are pinned.
extension Rule {
    /// The one target that imports a library which is wrapped there.
    static let owners: [String: String] = [
        "CCurl": "Transport", "CLibXML2": "XML", "COpenSSL": "Cryptography", "CArchive": "Archive", "CXLSXWriter": "Spreadsheet",
        "GRDB": "Store",
        "GRDBSQLite": "Store", "SQLite3": "Store", "Yams": "StrictYAML",
    ]

    static let bannedNames = [
        "Utils", "Utilities", "Helpers", "Helper", "Managers", "Manager", "Common", "Extras", "Support", "Misc",
    ]

    static let libraries: [Rule] = [
        Rule(
            name: "one target owns a foreign library",
            because: "handles, locks and error codes of a C library are right only where all of its use can be seen",
            check: { repository in
                repository.sources.flatMap { file in
                    ImportLine.all(file).compactMap { line in
                        guard let owner = owners[line.module], owner != file.target else { return nil }
                        return Breach(path: file.path, line: line.line, what: "\(line.module) belongs to \(owner)")
                    }
                }
            },
            bites: owners.keys.sorted().map { Sample("\($0) in Gateway", "Sources/Gateway/A.swift", "internal import \($0)\n") }
                + [Sample("a submodule", "Sources/Outbox/A.swift", "import GRDB.Database\n")],
            spares: owners.sorted { $0.key < $1.key }.map {
                Sample("\($0.key) at home", "Sources/\($0.value)/A.swift", "internal import \($0.key)\n")
            }
                + [Sample("tests look inside", "Tests/StoreTests/A.swift", "import GRDB\n")]),
        Rule(
            name: "no Foundation in the product",
            because: "its strings, dates and JSON are slower than the budget and looser than the formats, and it adds 40 MB",
            check: { repository in
                repository.sources.flatMap { file in
                    ImportLine.all(file).filter { $0.module.hasPrefix("Foundation") }
                        .map { Breach(path: file.path, line: $0.line, what: "imports \($0.module)") }
                }
            },
            bites: [
                Sample("Foundation", "Sources/Mapping/A.swift", "import Foundation\n"),
                Sample("a part of it", "Sources/Trust/A.swift", "internal import FoundationEssentials\n"),
            ],
            spares: [Sample("a test", "Tests/TidyTests/A.swift", "import Foundation\n")]),
        Rule(
            name: "names are words of the field",
            because: "a target or file named after nothing collects everything",
            check: { repository in
                let targets = (repository.package.map(PackageManifest.init)?.targets ?? []).filter { !$0.isTest }
                    .map { (name: $0.name, path: "Package.swift", line: $0.line) }
                let files = repository.sources.flatMap { file in
                    file.path.dropLast(6).split(separator: "/").dropFirst().map { (name: String($0), path: file.path, line: 1) }
                }
                return (targets + files).compactMap { named in
                    let word = bannedNames.first { named.name == $0 || (named.name.hasSuffix($0) && !named.name.hasPrefix($0)) }
                    return word.map { Breach(path: named.path, line: named.line, what: "\(named.name): \"\($0)\" says nothing") }
                }
            },
            bites: bannedNames.map { Sample("target \($0)", "Package.swift", "targets: [\nlibrary(\"\($0)\", []),\n]\n") }
                + [
                    Sample("a file", "Sources/Store/SQLHelpers.swift", "\n"),
                    Sample("a folder", "Sources/Store/Utils/Rows.swift", "\n"),
                ],
            spares: [Sample("a word of the field", "Sources/Store/CommonName.swift", "\n")]),
        Rule(
            name: "versions are pinned exactly",
            because: "the build of next year must be the build of today; an upgrade is a change that someone made",
            check: { repository in
                (repository.package.map(PackageManifest.init)?.packages ?? []).filter { !$0.text.contains("exact: \"") }
                    .map { Breach(path: "Package.swift", line: $0.line, what: "no exact: version") }
            },
            bites: ["from: \"1.0.0\"", "branch: \"main\"", ".upToNextMinor(from: \"1.0.0\")", "\"1.0.0\"..<\"2.0.0\""].map {
                Sample($0, "Package.swift", "dependencies: [\n.package(url: \"https://example.org/a\", \($0)),\n]\n")
            },
            spares: [
                Sample(
                    "exact", "Package.swift", "dependencies: [\n.package(url: \"https://example.org/a\", exact: \"1.2.3\"),\n]\n")
            ]),
        Rule(
            name: "what is made by building is not kept in git",
            because: "resolved versions are in Package.swift, and products of a build or a demo are nobody's source",
            check: { repository in
                repository.tracked.filter { path in
                    path.split(separator: "/").contains {
                        $0.hasPrefix(".build") || $0 == ".demo" || $0 == "__pycache__" || $0 == "Package.resolved"
                    }
                }.map { Breach(path: $0, line: 1, what: "is tracked by git") }
            },
            bites: [
                "Package.resolved", ".build/debug/a", ".build-release/a", ".demo/store.db", "Tests/Kill/__pycache__/kill.pyc",
            ].map {
                Sample($0, $0, "")
            },
            spares: [Sample("a source", "Sources/Store/Builder.swift", "")]),
    ]
}
