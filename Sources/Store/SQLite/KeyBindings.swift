internal import GRDB

/// Binds idempotency keys to messages so that a key costs no page of its own in every commit.
///
/// Keys come in no order. In one sorted table each would dirty a page of its own, written twice (log, then file): a quarter of what a
/// message costs, and more as the table grows. So a key is first appended to `idempotency_recent`, and all of those are in memory.
/// When `threshold` are, they are moved to the sorted table `idempotency` **in its order**, some with each transaction, so that neighbours
/// share pages; then the old rows of `idempotency_recent` are cut off at its beginning. A crash at any point loses nothing: until
/// they are cut off, keys stand in both tables.
///
/// Used by the committing thread alone, inside its transactions.
final class KeyBindings {
    /// Keys being moved, in the order of the sorted table.
    private struct Move {
        var keys: [(key: BindingKey, message: Int64)]
        /// How many of them are moved.
        var done = 0
        /// The highest message among them.
        var last: Int64
        /// Rows of `idempotency_recent` up to this message are cut off.
        var cut: Int64
    }

    let recent: RecentKeys
    private let threshold: Int
    private let insertRecent, selectSorted, insertSorted, cutRecent: PreparedStatement
    private var move: Move?
    private var moveAtBegin: (done: Int, cut: Int64)?
    private var bound: [BindingKey] = []
    private var moved: [BindingKey] = []

    /// Each transaction moves this many keys for each that it binds, and at least `leastMoved`: a move ends long before the next
    /// begins.
    private static let movedForEach = 2
    private static let leastMoved = 16

    /// Compiles the statements and reads the keys that are not moved yet.
    ///
    /// - Parameter threshold: so many keys in memory begin a move.
    init(_ database: Database, threshold: Int) throws {
        self.threshold = threshold
        recent = RecentKeys()
        insertRecent = try PreparedStatement(WriteSQL.insertRecentKey, on: database)
        selectSorted = try PreparedStatement(WriteSQL.selectKey, on: database)
        insertSorted = try PreparedStatement(WriteSQL.insertKey, on: database)
        cutRecent = try PreparedStatement(WriteSQL.cutRecentKeys, on: database)
        let all = try PreparedStatement(WriteSQL.selectRecentKeys, on: database)
        while try all.step() { recent.add(BindingKey(all.blob(1)), message: all.int64(0)) }
    }

    /// Binds a key to a message; or the message that has it.
    func bind(_ bytes: [UInt8], to message: Int64) throws -> Int64? {
        let key = BindingKey(bytes)
        if let holder = recent.message(of: key) { return holder }
        selectSorted.add(bytes)
        if try selectSorted.step() {
            defer { selectSorted.reset() }
            return selectSorted.int64(0)
        }
        insertRecent.add(message)
        insertRecent.add(bytes)
        try insertRecent.run()
        recent.add(key, message: message)
        bound.append(key)
        return nil
    }

    // MARK: The transaction

    func begin() {
        bound.removeAll(keepingCapacity: true)
        moved.removeAll(keepingCapacity: true)
        moveAtBegin = move.map { ($0.done, $0.cut) }
    }

    /// Moves some keys, before the commit.
    func moveSome() throws {
        guard !bound.isEmpty else { return }
        if move == nil {
            guard recent.count >= threshold else { return }
            let keys = recent.sorted
            let messages = keys.lazy.map(\.message)
            move = Move(keys: keys, last: messages.max() ?? 0, cut: (messages.min() ?? 1) - 1)
        }
        guard var move else { return }
        let count = max(Self.leastMoved, Self.movedForEach * bound.count)
        if move.done < move.keys.count {
            for (key, message) in move.keys[move.done...].prefix(count) {
                insertSorted.add(key.bytes)
                insertSorted.add(message)
                try insertSorted.run()
                moved.append(key)
            }
            move.done += moved.count
        } else {
            let end = min(move.last, move.cut + Int64(4 * count))
            cutRecent.add(end)
            try cutRecent.run()
            move.cut = end
        }
        self.move = move
    }

    func committed() {
        // From now on the sorted table has them.
        recent.remove(moved)
        if let move, move.done == move.keys.count, move.cut == move.last { self.move = nil }
    }

    func rolledBack() {
        recent.remove(bound)
        // A move that began in this transaction has keys of it, which are bound to nothing now.
        guard let moveAtBegin else { return move = nil }
        move?.done = moveAtBegin.done
        move?.cut = moveAtBegin.cut
    }
}
