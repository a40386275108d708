/// Names by their bytes, fixed when made: the index of a name, without making a `String`.
struct ByteTable: Sendable {
    private struct Name {
        var hash: UInt64
        var start: Int32
        var count: Int32
    }

    private var bytes: [UInt8] = []
    private var names: [Name] = []
    private let slots: [Int32]

    /// Names in their order; one that is given twice keeps its first index.
    init(_ all: [[UInt8]]) {
        var slots = [Int32](repeating: -1, count: 4)
        while slots.count < all.count * 2 { slots += slots }
        for name in all {
            let hash = name.withUnsafeBufferPointer(Self.hash)
            names.append(Name(hash: hash, start: Int32(bytes.count), count: Int32(name.count)))
            bytes += name
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(names.count - 1)
        }
        self.slots = slots
    }

    var count: Int { names.count }

    /// The index of a name; -1 when it is none of them.
    @inline(__always) func index(of name: UnsafeBufferPointer<UInt8>) -> Int {
        let hash = Self.hash(name)
        return slots.withUnsafeBufferPointer { slots in
            let mask = slots.count &- 1
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] >= 0 {
                let index = Int(slots[slot])
                if names[index].hash == hash, isName(index, name) { return index }
                slot = (slot &+ 1) & mask
            }
            return -1
        }
    }

    /// A name as text.
    func text(_ index: Int) -> String {
        let name = names[index]
        return String(decoding: bytes[Int(name.start)..<Int(name.start + name.count)], as: UTF8.self)
    }

    private func isName(_ index: Int, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
        let name = names[index]
        guard Int(name.count) == other.count else { return false }
        let start = Int(name.start)
        return bytes.withUnsafeBufferPointer { own in
            for offset in 0..<other.count where own[start &+ offset] != other[offset] { return false }
            return true
        }
    }

    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ hash >> 29
    }
}
