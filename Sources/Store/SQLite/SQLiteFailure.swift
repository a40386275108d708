internal import ExchangeModel
internal import GRDB
internal import GRDBSQLite
internal import Glibc

/// What SQLite answered to a call that failed, before it is known what the gateway attempted.
struct SQLiteFailure: Error {
    /// The extended result code (https://www.sqlite.org/rescode.html).
    let code: Int32
    /// `sqlite3_system_errno(3)`: the error of the operating system behind it, or 0.
    let systemError: Int32
    /// SQLite's own sentence. It names tables and columns, never values.
    let message: String

    /// Reads code and sentence of the last call on a connection.
    init(connection: OpaquePointer?) {
        code = sqlite3_extended_errcode(connection)
        systemError = sqlite3_system_errno(connection)
        message = String(cString: sqlite3_errmsg(connection))
    }

    /// A failure that GRDB reports (opening, readers). Its own description could show statement arguments, so only code
    /// and message are taken.
    init(_ error: DatabaseError) {
        code = error.extendedResultCode.rawValue
        systemError = 0
        message = error.message ?? "no reason given"
    }

    init(code: Int32, message: String) {
        self.code = code
        systemError = 0
        self.message = message
    }

    /// The primary code: extended codes carry it in the low byte.
    var primary: Int32 { code & 0xFF }

    /// Whether the disk (or the limit set for the database) has no room. SQLite maps only ENOSPC of a write to
    /// `SQLITE_FULL`; an exhausted quota and a shared-memory file that cannot grow come as I/O errors.
    var isFull: Bool {
        primary == SQLITE_FULL || code == Self.sharedMemorySize
            || (primary == SQLITE_IOERR && (systemError == ENOSPC || systemError == EDQUOT))
    }

    /// SQLITE_IOERR_SHMSIZE, a macro that Swift does not see: the file of shared memory could not be made larger. GRDB
    /// reports it at opening without the system's error.
    private static let sharedMemorySize = SQLITE_IOERR | (19 << 8)

    /// Whether one operation is at fault and its neighbours may succeed, as against the disk or the file.
    var isOfOneOperation: Bool {
        switch primary {
        case SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE, SQLITE_ERROR: true
        default: isFull  // a smaller neighbour may still fit
        }
    }

    /// The gateway's error, with what a person can do.
    func gatewayError(attempted: String, path: String) -> GatewayError {
        if isFull {
            return GatewayError(
                .storeFull, attempted: attempted, subject: path, happened: "the disk is full (\(message))",
                remedy: "free space on its file system; the gateway takes messages again by itself when space returns")
        }
        let (error, remedy): (GatewayError.Code, String) =
            switch primary {
            case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_AUTH:
                (
                    .storeFailed,
                    "let the daemon's user write to the file, its folder and the files beside it that end in -wal and -shm"
                )
            case SQLITE_NOTADB: (.storeFailed, "name another path: this file is no store")
            case SQLITE_CORRUPT:
                (
                    .storeFailed,
                    "stop the daemon, keep a copy of the file together with its -wal, and restore the store from a backup"
                )
            case SQLITE_BUSY, SQLITE_LOCKED: (.storeFailed, "end the other program that writes to this file")
            case SQLITE_IOERR: (.storeFailed, "check the disk and the kernel log")
            case SQLITE_NOMEM: (.storeFailed, "give the daemon more memory")
            case SQLITE_TOOBIG: (.limitReached, "send less in one message")
            default: (.internalFault, "report this with the log")
            }
        let system = systemError == 0 ? "" : ", system error \(systemError)"
        return GatewayError(
            error, attempted: attempted, subject: path, happened: "SQLite answers \(message) (code \(code)\(system))",
            remedy: remedy)
    }
}
