internal import ExchangeModel
internal import Glibc

/// Where contents lie, with its blocking work:
///
///     ab/abcd...       a content, named by its SHA-256, in a folder named by the first two digits
///     incoming/...     contents on their way in; those of former lives are removed at the start
///     uploads/ID       contents that come in pieces
///
/// A content gets its name by one rename, after its bytes were synced; so a file under a digest is whole.
struct AttachmentFolder: Sendable {
    let path: String

    var incoming: String { path + "/incoming" }
    var uploads: String { path + "/uploads" }

    func file(of sha256: [UInt8]) -> String {
        let name = Hex.encode(sha256)
        return "\(path)/\(name.prefix(2))/\(name)"
    }

    func file(of upload: UUIDv7) -> String { "\(uploads)/\(upload)" }

    /// Makes what is missing, for the daemon's user alone.
    func prepare() throws {
        for folder in [path, incoming, uploads] where !StoreFiles.exists(folder) { try StoreFiles.createFolder(folder) }
        try Self.sync(StoreFiles.folder(of: path))
        try Self.sync(path)
    }

    /// Gives a synced file the name of its content, and syncs the name. A file that is there already is replaced by the same bytes,
    /// which also mends one that was damaged; who reads it goes on reading the former one.
    func place(_ file: String, sha256: [UInt8]) throws {
        let target = self.file(of: sha256)
        let folder = StoreFiles.folder(of: target)
        if !StoreFiles.exists(folder) {
            try StoreFiles.createFolder(folder)
            try Self.sync(path)
        }
        guard rename(file, target) == 0 else { throw StoreFiles.failure("name an attachment", target, errno) }
        try Self.sync(folder)
    }

    /// Another name for a file, so that placing it leaves the first one.
    func link(_ file: String, as other: String) throws {
        guard Glibc.link(file, other) == 0 else { throw StoreFiles.failure("name an attachment", other, errno) }
    }

    func remove(_ file: String) throws {
        guard unlink(file) == 0 || errno == ENOENT else { throw StoreFiles.failure("remove", file, errno) }
    }

    /// The names in a folder; empty where there is none.
    func names(in folder: String) throws -> [String] {
        guard let directory = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw StoreFiles.failure("look into", folder, errno)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The digests of the contents in one of the 256 folders.
    func digests(in shard: UInt8) throws -> [[UInt8]] {
        try names(in: "\(path)/\(Hex.encode([shard]))").compactMap { name in
            name.utf8.count == 2 * AttachmentDigest.byteCount ? Hex.decode(name.utf8) : nil
        }
    }

    private static func sync(_ folder: String) throws {
        let entry = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard entry >= 0 else { throw StoreFiles.failure("open the folder", folder, errno) }
        defer { close(entry) }
        guard fsync(entry) == 0 else { throw StoreFiles.failure("sync the folder", folder, errno) }
    }
}
