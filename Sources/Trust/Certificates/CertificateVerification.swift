internal import Cryptography
public import ExchangeModel

/// Verifies one certificate against certificates handed over, at a given time.
public enum CertificateVerification {
    /// Largest file of certificates read.
    public static let fileBytesMax = 1 << 20

    /// Runs every check on a certificate.
    ///
    /// A bad certificate is an answer in the report, never an error.
    ///
    /// - Parameters:
    ///   - leaf: a file with one certificate, PEM or DER; of several PEM blocks the first is verified and the others
    ///     help to build the chain.
    ///   - fileName: how the report names the file.
    ///   - untrusted: files with certificates to build the chain from.
    ///   - anchors: files with certificates that the caller trusts; empty to ask for recognition by a trust list.
    ///   - time: the control time, for which validity is asked.
    /// - Throws: `usage` for a helper file without a certificate; `crypto-failed` when OpenSSL itself fails.
    public static func run(
        leaf: [UInt8], fileName: String = "certificate", untrusted: [[UInt8]] = [], anchors: [[UInt8]] = [], at time: Instant
    ) throws(GatewayError) -> TrustReport {
        var helpers = try pool(untrusted, option: "--untrusted")
        let trusted = try pool(anchors, option: "--anchor")
        var checks: [TrustCheck] = []
        let blocks = leaf.count <= fileBytesMax ? CertificateReading.encoded(in: leaf) : nil
        for extra in (blocks ?? []).dropFirst() { helpers.add(der: extra) }
        switch blocks?.first.map(CertificateReading.read) {
        case nil:
            checks.append(
                .failed("certificate.readable", .formatFailure, "The file holds no certificate.", "文件中没有证书。"))
        case .failure(let refusal)?:
            checks.append(
                .failed(
                    "certificate.readable", .formatFailure, "The certificate cannot be read: \(refusal.text).",
                    "证书无法读取：\(refusal.textZH)。"))
        case .success(let certificate)?:
            checks.append(CertificateFacts.check("certificate.readable", certificate))
            let chain = CertificateChainChecks(
                role: "certificate", untrusted: helpers, anchors: trusted, time: time, needsSignatureUsage: false)
            checks += try chain.checks(of: certificate)
        }
        if helpers.ignored > 0 { checks.append(CertificateFacts.ignored("certificate.helpers", helpers.ignored)) }
        return TrustReport(
            kind: .certificate, fileName: fileName, inputDigest: Hex.encode(SM3.digest(leaf)), time: time,
            sections: [TrustReport.Section(subject: fileName, checks: checks)])
    }

    static func pool(_ files: [[UInt8]], option: String) throws(GatewayError) -> CertificatePool {
        var pool = CertificatePool()
        for file in files {
            guard file.count <= fileBytesMax, let blocks = CertificateReading.encoded(in: file) else {
                throw GatewayError(
                    .usage, attempted: "read the certificates given with", subject: option,
                    happened: "the file holds no certificate, or is larger than \(fileBytesMax) bytes (fileBytesMax)",
                    remedy: "give PEM or DER certificates")
            }
            for der in blocks {
                if case .failure(let refusal) = CertificateReading.read(der), option == "--anchor" {
                    // Without this anchor the answer would be about another question than the one asked.
                    throw GatewayError(
                        .usage, attempted: "read the certificates given with", subject: option, happened: refusal.text,
                        remedy: "give a readable certificate as anchor")
                }
                pool.add(der: der)
            }
        }
        return pool
    }
}

/// How certificates appear in reports.
enum CertificateFacts {
    static func check(_ key: String, _ certificate: Certificate) -> TrustCheck {
        .passed(
            key, "The certificate can be read.", "证书可读取。", .text("subject", PersonalNumbers.masked(certificate.subject)),
            .text("issuer", PersonalNumbers.masked(certificate.issuer)), .text("serialNumber", certificate.serialNumber),
            .text("notBefore", certificate.notBefore.description), .text("notAfter", certificate.notAfter.description),
            .text("key", certificate.keyKind.rawValue), .text("sm3", Hex.encode(certificate.fingerprint)))
    }

    static func ignored(_ key: String, _ count: Int) -> TrustCheck {
        .warning(
            key, "Certificates beside the chain were ignored: unreadable, or more than \(CertificatePool.certificatesMax).",
            "忽略了无法读取或超过 \(CertificatePool.certificatesMax) 张的附带证书。", .number("ignored", count))
    }
}
