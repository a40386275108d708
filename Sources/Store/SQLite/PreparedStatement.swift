internal import ExchangeModel
internal import GRDB
internal import GRDBSQLite

/// A compiled statement with typed values in and out, over one of GRDB's cached statements.
///
/// Values are bound straight to SQLite: GRDB's own arguments box each value and copy each blob through Foundation's
/// `Data`. Not Sendable: it lives and dies on the queue of its connection, as GRDB's statement does.
final class PreparedStatement {
    private let statement: Statement
    private let raw: OpaquePointer
    /// The position of the last value bound; values are added in the order of the statement's parameters.
    private var position: Int32 = 0
    /// The first failure of a binding, reported by the step that follows.
    private var bindingFailed = false

    /// Compiles, or finds in the connection's cache.
    init(_ sql: String, on database: Database) throws {
        statement = try database.cachedStatement(sql: sql)
        raw = statement.sqliteStatement
    }

    // MARK: Values in

    func add(_ value: Int64) { check(sqlite3_bind_int64(raw, next(), value)) }
    func add(_ value: Int) { add(Int64(value)) }
    func add(_ value: Instant) { add(value.milliseconds) }
    func addNull() { check(sqlite3_bind_null(raw, next())) }

    func add(_ value: Int64?) { if let value { add(value) } else { addNull() } }
    func add(_ value: Instant?) { add(value?.milliseconds) }
    func add(_ value: String?) { if let value { add(value) } else { addNull() } }

    func add(_ value: String) {
        let index = next()
        var text = value
        check(
            text.withUTF8 { bytes in
                // An empty string may have no address, and a nil pointer would bind NULL.
                guard let start = bytes.baseAddress else { return sqlite3_bind_text(raw, index, "", 0, Self.copied) }
                return sqlite3_bind_text64(
                    raw, index, Self.chars(start), UInt64(bytes.count), Self.copied, UInt8(SQLITE_UTF8))
            })
    }

    func add(_ value: [UInt8]) {
        let index = next()
        check(
            value.withUnsafeBytes {
                // A nil pointer would bind NULL.
                $0.isEmpty
                    ? sqlite3_bind_zeroblob(raw, index, 0)
                    : sqlite3_bind_blob64(raw, index, $0.baseAddress, UInt64($0.count), Self.copied)
            })
    }

    func add(_ value: UUIDv7) {
        let index = next()
        check(
            withUnsafeBytes(of: (value.high.bigEndian, value.low.bigEndian)) {
                sqlite3_bind_blob(raw, index, $0.baseAddress, 16, Self.copied)
            })
    }

    func add(_ value: [UInt8]?) { if let value { add(value) } else { addNull() } }
    func add(_ value: UUIDv7?) { if let value { add(value) } else { addNull() } }

    /// Binds bytes without copying them; they must stay where they are until the statement has run.
    func add(borrowing bytes: UnsafeRawBufferPointer) {
        let index = next()
        check(
            bytes.isEmpty
                ? sqlite3_bind_zeroblob(raw, index, 0)
                : sqlite3_bind_blob64(raw, index, bytes.baseAddress, UInt64(bytes.count), nil))
    }

    // MARK: Running

    /// Runs a statement that gives no rows, and makes it ready for the next values.
    func run() throws {
        _ = try step()
        reset()
    }

    /// Whether there is another row. After the last one the statement is ready for the next values; a caller that stops
    /// earlier calls `reset`.
    func step() throws -> Bool {
        if bindingFailed { throw failure() }
        switch sqlite3_step(raw) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            reset()
            return false
        default: throw failure()
        }
    }

    /// Ends a run and makes the statement ready for the next values. Values left over are overwritten, as every run
    /// binds all of its parameters.
    func reset() {
        position = 0
        bindingFailed = false
        sqlite3_reset(raw)
    }

    // MARK: Values out, of the present row

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(raw, column) == SQLITE_NULL }
    func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(raw, column) }
    func int(_ column: Int32) -> Int { Int(int64(column)) }
    func instant(_ column: Int32) -> Instant { Instant(milliseconds: int64(column)) }
    func optionalInt(_ column: Int32) -> Int? { isNull(column) ? nil : int(column) }
    func optionalInstant(_ column: Int32) -> Instant? { isNull(column) ? nil : instant(column) }
    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(raw, column) else { return "" }
        return String(
            decoding: UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(raw, column))), as: UTF8.self)
    }

    func blob(_ column: Int32) -> [UInt8] {
        guard let bytes = sqlite3_column_blob(raw, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(raw, column))))
    }

    /// An id; throws when the bytes are none, which means that the file was changed by other hands.
    func id(_ column: Int32) throws -> UUIDv7 {
        guard let id = UUIDv7(bytes: blob(column)) else {
            throw SQLiteFailure(code: SQLITE_CORRUPT, message: "a stored id is no UUID of version 7")
        }
        return id
    }

    func optionalID(_ column: Int32) throws -> UUIDv7? { isNull(column) ? nil : try id(column) }

    /// The two columns `key_id, nonce`; nil for plain bytes.
    func seal(_ column: Int32) -> Seal? {
        isNull(column) ? nil : Seal(keyIDBytes: blob(column), nonce: blob(column + 1))
    }

    /// A delivery state of two columns, name and cause of waiting.
    func state(_ column: Int32) throws -> DeliveryState {
        guard let state = DeliveryState(name: text(column), cause: optionalText(column + 1)) else {
            throw SQLiteFailure(code: SQLITE_CORRUPT, message: "a stored delivery state is not known")
        }
        return state
    }

    // MARK: -

    private func next() -> Int32 {
        position += 1
        return position
    }

    private func check(_ code: Int32) { if code != SQLITE_OK { bindingFailed = true } }

    private func failure() -> SQLiteFailure {
        let failure = SQLiteFailure(connection: sqlite3_db_handle(raw))
        reset()
        return failure
    }

    private static func chars(_ bytes: UnsafePointer<UInt8>) -> UnsafePointer<CChar> {
        UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self)
    }

    /// `SQLITE_TRANSIENT`, a cast macro that Swift does not import: SQLite copies the value.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
