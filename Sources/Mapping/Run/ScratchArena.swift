/// Memory for values made during one run: bytes stay where they are until the run ends.
///
/// The owner calls `free()` once; nothing in it outlives the run.
struct ScratchArena {
    private var chunks: [UnsafeMutablePointer<UInt8>] = []
    private var next: UnsafeMutablePointer<UInt8>?
    private var left = 0
    /// Octets that it holds.
    private(set) var bytesKept = 0
    private static let chunkBytes = 4096

    /// Copies bytes to a place that does not move.
    mutating func keep(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard bytes.count > 0, let source = bytes.baseAddress else { return UnsafeBufferPointer(start: nil, count: 0) }
        bytesKept += bytes.count
        let place = room(for: bytes.count)
        place.update(from: source, count: bytes.count)
        return UnsafeBufferPointer(start: place, count: bytes.count)
    }

    /// Copies bytes to a place that does not move.
    mutating func keep(_ bytes: [UInt8]) -> UnsafeBufferPointer<UInt8> { bytes.withUnsafeBufferPointer { keep($0) } }

    private mutating func room(for count: Int) -> UnsafeMutablePointer<UInt8> {
        if let place = next, count <= left {
            next = place + count
            left -= count
            return place
        }
        let size = max(count, Self.chunkBytes)
        let chunk = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        chunks.append(chunk)
        next = chunk + count
        left = size - count
        return chunk
    }

    /// Gives the memory back.
    mutating func free() {
        for chunk in chunks { chunk.deallocate() }
        chunks.removeAll()
        next = nil
        left = 0
    }
}
