/// A number that stands for a qualified name of one `NameTable`.
public struct NameID: Sendable, Hashable {
    /// Index into the table, or `UInt32.max`.
    public let index: UInt32
    /// Takes an index.
    public init(index: UInt32) { self.index = index }
    /// A name that is not in the table: no compiled path speaks of it.
    public static let unknown = NameID(index: .max)
}

/// The names that compiled paths speak of, numbered once, so that the hot path compares integers and hashes no `String`.
///
/// A table is filled while a mapping is compiled and then frozen by copying it into the compiled mapping; readers look
/// names up by their bytes. Value type, safe to share between threads.
public struct NameTable: Sendable {
    /// All local names, one after another: a look-up touches flat memory and counts no references.
    private var locals: [UInt8] = []
    private var entries: [Entry] = []
    private var namespaces: [[UInt8]] = [[]]
    private var slots: [UInt32] = Array(repeating: .max, count: 64)

    private struct Entry: Sendable {
        var hash: UInt64
        var namespace: UInt32
        var offset, count: Int32
    }

    /// An empty table; the empty namespace is number 0.
    public init() {}

    /// How many names the table holds.
    public var count: Int { entries.count }

    /// The number of a namespace name, added when it is new.
    public mutating func namespace(_ name: String) -> UInt32 {
        let bytes = Array(name.utf8)
        if let index = namespaces.firstIndex(of: bytes) { return UInt32(index) }
        namespaces.append(bytes)
        return UInt32(namespaces.count - 1)
    }

    /// The number of a namespace name given as bytes; nil when no compiled path speaks of it.
    public func namespaceNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
        for (index, known) in namespaces.enumerated() where known.count == bytes.count && known.elementsEqual(bytes) {
            return UInt32(index)
        }
        return nil
    }

    /// The id of a name, added when it is new. Attributes share the table; they are told apart by the node's kind.
    public mutating func intern(_ local: String, namespace: UInt32 = 0) -> NameID {
        let bytes = Array(local.utf8)
        let found = bytes.withUnsafeBufferPointer { id(of: $0, namespace: namespace) }
        if found != .unknown { return found }
        let hash = bytes.withUnsafeBufferPointer { Self.hash($0, namespace: namespace) }
        entries.append(Entry(hash: hash, namespace: namespace, offset: Int32(locals.count), count: Int32(bytes.count)))
        locals.append(contentsOf: bytes)
        if entries.count * 2 > slots.count { grow() } else { place(UInt32(entries.count - 1)) }
        return NameID(index: UInt32(entries.count - 1))
    }

    /// The id of a name given as bytes, or `.unknown`.
    public func id(of local: UnsafeBufferPointer<UInt8>, namespace: UInt32 = 0) -> NameID {
        let hash = Self.hash(local, namespace: namespace)
        let mask = UInt64(slots.count - 1)
        var slot = Int(hash & mask)
        while slots[slot] != .max {
            let entry = entries[Int(slots[slot])]
            if entry.hash == hash, entry.namespace == namespace, Int(entry.count) == local.count,
                locals.withUnsafeBufferPointer({ Self.areEqual($0, at: Int(entry.offset), local) })
            {
                return NameID(index: slots[slot])
            }
            slot = (slot + 1) & Int(mask)
        }
        return .unknown
    }

    /// The local name of an id, for messages.
    public func local(_ id: NameID) -> String {
        guard id.index < entries.count else { return "?" }
        let entry = entries[Int(id.index)]
        return String(decoding: locals[Int(entry.offset)..<Int(entry.offset + entry.count)], as: UTF8.self)
    }

    private static func areEqual(_ all: UnsafeBufferPointer<UInt8>, at offset: Int, _ local: UnsafeBufferPointer<UInt8>) -> Bool {
        for index in local.indices where all[offset + index] != local[index] { return false }
        return true
    }

    private mutating func place(_ index: UInt32) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: entries[Int(index)].hash) & mask
        while slots[slot] != .max { slot = (slot + 1) & mask }
        slots[slot] = index
    }

    private mutating func grow() {
        slots = Array(repeating: .max, count: slots.count * 2)
        for index in entries.indices { place(UInt32(index)) }
    }

    /// FNV-1a; the table is built from trusted mapping files, so no keyed hash is needed.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>, namespace: UInt32) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(namespace)
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash ^ hash >> 32
    }
}
