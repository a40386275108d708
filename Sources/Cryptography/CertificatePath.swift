internal import COpenSSL
public import ExchangeModel
internal import Glibc

/// RFC 5280 path validation by OpenSSL over a path that is already built: constraints, key usages, critical extensions,
/// name and policy rules. Everything wrong is listed, not only the first.
public enum CertificatePath {
    /// Most certificates in a path, leaf and anchor included: five levels above the leaf.
    public static let certificatesMax = 6

    /// One thing wrong with a path.
    public struct Fault: Sendable, Hashable {
        /// Position in the path; 0 is the leaf.
        public let depth: Int
        /// OpenSSL's number (`X509_V_ERR_...`, x509_vfy.h).
        public let code: Int
        /// OpenSSL's sentence.
        public let text: String
    }

    /// Validates a path from leaf to anchor at a time. The last certificate is trusted as it is, even when it is not
    /// self-signed.
    ///
    /// Purposes are not asked for (they are those of the web), `X509_V_FLAG_X509_STRICT` is off (it refuses the national
    /// roots), and revocation is another check. An unhandled critical extension is a fault unless all of them are the
    /// two key identifiers, which some provincial authorities mark critical.
    public static func faults(_ path: [Certificate], at time: Instant) throws(GatewayError) -> [Fault] {
        precondition(!path.isEmpty && path.count <= certificatesMax, "a path has one to certificatesMax certificates")
        guard
            let store = X509_STORE_new(), let context = X509_STORE_CTX_new(), let untrusted = tenderbridge_certificates_new()
        else { throw OpenSSLFailure.error(attempted: "validate a certificate path") }
        defer {
            X509_STORE_CTX_free(context)
            tenderbridge_certificates_free(untrusted)  // the stack alone; its certificates stay with the path
            X509_STORE_free(store)
        }
        guard X509_STORE_add_cert(store, path[path.count - 1].raw) == 1 else {
            throw OpenSSLFailure.error(attempted: "validate a certificate path")
        }
        for certificate in path.dropFirst().dropLast() { _ = tenderbridge_certificates_push(untrusted, certificate.raw) }
        guard X509_STORE_CTX_init(context, store, path[0].raw, untrusted) == 1, let rules = X509_STORE_CTX_get0_param(context)
        else { throw OpenSSLFailure.error(attempted: "validate a certificate path") }
        X509_VERIFY_PARAM_set_time(rules, time_t(time.milliseconds / 1000))
        X509_VERIFY_PARAM_set_depth(rules, Int32(certificatesMax))
        X509_VERIFY_PARAM_set_flags(rules, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        let collector = Collector()
        let faults = withExtendedLifetime((path, collector)) {
            X509_STORE_CTX_set_ex_data(context, 0, Unmanaged.passUnretained(collector).toOpaque())
            X509_STORE_CTX_set_verify_cb(context) { verdict, context in
                guard verdict == 0, let data = X509_STORE_CTX_get_ex_data(context, 0) else { return 1 }
                // The collector outlives X509_verify_cert, which alone calls this, on the same thread.
                let collector = Unmanaged<Collector>.fromOpaque(data).takeUnretainedValue()
                let code = X509_STORE_CTX_get_error(context)
                let text = String(cString: X509_verify_cert_error_string(Int(code)))
                collector.faults.append(
                    Fault(depth: Int(X509_STORE_CTX_get_error_depth(context)), code: Int(code), text: text))
                return 1  // go on, so that every fault is seen
            }
            let verdict = X509_verify_cert(context)
            // A verdict below success without any fault seen would be a failure of OpenSSL itself.
            if verdict != 1, collector.faults.isEmpty {
                let code = X509_STORE_CTX_get_error(context)
                collector.faults.append(Fault(depth: 0, code: Int(code), text: "path validation did not finish"))
            }
            return collector.faults
        }
        _ = OpenSSLFailure.drain()
        return faults.filter { fault in
            guard fault.code == Int(X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION), path.indices.contains(fault.depth) else {
                return true
            }
            return !path[fault.depth].hasOnlyToleratedCriticalExtensions
        }
    }

    private final class Collector {
        var faults: [Fault] = []
    }
}

extension Certificate {
    /// Whether every critical extension that OpenSSL does not handle is a subject or authority key identifier.
    fileprivate var hasOnlyToleratedCriticalExtensions: Bool {
        for position in 0..<X509_get_ext_count(raw) {
            guard let found = X509_get_ext(raw, position), X509_EXTENSION_get_critical(found) == 1 else { continue }
            if X509_supported_extension(found) == 1 { continue }
            let kind = OBJ_obj2nid(X509_EXTENSION_get_object(found))
            guard kind == NID_subject_key_identifier || kind == NID_authority_key_identifier else { return false }
        }
        return true
    }

    /// Size of the key in bits; 0 where OpenSSL cannot tell.
    public var keyBits: Int {
        guard let key = X509_get0_pubkey(raw) else {
            _ = OpenSSLFailure.drain()
            return 0
        }
        return Int(EVP_PKEY_get_bits(key))
    }
}
