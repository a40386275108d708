/// The keys of the objects that are open, to find one that is given twice.
///
/// Few keys are compared by their 64-bit hashes one after another; from the seventeenth on, an object's keys go to a
/// hash table, so that an object of a hundred thousand keys costs no square. The hash is seeded anew in each process:
/// a sender cannot make keys that collide.
struct JSONKeySet {
    /// A key: its hash and its bytes, in the input or (when it held escapes) unescaped in the arena.
    struct Key {
        var hash: UInt64
        var offset: UInt32
        var count: UInt32
        var isUnescaped: Bool
        var object: UInt32
    }

    private static let seed = UInt64.random(in: .min ... .max) | 1
    /// Keys of one object that are compared one after another.
    private static let smallMax = 16

    private var small: [Key] = []
    private var big: [Key] = []
    private var slots: [UInt32] = []
    private var arena: [UInt8] = []

    init() { small.reserveCapacity(64) }

    /// How many keys are on the stack; an object remembers it when it opens.
    var mark: Int { small.count }

    /// Forgets the keys of an object that closed.
    mutating func close(mark: Int) { small.removeLast(small.count - mark) }

    /// Adds a key of the innermost object; false when the object has it already. `known` counts the object's keys so far.
    mutating func insert(
        _ raw: UnsafeBufferPointer<UInt8>, offset: Int, hasEscapes: Bool, object: UInt32, mark: Int, known: Int,
        input: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var key = Key(hash: 0, offset: UInt32(offset), count: UInt32(raw.count), isUnescaped: hasEscapes, object: object)
        if hasEscapes {
            let start = arena.count
            JSONEscape.appendUnescaped(raw, to: &arena)
            key.offset = UInt32(start)
            key.count = UInt32(arena.count - start)
            key.hash = arena.withUnsafeBufferPointer { Self.hash(UnsafeBufferPointer(rebasing: $0[start...])) }
        } else {
            key.hash = Self.hash(raw)
        }
        if known < Self.smallMax {
            for index in mark..<small.count where small[index].hash == key.hash && same(small[index], key, input) { return false }
            small.append(key)
            return true
        }
        if known == Self.smallMax {
            for index in mark..<small.count { place(small[index]) }
        }
        guard find(key, input) == nil else { return false }
        place(key)
        return true
    }

    private func same(_ left: Key, _ right: Key, _ input: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return arena.withUnsafeBufferPointer { arena in
            let first = left.isUnescaped ? arena : input
            let second = right.isUnescaped ? arena : input
            for index in 0..<Int(left.count) where first[Int(left.offset) + index] != second[Int(right.offset) + index] {
                return false
            }
            return true
        }
    }

    // MARK: The table of big objects. Keys of closed objects stay (their object number tells them apart); the limit on
    // values bounds it.

    private func slot(of key: Key) -> Int {
        Int(truncatingIfNeeded: (key.hash ^ UInt64(key.object) &* 0x9E37_79B9_7F4A_7C15) >> 7)
    }

    private func find(_ key: Key, _ input: UnsafeBufferPointer<UInt8>) -> Key? {
        let mask = slots.count - 1
        var slot = slot(of: key) & mask
        while slots[slot] != .max {
            let other = big[Int(slots[slot])]
            if other.hash == key.hash, other.object == key.object, same(other, key, input) { return other }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private mutating func place(_ key: Key) {
        big.append(key)
        if big.count * 2 > slots.count {
            slots = Array(repeating: .max, count: max(64, slots.count * 2))
            for index in big.indices { link(index) }
        } else {
            link(big.count - 1)
        }
    }

    private mutating func link(_ index: Int) {
        let mask = slots.count - 1
        var slot = slot(of: big[index]) & mask
        while slots[slot] != .max { slot = (slot + 1) & mask }
        slots[slot] = UInt32(index)
    }

    /// A seeded multiply-and-fold hash over words; for this table only.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = seed &+ UInt64(bytes.count)
        guard let start = bytes.baseAddress else { return fold(hash, seed) }
        let base = UnsafeRawPointer(start)
        var offset = 0
        while offset &+ 8 <= bytes.count {
            hash = fold(hash ^ ByteScan.word(base, offset), seed)
            offset &+= 8
        }
        var tail: UInt64 = 0
        while offset < bytes.count {
            tail = tail << 8 | UInt64(bytes[offset])
            offset &+= 1
        }
        return fold(hash ^ tail, 0x9E37_79B9_7F4A_7C15 ^ seed)
    }

    @inline(__always) private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low ^ left
    }
}
