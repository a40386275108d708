internal import Glibc

/// Names that a stream has used, checked once and numbered. Fields come in the same order in nearly every record, so the name that
/// followed last time is tried first.
struct XMLNameCache {
    /// Names come from outside: beyond these the cache takes no more, and names go without a number.
    private static let namesMax = 2048
    private static let bytesMax = 128 << 10

    struct Entry {
        var offset, count, prefix: Int32
        /// The name that came next when this one came last.
        var next: Int32
        var hash: UInt64
    }

    private var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []
    private var slots = [Int32](repeating: -1, count: namesMax * 2)
    private var last: Int32 = 0

    init() {
        // The name before all others: nothing is ever equal to it.
        entries.append(Entry(offset: 0, count: 0, prefix: 0, next: 0, hash: 0))
    }

    /// The number of the expected name, when it stands here and a byte that ends it follows; 0 when not.
    @inline(__always)
    mutating func expected(_ text: UnsafePointer<UInt8>, _ remaining: Int) -> Int32 {
        let number = entries[Int(last)].next
        let entry = entries[Int(number)]
        let count = Int(entry.count)
        guard number > 0, remaining > count else { return 0 }
        switch text[count] {
        case 0x20, 0x3E, 0x2F, 0x3D, 0x0A, 0x0D, 0x09: break
        default: return 0
        }
        let isSame = bytes.withUnsafeBufferPointer { known in
            // An entry has one byte or more, all of them in `bytes`.
            known.baseAddress.map { memcmp($0 + Int(entry.offset), text, count) == 0 } ?? false
        }
        guard isSame else { return 0 }
        last = number
        return number
    }

    /// The number of a checked name; 0 when the cache is full.
    mutating func number(_ name: UnsafeBufferPointer<UInt8>, prefix: Int) -> Int32 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash ^= hash >> 32
        var slot = Int(hash % UInt64(slots.count))
        while slots[slot] >= 0 {
            let entry = entries[Int(slots[slot])]
            if entry.hash == hash, Int(entry.count) == name.count,
                bytes[Int(entry.offset)..<Int(entry.offset + entry.count)].elementsEqual(name)
            {
                return follow(slots[slot])
            }
            slot = (slot + 1) % slots.count
        }
        guard entries.count < Self.namesMax, bytes.count + name.count <= Self.bytesMax else { return 0 }
        slots[slot] = Int32(entries.count)
        entries.append(
            Entry(offset: Int32(bytes.count), count: Int32(name.count), prefix: Int32(prefix), next: 0, hash: hash))
        bytes.append(contentsOf: name)
        return follow(Int32(entries.count - 1))
    }

    private mutating func follow(_ number: Int32) -> Int32 {
        entries[Int(last)].next = number
        last = number
        return number
    }
}
