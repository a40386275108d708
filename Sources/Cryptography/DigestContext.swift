internal import COpenSSL

/// An incremental hash: made, fed, finished once.
///
/// For many small inputs in a hot loop use `ReusableDigest`, which allocates once.
public struct DigestContext: ~Copyable {
    private let raw: OpaquePointer
    private let algorithm: DigestAlgorithm

    /// Starts a hash.
    public init(_ algorithm: DigestAlgorithm) {
        self.algorithm = algorithm
        raw = DigestPrimitive.makeContext()
        DigestPrimitive.start(raw, algorithm)
    }

    deinit { EVP_MD_CTX_free(raw) }

    /// Adds bytes. Contiguous collections (arrays, slices, UTF-8 views, NIO's readable views) are not copied.
    public mutating func update(_ bytes: some Collection<UInt8>) { DigestPrimitive.add(bytes, to: raw) }

    /// Adds the bytes of a buffer.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) { DigestPrimitive.add(bytes, to: raw) }

    /// Ends the hash and returns the digest.
    public consuming func finish() -> [UInt8] { DigestPrimitive.finish(raw, algorithm) }
}

/// A hash object for hot paths: one OpenSSL context, started again for each input, no allocation but the result's.
///
/// Not Sendable: one thread (or one lock) owns it.
public final class ReusableDigest {
    private let raw: OpaquePointer
    private let algorithm: DigestAlgorithm

    /// Makes the context.
    public init(_ algorithm: DigestAlgorithm) {
        self.algorithm = algorithm
        raw = DigestPrimitive.makeContext()
        DigestPrimitive.start(raw, algorithm)
    }

    deinit { EVP_MD_CTX_free(raw) }

    /// Adds bytes to the present hash.
    public func update(_ bytes: some Collection<UInt8>) { DigestPrimitive.add(bytes, to: raw) }

    /// Adds the bytes of a buffer to the present hash.
    public func update(_ bytes: UnsafeRawBufferPointer) { DigestPrimitive.add(bytes, to: raw) }

    /// Ends the present hash, returns its digest and starts a new one.
    public func finish() -> [UInt8] {
        let digest = DigestPrimitive.finish(raw, algorithm)
        DigestPrimitive.start(raw, algorithm)
        return digest
    }

    /// Ends the present hash into memory of at least `digestBytes` octets and starts a new one; allocates nothing.
    public func finish(into output: UnsafeMutableRawBufferPointer) {
        DigestPrimitive.finish(raw, algorithm, into: output)
        DigestPrimitive.start(raw, algorithm)
    }

    /// The digest of one input.
    public func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
        update(bytes)
        return finish()
    }
}

/// The four steps of `EVP_DigestInit_ex2(3)` that both kinds of hash share.
enum DigestPrimitive {
    static func makeContext() -> OpaquePointer {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a hash") }
        return context
    }

    static func start(_ context: OpaquePointer, _ algorithm: DigestAlgorithm) {
        // The method stays the same over the life of a context, so this resets without allocating.
        let done = EVP_DigestInit_ex2(context, algorithm.method, nil)
        precondition(done == 1, "OpenSSL refuses to start a hash that it offers")
    }

    static func add(_ bytes: some Collection<UInt8>, to context: OpaquePointer) {
        let contiguous: Void? = bytes.withContiguousStorageIfAvailable { add(UnsafeRawBufferPointer($0), to: context) }
        if contiguous == nil { Array(bytes).withUnsafeBytes { add($0, to: context) } }
    }

    static func add(_ bytes: UnsafeRawBufferPointer, to context: OpaquePointer) {
        guard bytes.count > 0 else { return }
        let done = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(done == 1, "OpenSSL refuses bytes for a started hash")
    }

    static func finish(_ context: OpaquePointer, _ algorithm: DigestAlgorithm) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.digestBytes) { buffer, count in
            finish(context, algorithm, into: UnsafeMutableRawBufferPointer(buffer))
            count = algorithm.digestBytes
        }
    }

    static func finish(_ context: OpaquePointer, _ algorithm: DigestAlgorithm, into output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= algorithm.digestBytes, "the memory for a digest is too small")
        let done = EVP_DigestFinal_ex(context, output.assumingMemoryBound(to: UInt8.self).baseAddress, nil)
        precondition(done == 1, "OpenSSL refuses to end a started hash")
    }
}
