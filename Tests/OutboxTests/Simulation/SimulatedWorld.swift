import ExchangeModel
import GatewayTesting
import Store
import Synchronization

@testable import Outbox

/// A gateway's outbox, its disk, its clock, its platforms, its senders and its people, moved by one seed.
///
/// Loops are turned by the driver, one turn at a time and in any order, and each call of the store is awaited before the next
/// move: so a seed replays a whole story, to the last digest of the evidence. The store is the real one, on a disk that
/// fails, and at which the process or the power may be gone at any step (`SimulatedDisk`).
final class SimulatedWorld {
    struct Life {
        var runner: DestinationRunner
        var loop: RunnerLoop
        var hasEnded = false
    }

    let seed: UInt64
    var random: SeededRandom
    let clock = ManualClock(Samples.start, skipsWaits: true)
    let samples = Samples()
    let settings: SimulationSettings
    let platforms: [SimulatedPlatform]
    let ledger = SimulationLedger()

    // This life.
    var disk: SimulatedDisk
    var store: FaultyStore
    var lives: [Life] = []
    var lifeCount = 0
    var writesSeen = 0
    /// What the next changes meet.
    let weather = Weather()
    let living: LivingDisk

    // The whole story.
    var numbers: [String: Int] = [:]
    var family = RecordFamily()
    var replay: EvidenceReplay
    var steps: [EvidenceStep] = []
    var committed: [OpenDelivery] = []
    var names: [Int64: String] = [:]
    var registered: [Intake] = []
    var idsByText: [String: DeliveryID] = [:]
    var unanswered: [String: SentMessage] = [:]
    var receipts = ReceiptLedger()
    /// Promises that were broken, in words, as they were found.
    var broken: [String] = []
    var cancelledByPeople: Set<DeliveryID> = []
    var tally = SimulationTally()
    /// No faults any more, and nothing new: the end of the story.
    var isCalm = false
    private(set) var trace: [String] = []
    private(set) var traceDigest: UInt64 = 0xcbf2_9ce4_8422_2325

    /// What the next writes meet.
    final class Weather: Sendable {
        let faults = Mutex<[FaultyStore.Fault]>([])
    }

    /// The disk of the present life, for those who outlive lives.
    final class LivingDisk: Sendable {
        private let disk: Mutex<SimulatedDisk>
        init(_ disk: SimulatedDisk) { self.disk = Mutex(disk) }
        var now: SimulatedDisk {
            get { disk.withLock { $0 } }
            set { disk.withLock { $0 = newValue } }
        }
    }

    private init(seed: UInt64, directory: TemporaryDirectory) throws {
        self.seed = seed
        random = SeededRandom(seed: seed)
        settings = SimulationSettings(&random)
        disk = try SimulatedDisk(seed: random.next(), directory: directory)
        let living = LivingDisk(disk)
        self.living = living
        platforms = zip(settings.names, settings.policies).map { [clock] name, policy in
            SimulatedPlatform(
                name: name, seed: seed &+ UInt64(name.utf8.count), receiptLimit: policy.receiptLimit, clock: clock,
                mayLeave: { living.now.mayLeave() }, hasLeft: { living.now.hasLeft() })
        }
        replay = EvidenceReplay(
            rules: Dictionary(uniqueKeysWithValues: zip(settings.names, settings.policies).map { ($0, $1.headOfLine) }))
        store = try Self.open(disk, settings, clock)
    }

    static func open(_ disk: SimulatedDisk, _ settings: SimulationSettings, _ clock: ManualClock) throws -> FaultyStore {
        let options = disk.options(checkpointPages: settings.checkpointPages, recentKeys: settings.recentKeys, clock: clock)
        return FaultyStore(try SQLiteStore.open(path: disk.path, options: options)) { disk.isGone }
    }

    /// Plays the story of a seed to its end and tells what came of it.
    static func play(seed: UInt64) async throws -> SimulatedStory {
        let world = try SimulatedWorld(seed: seed, directory: try TemporaryDirectory("simulation"))
        do {
            world.begin()
            let open = try await world.run()
            if open > 0 { world.broken.append("not everything came to an end: \(try await world.leftOver())") }
            try await world.judge()
            await world.store.close()
        } catch {
            world.disk.dieNow(.nothing)
            await world.store.close()
            world.broken.append("the story stopped: \(error)")
        }
        return SimulatedStory(
            seed: seed, broken: world.broken, tally: world.tally, trace: world.trace, fingerprint: world.fingerprint)
    }

    /// The same for the same seed: the trace, and the chain of evidence with its times.
    private var fingerprint: String {
        var digest = traceDigest
        for byte in ledger.head.digest { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "\(ledger.head.sequence):\(String(digest, radix: 16))"
    }

    func note(_ text: String) {
        let line = "\(clock.now().milliseconds - Samples.start.milliseconds) \(disk.operations) \(text)"
        for byte in line.utf8 { traceDigest = (traceDigest ^ UInt64(byte)) &* 0x100_0000_01b3 }
        trace.append(line)
        if trace.count > 400 { trace.removeFirst(200) }
    }

    // MARK: Moves

    /// Turns a loop once. Nil when it has ended, or the process with it.
    @discardableResult
    func turn(_ index: Int, alone: Bool = false) async throws -> RunnerLoop.Rest? {
        if disk.isGone || lives[index].hasEnded { return nil }
        let interloper = !alone && !isCalm && random.chance(6) ? try nextMessage() : nil
        if let interloper { store.slipIn(interloper.intake) }
        let receipts = !alone && !isCalm && random.chance(8) ? try await nextReceipts(at: index) : nil
        if let receipts {
            store.slipIn(.init(receipts: receipts.written.map(\.receipt), cursor: receipts.cursor, at: clock.now()))
        }
        let rest = await lives[index].loop.turn()
        if let interloper, let slipped = store.takeInterloper() {
            switch slipped.outcome {
            case .success(let outcome): try await answered(interloper, outcome)
            case .failure: failed(interloper)
            case nil: try await submit(interloper)
            }
        }
        if let receipts, let slipped = store.takeSlippedReceipts() {
            tally.count("receipts slipped into a turn", slipped.outcome == nil ? 0 : 1)
            switch slipped.outcome {
            // It died in the same turn: whether anybody was told does not matter any more.
            case .success where disk.isGone: unacknowledged(receipts)
            case .success(let outcomes): try await acknowledged(receipts, outcomes, isSlipped: true)
            case .failure: unacknowledged(receipts)
            case nil: _ = try await hand(in: receipts)
            }
        }
        if case .ended = rest {
            lives[index].hasEnded = true
            if !disk.isGone, let next = SimulatedReload.successor(of: lives[index].runner) {
                note("\(next.destination) is served as newly configured")
                lives[index] = Life(runner: next, loop: RunnerLoop(next, random: SeededRandom(seed: random.next())))
                return .again
            }
            return nil
        }
        return rest
    }

    /// Lets a loop work until it waits, and sees that it does not turn for nothing.
    func settle(_ index: Int) async throws {
        var idle = 0
        for _ in 0..<300 {
            let before = activity
            guard let rest = try await turn(index, alone: true) else { return }
            idle = activity == before ? idle + 1 : 0
            // A turn that did something may have mail for the next one.
            if case .wait = rest, idle > 0, lives[index].loop.nextTurn.map({ $0 > clock.now() }) ?? true { return }
            if idle > 20 {
                broken.append(
                    "\(settings.names[index]): its loop turns for nothing (\(rest), next \(lives[index].loop.nextTurn?.description ?? "none"))"
                )
                return
            }
        }
        broken.append("\(settings.names[index]): its loop does not come to rest")
    }

    private func reload() {
        let index = Int.random(in: 0..<lives.count, using: &random)
        if disk.isGone || lives[index].hasEnded { return }
        note("reload: \(settings.names[index]) changes")
        tally.count("reload")
        SimulatedReload.handOver(lives[index].runner, SimulatedReload.changed(lives[index].runner.policy, &random))
    }

    private var activity: Int { store.applyCount + store.readCount + platforms.map(\.requests).reduce(0, +) }

    private func advance() {
        let arrivals = platforms.compactMap(\.nextArrival)
        let next = (lives.compactMap { $0.loop.nextTurn } + arrivals).min()
        if let next, random.chance(50) {
            clock.advance(to: max(next, clock.now()))
        } else {
            clock.advance(by: .milliseconds(Int64.random(in: 0...4_000, using: &random)))
        }
    }

    private func step() async throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<17: try await submit(nextMessage())
        case 17..<47: try await turn(Int.random(in: 0..<lives.count, using: &random))
        case 47..<53: try await receive(at: Int.random(in: 0..<platforms.count, using: &random))
        case 53..<78: if let text = platforms[Int.random(in: 0..<platforms.count, using: &random)].answerOne() { note(text) }
        case 78..<86: advance()
        case 86..<90: try await act()
        case 90: try await holdOrRelease()
        case 91..<93: storm()
        case 93..<95: if !disk.isDoomed { doom() }
        case 95:
            if random.chance(50) { random.chance(50) ? disk.dieNow(.nothing) : disk.dieNow(loss()) } else { try await stop() }
        case 96:
            platforms[Int.random(in: 0..<platforms.count, using: &random)].goDown(
                for: .seconds(Int.random(in: 5...400, using: &random)))
        case 97: jump()
        case 98: if random.chance(50) { try await repeatAnswered() } else { reload() }
        default:
            for index in lives.indices { try await settle(index) }
            try await explain()
        }
    }

    /// A busy time with faults and deaths, then calm until nothing is open. Returns what is still open.
    private func run() async throws -> Int {
        for _ in 0..<settings.steps {
            // A call may find the process gone in the middle of a move.
            do { try await step() } catch { if !disk.isGone { throw error } }
            if disk.isGone { try await revive() } else { try await observe() }
            if !broken.isEmpty { return 0 }
        }
        // At the end: no more faults, a last restart, and people who mend what is dead.
        disk.dieNow(loss())
        try await revive(mayDie: false)
        isCalm = true
        for platform in platforms { platform.calm() }
        for _ in 0..<6_000 {
            for index in lives.indices { try await settle(index) }
            if !broken.isEmpty { return 0 }
            var answered = false
            for platform in platforms { if let text = platform.answerOne() { (answered, _) = (true, note(text)) } }
            if answered { continue }
            for index in platforms.indices where try await receive(at: index) { answered = true }
            if answered { continue }
            if !unanswered.isEmpty {
                for key in unanswered.keys.sorted() { if let sent = unanswered[key] { try await submit(sent) } }
                continue
            }
            if try await store.outboxCounts().isEmpty, platforms.allSatisfy({ $0.withDesk { desk, _ in desk.isEmpty } }) {
                try await observe()
                return 0
            }
            try await explain()
            try await mendAll()
            try await observe()
            advance()
        }
        return try await store.outboxCounts().map(\.count).reduce(0, +)
    }
}
