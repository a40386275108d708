internal import COpenSSL
public import ExchangeModel

/// A private key, owned.
///
/// Not Sendable: the one thread that made it uses it.
public final class PrivateKey {
    /// `EVP_PKEY *`; freed in `deinit`, never handed out beyond this module.
    let raw: OpaquePointer

    private init(adopting raw: OpaquePointer) { self.raw = raw }

    deinit { EVP_PKEY_free(raw) }

    /// A new ECDSA key on NIST P-256.
    public static func generateP256() throws(GatewayError) -> PrivateKey {
        guard let key = tenderbridge_generate_ec_key("P-256") else {
            throw OpenSSLFailure.error(attempted: "generate a P-256 key")
        }
        return PrivateKey(adopting: key)
    }

    /// Reads an unencrypted PEM key (PKCS#8 or the older forms of one algorithm).
    ///
    /// - Parameter subject: the name shown in the error, such as the file's path.
    public static func parse(pem: [UInt8], subject: String) throws(GatewayError) -> PrivateKey {
        let bio = try MemoryBIO(pem)
        // Without a callback OpenSSL would ask for a password on the terminal; this one always declines.
        guard let key = PEM_read_bio_PrivateKey(bio.raw, nil, { _, _, _, _ in -1 }, nil) else {
            throw GatewayError(
                .configuration, attempted: "read the private key", subject: subject, happened: OpenSSLFailure.drain(),
                remedy: "give an unencrypted PEM key (PKCS#8); encrypted keys are not read")
        }
        return PrivateKey(adopting: key)
    }

    /// The key as PKCS#8 PEM, unencrypted. Whoever writes it sets the file's mode (0600).
    public func pem() throws(GatewayError) -> String {
        let bio = try MemoryBIO()
        guard PEM_write_bio_PKCS8PrivateKey(bio.raw, raw, nil, nil, 0, nil, nil) == 1 else {
            throw OpenSSLFailure.error(attempted: "write a private key as PEM")
        }
        return bio.text()
    }
}
