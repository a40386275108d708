internal import ExchangeModel
internal import GRDB
internal import GRDBSQLite

/// Opens the connections of a store with the pragmas it lives by.
enum StoreConnections {
    /// Page size of a new file. Records of 2 KB lie better on 8 KiB than on 4 KiB: a fifth to a half more commits.
    static let pageBytes = 8192
    /// "TBRG": tells the file from other SQLite files (`file(1)` shows it).
    static let applicationID = 0x5442_5247
    /// The write-ahead log is cut back to this size after it was folded back.
    static let journalBytesKept = 64 << 20

    /// Opens for writing: schema at its newest version, `synchronous=FULL`, and one row written and synced.
    static func open(path: String, options: SQLiteStoreOptions) throws -> (DatabasePool, DataKeys) {
        try translating("open the store", path) {
            var configuration = Configuration()
            configuration.label = "store"
            configuration.busyMode = .timeout(Double(StoreLimits.busyWait.components.seconds))
            configuration.maximumReaderCount = options.readers
            // The committing thread ends every transaction it begins; should a rollback fail on a broken disk, the next
            // transaction tries it again instead of ending the process.
            configuration.allowsUnsafeTransactions = true
            configuration.prepareDatabase { [options] database in
                // The page size counts only for a file without pages, and before write-ahead mode.
                if !database.configuration.readonly { try database.execute(sql: "PRAGMA page_size = \(pageBytes)") }
                let cache = database.configuration.readonly ? options.readerCacheKiB : options.writerCacheKiB
                try database.execute(sql: "PRAGMA cache_size = -\(cache)")
            }
            let pool = try DatabasePool(path: location(of: path, vfs: options.vfs), configuration: configuration)
            let keys = try pool.writeWithoutTransaction { database in
                // Before anything is written: a wrong master key must leave the store as it is.
                let keys = try DataKeys(
                    database, masters: options.masterKeys, path: path, isOwner: true)
                // GRDB sets NORMAL when it sets write-ahead mode: a power cut could take the last commits back. An
                // acknowledgement means synced, so FULL it is (https://www.sqlite.org/pragma.html#pragma_synchronous).
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.execute(sql: "PRAGMA wal_autocheckpoint = \(options.checkpointPages)")
                try database.execute(sql: "PRAGMA journal_size_limit = \(journalBytesKept)")
                try SchemaVersion.raise(database, path: path)
                try database.execute(sql: "PRAGMA application_id = \(applicationID)")
                try database.execute(
                    sql: """
                        INSERT INTO setting (name, value) VALUES ('openedAt', ?)
                        ON CONFLICT DO UPDATE SET value = excluded.value
                        """, arguments: [SystemClock().now().description])
                guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2 else {
                    throw GatewayError(
                        .internalFault, attempted: "open the store", subject: path, happened: "SQLite does not sync every commit",
                        remedy: "report this with the version of SQLite")
                }
                return keys
            }
            return (pool, keys)
        }
    }

    /// Opens for reading only, beside the owner.
    static func openReadOnly(path: String, masters: [MasterKey]) throws -> (DatabasePool, DataKeys) {
        try translating("read the store", path) {
            var configuration = Configuration()
            configuration.label = "store-reader"
            configuration.readonly = true
            configuration.busyMode = .timeout(Double(StoreLimits.busyWait.components.seconds))
            configuration.maximumReaderCount = 1
            let pool = try DatabasePool(path: path, configuration: configuration)
            let version = try pool.read { try SchemaVersion.read($0, path: path) }
            guard version == Migration.newest else {
                throw GatewayError(
                    .storeFailed, attempted: "read the store", subject: path,
                    happened: "it has version \(version) of the store and this program reads version \(Migration.newest)",
                    remedy: "start the gateway once, which brings the store up to date")
            }
            let keys = try pool.read {
                try DataKeys($0, masters: masters, path: path, isOwner: !masters.isEmpty)
            }
            return (pool, keys)
        }
    }

    /// The path, or where a VFS is asked for the URI that names both (https://www.sqlite.org/uri.html).
    private static func location(of path: String, vfs: String?) -> String {
        guard let vfs else { return path }
        let special: [Character: String] = ["%": "%25", "?": "%3f", "#": "%23"]
        return "file:" + path.map { special[$0] ?? String($0) }.joined() + "?vfs=" + vfs
    }

    private static func translating<Value>(_ attempted: String, _ path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as SQLiteFailure {
            throw error.gatewayError(attempted: attempted, path: path)
        } catch let error as DatabaseError {
            throw SQLiteFailure(error).gatewayError(attempted: attempted, path: path)
        }
    }
}
