public import ExchangeModel

/// Where a commit stands, for tests that kill or hold the process there.
public enum CommitStage: Sendable, Hashable {
    /// Every statement of the transaction has run; `COMMIT` comes next. With the number of writes it carries.
    case beforeCommit(writes: Int)
    /// `COMMIT` came back: on disk and synced. No caller has been answered yet.
    case afterCommit(writes: Int)
}

/// How a SQLite store is opened.
public struct SQLiteStoreOptions: Sendable {
    /// Writes that may wait at once; see `StoreLimits.queuedWrites`.
    public var queuedWrites: Int
    /// Octets that may wait at once; see `StoreLimits.queuedBytes`.
    public var queuedBytes: Int
    /// Connections for readers.
    public var readers: Int
    /// Memory of the write connection for pages, in KiB (`PRAGMA cache_size`).
    public var writerCacheKiB: Int
    /// Memory of each reading connection for pages, in KiB.
    public var readerCacheKiB: Int
    /// Pages of the write-ahead log after which a commit folds it back (`PRAGMA wal_autocheckpoint`).
    public var checkpointPages: Int
    /// Idempotency keys kept in memory before they are sorted into their table (see `KeyBindings`), some 40 octets each.
    public var recentKeys: Int
    /// How long to wait for a former daemon to give the store back.
    public var lockWait: Duration
    /// Encrypts payloads, canonical records and receipts: the current master key, then former ones that may still wrap data
    /// keys (they are rewrapped at opening). Empty: nothing is encrypted.
    public var masterKeys: [MasterKey]
    /// Who opens the store, for the evidence of a rotation.
    public var actor: String
    /// The time of what happens at opening.
    public var clock: any GatewayClock
    /// The SQLite VFS that reads and writes the files (https://www.sqlite.org/vfs.html); nil for the system's. For tests that
    /// need a disk that fails.
    public var vfs: String?
    /// Called on the committing thread at each stage of each commit: it must be quick and must not call the store.
    public var observer: (@Sendable (CommitStage) -> Void)?

    /// The defaults, which are right for the daemon.
    public init() {
        queuedWrites = StoreLimits.queuedWrites
        queuedBytes = StoreLimits.queuedBytes
        readers = 4
        writerCacheKiB = 32 << 10
        readerCacheKiB = 4 << 10
        checkpointPages = 2000
        recentKeys = 65_536
        lockWait = StoreLimits.lockWait
        masterKeys = []
        actor = "gateway"
        clock = SystemClock()
        vfs = nil
        observer = nil
    }
}
