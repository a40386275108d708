import Foundation
import Testing

/// The rules of the house, kept by a machine. Each is proven on planted trees, then held against the real one.
@Suite struct TidyTests {
    /// A small tree in which nothing is wrong.
    static let sound = [
        Repository.File(
            "Package.swift",
            """
            targets: [
                library("ExchangeModel"),
                library("Store", ["ExchangeModel"]),
            ]
            """),
        Repository.File("Sources/ExchangeModel/Instant.swift", "public struct Instant {}\n"),
        Repository.File("Sources/Store/Store.swift", "internal import ExchangeModel\n"),
    ]

    static func tree(with sample: Rule.Sample) -> Repository {
        let added = sample.files()
        return Repository(sound.filter { file in !added.contains { $0.path == file.path } } + added)
    }

    @Test(arguments: Rule.all) func theTreeKeepsTheRule(rule: Rule) {
        let breaches = rule.check(.real)
        #expect(breaches.isEmpty, "\(breaches.map(\.description).joined(separator: "\n"))\nbecause \(rule.because)")
    }

    @Test(arguments: Rule.all) func theRuleBitesAndSpares(rule: Rule) {
        #expect(rule.check(Repository(Self.sound)).isEmpty, "a sound tree")
        #expect(!rule.bites.isEmpty, "a rule that was never seen to bite is none")
        for sample in rule.bites { #expect(!rule.check(Self.tree(with: sample)).isEmpty, "not found: \(sample.what)") }
        for sample in rule.spares {
            let found = rule.check(Self.tree(with: sample))
            #expect(found.isEmpty, "\(sample.what): \(found)")
        }
    }

    @Test func anExceptionThatNothingNeedsIsFound() {
        let long = Repository.File("Sources/Store/A.swift", String(repeating: "\n", count: Rule.linesMax + 1))
        let tree = Repository(Self.sound + [long])
        #expect(Rule.tooLong(tree, exceptions: [long.path: "data"]).isEmpty)
        #expect(Rule.tooLong(tree, exceptions: [long.path: "data", "Sources/Store/Store.swift": "was long"]).count == 1)
    }

    @Test func theTreeWasRead() {
        let repository = Repository.real
        #expect(repository.sources.count > 100)
        #expect(repository.tracked.contains("Sources/ExchangeModel/Instant.swift"))
        let targets = repository.package.map(PackageManifest.init)?.targets ?? []
        let product = Set(targets.filter { !$0.isTest }.map(\.name))
        #expect(product == Set(Rule.layerOf.keys), "targets of Package.swift and the layer table")
        #expect(targets.first { $0.name == "Platforms" }?.dependencies.contains("Transport") == true)
        #expect(targets.first { $0.name == "tenderbridge" }?.dependencies.contains("OperatorAPI") == true)
        let imports = repository.sources.flatMap(ImportLine.all)
        #expect(imports.count > 300)
        for file in Rule.longish(repository) { print("long: \(file)") }
    }

    @Test func theIndexOfGitIsReadInEachOfItsForms() {
        func entry(_ path: String, version: Int, previous: String = "", extended: Bool = false) -> [UInt8] {
            var bytes = [UInt8](repeating: 1, count: 60)
            bytes += [extended ? 0x40 : 0, UInt8(path.utf8.count)]
            if extended { bytes += [0, 0] }
            if version == 4 {
                let shared = zip(path.utf8, previous.utf8).prefix { $0 == $1 }.count
                return bytes + [UInt8(previous.utf8.count - shared)] + Array(path.utf8.dropFirst(shared)) + [0]
            }
            bytes += Array(path.utf8)
            return bytes + [UInt8](repeating: 0, count: 8 - bytes.count % 8)
        }
        let paths = ["Makefile", "Sources/A.swift", "Sources/AB.swift", "Tests/Ä.swift"]
        for version in 2...4 {
            var index = Array("DIRC".utf8) + [0, 0, 0, UInt8(version), 0, 0, 0, UInt8(paths.count)]
            var previous = ""
            for path in paths {
                index += entry(path, version: version, previous: previous, extended: version == 3)
                previous = path
            }
            #expect(GitIndex.paths(index: index) == paths, "version \(version)")
            #expect(GitIndex.paths(index: Array(index.dropLast(30))) == nil, "cut off, version \(version)")
        }
        #expect(GitIndex.paths(index: Array("DIRC".utf8) + [0, 0, 0, 9, 0, 0, 0, 0]) == nil)
        #expect(GitIndex.paths(index: []) == nil)
    }
}
