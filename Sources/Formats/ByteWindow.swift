/// Bytes of a stream from a place on: added behind, dropped in front. For one task at a time.
final class ByteWindow {
    /// Owned memory of `capacity` bytes; those from `start` to `end` are the window. Freed with the object.
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private var start = 0
    private var end = 0

    init() {
        capacity = 1 << 16
        memory = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit { memory.deallocate() }

    /// How many bytes the window holds.
    var count: Int { end - start }
    /// The first of them; good until the next `append`.
    var bytes: UnsafeRawPointer { UnsafeRawPointer(memory + start) }

    func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        if capacity - end < bytes.count {
            let held = count
            if capacity < held + bytes.count {
                while capacity < held + bytes.count { capacity *= 2 }
                let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
                larger.copyMemory(from: memory + start, byteCount: held)
                memory.deallocate()
                memory = larger
            } else {
                memory.copyMemory(from: memory + start, byteCount: held)
            }
            start = 0
            end = held
        }
        (memory + end).copyMemory(from: source, byteCount: bytes.count)
        end += bytes.count
    }

    func drop(_ count: Int) {
        start += min(count, self.count)
        if start == end { removeAll() }
    }

    func removeAll() { (start, end) = (0, 0) }
}
