import GatewayTesting
import Store
import Testing

/// Whole lives of messages: random verdicts, restarts, failing disks and people, on the real store.
///
/// A failing run is repeated by `TENDERBRIDGE_SEED=N TENDERBRIDGE_ROUNDS=1`; `TENDERBRIDGE_ROUNDS=500` is a long run.
@Suite struct SimulationTests {
    @Test(arguments: 0..<TestSeed.rounds(12)) func thePromisesHoldInEveryLife(round: Int) async throws {
        let seed = TestSeed.choose() &+ UInt64(round)
        try await TemporaryDirectory.with("simulation") { directory in
            let store = try SQLiteStore.open(path: directory.file("store.db"))
            let world = SimulatedWorld(seed: seed, store: store)
            do {
                let open = try await world.run(steps: 1_500)
                let broken = try await world.broken()
                #expect(
                    broken.isEmpty,
                    "\(broken.prefix(20).joined(separator: "\n"))\nseed \(seed)\n\(world.trace.suffix(60).joined(separator: "\n"))"
                )
                let left = try await world.leftOver()
                #expect(open == 0, "seed \(seed): not everything came to an end: \(left)")
                print(
                    "seed \(seed): \(world.committed.count) deliveries, \(world.restarts) restarts, \(world.reloads) reloads, \(world.takenTwice) sent twice, "
                        + "\(world.cancelledByPeople.count) ended by people, \(world.ended["superseded", default: 0]) superseded, "
                        + "\(world.ended["expired", default: 0]) expired, "
                        + world.acts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
            } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }
}
