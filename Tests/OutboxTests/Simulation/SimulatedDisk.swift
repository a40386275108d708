import CFaultVFS
import ExchangeModel
import GatewayTesting
import Store
import Synchronization

/// The disk under one life of a simulated gateway, and the moment at which that life ends.
///
/// The end comes at a step of the store or of the network that is drawn beforehand. From then on nothing reaches the disk and
/// nothing leaves; the next life begins with what the disk then held.
///
/// @unchecked Sendable: the pointer never changes, and every function of the disk takes its own lock.
final class SimulatedDisk: @unchecked Sendable {
    /// What becomes of the writes since the last sync; the numbers are those of `CFaultVFS.h`.
    enum Loss: Int32, CaseIterable {
        case all = 0
        case some, tail, tornLast
        /// The process alone was killed.
        case nothing
    }

    /// When a life ends: at the n-th event of a kind from now, counted from 1.
    enum Death: Sendable, Hashable {
        /// A write, sync or truncation: between two syncs, in a checkpoint, while the store is being opened or closed.
        case operation(Int)
        /// Every statement of a transaction has run.
        case beforeCommit(Int)
        /// On disk, and nobody was told.
        case afterCommit(Int)
        /// A request is about to leave.
        case beforeSend(Int)
        /// A request has left.
        case afterSend(Int)

        static func draw(_ random: inout SeededRandom) -> Death {
            let near = Int.random(in: 1...12, using: &random)
            return switch Int.random(in: 0..<8, using: &random) {
            case 0: .beforeCommit(near)
            case 1: .afterCommit(near)
            case 2: .beforeSend(near)
            case 3: .afterSend(near)
            default: .operation(Int.random(in: 1...(1 << Int.random(in: 1...9, using: &random)), using: &random))
            }
        }

        var kind: String {
            switch self {
            case .operation: "at an operation of the disk"
            case .beforeCommit: "before a commit"
            case .afterCommit: "after a commit, before its notice"
            case .beforeSend: "before a request"
            case .afterSend: "after a request"
            }
        }

        /// One event nearer; nil: this was it.
        var nearer: Death? {
            switch self {
            case .operation(let n): n > 1 ? .operation(n - 1) : nil
            case .beforeCommit(let n): n > 1 ? .beforeCommit(n - 1) : nil
            case .afterCommit(let n): n > 1 ? .afterCommit(n - 1) : nil
            case .beforeSend(let n): n > 1 ? .beforeSend(n - 1) : nil
            case .afterSend(let n): n > 1 ? .afterSend(n - 1) : nil
            }
        }
    }

    /// How the disk fails without an end: SQLite's codes for a full disk, a write and a sync that fail, whose macros Swift does
    /// not see (https://www.sqlite.org/rescode.html).
    enum Trouble: Int32, CaseIterable {
        case full = 13
        case write = 778
        case sync = 1034

        var kinds: Int { self == .sync ? FAULTVFS_SYNC : FAULTVFS_WRITE }
    }

    private struct Plan {
        var death: Death?
        var loss = Loss.nothing
    }

    let directory: TemporaryDirectory
    private let name: String
    private let disk: OpaquePointer
    private let plan = Mutex(Plan())

    init(seed: UInt64, directory: TemporaryDirectory) throws {
        self.directory = directory
        name = "simulated-\(UInt64.random(in: .min ... .max))"
        guard let made = faultvfs_create(name, seed) else { throw TestingFailure("no VFS of the name \(name)") }
        disk = made
    }

    /// The store on it was closed, or could not be opened.
    deinit { faultvfs_destroy(disk) }

    var path: String { directory.file("store.db") }
    var isGone: Bool { faultvfs_is_cut(disk) != 0 }
    var operations: Int { Int(faultvfs_operations(disk)) }
    var failures: Int { Int(faultvfs_failures(disk)) }
    var damaged: Int { Int(faultvfs_damaged(disk)) }
    var isDoomed: Bool { plan.withLock { $0.death != nil } }

    func die(_ death: Death, _ loss: Loss) {
        plan.withLock { $0 = Plan(death: death, loss: loss) }
        if case .operation(let number) = death { faultvfs_cut_at(disk, Int64(number), loss.rawValue) }
    }

    func dieNow(_ loss: Loss) { faultvfs_cut(disk, loss.rawValue) }

    func fail(_ trouble: Trouble, first: Int, count: Int) {
        faultvfs_fail(disk, Int32(trouble.kinds), Int64(first), Int64(count), trouble.rawValue)
    }

    func heal() { faultvfs_heal(disk) }

    /// A stage of a commit was reached.
    func reached(_ stage: CommitStage) {
        advance {
            switch ($0, stage) {
            case (.beforeCommit, .beforeCommit), (.afterCommit, .afterCommit): true
            default: false
            }
        }
    }

    /// A request is about to leave; false when the process that sends it is gone.
    func mayLeave() -> Bool {
        advance { if case .beforeSend = $0 { true } else { false } }
        return !isGone
    }

    /// A request has left.
    func hasLeft() { advance { if case .afterSend = $0 { true } else { false } } }

    private func advance(_ isCounted: (Death) -> Bool) {
        let loss = plan.withLock { plan -> Loss? in
            guard let death = plan.death, isCounted(death) else { return nil }
            plan.death = death.nearer ?? death
            return death.nearer == nil ? plan.loss : nil
        }
        if let loss { faultvfs_cut(disk, loss.rawValue) }
    }

    /// Options of the store of this life.
    func options(checkpointPages: Int, recentKeys: Int, clock: any GatewayClock) -> SQLiteStoreOptions {
        var options = SQLiteStoreOptions()
        options.vfs = name
        options.checkpointPages = checkpointPages
        options.recentKeys = recentKeys
        options.clock = clock
        // The driver makes one call at a time.
        options.readers = 1
        options.writerCacheKiB = 1024
        options.lockWait = .zero
        options.observer = { [self] in reached($0) }
        return options
    }

    /// Lays what the disk held at the end into a new directory.
    func remains() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory("simulation")
        let code = faultvfs_restore(disk, directory.path)
        guard code == 0 else { throw TestingFailure("the remains of a disk cannot be written: error \(code)") }
        return directory
    }
}
