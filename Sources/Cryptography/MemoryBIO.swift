internal import COpenSSL
internal import ExchangeModel

/// An OpenSSL memory stream, owned: PEM and names are read from and written to it.
struct MemoryBIO: ~Copyable {
    let raw: OpaquePointer

    /// An empty stream for writing.
    init() throws(GatewayError) {
        guard let made = BIO_new(BIO_s_mem()) else { throw OpenSSLFailure.error(attempted: "make a memory stream") }
        raw = made
    }

    /// A stream over a copy of the bytes.
    init(_ bytes: [UInt8]) throws(GatewayError) {
        guard let made = BIO_new(BIO_s_mem()) else { throw OpenSSLFailure.error(attempted: "make a memory stream") }
        guard BIO_write(made, bytes, Int32(clamping: bytes.count)) == bytes.count || bytes.isEmpty else {
            BIO_free(made)
            throw OpenSSLFailure.error(attempted: "fill a memory stream")
        }
        raw = made
    }

    deinit { BIO_free(raw) }

    /// What was written so far, as text.
    borrowing func text() -> String {
        var data: UnsafeMutablePointer<CChar>?
        let count = tenderbridge_bio_memory(raw, &data)
        guard let data, count > 0 else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: data, count: count), as: UTF8.self)
    }
}
