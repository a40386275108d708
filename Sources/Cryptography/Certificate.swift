internal import COpenSSL
public import ExchangeModel
internal import Glibc

/// An X.509 certificate, owned and read-only.
///
/// The distinguishing id `1234567812345678` (GB/T 32918.2, GM/T 0009) is set on every certificate that is signed with
/// SM2: OpenSSL leaves the id to the caller, and without it no SM2 signature of real national material verifies
/// (upstream issue 23471). On the others it must not be set: `X509_verify(3)` then fails for ECDSA and RSA, which have
/// no such parameter (tried with OpenSSL 3.0.19).
///
/// `@unchecked Sendable`: after `init` nothing changes the X509. OpenSSL's only lazy write, the cache of extension flags,
/// is forced in `init`; everything called later reads, or changes reference counts atomically.
public final class Certificate: @unchecked Sendable {
    /// `X509 *`; freed in `deinit`, never handed out beyond this module.
    let raw: OpaquePointer

    /// The bytes as received.
    public let der: [UInt8]
    /// SM3 of `der`: the key of caches and the identity in reports.
    public let fingerprint: [UInt8]
    /// First moment of validity.
    public let notBefore: Instant
    /// Last moment of validity.
    public let notAfter: Instant
    /// Subject in RFC 2253 order, UTF-8 shown as it is, control characters escaped.
    public let subject: String
    /// Issuer, likewise.
    public let issuer: String
    /// Subject as DER, compared byte for byte.
    public let subjectDER: [UInt8]
    /// Issuer as DER.
    public let issuerDER: [UInt8]
    /// Serial number, upper-case hexadecimal without leading zero octets.
    public let serialNumber: String
    /// What kind of key it certifies.
    public let keyKind: KeyKind
    /// Object identifier of the algorithm it was signed with, in dotted form.
    public let signatureAlgorithm: String

    /// A kind of public key.
    public enum KeyKind: String, Sendable, Hashable {
        /// SM2 on its own curve.
        case sm2
        /// RSA.
        case rsa
        /// ECDSA on another curve.
        case ec
        /// Anything else.
        case other
    }

    /// Reads one DER certificate; nothing may follow it. Limit: 64 KB.
    public init(der: [UInt8]) throws(UnreadableCertificate) {
        guard der.count <= Self.bytesMax else {
            throw UnreadableCertificate(reason: "larger than \(Self.bytesMax) bytes (bytesMax)")
        }
        let parsed = Self.parse(der)
        guard let made = parsed.certificate else { throw UnreadableCertificate(reason: parsed.reason) }
        guard
            let notBefore = Self.instant(X509_get0_notBefore(made)), let notAfter = Self.instant(X509_get0_notAfter(made)),
            let subject = Self.text(X509_get_subject_name(made)), let issuer = Self.text(X509_get_issuer_name(made)),
            let subjectDER = Self.bytes(ofName: X509_get_subject_name(made)),
            let issuerDER = Self.bytes(ofName: X509_get_issuer_name(made)),
            let serial = Self.serial(of: made), Self.setDistinguishingID(on: made)
        else {
            X509_free(made)
            throw UnreadableCertificate(reason: OpenSSLFailure.drain())
        }
        _ = X509_check_purpose(made, -1, 0)  // fills the cache of extension flags, see the type's comment
        _ = OpenSSLFailure.drain()  // a key on an unknown curve leaves entries; `keyKind` then says `other`
        raw = made
        self.der = der
        fingerprint = SM3.digest(der)
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.subject = subject
        self.issuer = issuer
        self.subjectDER = subjectDER
        self.issuerDER = issuerDER
        serialNumber = serial
        keyKind = Self.kind(of: X509_get0_pubkey(made))
        signatureAlgorithm = Self.algorithm(of: made)
    }

    deinit { X509_free(raw) }

    /// Largest certificate read.
    public static let bytesMax = 65_536

    /// Whether subject and issuer are the same name.
    public var isSelfIssued: Bool { namesIssuer(self) }

    /// Whether this certificate's issuer is the other's subject, compared as RFC 5280 7.1 asks (`X509_NAME_cmp(3)`):
    /// without regard to case, runs of spaces and kind of string, in which one name is often written two ways.
    public func namesIssuer(_ other: Certificate) -> Bool {
        X509_NAME_cmp(X509_get_issuer_name(raw), X509_get_subject_name(other.raw)) == 0
    }

    /// Whether the certificate may certify others: basicConstraints with CA true (or a version-1 root).
    public var isAuthority: Bool { X509_check_ca(raw) != 0 }

    /// The key usage bits as OpenSSL numbers them; nil where the extension is absent.
    public var keyUsage: KeyUsage? {
        let bits = X509_get_key_usage(raw)
        return bits == UInt32.max ? nil : KeyUsage(rawValue: bits)
    }

    /// Subject key identifier, if the certificate carries one.
    public var subjectKeyIdentifier: [UInt8]? { Self.octets(X509_get0_subject_key_id(raw)) }

    /// Key identifier of the issuer, if the certificate carries one.
    public var authorityKeyIdentifier: [UInt8]? { Self.octets(X509_get0_authority_key_id(raw)) }

    /// Whether the signature on this certificate verifies with the other certificate's key. Names are not compared.
    public func isSigned(by issuer: Certificate) -> Bool {
        guard let key = X509_get0_pubkey(issuer.raw), X509_verify(raw, key) == 1 else {
            _ = OpenSSLFailure.drain()
            return false
        }
        return true
    }

    /// The public key, an owned handle that outlives the certificate; nil for a key that OpenSSL cannot read.
    public func publicKey() -> PublicKey? {
        guard let key = X509_get_pubkey(raw) else {
            _ = OpenSSLFailure.drain()
            return nil
        }
        return PublicKey(adopting: key, kind: keyKind)
    }
}

/// Bits of the key usage extension (RFC 5280 4.2.1.3).
public struct KeyUsage: OptionSet, Sendable, Hashable {
    /// Bits as OpenSSL numbers them (`KU_...` in x509v3.h).
    public let rawValue: UInt32
    /// Takes the bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// May sign data.
    public static let digitalSignature = KeyUsage(rawValue: 0x0080)
    /// May sign what must not be denied later.
    public static let nonRepudiation = KeyUsage(rawValue: 0x0040)
    /// May sign certificates.
    public static let certificateSigning = KeyUsage(rawValue: 0x0004)
}

/// Why bytes are no certificate that can be read.
public struct UnreadableCertificate: Error, Sendable {
    /// In OpenSSL's words or ours; no content of the certificate.
    public let reason: String
}

extension Certificate {
    private static func parse(_ der: [UInt8]) -> (certificate: OpaquePointer?, reason: String) {
        der.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            guard let made = d2i_X509(nil, &position, buffer.count) else { return (nil, OpenSSLFailure.drain()) }
            guard position == buffer.baseAddress?.advanced(by: buffer.count) else {
                X509_free(made)
                return (nil, "bytes follow the certificate")
            }
            return (made, "")
        }
    }

    private static func setDistinguishingID(on certificate: OpaquePointer) -> Bool {
        guard X509_get_signature_nid(certificate) == NID_SM2_with_SM3 else { return true }
        guard let id = ASN1_OCTET_STRING_new() else { return false }
        guard ASN1_OCTET_STRING_set(id, PublicKey.distinguishingID, Int32(PublicKey.distinguishingID.count)) == 1 else {
            ASN1_OCTET_STRING_free(id)
            return false
        }
        X509_set0_distinguishing_id(certificate, id)  // the certificate owns the id from here on
        return true
    }

    private static func kind(of key: OpaquePointer?) -> KeyKind {
        guard let key else { return .other }
        if EVP_PKEY_is_a(key, "SM2") == 1 { return .sm2 }
        if EVP_PKEY_is_a(key, "RSA") == 1 { return .rsa }
        return EVP_PKEY_is_a(key, "EC") == 1 ? .ec : .other
    }

    private static func algorithm(of certificate: OpaquePointer) -> String {
        var algorithm: UnsafePointer<X509_ALGOR>?
        X509_get0_signature(nil, &algorithm, certificate)
        var object: OpaquePointer?
        X509_ALGOR_get0(&object, nil, nil, algorithm)
        var text = [CChar](repeating: 0, count: 128)
        guard OBJ_obj2txt(&text, Int32(text.count), object, 1) > 0 else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func instant(_ time: UnsafePointer<ASN1_TIME>?) -> Instant? {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return Instant(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday), hour: Int(parts.tm_hour),
            minute: Int(parts.tm_min), second: Int(parts.tm_sec))
    }

    private static func text(_ name: OpaquePointer?) -> String? {
        guard let bio = try? MemoryBIO() else { return nil }
        guard X509_NAME_print_ex(bio.raw, name, 0, tenderbridge_name_flags()) >= 0 else { return nil }
        return bio.text()
    }

    private static func bytes(ofName name: OpaquePointer?) -> [UInt8]? {
        var start: UnsafePointer<UInt8>?
        var count = 0
        guard X509_NAME_get0_der(name, &start, &count) == 1, let start else { return nil }
        return Array(UnsafeBufferPointer(start: start, count: count))
    }

    private static func octets(_ string: UnsafePointer<ASN1_OCTET_STRING>?) -> [UInt8]? {
        guard let string, let start = ASN1_STRING_get0_data(string) else { return nil }
        return Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(string))))
    }

    private static func serial(of certificate: OpaquePointer) -> String? {
        guard let number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nil) else { return nil }
        defer { BN_free(number) }
        guard let text = BN_bn2hex(number) else { return nil }
        defer { CRYPTO_free(text, "Certificate.swift", 0) }
        return String(cString: text)
    }
}
