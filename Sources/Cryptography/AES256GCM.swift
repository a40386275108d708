internal import COpenSSL

/// AES-256 in Galois/counter mode (NIST SP 800-38D): encryption that also proves that nothing was changed.
///
/// **The rule of the mode: a key never sees the same nonce twice.** Whoever owns a key sees to it; this module does not.
public enum AES256GCM {
    /// Octets of a key.
    public static let keyBytes = 32
    /// Octets of a nonce.
    public static let nonceBytes = 12
    /// Octets of the proof behind the encrypted bytes.
    public static let tagBytes = 16
    /// Octets of one input at most, as OpenSSL counts them in an `int`.
    public static let inputBytesMax = 1 << 30

    // nonisolated(unsafe): a fetched EVP_CIPHER is never changed and never freed here, and OpenSSL lets threads share it
    // (openssl-threads(7): methods are reference counted and immutable).
    nonisolated(unsafe) static let method: OpaquePointer = {
        guard let method = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
            // The default provider always has it.
            preconditionFailure("OpenSSL offers no AES-256-GCM: load its default provider (openssl.cnf) and start again")
        }
        return method
    }()

    static func makeContext() -> OpaquePointer {
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for a cipher") }
        return context
    }
}

/// Encrypts many inputs with one key: the key is prepared once, one OpenSSL context, no allocation but the result's.
///
/// Not Sendable: one thread (or one lock) owns it.
public final class AES256GCMSealer {
    private let raw: OpaquePointer

    /// Prepares a key of 32 octets.
    public init(key: [UInt8]) {
        precondition(key.count == AES256GCM.keyBytes, "a key of AES-256 has 32 octets")
        raw = AES256GCM.makeContext()
        let done = EVP_EncryptInit_ex2(raw, AES256GCM.method, key, nil, nil)
        precondition(done == 1, "OpenSSL refuses a cipher that it offers")
    }

    deinit { EVP_CIPHER_CTX_free(raw) }

    /// The encrypted bytes with the tag behind them.
    ///
    /// - Parameters:
    ///   - plain: at most `AES256GCM.inputBytesMax`.
    ///   - nonce: 12 octets, never used before with this key.
    ///   - additional: what the bytes belong to; it is not kept, and opening needs the same again.
    public func seal(_ plain: [UInt8], nonce: [UInt8], boundTo additional: [UInt8]) -> [UInt8] {
        precondition(nonce.count == AES256GCM.nonceBytes, "a nonce has 12 octets")
        precondition(plain.count <= AES256GCM.inputBytesMax, "an input over inputBytesMax")
        return [UInt8](unsafeUninitializedCapacity: plain.count + AES256GCM.tagBytes) { buffer, count in
            var length: Int32 = 0
            var rest: Int32 = 0
            var done = EVP_EncryptInit_ex2(raw, nil, nil, nonce, nil)
            if !additional.isEmpty { done &= EVP_EncryptUpdate(raw, nil, &length, additional, Int32(additional.count)) }
            length = 0
            if !plain.isEmpty { done &= EVP_EncryptUpdate(raw, buffer.baseAddress, &length, plain, Int32(plain.count)) }
            // The mode encrypts octet by octet: nothing is left for the final call to write.
            var nothing: [UInt8] = [0]
            done &= EVP_EncryptFinal_ex(raw, &nothing, &rest)
            // The buffer has room for plain.count + 16 octets and is never empty.
            done &= EVP_CIPHER_CTX_ctrl(
                raw, EVP_CTRL_AEAD_GET_TAG, Int32(AES256GCM.tagBytes), buffer.baseAddress?.advanced(by: plain.count))
            precondition(done == 1 && Int(length) == plain.count && rest == 0, "OpenSSL refuses to encrypt")
            count = plain.count + AES256GCM.tagBytes
        }
    }
}

/// Opens what was sealed, with whichever key it needs: one OpenSSL context.
///
/// Not Sendable: one thread (or one lock) owns it.
public final class AES256GCMOpener {
    private let raw: OpaquePointer

    /// Makes the context.
    public init() { raw = AES256GCM.makeContext() }

    deinit { EVP_CIPHER_CTX_free(raw) }

    /// The plain bytes; nil when key, nonce, bytes, tag or what they belong to are not those of the sealing.
    public func open(_ sealed: [UInt8], key: [UInt8], nonce: [UInt8], boundTo additional: [UInt8]) -> [UInt8]? {
        guard key.count == AES256GCM.keyBytes, nonce.count == AES256GCM.nonceBytes, sealed.count >= AES256GCM.tagBytes,
            sealed.count <= AES256GCM.inputBytesMax
        else { return nil }
        let size = sealed.count - AES256GCM.tagBytes
        var isGood = false
        var tag = Array(sealed[size...])
        let plain = [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, count in
            var length: Int32 = 0
            var rest: Int32 = 0
            var done = EVP_DecryptInit_ex2(raw, AES256GCM.method, key, nonce, nil)
            if !additional.isEmpty { done &= EVP_DecryptUpdate(raw, nil, &length, additional, Int32(additional.count)) }
            if size > 0 { done &= EVP_DecryptUpdate(raw, buffer.baseAddress, &length, sealed, Int32(size)) }
            done &= EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_SET_TAG, Int32(AES256GCM.tagBytes), &tag)
            var nothing: [UInt8] = [0]
            isGood = done == 1 && EVP_DecryptFinal_ex(raw, &nothing, &rest) == 1
            count = isGood ? size : 0
        }
        guard isGood else {
            _ = OpenSSLFailure.drain()
            return nil
        }
        return plain
    }
}
