internal import ExchangeModel
internal import Glibc

/// The store's folder and file, made for the daemon's user alone.
enum StoreFiles {
    /// Creates what is missing: folders with mode 0700, the file with 0600 (SQLite gives the files beside it the same
    /// mode). The entry of a new file is synced in its folder, so that a power cut cannot take the name away from under
    /// a synced commit.
    static func prepare(_ path: String) throws {
        let folder = folder(of: path)
        try createFolder(folder)
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("open the store", path, errno) }
        close(file)
        let entry = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard entry >= 0 else { throw failure("open the store's folder", folder, errno) }
        defer { close(entry) }
        guard fsync(entry) == 0 else { throw failure("sync the store's folder", folder, errno) }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Octets that a file system has left for a program that is not root's (`statvfs(3)`, `f_bavail`).
    static func freeBytes(_ folder: String) throws -> Int {
        var state = statvfs()
        guard statvfs(folder, &state) == 0 else { throw failure("measure the file system of", folder, errno) }
        return Int(clamping: state.f_bavail.multipliedReportingOverflow(by: state.f_frsize).partialValue)
    }

    static func failure(_ attempted: String, _ subject: String, _ code: Int32) -> GatewayError {
        let reason = String(cString: strerror(code))
        if code == ENOSPC || code == EDQUOT {
            return GatewayError(
                .storeFull, attempted: attempted, subject: subject, happened: "the disk is full (\(reason))",
                remedy: "free space on its file system")
        }
        return GatewayError(
            .storeFailed, attempted: attempted, subject: subject, happened: reason,
            remedy: "let the daemon's user write there, or name another path for the store")
    }

    static func createFolder(_ folder: String) throws {
        if exists(folder) { return }
        let parent = self.folder(of: folder)
        if parent != folder { try createFolder(parent) }
        // EEXIST: another start made it in the meantime.
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure("create the store's folder", folder, errno) }
    }
}
