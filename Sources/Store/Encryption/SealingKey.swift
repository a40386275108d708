internal import Cryptography
internal import Synchronization

/// A data key while it encrypts.
///
/// **The rule of nonces**: a data key encrypts in one life of the gateway only (each start makes a new key for its day), and in
/// that life the nonce is a counter from 0, in the last eight of twelve octets. So no nonce comes twice, whatever is rolled
/// back, killed, or restored from a backup; and nothing about nonces needs to be stored.
final class SealingKey: Sendable {
    let id: UInt32
    private let key: [UInt8]
    private let counter = Atomic<UInt64>(0)
    private let idle = Mutex<[Worker]>([])

    /// `@unchecked Sendable`: a worker is taken out of `idle` under its lock, so one task at a time has it.
    private struct Worker: @unchecked Sendable { let sealer: AES256GCMSealer }

    init(id: UInt32, key: [UInt8]) {
        self.id = id
        self.key = key
    }

    /// Encrypts; nil when the key has encrypted `limit` inputs and a new one is due. Runs on the caller's thread.
    func seal(_ plain: [UInt8], boundTo binding: [UInt8], limit: UInt64) -> StorableBytes? {
        let number = counter.wrappingAdd(1, ordering: .relaxed).oldValue
        guard number < limit else { return nil }
        let nonce = [UInt8](unsafeUninitializedCapacity: AES256GCM.nonceBytes) { buffer, count in
            for index in 0..<4 { buffer[index] = 0 }
            for index in 0..<8 { buffer[4 + index] = UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * index)) }
            count = AES256GCM.nonceBytes
        }
        // As many workers come to be as threads encrypt at once.
        let worker = idle.withLock { $0.popLast() } ?? Worker(sealer: AES256GCMSealer(key: key))
        let bytes = worker.sealer.seal(plain, nonce: nonce, boundTo: binding)
        idle.withLock { $0.append(worker) }
        return StorableBytes(bytes: bytes, seal: Seal(keyID: id, nonce: nonce))
    }
}
