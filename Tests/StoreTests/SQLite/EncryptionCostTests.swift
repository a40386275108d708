import GRDB
import Glibc
import Testing

@testable import Store

/// What encryption costs a message: run by hand, `TENDERBRIDGE_MEASURE=1 swift test -c release --filter EncryptionCost`.
@Suite("EncryptionCost", .enabled(if: getenv("TENDERBRIDGE_MEASURE") != nil))
struct EncryptionCostTests {
    @Test("of a message of three times 2 KB")
    func cost() throws {
        let folder = try TemporaryFolder()
        let pool = try StoreConnections.open(path: folder.store, options: SQLiteStoreOptions()).0
        let keys = try pool.writeWithoutTransaction {
            try DataKeys($0, masters: [.test()], path: "store", isOwner: true)
        }
        let plain = [UInt8](repeating: 0x41, count: 2048)
        let id = Samples().id()
        let rounds = 100_000
        var results: [Duration] = []
        for _ in 0..<5 {
            let begun = ContinuousClock.now
            for round in 0..<rounds {
                let received = keys.storable(plain, day: 1, at: Samples.start, boundTo: SealBinding.received(id))
                let canonical = keys.storable(plain, day: 1, at: Samples.start, boundTo: SealBinding.canonical(id))
                let frozen = keys.storable(plain, day: 1, at: Samples.start, boundTo: SealBinding.frozen(delivery: Int64(round)))
                precondition(received.bytes.count + canonical.bytes.count + frozen.bytes.count == 3 * 2064)
            }
            results.append(ContinuousClock.now - begun)
        }
        let sealed = keys.storable(plain, day: 1, at: Samples.start, boundTo: SealBinding.received(id))
        let begun = ContinuousClock.now
        for _ in 0..<rounds { precondition(keys.reveal(sealed, boundTo: SealBinding.received(id)).bytes.count == 2048) }
        let opening = ContinuousClock.now - begun
        print(
            "encrypting 3 x 2 KB: \(results.sorted()[2] / rounds) a message (median of five); opening 2 KB: \(opening / rounds)")
    }
}
