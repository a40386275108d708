/// Who may import whom.
extension Rule {
    /// The layers, bottom first. `Sources/README.md` shows the same table to people.
    static let layerTable: [[String]] = [
        ["CCurl", "CLibXML2", "COpenSSL", "CArchive", "CXLSXWriter"],
        ["ExchangeModel"],
        ["JSON", "StrictYAML", "XML", "Cryptography", "Archive", "Spreadsheet", "Transport"],
        ["Formats", "JSONSchema", "Trust", "Store"],
        ["Mapping", "Outbox"],
        ["Platforms"],
        ["Gateway"],
        ["DataAPI", "OperatorAPI"],
        ["tenderbridge", "platform-simulator"],
    ]
    /// For test targets only. What is Swift stands on layer 1; a C library stands alone.
    static let testing = ["GatewayTesting", "CFaultVFS"]

    static let layerOf: [String: Int] = Dictionary(
        uniqueKeysWithValues: layerTable.enumerated().flatMap { layer, names in names.map { ($0, layer) } }
            + testing.map { ($0, 2) })

    static let layers: [Rule] = [
        Rule(
            name: "imports point down",
            because: "an import upward or sideways ties two parts that must change, be tested and be replaced apart",
            check: { repository in
                repository.sources.flatMap { file -> [Breach] in
                    guard let target = file.target, let layer = layerOf[target] else { return [] }
                    return ImportLine.all(file).compactMap { line in
                        if testing.contains(line.module) {
                            return Breach(path: file.path, line: line.line, what: "\(line.module) is for test targets only")
                        }
                        guard let other = layerOf[line.module], other >= layer else { return nil }
                        let way = other > layer ? "upward" : line.module == target ? "itself" : "sideways"
                        return Breach(
                            path: file.path, line: line.line,
                            what: "\(target) (layer \(layer)) imports \(line.module) (layer \(other)): \(way)")
                    }
                }
            },
            bites: [
                Sample("upward", "Sources/Store/A.swift", "internal import Outbox\n"),
                Sample("sideways", "Sources/Outbox/A.swift", "import ExchangeModel\npublic import Mapping\n"),
                Sample("one type of an upper layer", "Sources/JSON/A.swift", "internal import struct Formats.RecordReader\n"),
                Sample("testable", "Sources/XML/A.swift", "@testable import Trust\n"),
                Sample("scenery of tests", "Sources/Gateway/A.swift", "import GatewayTesting\n"),
                Sample("a disk that fails", "Sources/Store/A.swift", "internal import CFaultVFS\n"),
                Sample("a disk that fails, in the scenery", "Sources/GatewayTesting/A.swift", "import CFaultVFS\n"),
                Sample("a program", "Sources/Gateway/A.swift", "import platform_simulator\n"),
            ],
            spares: [
                Sample(
                    "downward", "Sources/Outbox/A.swift",
                    "public import ExchangeModel\ninternal import Store\ninternal import Glibc\n"),
                Sample("a comment", "Sources/Store/A.swift", "// import Outbox\n/// It does not import Outbox.\n"),
                Sample("a test", "Tests/StoreTests/A.swift", "import Outbox\nimport GatewayTesting\n"),
            ]),
        Rule(
            name: "dependencies are declared, and point down",
            because: "the manifest is what a reader trusts; an import that works by accident breaks with the next change",
            check: { repository in
                guard let file = repository.package else { return [] }
                let manifest = PackageManifest(file)
                let declared = Dictionary(manifest.targets.map { ($0.name, $0) }) { first, _ in first }
                var breaches = manifest.targets.filter { !$0.isTest }.flatMap { target -> [Breach] in
                    guard let layer = layerOf[target.name] else {
                        return [
                            Breach(
                                path: file.path, line: target.line,
                                what: "\(target.name) is in no layer; add it to the table of TidyTests and of Sources/README.md")
                        ]
                    }
                    return target.dependencies.compactMap { name in
                        guard let other = layerOf[name] else {
                            return Breach(
                                path: file.path, line: target.line,
                                what: "\(target.name) depends on \(name), which is in no layer")
                        }
                        return other < layer
                            ? nil
                            : Breach(
                                path: file.path, line: target.line,
                                what: "\(target.name) depends on \(name), which is not below it")
                    }
                }
                for source in repository.sources {
                    guard let name = source.target, let target = declared[name] else {
                        breaches.append(Breach(path: source.path, line: 1, what: "belongs to no target of Package.swift"))
                        continue
                    }
                    breaches += ImportLine.all(source).filter {
                        layerOf[$0.module] != nil && !target.dependencies.contains($0.module)
                    }
                    .map { Breach(path: source.path, line: $0.line, what: "\(name) imports \($0.module) without declaring it") }
                }
                return breaches
            },
            bites: [
                Sample(
                    "upward in the manifest", "Package.swift",
                    "targets: [\n  library(\"Store\", [\"ExchangeModel\", \"Outbox\"]),\n]\n"),
                Sample(
                    "a target in no layer", "Package.swift", "targets: [\n  library(\"Extensions\", [\"ExchangeModel\"]),\n]\n"),
                Sample(
                    "on several lines", "Package.swift",
                    "targets: [\n  .target(\n    name: \"JSON\",\n    dependencies: [\n      \"XML\",\n    ]),\n]\n"),
                Sample("import not declared", "Sources/Store/A.swift", "internal import XML\n"),
                Sample("a folder of no target", "Sources/Sundries/A.swift", "import Glibc\n"),
            ],
            spares: [
                Sample(
                    "products of other packages", "Package.swift",
                    "targets: [\n  library(\"ExchangeModel\"),\n  library(\"Store\", [\"ExchangeModel\", .product(name: \"GRDB\", package: \"GRDB.swift\")]),\n]\n"
                )
            ]),
        Rule(
            name: "the simulated platforms share no decisions with the gateway",
            because: "a counterpart built from the gateway's own mapping, outbox, store or trust would agree with its faults",
            check: { repository in
                let own: Set = ["Mapping", "Outbox", "Platforms", "Gateway", "Store", "Trust", "DataAPI", "OperatorAPI"]
                let imports = repository.sources.filter { $0.target == "platform-simulator" }.flatMap { file in
                    ImportLine.all(file).filter { own.contains($0.module) }
                        .map { Breach(path: file.path, line: $0.line, what: "platform-simulator imports \($0.module)") }
                }
                let declared =
                    repository.package.map(PackageManifest.init)?.targets.filter { $0.name == "platform-simulator" } ?? []
                return imports
                    + declared.flatMap { target in
                        target.dependencies.filter { own.contains($0) }
                            .map { Breach(path: "Package.swift", line: target.line, what: "platform-simulator depends on \($0)") }
                    }
            },
            bites: ["Mapping", "Outbox", "Platforms", "Gateway", "Store", "Trust"].map {
                Sample("imports \($0)", "Sources/platform-simulator/A.swift", "internal import \($0)\n")
            } + [
                Sample(
                    "declares Store", "Package.swift",
                    "targets: [\n.executableTarget(name: \"platform-simulator\", dependencies: [\"Store\"]),\n]\n")
            ],
            spares: [Sample("Formats", "Sources/platform-simulator/A.swift", "internal import Formats\ninternal import XML\n")]),
        Rule(
            name: "the map in Sources/README.md is the layer table",
            because: "the map is where a newcomer begins; one that lies is worse than none",
            check: { repository in
                guard let file = repository.files.first(where: { $0.path == "Sources/README.md" }) else { return [] }
                var shown: [String: String] = [:]
                for line in file.lines where line.hasPrefix("| ") {
                    let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
                    guard cells.count > 3, cells[1] == "t" || Int(cells[1]) != nil else { continue }
                    for name in cells[2].split(separator: "`") { shown[String(name)] = cells[1] }
                }
                var table = Dictionary(uniqueKeysWithValues: testing.map { ($0, "t") })
                for (layer, names) in layerTable.enumerated() { for name in names { table[name] = "\(layer)" } }
                return Set(shown.keys).union(table.keys).sorted().filter { shown[$0] != table[$0] }.map {
                    Breach(
                        path: file.path, line: 1,
                        what: "\($0) stands in layer \(shown[$0] ?? "none"), by the rules in \(table[$0] ?? "none")")
                }
            },
            bites: [
                Sample(
                    "a target in another layer", "Sources/README.md",
                    "| layer | target | holds |\n|---|---|---|\n| 3 | `Outbox` | lanes |\n")
            ],
            spares: [
                Sample(
                    "the table itself", "Sources/README.md",
                    layerTable.enumerated().map { "| \($0.offset) | \($0.element.map { "`\($0)`" }.joined(separator: " ")) | |" }
                        .joined(separator: "\n")
                        + "\n| t | " + testing.map { "`\($0)`" }.joined(separator: " ") + " | |\n")
            ]),
    ]
}
