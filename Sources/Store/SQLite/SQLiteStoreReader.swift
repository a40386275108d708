public import ExchangeModel
internal import GRDB

/// A look at a store beside the gateway that owns it, for `evidence verify` and `outbox verify`: reads only, takes no lock,
/// creates and changes nothing.
public final class SQLiteStoreReader: Sendable {
    private let reader: StoreReader
    private let pool: DatabasePool
    /// Whether data keys stand in the store: a daemon then needs their master key.
    public let hasEncryptedRows: Bool

    /// Opens an existing store for reading. Blocks the calling thread for the opening of a file.
    ///
    /// - Parameter masterKeys: without them encrypted bytes stay `.locked`; with them, wrong ones are refused as the daemon
    ///   would (`.configuration`).
    /// Errors: `.notFound`, `.storeFailed`, `.storeNewer`, `.configuration`.
    public static func open(path: String, masterKeys: [MasterKey] = []) throws -> SQLiteStoreReader {
        guard StoreFiles.exists(path) else {
            throw GatewayError(
                .notFound, attempted: "open the store", subject: path, happened: "there is no such file",
                remedy: "name the store's file as the configuration does")
        }
        let (pool, keys) = try StoreConnections.openReadOnly(path: path, masters: masterKeys)
        return SQLiteStoreReader(pool: pool, path: path, keys: keys)
    }

    private init(pool: DatabasePool, path: String, keys: DataKeys) {
        self.pool = pool
        hasEncryptedRows = keys.hasKeys
        reader = StoreReader(database: pool, path: path, keys: keys)
    }

    /// See `MessageStore`.
    public func message(_ id: MessageID) async throws -> MessageReport? { try await reader.message(id) }

    /// See `MessageStore`.
    public func messages(businessKey: String, sender: String? = nil, limit: Int) async throws -> [MessageReport] {
        try await reader.messages(businessKey: businessKey, sender: sender, limit: limit)
    }

    /// See `MessageStore`.
    public func delivery(_ id: DeliveryID) async throws -> DeliveryReport? { try await reader.delivery(id) }

    /// See `MessageStore`.
    public func deliveries(_ filter: DeliveryFilter) async throws -> [DeliveryReport] { try await reader.deliveries(filter) }

    /// See `MessageStore`; here it reads all open rows.
    public func outboxCounts() async throws -> [OutboxCount] { try await reader.outboxCounts() }

    /// See `MessageStore`.
    public func holds(destination: String? = nil) async throws -> [LaneHold] { try await reader.holds(destination: destination) }

    /// See `MessageStore`.
    ///
    /// - Parameter observer: hears after each part what was looked at so far.
    public func verifyOutbox(
        owner: String?, _ observer: (OutboxConsistency) -> Void = { _ in }
    ) async throws -> OutboxConsistency { try await reader.verifyOutbox(owner: owner, observer) }

    /// See `MessageStore`.
    public func evidence(from sequence: Int64, limit: Int) async throws -> [EvidenceRow] {
        try await reader.evidence(from: sequence, limit: limit)
    }

    /// See `MessageStore`.
    public func evidence(ofMessage id: MessageID) async throws -> [EvidenceRow] { try await reader.evidence(ofMessage: id) }

    /// See `MessageStore`.
    public func evidenceHead() async throws -> EvidenceHead { try await reader.evidenceHead() }

    /// See `MessageStore`.
    public func verifyEvidence() async throws -> EvidenceVerdict { try await reader.verifyEvidence() }
}
