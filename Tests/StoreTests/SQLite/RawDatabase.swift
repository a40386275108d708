import GRDBSQLite

/// A second connection that knows nothing of the store: for tampering and for looking at the file itself.
final class RawDatabase {
    private let connection: OpaquePointer

    struct Failure: Error { let message: String }

    init(_ path: String, flags: Int32 = 0) throws {
        var opened: OpaquePointer?
        guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | flags, nil) == SQLITE_OK, let opened else {
            sqlite3_close(opened)
            throw Failure(message: "cannot open \(path)")
        }
        connection = opened
        sqlite3_busy_timeout(connection, 5000)
    }

    deinit { sqlite3_close(connection) }

    func run(_ sql: String) throws {
        guard sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK else {
            throw Failure(message: String(cString: sqlite3_errmsg(connection)))
        }
    }

    /// The last column of each row, as text.
    func texts(_ sql: String) throws -> [String] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else {
            throw Failure(message: String(cString: sqlite3_errmsg(connection)))
        }
        defer { sqlite3_finalize(statement) }
        var result: [String] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            result.append(sqlite3_column_text(statement, sqlite3_column_count(statement) - 1).map { String(cString: $0) } ?? "")
        }
        return result
    }
}
