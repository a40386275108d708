import Store
import Testing

/// The stores that the conformance suite runs against. A new implementation joins by a case here.
enum StoreKind: CaseIterable, CustomTestStringConvertible {
    case sqlite
    /// The same with encryption at rest.
    case encryptedSQLite

    var testDescription: String { "\(self)" }

    /// Opens a store in a folder; opening it again gives the same content.
    func open(_ folder: TemporaryFolder, observer: (@Sendable (CommitStage) -> Void)? = nil) throws -> any MessageStore {
        var options = SQLiteStoreOptions()
        options.observer = observer
        if self == .encryptedSQLite { options.masterKeys = [.test()] }
        return try SQLiteStore.open(path: folder.store, options: options)
    }
}

extension MasterKey {
    /// A master key of 32 equal octets.
    static func test(_ octet: UInt8 = 7) -> MasterKey {
        guard let key = MasterKey(secret: Array(String(repeating: octet < 16 ? "0\(octet)" : "\(octet)", count: 32).utf8)) else {
            preconditionFailure("64 digits are a key")
        }
        return key
    }
}

/// Opens a store, runs the test and closes the store.
func withStore(_ kind: StoreKind, _ body: (any MessageStore) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    let store = try kind.open(folder)
    do {
        try await body(store)
    } catch {
        await store.close()
        throw error
    }
    await store.close()
}
