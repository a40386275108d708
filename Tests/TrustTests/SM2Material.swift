import ExchangeModel
import Glibc

import class Foundation.FileManager
import struct Foundation.Data
import struct Foundation.URL
import struct Foundation.UUID

/// SM2 keys, certificates and signatures made by the `openssl` command, so that signer and verifier share no code of ours.
///
/// Sendable: after `make` it only reads its own files.
struct SM2Material: Sendable {
    static let tool = "/usr/bin/openssl"
    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: tool) }
    private static let id = "distid:1234567812345678"

    let root: [UInt8]
    let maker: [UInt8]
    let holder: [UInt8]
    let stranger: [UInt8]
    let encryptionOnly: [UInt8]
    private let keys: [String: [UInt8]]

    /// Made once for the whole run; the folder is removed at once.
    static let shared = Result { try SM2Material() }

    private init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("trust-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var keys: [String: [UInt8]] = [:]
        func certificate(_ name: String, _ extensions: String, issuer: String?) throws -> [UInt8] {
            try Self.run(["genpkey", "-algorithm", "SM2", "-out", "\(name).key"], in: folder)
            keys[name] = try Self.read("\(name).key", in: folder)
            // Fixed times through `openssl ca`, so that no verdict depends on the day of the run.
            let configuration = """
                [ca]
                default_ca=d
                [d]
                database=index.txt
                new_certs_dir=.
                rand_serial=yes
                default_md=sm3
                policy=p
                unique_subject=no
                x509_extensions=x
                [p]
                commonName=supplied
                [x]
                \(extensions)
                """
            try Data(configuration.utf8).write(to: folder.appendingPathComponent("\(name).cnf"))
            try Data().write(to: folder.appendingPathComponent("index.txt"))
            try Self.run(
                ["req", "-new", "-sm3", "-sigopt", id, "-key", "\(name).key", "-subj", "/CN=\(name)", "-out", "\(name).csr"],
                in: folder)
            try Self.run(
                ["ca", "-batch", "-notext", "-config", "\(name).cnf", "-in", "\(name).csr", "-sigopt", id, "-vfyopt", id]
                    + ["-startdate", "20190101000000Z", "-enddate", "20991231000000Z", "-out", "\(name).pem"]
                    + (issuer.map { ["-cert", "\($0).pem", "-keyfile", "\($0).key"] } ?? ["-selfsign", "-keyfile", "\(name).key"]),
                in: folder)
            try Self.run(["x509", "-in", "\(name).pem", "-outform", "DER", "-out", "\(name).der"], in: folder)
            return try Self.read("\(name).der", in: folder)
        }
        let id = Self.id
        let leaf = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation"
        root = try certificate("root", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign", issuer: nil)
        maker = try certificate("maker", leaf, issuer: "root")
        holder = try certificate("holder", leaf, issuer: "root")
        stranger = try certificate("stranger", leaf, issuer: "root")
        encryptionOnly = try certificate("encryption", "keyUsage=critical,keyEncipherment", issuer: "root")
        self.keys = keys
    }

    /// A DER signature over a message, with Z from the default id.
    func sign(_ message: [UInt8], by name: String) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("trust-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(keys[name] ?? []).write(to: folder.appendingPathComponent("key"))
        try Data(message).write(to: folder.appendingPathComponent("message"))
        try Self.run(
            [
                "pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-pkeyopt", Self.id, "-inkey", "key", "-in", "message", "-out",
                "value",
            ],
            in: folder)
        return try Self.read("value", in: folder)
    }

    struct Failure: Error { let text: String }

    /// By `posix_spawn`: Foundation's `Process` is not safe to start on many threads at once.
    private static func run(_ arguments: [String], in folder: URL) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        let shell = ["sh", "-c", "cd \"$0\" && exec \"$@\"", folder.path, tool]
        var words = (shell + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        guard posix_spawn(&child, "/bin/sh", &actions, nil, &words, [nil]) == 0 else {
            throw Failure(text: "openssl \(arguments[0]) did not start")
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) == -1, errno == EINTR {}
        guard status == 0 else { throw Failure(text: "openssl \(arguments[0]) failed") }
    }

    private static func read(_ name: String, in folder: URL) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }
}
