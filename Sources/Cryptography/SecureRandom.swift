internal import COpenSSL

/// Unpredictable bytes from OpenSSL's generator (`RAND_bytes(3)`), which the operating system seeds.
public struct SecureRandom: RandomNumberGenerator, Sendable {
    /// Makes a source; it has no state of its own.
    public init() {}

    /// Eight random bytes as a number.
    public mutating func next() -> UInt64 {
        var value: UInt64 = 0
        withUnsafeMutableBytes(of: &value, Self.fill)
        return value
    }

    /// So many random bytes.
    public static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            fill(UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
            initialized = count
        }
    }

    private static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        guard buffer.count > 0 else { return }
        let done = RAND_bytes(buffer.assumingMemoryBound(to: UInt8.self).baseAddress, Int32(buffer.count))
        // A generator without entropy must stop the process: predictable keys and ids are worse than no service.
        precondition(done == 1, "OpenSSL's random generator has no entropy")
    }
}
