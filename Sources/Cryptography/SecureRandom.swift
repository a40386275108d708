internal import COpenSSL
internal import Synchronization

/// Unpredictable bytes from OpenSSL's generator (`RAND_bytes(3)`), which the operating system seeds.
///
/// Numbers are drawn in advance, some hundred at a time, because a call of OpenSSL costs a microsecond and every message
/// needs several. Copies share what was drawn, so no number comes twice. Thread-safe.
public struct SecureRandom: RandomNumberGenerator, Sendable {
    private let drawn = Drawn()

    /// Makes a source.
    public init() {}

    /// Eight random bytes as a number.
    public mutating func next() -> UInt64 { drawn.next() }

    /// So many random bytes, drawn now.
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

    /// Numbers drawn in advance.
    private final class Drawn: Sendable {
        private struct Numbers {
            var words: [UInt64] = []
        }

        /// Numbers drawn at once.
        private static let count = 128
        private let numbers = Mutex(Numbers())

        func next() -> UInt64 {
            numbers.withLock { numbers in
                if numbers.words.isEmpty {
                    numbers.words = [UInt64](unsafeUninitializedCapacity: Self.count) { buffer, initialized in
                        SecureRandom.fill(UnsafeMutableRawBufferPointer(buffer))
                        initialized = Self.count
                    }
                }
                return numbers.words.removeLast()
            }
        }
    }
}
