import Foundation

/// The files that the rules look at: the real tree, or a small one planted by a test.
struct Repository {
    /// A file with its path from the root.
    struct File {
        var path: String
        var bytes: [UInt8]

        init(_ path: String, _ text: String) {
            self.path = path
            bytes = Array(text.utf8)
        }

        init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }

        var lines: [String] {
            bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        }

        /// `Sources/X/...` and `Tests/X/...` belong to target X.
        var target: String? {
            let parts = path.split(separator: "/")
            return parts.count > 2 && (parts[0] == "Sources" || parts[0] == "Tests") ? String(parts[1]) : nil
        }

        var isSource: Bool { path.hasPrefix("Sources/") && path.hasSuffix(".swift") }
        var isSwift: Bool { path.hasSuffix(".swift") }

        /// The numbers of the lines that hold a text, from 1.
        func lines(holding text: String) -> [Int] {
            let wanted = Array(text.utf8)
            guard let first = wanted.first else { return [] }
            var found: [Int] = []
            bytes.withUnsafeBytes { all in
                guard let base = all.baseAddress else { return }
                var line = 1
                var counted = 0
                var start = 0
                while start + wanted.count <= all.count, let hit = memchr(base + start, Int32(first), all.count - start) {
                    let offset = UnsafeRawPointer(hit) - base
                    start = offset + 1
                    guard offset + wanted.count <= all.count, memcmp(hit, wanted, wanted.count) == 0 else { continue }
                    line += all[counted..<offset].count { $0 == 0x0A }
                    counted = offset
                    if found.last != line { found.append(line) }
                }
            }
            return found
        }
    }

    /// `Package.swift`, everything in `Sources` and `Tests`, and whatever else is tracked.
    var files: [File]
    /// Paths that git tracks.
    var tracked: [String]

    var package: File? { files.first { $0.path == "Package.swift" } }
    var sources: [File] { files.filter(\.isSource) }
    var swift: [File] { files.filter(\.isSwift) }
    var trackedFiles: [File] {
        let tracked = Set(tracked)
        return files.filter { tracked.contains($0.path) }
    }

    /// A tree of planted files, all tracked.
    init(_ files: [File]) {
        self.files = files
        tracked = files.map(\.path)
    }

    // MARK: The real tree

    /// Files larger than this are recorded payloads, not text to read.
    private static let bytesMax = 2 << 20

    /// The tree that this test lies in. The build may reach `Tests` by a link; its own place is what counts.
    static let real: Repository = {
        let here = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().path
        let root = here[..<(here.range(of: "/Tests/TidyTests/", options: .backwards)?.lowerBound ?? here.endIndex)]
        return Repository(root: String(root))
    }()

    private init(root: String) {
        let inTree = ["Sources", "Tests"].flatMap {
            Self.walk("\(root)/\($0)").map { $0.dropFirst(root.count + 1) }.map(String.init)
        }
        tracked = GitIndex.paths(root: root) ?? inTree
        let all = Set(inTree).union(tracked).union(["Package.swift"])
        files = all.sorted().compactMap { path in
            guard let data = FileManager.default.contents(atPath: "\(root)/\(path)"), data.count <= Self.bytesMax,
                !data.prefix(8_000).contains(0)
            else { return nil }
            return File(path: path, bytes: Array(data))
        }
    }

    private static func walk(_ folder: String) -> [String] {
        guard let names = FileManager.default.subpaths(atPath: folder) else { return [] }
        return names.filter { !$0.contains("__pycache__") }.map { "\(folder)/\($0)" }.filter {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
        }
    }
}
