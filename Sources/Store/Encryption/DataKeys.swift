internal import Cryptography
internal import ExchangeModel
internal import GRDB
internal import Synchronization

/// All data keys of an open store: makes them, encrypts with those of this life, opens with any.
///
/// Encryption and opening run on the callers' tasks; the committing thread only writes the rows of new keys, in the same
/// transaction as the first bytes that need them (`unwritten`). Safe from any thread.
final class DataKeys: Sendable {
    private enum Known {
        case usable([UInt8])
        case locked
        case damaged
        case destroyed(at: Instant)
    }

    private struct State {
        var known: [UInt32: Known] = [:]
        /// Keys that encrypt, by day; at most `sealingDays`.
        var sealing: [Int64: SealingKey] = [:]
        /// Hashes what is a person's number, once the store has the key for it.
        var personalNumbers: PersonalNumbers?
        /// Made, and not known to be on disk yet, in ascending order.
        var unwritten: [DataKeyRow] = []
        var nextID: UInt32
    }

    /// The master key that wraps new keys; nil: nothing is encrypted.
    let master: MasterKey?
    /// Rows that a former master key wraps.
    let formerRows: [(row: DataKeyRow, key: [UInt8])]
    private let state: Mutex<State>
    private let openers = Mutex<[Worker]>([])
    private let sealsPerKey: UInt64

    /// Messages of so many days are accepted side by side (around midnight, and after a clock was set); more only cost
    /// another key.
    static let sealingDays = 4

    /// `@unchecked Sendable`: a worker is taken out of `openers` under its lock, so one task at a time has it.
    private struct Worker: @unchecked Sendable { let opener: AES256GCMOpener }

    /// Reads the keys of a store, changing nothing.
    ///
    /// - Parameters:
    ///   - masters: the current master key first, then former ones.
    ///   - isOwner: a daemon must be able to read everything: without the right master key it is refused. One that only
    ///     looks gets `.locked` bytes instead.
    /// Throws `.configuration` for a missing or wrong master key.
    init(
        _ database: Database, masters: [MasterKey], path: String, isOwner: Bool, sealsPerKey: UInt64 = StoreLimits.sealsPerDataKey
    ) throws {
        var state = State(nextID: 1)
        var former: [(row: DataKeyRow, key: [UInt8])] = []
        for row in try DataKeyRow.all(database) {
            state.nextID = max(state.nextID, row.id &+ 1)
            if row.wrapped == nil {
                state.known[row.id] = .destroyed(at: row.destroyedAt ?? row.createdAt)
            } else if let master = masters.first(where: { $0.fingerprint == row.master }) {
                guard let key = row.unwrapped(by: master) else {
                    state.known[row.id] = .damaged
                    continue
                }
                state.known[row.id] = .usable(key)
                if row.day == DataKeyRow.hashingDay { state.personalNumbers = PersonalNumbers(key: key) }
                if master.fingerprint != masters.first?.fingerprint { former.append((row, key)) }
            } else if isOwner {
                throw Self.wrongMaster(row, masters, path)
            } else {
                state.known[row.id] = .locked
            }
        }
        master = masters.first
        formerRows = former
        self.sealsPerKey = sealsPerKey
        self.state = Mutex(state)
    }

    private static func wrongMaster(_ row: DataKeyRow, _ masters: [MasterKey], _ path: String) -> GatewayError {
        guard !masters.isEmpty else {
            return GatewayError(
                .configuration, attempted: "open the store", subject: path,
                happened: "it is encrypted by the master key \(row.master), and the configuration names none",
                remedy: "name that key under store.encryption.masterKey; encryption cannot be switched off again")
        }
        return GatewayError(
            .configuration, attempted: "open the store", subject: path,
            happened:
                "it is encrypted by the master key \(row.master), and the configuration names \(masters.map(\.fingerprint).joined(separator: ", "))",
            remedy:
                "name the right key under store.encryption.masterKey; after a change of keys list the new key first and the former one behind it"
        )
    }

    /// Whether there are keys that were not destroyed.
    var hasKeys: Bool {
        state.withLock { state in
            state.known.values.contains { if case .destroyed = $0 { false } else { true } }
        }
    }

    /// What hashes a person's number, if the store holds such hashes.
    var personalNumbers: PersonalNumbers? { state.withLock { $0.personalNumbers } }

    /// The same, with a new key where there was none; nil where nothing is encrypted. The key's row is written by the next
    /// transaction, which is that of the first hash or an earlier one.
    func personalNumbers(at now: Instant) -> PersonalNumbers? {
        guard let master else { return nil }
        let key = SecureRandom.bytes(AES256GCM.keyBytes)
        return state.withLock { state in
            if let present = state.personalNumbers { return present }
            var row = DataKeyRow(
                id: state.nextID, day: DataKeyRow.hashingDay, createdAt: now, master: "", wrapped: nil, destroyedAt: nil)
            row.wrap(key, by: master)
            let made = PersonalNumbers(key: key)
            state.nextID += 1
            state.unwritten.append(row)
            state.personalNumbers = made
            return made
        }
    }

    // MARK: Encrypting

    /// Bytes as they are stored: encrypted where there is a master key, else as they are.
    func storable(_ plain: [UInt8], day: Int64, at now: Instant, boundTo binding: @autoclosure () -> [UInt8]) -> StorableBytes {
        guard let master else { return StorableBytes(bytes: plain, seal: nil) }
        let binding = binding()
        while true {
            let key = state.withLock { $0.sealing[day] } ?? make(day: day, at: now, master, replacing: nil)
            if let sealed = key.seal(plain, boundTo: binding, limit: sealsPerKey) { return sealed }
            _ = make(day: day, at: now, master, replacing: key)
        }
    }

    private func make(day: Int64, at now: Instant, _ master: MasterKey, replacing used: SealingKey?) -> SealingKey {
        let key = SecureRandom.bytes(AES256GCM.keyBytes)
        return state.withLock { state in
            // Another task was faster.
            if let present = state.sealing[day], present !== used { return present }
            var row = DataKeyRow(id: state.nextID, day: day, createdAt: now, master: "", wrapped: nil, destroyedAt: nil)
            row.wrap(key, by: master)
            let made = SealingKey(id: row.id, key: key)
            state.nextID += 1
            state.known[row.id] = .usable(key)
            state.unwritten.append(row)
            if state.sealing.count >= Self.sealingDays, let oldest = state.sealing.keys.min() { state.sealing[oldest] = nil }
            state.sealing[day] = made
            return made
        }
    }

    /// Rows to be written before anything that needs them.
    var unwritten: [DataKeyRow] { state.withLock { $0.unwritten } }

    /// The rows up to this number are on disk.
    func written(upTo id: UInt32) { state.withLock { $0.unwritten.removeAll { $0.id <= id } } }

    /// The keys were destroyed on disk.
    func destroyed(_ ids: [UInt32], at now: Instant) {
        state.withLock { state in
            for id in ids { state.known[id] = .destroyed(at: now) }
            state.sealing = state.sealing.filter { !ids.contains($0.value.id) }
        }
    }

    // MARK: Opening

    /// Plain bytes out of a row, or why there are none.
    func reveal(_ stored: StorableBytes, boundTo binding: @autoclosure () -> [UInt8]) -> (bytes: [UInt8], state: StoredBytesState)
    {
        guard let seal = stored.seal else { return (stored.bytes, .readable) }
        switch state.withLock({ $0.known[seal.keyID] }) {
        case .usable(let key):
            let worker = openers.withLock { $0.popLast() } ?? Worker(opener: AES256GCMOpener())
            defer { openers.withLock { $0.append(worker) } }
            guard let plain = worker.opener.open(stored.bytes, key: key, nonce: seal.nonce, boundTo: binding()) else {
                return ([], .damaged)
            }
            return (plain, .readable)
        case .destroyed(let at): return ([], .destroyed(at: at))
        case .locked: return ([], .locked)
        case .damaged: return ([], .damaged)
        // Made after a reader beside the daemon has looked.
        case nil: return ([], master == nil ? .locked : .damaged)
        }
    }
}
