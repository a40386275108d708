internal import ExchangeModel
internal import Glibc

/// The folder of a git repository in which mappings and schemas lie, as it was at a revision, in a temporary folder.
///
/// Neither the working tree nor the index of the repository is touched: `git checkout` writes with an index of its own.
struct RevisionCheckout {
    /// The mapping's file in the temporary folder.
    let file: String
    /// Removed with the last copy.
    private let scratch: ScratchFolder

    /// Takes out what stands beside the folder of mappings that a file lies in: `Mappings` and `Schemas`.
    init(revision: String, file: String) throws(GatewayError) {
        let parts = file.split(separator: "/").map(String.init)
        // <folder>/.../Mappings/<platform>/<in or out>/<dataset>.yaml
        guard !revision.isEmpty, !revision.hasPrefix("-"), parts.count >= 4, !parts.contains("..") else {
            throw Self.failure(revision, file, "it is not REVISION:<folder>/<platform>/<in or out>/<dataset>.yaml")
        }
        let mappings = parts.dropLast(3).joined(separator: "/")
        let above = parts.dropLast(4).joined(separator: "/")
        let schemas = above.isEmpty ? "Schemas" : "\(above)/Schemas"
        scratch = try ScratchFolder()
        let made = scratch.path
        self.file = "\(made)/\(file)"
        let environment = ["GIT_INDEX_FILE=\(made)/index", "GIT_WORK_TREE=\(made)", "GIT_DIR=\(Self.repository())"]
        let code = Self.git(["checkout", "--quiet", revision, "--", mappings, schemas], environment)
        guard code == 0, LocalFiles.exists(self.file) else {
            throw Self.failure(
                revision, file,
                code == 127 ? "git is not installed" : "git has no such revision, or it has no such file (exit code \(code))")
        }
    }

    /// The nearest `.git` from here upwards.
    private static func repository() -> String {
        var folder = ""
        for _ in 0..<40 {
            let path = folder + ".git"
            if LocalFiles.exists(path) { return path }
            folder += "../"
        }
        return ".git"
    }

    /// Runs git and waits for it; 127 when it cannot be run.
    private static func git(_ arguments: [String], _ environment: [String]) -> Int32 {
        let words = (["git"] + arguments).map { strdup($0) } + [nil]
        // Git needs its own surroundings, such as PATH and HOME.
        var inherited: [String] = []
        var next = environ
        while let entry = next.pointee {
            inherited.append(String(cString: entry))
            next += 1
        }
        let variables = (inherited.filter { !$0.hasPrefix("GIT_") } + environment).map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var process = pid_t()
        guard posix_spawnp(&process, "git", nil, nil, words, variables) == 0 else { return 127 }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128
    }

    private static func failure(_ revision: String, _ file: String, _ happened: String) -> GatewayError {
        GatewayError(
            .usage, attempted: "take out of git", subject: "\(revision):\(file)", happened: happened,
            remedy: "name a revision and a file as git knows them, from the top of the repository")
    }
}
