internal import Synchronization

/// A key of `idempotency`: the 16 octets of a `NarrowKey`.
struct BindingKey: Hashable, Comparable, Sendable {
    let high: UInt64
    let low: UInt64

    /// - Parameter bytes: 16 octets.
    init(_ bytes: [UInt8]) {
        var (high, low) = (UInt64(0), UInt64(0))
        for byte in bytes.prefix(8) { high = high << 8 | UInt64(byte) }
        for byte in bytes.dropFirst(8) { low = low << 8 | UInt64(byte) }
        (self.high, self.low) = (high, low)
    }

    /// The octets, as stored.
    var bytes: [UInt8] { withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) } }

    /// The order of the table.
    static func < (left: Self, right: Self) -> Bool { left.high == right.high ? left.low < right.low : left.high < right.high }
}

/// The keys bound lately, which are not in the sorted table yet: key to number of the message. Shared by the committing
/// thread, which alone changes it, and the readers. Some 3 MB when full.
final class RecentKeys: Sendable {
    private let messages = Mutex<[BindingKey: Int64]>([:])

    func message(of key: BindingKey) -> Int64? { messages.withLock { $0[key] } }
    func add(_ key: BindingKey, message: Int64) { messages.withLock { $0[key] = message } }
    func remove(_ keys: some Sequence<BindingKey>) { messages.withLock { for key in keys { $0[key] = nil } } }
    var count: Int { messages.withLock { $0.count } }
    /// All of them in the order of the sorted table.
    var sorted: [(key: BindingKey, message: Int64)] {
        messages.withLock { $0.map { (key: $0.key, message: $0.value) } }.sorted { $0.key < $1.key }
    }
}
