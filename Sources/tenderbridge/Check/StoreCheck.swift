internal import ExchangeModel
internal import Glibc
internal import Store

/// Whether the store could be opened by a daemon, found out without opening it for writing: a running daemon keeps it.
struct StoreCheck {
    /// What is wrong, if anything.
    var error: GatewayError?
    /// A sentence for people: what was found.
    var note: String

    /// - Parameter masterKeys: those of the configuration; an encrypted store must open with them.
    init(path: String, masterKeys: [MasterKey]) {
        guard LocalFiles.exists(path) else {
            (error, note) = Self.mayBeMade(path)
            return
        }
        do {
            let reader = try SQLiteStoreReader.open(path: path, masterKeys: masterKeys)
            if reader.hasEncryptedRows, masterKeys.isEmpty {
                throw GatewayError(
                    .configuration, attempted: "open the store", subject: path,
                    happened: "it is encrypted, and the configuration names no master key",
                    remedy: "name the key under store.encryption.masterKey; encryption cannot be switched off again")
            }
        } catch {
            self.error = error as? GatewayError ?? Self.failure(path, "\(error)")
            note = ""
            return
        }
        if Self.isHeld(path + ".lock") {
            note = "a running gateway has the store \(path) open"
        } else if access(path, W_OK) != 0 || access(FileBytes.folder(of: path), W_OK) != 0 {
            error = Self.failure(path, String(cString: strerror(errno)))
            note = ""
        } else {
            note = "the store \(path) is there and can be opened"
        }
    }

    /// A store that is not there is made at the first start, in the nearest folder that is.
    private static func mayBeMade(_ path: String) -> (GatewayError?, String) {
        var folder = FileBytes.folder(of: path)
        while !LocalFiles.exists(folder), folder != "/", folder != "." { folder = FileBytes.folder(of: folder) }
        guard LocalFiles.isFolder(folder) else { return (failure(path, "\(folder) is not a folder"), "") }
        guard access(folder, W_OK) == 0 else { return (failure(folder, String(cString: strerror(errno))), "") }
        return (nil, "the store \(path) is made at the first start")
    }

    /// The daemon holds an exclusive `flock(2)` on the file; a shared one that is given back at once disturbs nobody.
    static func isHeld(_ lock: String) -> Bool {
        let file = open(lock, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    private static func failure(_ subject: String, _ happened: String) -> GatewayError {
        GatewayError(
            .storeFailed, attempted: "open the store", subject: subject, happened: happened,
            remedy: "let the daemon's user write there, or name another path under store.path")
    }
}
