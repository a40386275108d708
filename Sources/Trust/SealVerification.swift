internal import Cryptography
public import ExchangeModel

/// Verifies a sealed or signed file: OFD, seal, seal signature, signed data.
public enum SealVerification {
    /// Largest file read.
    public static let fileBytesMax = 64 << 20

    /// Classifies a file by its bytes and runs every check that applies.
    ///
    /// Whatever is wrong with the file is an answer in the report, never an error. Nothing is fetched.
    ///
    /// - Parameters:
    ///   - file: the bytes.
    ///   - fileName: how the report names the file.
    ///   - content: what was signed, for a signature outside a document (`--content`): Signature.xml, or the signed file.
    ///   - untrusted: files with certificates to build chains from.
    ///   - anchors: files with certificates that the caller trusts; empty to ask for recognition by a trust list.
    ///   - time: the control time.
    /// - Throws: `usage` for a PDF, which this version does not read, and for helper files without a certificate;
    ///   `limit-reached` above `fileBytesMax`; `crypto-failed` when OpenSSL itself fails.
    public static func run(
        file: [UInt8], fileName: String, content: [UInt8]? = nil, untrusted: [[UInt8]] = [], anchors: [[UInt8]] = [],
        at time: Instant
    ) throws(GatewayError) -> TrustReport {
        guard file.count <= fileBytesMax else {
            throw GatewayError(
                .limitReached, attempted: "verify", subject: fileName,
                happened: "it is larger than \(fileBytesMax) bytes (fileBytesMax)",
                remedy: "verify smaller files")
        }
        let helpers = try CertificateVerification.pool(untrusted, option: "--untrusted")
        let trusted = try CertificateVerification.pool(anchors, option: "--anchor")
        var kind = TrustReport.Kind.unknown
        var sections: [TrustReport.Section]
        switch ValueShape(file) {
        case .package:
            kind = .ofd
            sections = try OFDChecks(untrusted: helpers, anchors: trusted, time: time).sections(of: file, fileName: fileName)
        case .pdf:
            throw GatewayError(
                .usage, attempted: "verify", subject: fileName, happened: "signatures in PDF files are not read by this version",
                remedy: "give an OFD, a seal, a seal signature or signed data")
        case .seal:
            kind = .seal
            sections = [.init(subject: fileName, checks: try seal(file, helpers, trusted, time))]
        case .sealSignature:
            kind = .sealSignature
            sections = [.init(subject: fileName, checks: try sealSignature(file, content, helpers, trusted, time))]
        case .signedData:
            kind = .signedData
            sections = [.init(subject: fileName, checks: try signedData(file, content, helpers, trusted, time))]
        case .bareSignature:
            sections = [.init(subject: fileName, checks: [.malformed("structure.value", DERFault(.signatureValueOnly, "file"))])]
        case .unknown:
            sections = [
                .init(
                    subject: fileName,
                    checks: [
                        .failed(
                            "structure.value", .formatFailure, "The file is no OFD, seal, seal signature or signed data.",
                            "文件不是 OFD、印章、电子签章或签名数据。")
                    ])
            ]
        }
        return TrustReport(
            kind: kind, fileName: fileName, inputDigest: Hex.encode(SM3.digest(file)), time: time, sections: sections)
    }

    private static func seal(
        _ file: [UInt8], _ untrusted: CertificatePool, _ anchors: CertificatePool, _ time: Instant
    ) throws(GatewayError) -> [TrustCheck] {
        let seal: SESSeal
        do { seal = try SESSeal(DERReader.only(file[...], rule: .definite, tag: DERTag.sequence, "SESeal")) } catch {
            return [.malformed("structure.value", error)]
        }
        let checks = SealChecks(seal: seal, untrusted: untrusted, anchors: anchors, time: time, claimedTime: nil)
        return [.passed("structure.value", "The file is an electronic seal.", "文件为电子印章。")] + (try checks.checks())
    }

    private static func sealSignature(
        _ file: [UInt8], _ content: [UInt8]?, _ untrusted: CertificatePool, _ anchors: CertificatePool, _ time: Instant
    ) throws(GatewayError) -> [TrustCheck] {
        let signature: SESSignature
        do { signature = try SESSignature(file[...]) } catch { return [.malformed("structure.value", error)] }
        let checks = SealSignatureChecks(
            signature: signature, content: content, untrusted: untrusted, anchors: anchors, time: time)
        return [.passed("structure.value", "The file is a seal signature.", "文件为电子签章。")] + (try checks.checks())
    }

    private static func signedData(
        _ file: [UInt8], _ content: [UInt8]?, _ untrusted: CertificatePool, _ anchors: CertificatePool, _ time: Instant
    ) throws(GatewayError) -> [TrustCheck] {
        let signed: SignedData
        do { signed = try SignedData(file[...]) } catch { return [.malformed("structure.value", error)] }
        let checks = SignedDataChecks(
            signed: signed, content: content.map { .given($0) } ?? .embeddedOnly, untrusted: untrusted, anchors: anchors,
            time: time)
        return [.passed("structure.value", "The file is signed data.", "文件为签名数据。")] + (try checks.checks())
    }
}

/// What bytes are, told by their first elements alone (reference, 2.3).
enum ValueShape {
    case package, pdf, seal, sealSignature, signedData, bareSignature, unknown

    init(_ bytes: [UInt8]) {
        self = .unknown
        if bytes.starts(with: [0x50, 0x4B]) { self = .package }
        if bytes.starts(with: "%PDF".utf8) { self = .pdf }
        guard bytes.first == DERTag.sequence else { return }
        var outer = DERReader(bytes, rule: .definite)
        guard let element = try? outer.next("file"), var parts = try? element.children("file"),
            let first = try? parts.next("file")
        else { return }
        if first.tag == DERTag.objectIdentifier { self = .signedData }
        if first.tag == DERTag.integer, parts.nextTag == DERTag.integer { self = .bareSignature }
        guard first.tag == DERTag.sequence, let inner = try? first.children("file").nextTag else { return }
        if inner == DERTag.sequence { self = .seal }
        if inner == DERTag.integer { self = .sealSignature }
    }

    /// Throws when a value is of another shape than its place in the document asks for.
    static func require(_ wanted: ValueShape, of bytes: [UInt8]) throws(DERFault) {
        let shape = ValueShape(bytes)
        if shape == .bareSignature { throw DERFault(.signatureValueOnly, "SignedValue") }
        // What has no shape at all is left to the reader, which says where it breaks.
        guard shape == wanted || shape == .unknown else { throw DERFault(.value, "SignedValue") }
    }
}
