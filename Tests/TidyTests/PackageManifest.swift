/// The targets of `Package.swift` and what they depend on, read as text: nothing is run.
struct PackageManifest {
    struct Target {
        var name: String
        var dependencies: [String]
        var isTest: Bool
        var line: Int
    }

    var targets: [Target] = []
    /// Lines that name a package to fetch.
    var packages: [(line: Int, text: String)] = []

    init(_ file: Repository.File) {
        let lines = file.lines.map {
            $0.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
        }
        // `https://` is cut by that as well; what follows it does not matter, `exact:` is looked for in the whole line.
        for (index, line) in file.lines.enumerated() where line.contains(".package(") {
            packages.append((index + 1, line))
        }
        var index = 0
        while index < lines.count {
            let begin = index
            if let head = Self.heads.first(where: { lines[index].contains($0) }), !lines[index].contains("func ") {
                // A declaration ends where its parentheses are closed.
                var text = ""
                var depth = 0
                repeat {
                    text += lines[index] + "\n"
                    depth += lines[index].reduce(0) { $0 + ($1 == "(" ? 1 : $1 == ")" ? -1 : 0) }
                    index += 1
                } while depth > 0 && index < lines.count
                if let target = Self.target(text, head: head, line: begin + 1) { targets.append(target) }
            } else {
                index += 1
            }
        }
    }

    private static let heads = [
        "library(", "tests(", ".target(name:", ".executableTarget(", ".testTarget(name: \"", ".systemLibrary(name:",
    ]

    private static func target(_ text: String, head: String, line: Int) -> Target? {
        // Products of other packages are no targets of this one.
        let own = text.replacing(#/\.product\([^)]*\)/#, with: "")
        guard let name = own.firstMatch(of: #/"([^"]+)"/#)?.1 else { return nil }
        let list = own.firstMatch(of: #/\[([^\]]*)\]/#)?.1 ?? ""
        let isLibrary = head == ".systemLibrary(name:"
        let dependencies = isLibrary ? [] : list.matches(of: #/"([^"]+)"/#).map { String($0.1) }
        return Target(
            name: String(name), dependencies: dependencies, isTest: head.contains("ests(") || head.contains("testTarget"),
            line: line)
    }
}

/// An import of a Swift file.
struct ImportLine {
    var module: String
    var line: Int

    private static let modifiers: Set<Substring> = ["public", "internal", "package", "private", "fileprivate"]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "func", "let", "var", "typealias", "actor",
    ]

    static func all(_ file: Repository.File) -> [ImportLine] {
        file.lines(holding: "import ").compactMap { number in
            var words = file.lines[number - 1].split(separator: " ")[...]
            while let first = words.first, modifiers.contains(first) || first.hasPrefix("@") { words.removeFirst() }
            guard words.popFirst() == "import" else { return nil }
            if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
            guard let module = words.first?.split(separator: ".").first else { return nil }
            return ImportLine(module: module == "platform_simulator" ? "platform-simulator" : String(module), line: number)
        }
    }
}
