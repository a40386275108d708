import ExchangeModel
import GatewayTesting
import Store

@testable import Outbox

/// Destinations with a pace of their own on one store and one virtual clock: the driver goes from event to event, so that
/// hours pass in moments and every run is the same.
final class PacedWorld {
    /// A destination: its policy and how its platform behaves.
    struct Destination {
        var name: String
        var policy: DestinationPolicy
        var script: TimedPlatform.Script
    }

    let clock = ManualClock(Samples.start)
    private let samples = Samples()
    private let store: FaultyStore
    private let destinations: [Destination]
    let platforms: [String: TimedPlatform]
    private var runners: [DestinationRunner] = []
    private var loops: [RunnerLoop] = []
    private var lives = 0
    private(set) var received: [String: Instant] = [:]

    private init(store: FaultyStore, destinations: [Destination]) {
        self.store = store
        self.destinations = destinations
        let clock = clock
        platforms = Dictionary(
            uniqueKeysWithValues: destinations.map { ($0.name, TimedPlatform(clock: clock, script: $0.script)) })
        begin()
    }

    static func with(_ destinations: [Destination], _ body: (PacedWorld) async throws -> Void) async throws {
        try await TemporaryDirectory.with("paced") { directory in
            let sqlite = try SQLiteStore.open(path: directory.file("store.db"))
            do {
                try await body(PacedWorld(store: FaultyStore(sqlite), destinations: destinations))
            } catch {
                await sqlite.close()
                throw error
            }
            await sqlite.close()
        }
    }

    /// A new life on the same store.
    func begin() {
        lives += 1
        runners = destinations.compactMap { destination in
            platforms[destination.name].map {
                DestinationRunner(
                    destination: destination.name, courier: $0, policy: destination.policy, store: store, clock: clock,
                    owner: "life-\(lives)", logger: .silent)
            }
        }
        loops = runners.map { RunnerLoop($0, random: SeededRandom(seed: UInt64(lives))) }
        let byName = Dictionary(uniqueKeysWithValues: runners.map { ($0.destination, $0) })
        store.observeCommits { deliveries in for delivery in deliveries { byName[delivery.destination]?.enqueue(delivery) } }
    }

    /// Accepts messages at the present moment, each in a lane of its own.
    func accept(_ names: [String], channel: String = "notices", to destinations: [String]? = nil) async throws {
        let to = destinations ?? self.destinations.map(\.name)
        let now = clock.now()
        // Concurrent acceptances share a synced transaction.
        for start in stride(from: 0, to: names.count, by: 500) {
            let intakes = names[start..<min(start + 500, names.count)].map { name -> Intake in
                var intake = samples.intake(name, key: name, to: to, at: now)
                intake.channel = channel
                return intake
            }
            let store = store
            try await withThrowingTaskGroup(of: Void.self) { group in
                for intake in intakes { group.addTask { _ = try await store.accept(intake) } }
                try await group.waitForAll()
            }
        }
        for name in names { received[name] = now }
    }

    /// Turns every loop until it has nothing to do but wait.
    func settle() async throws {
        for index in loops.indices {
            var turns = 0
            while case .again = await loops[index].turn() {
                turns += 1
                if turns > 100_000 { throw TestingFailure("\(runners[index].destination) does not come to rest") }
            }
        }
    }

    /// Goes from event to event until an instant, or until nothing is left to happen.
    func run(until end: Instant) async throws {
        while true {
            try await settle()
            let events = loops.compactMap(\.nextTurn) + platforms.values.compactMap(\.nextEnd)
            guard let next = events.min(), next <= end else { break }
            clock.advance(to: max(next, clock.now()))
            for platform in platforms.values { platform.pass(to: clock.now()) }
        }
        clock.advance(to: end)
    }

    /// How long after its acceptance each message was sent for the first time.
    func waits(_ destination: String) -> [String: Duration] {
        var waits: [String: Duration] = [:]
        for call in platforms[destination]?.calls ?? [] where waits[call.name] == nil {
            waits[call.name] = received[call.name].map { call.begun - $0 }
        }
        return waits
    }
}
