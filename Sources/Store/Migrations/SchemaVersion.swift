internal import ExchangeModel
internal import GRDB

/// The version of the schema in a file, kept in `setting(schemaVersion)`, and the way up to the newest.
enum SchemaVersion {
    /// The version of the file; 0 for an empty one. Throws `.storeNewer` when this program is too old for it.
    static func read(_ database: Database, path: String) throws -> Int {
        guard try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema WHERE name = 'setting'") == 1 else {
            let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
            guard tables == 0 else {
                throw GatewayError(
                    .storeFailed, attempted: "open the store", subject: path, happened: "the file holds another program's tables",
                    remedy: "name another path for the store")
            }
            return 0
        }
        let text = try String.fetchOne(database, sql: "SELECT value FROM setting WHERE name = 'schemaVersion'")
        guard let text, let version = Int(text), version > 0 else {
            throw GatewayError(
                .storeFailed, attempted: "open the store", subject: path,
                happened: "the file does not say which version of the store it is",
                remedy: "restore the store from a backup")
        }
        guard version <= Migration.newest else {
            throw GatewayError(
                .storeNewer, attempted: "open the store", subject: path,
                happened: "it has version \(version) of the store, and this program knows versions up to \(Migration.newest)",
                remedy: "start the newer program that wrote it, or restore a backup made before the upgrade")
        }
        return version
    }

    /// Brings the file to the newest version; each step is one transaction.
    static func raise(_ database: Database, path: String, steps: [Migration] = Migration.all) throws {
        var version = try read(database, path: path)
        for step in steps where step.version > version {
            precondition(step.version == version + 1, "migrations are numbered without gaps")
            try database.inTransaction(.immediate) {
                if version == 0 {
                    try database.execute(
                        sql: "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID")
                }
                try database.execute(sql: step.sql)
                try database.execute(
                    sql:
                        "INSERT INTO setting (name, value) VALUES ('schemaVersion', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                    arguments: ["\(step.version)"])
                CrashPoint.migrating.reached()
                return .commit
            }
            version = step.version
        }
    }
}
