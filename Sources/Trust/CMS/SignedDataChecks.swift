internal import Cryptography
internal import ExchangeModel

/// The checks of signed data: every signer must pass (reference, section 5).
struct SignedDataChecks {
    let signed: SignedData
    /// What was signed, when the value is detached or must agree with something outside.
    let content: Content
    let untrusted: CertificatePool
    let anchors: CertificatePool
    let time: Instant

    /// What is known about the signed content.
    enum Content {
        /// Nothing but what the value holds.
        case embeddedOnly
        /// This content, detached or equal to the embedded one.
        case given([UInt8])
        /// Signature.xml of an OFD: detached, or its SM3 embedded, raw or in base64 text.
        case ofd([UInt8])
    }

    func checks() throws(GatewayError) -> [TrustCheck] {
        guard !signed.signers.isEmpty else {
            return [
                .indeterminate(
                    "cms.signers", .noSigningCertificateFound, "There is no signer: it is a bag of certificates, no signature.",
                    "没有签名者：这只是证书包，不是签名。")
            ]
        }
        var helpers = untrusted
        for der in signed.certificates { helpers.add(der: der) }
        let (message, binding) = bind()
        var checks = [binding]
        for signer in signed.signers { checks += try self.checks(of: signer, message: message, helpers: helpers) }
        if helpers.ignored > 0 { checks.append(CertificateFacts.ignored("cms.certificates", helpers.ignored)) }
        return checks
    }

    /// Which octets were signed, and whether they are bound to the content.
    private func bind() -> (message: [UInt8]?, check: TrustCheck) {
        let key = "binding.content"
        switch (content, signed.content) {
        case (.embeddedOnly, let embedded?):
            return (Array(embedded), .passed(key, "The content is inside the signed data.", "被签内容在签名数据之内。"))
        case (.embeddedOnly, nil):
            return (
                nil,
                .indeterminate(
                    key, .signedDataNotFound, "The content that was signed is not given.", "未提供被签内容。")
            )
        case (.given(let bytes), nil), (.ofd(let bytes), nil):
            return (bytes, .passed(key, "The content is detached and was given.", "被签内容为外置，已提供。"))
        case (.given(let bytes), let embedded?):
            guard embedded.elementsEqual(bytes) else {
                return (
                    Array(embedded),
                    .failed(key, .hashFailure, "The embedded content differs from the content given.", "内嵌内容与所提供内容不同。")
                )
            }
            return (bytes, .passed(key, "The embedded content equals the content given.", "内嵌内容与所提供内容一致。"))
        case (.ofd(let bytes), let embedded?):
            let digest = SM3.digest(bytes)
            if embedded.elementsEqual(digest) {
                return (
                    Array(embedded),
                    .passed(key, "The embedded content is the SM3 of Signature.xml.", "内嵌内容为 Signature.xml 的 SM3。")
                )
            }
            if Base64.decode(embedded) == digest {
                return (
                    Array(embedded),
                    .warning(
                        key, "The embedded content is the SM3 of Signature.xml as base64 text, which is not the standard's form.",
                        "内嵌内容为 Signature.xml 的 SM3 的 base64 文本，不符合标准。")
                )
            }
            return (
                Array(embedded),
                .failed(key, .hashFailure, "The embedded content is not the SM3 of Signature.xml.", "内嵌内容不是 Signature.xml 的 SM3。")
            )
        }
    }

    private func checks(
        of signer: SignedData.Signer, message: [UInt8]?, helpers: CertificatePool
    ) throws(GatewayError) -> [TrustCheck] {
        guard
            let certificate = helpers.certificates.first(where: {
                $0.serialNumber == signer.serialNumber && signer.issuer.elementsEqual($0.issuerDER)
            })
        else {
            return [
                .indeterminate(
                    "signer.readable", .noSigningCertificateFound, "The signing certificate is not at hand.", "缺少签名证书。",
                    .text("serialNumber", signer.serialNumber))
            ]
        }
        var checks = [CertificateFacts.check("signer.readable", certificate)]
        checks += signature(signer, message: message, certificate: certificate)
        let chain = CertificateChainChecks(
            role: "signer", untrusted: helpers, anchors: anchors, time: time, needsSignatureUsage: true)
        checks += try chain.checks(of: certificate)
        checks.append(claim(signer))
        return checks
    }

    private func signature(_ signer: SignedData.Signer, message: [UInt8]?, certificate: Certificate) -> [TrustCheck] {
        let digestKey = "signer.message-digest"
        let check = SignatureCheck(key: "signer.signature", failure: .signatureCryptoFailure, who: "signer", whoZH: "签名者")
        let digest = SignatureAlgorithms.digest(signer.digestAlgorithm)
        func verify(_ bytes: [UInt8]) -> TrustCheck {
            check.check(
                bytes, value: signer.signatureValue, algorithm: signer.signatureAlgorithm, certificate: certificate,
                digest: digest ?? .sm3, trailingZerosMayLack: false)
        }
        guard let digest else {
            let weak = TrustCheck.indeterminate(
                digestKey, .cryptoConstraintsFailure, "The digest algorithm is weak or unknown.", "摘要算法为弱算法或未知算法。",
                .text("algorithm", signer.digestAlgorithm))
            return [weak, .notReached("signer.signature", "Not made: the digest algorithm is not accepted.", "未执行：摘要算法不可接受。")]
        }
        guard let attributes = signer.attributes else {
            let none = TrustCheck.notApplicable(
                digestKey, "The signature is over the content itself, without attributes.", "签名直接针对内容，没有属性。")
            return [
                none,
                message.map(verify)
                    ?? .notReached("signer.signature", "Not made: the content that was signed is not given.", "未执行：未提供被签内容。"),
            ]
        }
        return [messageDigest(attributes, message: message, digest: digest), verify(attributes.signedBytes)]
    }

    /// The attribute equals the plain digest of the content, without Z; contentType is required.
    private func messageDigest(_ attributes: SignedData.Attributes, message: [UInt8]?, digest: DigestAlgorithm) -> TrustCheck {
        let key = "signer.message-digest"
        guard let expected = attributes.messageDigest, let type = attributes.contentType else {
            return .failed(
                key, .formatFailure, "The attributes lack messageDigest or contentType.", "签名属性缺少 messageDigest 或 contentType。")
        }
        guard let message else {
            return .notReached(key, "Not made: the content that was signed is not given.", "未执行：未提供被签内容。")
        }
        guard digest.digest(message).elementsEqual(expected) else {
            return .failed(key, .hashFailure, "The message digest differs from the content.", "messageDigest 与内容不一致。")
        }
        guard type == signed.contentType || Self.areBothData(type, signed.contentType) else {
            return .failed(
                key, .formatFailure, "The contentType attribute names another type than the content.", "contentType 属性与内容类型不一致。")
        }
        return .passed(key, "The message digest equals the content.", "messageDigest 与内容一致。")
    }

    /// Real signed data says gm-data in one place and pkcs7-data in the other.
    private static func areBothData(_ one: String, _ two: String) -> Bool {
        let data: Set<String> = ["1.2.156.10197.6.1.4.2.1", "1.2.840.113549.1.7.1"]
        return data.contains(one) && data.contains(two)
    }

    private func claim(_ signer: SignedData.Signer) -> TrustCheck {
        let key = "time.claim"
        guard let element = signer.attributes?.signingTime else {
            return .notApplicable(key, "The signer states no time.", "签名者未声明时间。")
        }
        guard let claimed = try? element.anyTime("signingTime") else {
            return .warning(key, "The signer's time is no time.", "签名时间格式无效。")
        }
        let fact = TrustCheck.Datum.text("claimed", claimed.description)
        let limit = time + SealSignatureChecks.clockSkewMax
        if claimed > limit + SealSignatureChecks.localTimeShift {
            return .failed(
                key, .timestampOrderFailure, "The signer's time lies after the time of verification.", "签名时间晚于验证时间。", fact)
        }
        if claimed > limit {
            return .warning(
                key, "The signer's time is up to eight hours ahead: local time written as UTC.", "签名时间超前不足八小时：可能将本地时间写成 UTC。",
                fact)
        }
        return .passed(key, "The signer's time contradicts nothing; it is a claim, no proof.", "签名时间与其他时间不矛盾；它只是声明，不是证明。", fact)
    }
}

/// Serial numbers as text, in the one form used for comparison.
enum SerialNumber {
    static func text(_ octets: some Collection<UInt8>) -> String { Hex.encode(octets).uppercased() }
}
