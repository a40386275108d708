import CFaultVFS
import GRDBSQLite
import Store

/// A disk that fails or loses power, under one store. See `CFaultVFS.h` for what it does.
///
/// @unchecked Sendable: the pointer never changes, and every function of the disk takes its own lock.
final class FaultDisk: @unchecked Sendable {
    /// What becomes of the writes since the last sync.
    enum Loss: Int32, CaseIterable {
        case all, some, tail, tornLast
    }

    /// What SQLite is told of an operation that fails.
    enum Fault: CaseIterable {
        case write, sync, full

        var kinds: Int {
            switch self {
            case .write, .full: FAULTVFS_WRITE
            case .sync: FAULTVFS_SYNC
            }
        }

        // SQLITE_IOERR_WRITE and SQLITE_IOERR_FSYNC are macros that Swift does not see.
        var code: Int32 {
            switch self {
            case .write: SQLITE_IOERR | 3 << 8
            case .sync: SQLITE_IOERR | 4 << 8
            case .full: SQLITE_FULL
            }
        }
    }

    let name: String
    private let disk: OpaquePointer

    struct NotMade: Error {}
    struct NotRestored: Error { let code: Int32 }

    init(seed: UInt64) throws {
        name = "fault-\(UInt64.random(in: .min ... .max))"
        guard let made = faultvfs_create(name, seed) else { throw NotMade() }
        disk = made
    }

    /// The last connection was closed before: each test closes its store, or its store could not be opened.
    deinit { faultvfs_destroy(disk) }

    /// Takes the power away in the midst of the n-th write, sync or truncation from now.
    func cut(at operation: Int, _ loss: Loss) { faultvfs_cut_at(disk, Int64(operation), loss.rawValue) }
    func cutNow(_ loss: Loss) { faultvfs_cut(disk, loss.rawValue) }
    var isCut: Bool { faultvfs_is_cut(disk) != 0 }

    /// Lets so many operations fail, after some that succeed.
    func fail(_ fault: Fault, first: Int = 1, count: Int) {
        faultvfs_fail(disk, Int32(fault.kinds), Int64(first), Int64(count), fault.code)
    }
    func heal() { faultvfs_heal(disk) }

    var operations: Int { Int(faultvfs_operations(disk)) }
    var failures: Int { Int(faultvfs_failures(disk)) }
    /// Writes that the cut found unsynced, and those of them that did not reach the disk whole.
    var unsynced: Int { Int(faultvfs_unsynced(disk)) }
    var damaged: Int { Int(faultvfs_damaged(disk)) }

    /// Lays what the disk held at the cut into a new folder.
    func remains() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let code = faultvfs_restore(disk, folder.path)
        guard code == 0 else { throw NotRestored(code: code) }
        return folder
    }

    /// Options of a store on this disk.
    func options(checkpointPages: Int = 2000) -> SQLiteStoreOptions {
        var options = SQLiteStoreOptions()
        options.vfs = name
        options.checkpointPages = checkpointPages
        return options
    }
}
