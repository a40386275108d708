import Store
import Testing

/// The stores that the conformance suite runs against. A new implementation joins by a case here.
enum StoreKind: CaseIterable, CustomTestStringConvertible {
    case sqlite

    var testDescription: String { "\(self)" }

    /// Opens a store in a folder; opening it again gives the same content.
    func open(_ folder: TemporaryFolder, observer: (@Sendable (CommitStage) -> Void)? = nil) throws -> any MessageStore {
        switch self {
        case .sqlite:
            var options = SQLiteStoreOptions()
            options.observer = observer
            return try SQLiteStore.open(path: folder.store, options: options)
        }
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
