internal import COpenSSL
public import ExchangeModel
internal import Glibc

/// A throw-away certification authority for demonstrations and tests: ECDSA P-256, SHA-256, one level.
///
/// It writes nothing; the caller stores the PEM texts. Never use it for a real service.
public final class CertificateAuthority {
    /// The authority's own certificate.
    public let certificatePEM: String
    /// The authority's own key, PKCS#8 PEM.
    public let keyPEM: String

    private let key: PrivateKey
    private let name: String
    private let keyIdentifier: [UInt8]

    /// Makes a new authority with a new key.
    ///
    /// - Parameter commonName: at most 64 characters, as X.520 bounds it.
    public init(commonName: String, notBefore: Instant, notAfter: Instant) throws(GatewayError) {
        let key = try PrivateKey.generateP256()
        let draft = try CertificateDraft(
            subject: commonName, issuer: commonName, key: key, notBefore: notBefore, notAfter: notAfter)
        let identifier = draft.keyIdentifier()
        try draft.add(NID_basic_constraints, critical: true, DERWriter.sequence([[0x01, 0x01, 0xFF]]))
        try draft.add(NID_key_usage, critical: true, [0x03, 0x02, 0x01, 0x06])  // keyCertSign, cRLSign
        try draft.add(NID_subject_key_identifier, critical: false, DERWriter.element(0x04, identifier))
        certificatePEM = try draft.sign(with: key)
        keyPEM = try key.pem()
        self.key = key
        name = commonName
        keyIdentifier = identifier
    }

    /// A server certificate for the names and addresses (IPv4 or IPv6 text), with a new key.
    public func issueServer(
        commonName: String, dnsNames: [String], ipAddresses: [String], notBefore: Instant, notAfter: Instant
    ) throws(GatewayError) -> IssuedCertificate {
        var names: [[UInt8]] = []
        for dns in dnsNames {
            guard !dns.isEmpty, dns.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw Self.refused(dns, "it is no host name in ASCII", "write international names in their xn-- form")
            }
            names.append(DERWriter.element(0x82, Array(dns.utf8)))
        }
        for address in ipAddresses { names.append(DERWriter.element(0x87, try Self.addressBytes(address))) }
        return try issue(
            commonName, notBefore: notBefore, notAfter: notAfter, purpose: [0x2B, 6, 1, 5, 5, 7, 3, 1],
            alternativeNames: names)
    }

    /// A client certificate, with a new key.
    public func issueClient(commonName: String, notBefore: Instant, notAfter: Instant) throws(GatewayError) -> IssuedCertificate {
        try issue(
            commonName, notBefore: notBefore, notAfter: notAfter, purpose: [0x2B, 6, 1, 5, 5, 7, 3, 2], alternativeNames: [])
    }

    private func issue(
        _ commonName: String, notBefore: Instant, notAfter: Instant, purpose: [UInt8], alternativeNames: [[UInt8]]
    ) throws(GatewayError) -> IssuedCertificate {
        let leafKey = try PrivateKey.generateP256()
        let draft = try CertificateDraft(
            subject: commonName, issuer: name, key: leafKey, notBefore: notBefore, notAfter: notAfter)
        try draft.add(NID_basic_constraints, critical: true, DERWriter.sequence([]))
        try draft.add(NID_key_usage, critical: true, [0x03, 0x02, 0x07, 0x80])  // digitalSignature
        try draft.add(NID_ext_key_usage, critical: false, DERWriter.sequence([DERWriter.element(0x06, purpose)]))
        try draft.add(NID_subject_key_identifier, critical: false, DERWriter.element(0x04, draft.keyIdentifier()))
        try draft.add(
            NID_authority_key_identifier, critical: false, DERWriter.sequence([DERWriter.element(0x80, keyIdentifier)]))
        if !alternativeNames.isEmpty {
            try draft.add(NID_subject_alt_name, critical: false, DERWriter.sequence(alternativeNames))
        }
        return IssuedCertificate(certificatePEM: try draft.sign(with: key), keyPEM: try leafKey.pem())
    }

    private static func addressBytes(_ text: String) throws(GatewayError) -> [UInt8] {
        var four = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET6, text, &sixteen) == 1 { return sixteen }
        throw refused(text, "it is no IPv4 or IPv6 address", "write addresses as 127.0.0.1 or ::1")
    }

    private static func refused(_ subject: String, _ happened: String, _ remedy: String) -> GatewayError {
        GatewayError(.usage, attempted: "issue a certificate for", subject: subject, happened: happened, remedy: remedy)
    }
}

/// A new key and its certificate, both PEM.
public struct IssuedCertificate: Sendable {
    /// The certificate.
    public let certificatePEM: String
    /// The private key, PKCS#8, unencrypted: a file for it needs mode 0600.
    public let keyPEM: String
}

/// An unsigned certificate under construction.
private struct CertificateDraft: ~Copyable {
    private let raw: OpaquePointer

    init(subject: String, issuer: String, key: PrivateKey, notBefore: Instant, notAfter: Instant) throws(GatewayError) {
        guard let made = X509_new() else { throw OpenSSLFailure.error(attempted: "make a certificate") }
        guard Self.fill(made, subject: subject, issuer: issuer, key: key, notBefore: notBefore, notAfter: notAfter) else {
            X509_free(made)
            throw OpenSSLFailure.error(attempted: "make a certificate for", subject: subject)
        }
        raw = made
    }

    deinit { X509_free(raw) }

    private static func fill(
        _ made: OpaquePointer, subject: String, issuer: String, key: PrivateKey, notBefore: Instant, notAfter: Instant
    ) -> Bool {
        // 15 random octets: positive, and under the 20 octets that RFC 5280 4.1.2.2 allows.
        let serial = SecureRandom.bytes(15)
        guard X509_set_version(made, 2) == 1, let number = BN_bin2bn(serial, Int32(serial.count), nil) else { return false }
        defer { BN_free(number) }
        guard BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made)) != nil else { return false }
        guard setName(X509_get_subject_name(made), subject), setName(X509_get_issuer_name(made), issuer) else { return false }
        guard
            ASN1_TIME_set(X509_getm_notBefore(made), time_t(notBefore.milliseconds / 1000)) != nil,
            ASN1_TIME_set(X509_getm_notAfter(made), time_t(notAfter.milliseconds / 1000)) != nil
        else { return false }
        return X509_set_pubkey(made, key.raw) == 1
    }

    private static func setName(_ name: OpaquePointer?, _ commonName: String) -> Bool {
        let text = Array(commonName.utf8)
        return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, Int32(text.count), -1, 0) == 1
    }

    /// SHA-1 of the public key bits (RFC 5280 4.2.1.2, method 1): a name, no security.
    borrowing func keyIdentifier() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        var length: UInt32 = 0
        let done = X509_pubkey_digest(raw, DigestAlgorithm.sha1.method, &digest, &length)
        precondition(done == 1 && length == 20, "a certificate under construction has a public key")
        return digest
    }

    borrowing func add(_ kind: Int32, critical: Bool, _ value: [UInt8]) throws(GatewayError) {
        guard let octets = ASN1_OCTET_STRING_new() else { throw OpenSSLFailure.error(attempted: "make an extension") }
        defer { ASN1_OCTET_STRING_free(octets) }
        guard
            ASN1_OCTET_STRING_set(octets, value, Int32(value.count)) == 1,
            let made = X509_EXTENSION_create_by_NID(nil, kind, critical ? 1 : 0, octets)
        else { throw OpenSSLFailure.error(attempted: "make an extension") }
        defer { X509_EXTENSION_free(made) }
        guard X509_add_ext(raw, made, -1) == 1 else { throw OpenSSLFailure.error(attempted: "add an extension") }
    }

    /// Signs with ECDSA and SHA-256 and returns PEM.
    borrowing func sign(with key: PrivateKey) throws(GatewayError) -> String {
        guard X509_sign(raw, key.raw, DigestAlgorithm.sha256.method) > 0 else {
            throw OpenSSLFailure.error(attempted: "sign a certificate")
        }
        let bio = try MemoryBIO()
        guard PEM_write_bio_X509(bio.raw, raw) == 1 else { throw OpenSSLFailure.error(attempted: "write a certificate as PEM") }
        return bio.text()
    }
}
