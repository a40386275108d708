internal import Cryptography
internal import ExchangeModel
internal import GRDB

/// A row of `data_key`: the key of one UTC day and one life of the gateway, wrapped by the master key.
struct DataKeyRow: Sendable {
    var id: UInt32
    /// Days since 1970-01-01, UTC; `hashingDay` for the one key that hashes personal numbers.
    var day: Int64
    var createdAt: Instant
    /// Fingerprint of the master key that wraps it.
    var master: String
    /// Nonce and wrapped key; nil once it was destroyed.
    var wrapped: (nonce: [UInt8], bytes: [UInt8])?
    var destroyedAt: Instant?

    /// Of the key of `PersonalNumbers`, which lives as long as the store: before any day on which a message can come in.
    static let hashingDay: Int64 = -1_000_000

    static let insert = """
        INSERT INTO data_key (id, day, created_at, master, nonce, wrapped) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """
    static let rewrap = "UPDATE data_key SET master = ?, nonce = ?, wrapped = ? WHERE id = ? AND wrapped IS NOT NULL"
    static let destroy = "UPDATE data_key SET nonce = NULL, wrapped = NULL, destroyed_at = ? WHERE id = ? AND wrapped IS NOT NULL"

    /// Every row, or none where the file is older than the table.
    static func all(_ database: Database) throws -> [DataKeyRow] {
        guard try database.tableExists("data_key") else { return [] }
        let row = try PreparedStatement(
            "SELECT id, day, created_at, master, nonce, wrapped, destroyed_at FROM data_key ORDER BY id", on: database)
        var rows: [DataKeyRow] = []
        while try row.step() {
            rows.append(
                DataKeyRow(
                    id: UInt32(clamping: row.int64(0)), day: row.int64(1), createdAt: row.instant(2), master: row.text(3),
                    wrapped: row.isNull(5) ? nil : (row.blob(4), row.blob(5)), destroyedAt: row.optionalInstant(6)))
        }
        return rows
    }

    /// Wraps a key. The wrapping key sees one random nonce for each wrapping: a few a day, far below the 2^32 that
    /// NIST SP 800-38D allows for random nonces.
    mutating func wrap(_ key: [UInt8], by master: MasterKey) {
        let nonce = SecureRandom.bytes(AES256GCM.nonceBytes)
        let bytes = AES256GCMSealer(key: master.wrapping).seal(key, nonce: nonce, boundTo: SealBinding.dataKey(id, day: day))
        wrapped = (nonce, bytes)
        self.master = master.fingerprint
    }

    /// The key; nil when it is destroyed, or the row was changed by other hands.
    func unwrapped(by master: MasterKey) -> [UInt8]? {
        guard let wrapped else { return nil }
        return AES256GCMOpener().open(
            wrapped.bytes, key: master.wrapping, nonce: wrapped.nonce, boundTo: SealBinding.dataKey(id, day: day))
    }
}

extension Instant {
    /// The UTC day it lies in, counted from 1970-01-01.
    var utcDay: Int64 {
        let day: Int64 = 86_400_000
        return milliseconds >= 0 ? milliseconds / day : (milliseconds - day + 1) / day
    }
}
