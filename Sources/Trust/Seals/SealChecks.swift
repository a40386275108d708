internal import Cryptography
internal import ExchangeModel

/// The checks of a seal by itself: reference, section 4 part C.
struct SealChecks {
    let seal: SESSeal
    let untrusted: CertificatePool
    let anchors: CertificatePool
    let time: Instant
    /// The signer's claim, when the seal is part of a signature.
    let claimedTime: Instant?

    func checks() throws(GatewayError) -> [TrustCheck] {
        var checks = [form()]
        let maker = CertificateReading.read(Array(seal.makerCertificate))
        checks.append(signature(maker))
        switch maker {
        case .success(let certificate):
            var helpers = untrusted
            helpers.add(certificate)
            // Step 9: the maker's certificate is asked for the time at which the seal was made.
            let chain = CertificateChainChecks(
                role: "maker", untrusted: helpers, anchors: anchors, time: seal.createDate, needsSignatureUsage: true)
            checks += try chain.checks(of: certificate)
        case .failure(let refusal):
            checks.append(
                .failed(
                    "maker.readable", .formatFailure, "The seal maker's certificate cannot be read: \(refusal.text).",
                    "制章人证书无法读取：\(refusal.textZH)。"))
        }
        checks.append(validity())
        checks.append(extensions())
        checks.append(
            .indeterminate(
                "seal.state", .sealStateUnknown,
                "Whether the seal was frozen or cancelled is not known: no seal states are imported.",
                "印章是否被冻结或注销未知：尚未导入印章状态。"))
        return checks
    }

    /// Step 7.
    private func form() -> TrustCheck {
        let facts: [TrustCheck.Datum] = [
            .text("layout", seal.layout.rawValue), .number("version", seal.versionNumber),
            .text("sealIdentifier", PersonalNumbers.masked(seal.identifier)),
            .text("sealName", PersonalNumbers.masked(seal.name)),
            .text("pictureType", seal.pictureType), .number("holders", seal.holders.count),
        ]
        if seal.hasVersionMismatch {
            return TrustCheck(
                key: "seal.form", verdict: .warning, subIndication: nil,
                text:
                    "version-number-mismatch: the seal has the layout of version 1 and the number \(seal.versionNumber); it is read as version 1.",
                textZH: "version-number-mismatch：印章为第 1 版结构，版本号却为 \(seal.versionNumber)，按第 1 版处理。", data: facts)
        }
        return TrustCheck(
            key: "seal.form", verdict: .passed, subIndication: nil, text: "The seal has the layout of its version.",
            textZH: "印章结构与其版本一致。",
            data: facts)
    }

    /// Step 8: one rule per layout, never the other one in silence.
    private func signature(_ maker: Result<Certificate, CertificateReading.Refusal>) -> TrustCheck {
        let key = "seal.signature"
        guard case .success(let certificate) = maker else {
            return .notReached(key, "Not made: the maker's certificate cannot be read.", "未执行：制章人证书无法读取。")
        }
        return SignatureCheck(
            key: key, failure: .sealCryptoFailure, who: "seal maker", whoZH: "制章人"
        ).check(seal.signedBytes, value: seal.signatureValue, algorithm: seal.signatureAlgorithm, certificate: certificate)
    }

    /// Step 10. The moment of signing is not proven; what is certain is that it lies between the making of the seal and
    /// the control time. If all of that is inside the validity, so was the signing.
    private func validity() -> TrustCheck {
        let key = "seal.validity"
        let facts: [TrustCheck.Datum] = [
            .text("validStart", seal.validStart.description), .text("validEnd", seal.validEnd.description),
            .text("createDate", seal.createDate.description),
        ]
        func check(_ verdict: TrustCheck.Verdict, _ sub: SubIndication?, _ text: String, _ textZH: String) -> TrustCheck {
            TrustCheck(key: key, verdict: verdict, subIndication: sub, text: text, textZH: textZH, data: facts)
        }
        guard seal.validStart <= seal.validEnd else {
            return check(.failed, .formatFailure, "The seal's validity ends before it begins.", "印章有效期止早于起。")
        }
        if let claimedTime, claimedTime < seal.validStart || claimedTime > seal.validEnd {
            return check(
                .failed, .outOfBoundsNoPOE, "The signer's own time lies outside the seal's validity.", "签章人声明的时间不在印章有效期内。")
        }
        guard time >= seal.validStart, time <= seal.validEnd else {
            return check(
                .indeterminate, .outOfBoundsNoPOE,
                "The seal is not valid at \(time), and no proven time of signing says that it was.",
                "印章在 \(time) 不在有效期内，且签章时间无可信证明。")
        }
        return check(.passed, nil, "The seal is valid at \(time).", "印章在 \(time) 有效。")
    }

    /// Step 11.
    private func extensions() -> TrustCheck {
        let key = "seal.extensions"
        guard seal.criticalExtensions.isEmpty else {
            return .indeterminate(
                key, .sealCriticalExtension, "The seal carries a critical extension that is not known here.", "印章含有未知的关键扩展。",
                .list("extensions", seal.criticalExtensions))
        }
        return .passed(key, "The seal has no unknown critical extension.", "印章没有未知的关键扩展。")
    }
}

/// The check of one signature value over a message with a certificate, with its algorithm judged.
struct SignatureCheck {
    let key: String
    let failure: SubIndication
    let who: String
    let whoZH: String

    func check(
        _ message: [UInt8], value: ArraySlice<UInt8>, algorithm: String, certificate: Certificate,
        digest: DigestAlgorithm = .sm3, trailingZerosMayLack: Bool = true
    ) -> TrustCheck {
        guard let scheme = SignatureAlgorithms.scheme(algorithm, digest: digest) else {
            return .indeterminate(
                key, .cryptoConstraintsFailure, "The \(who)'s signature uses an algorithm that is weak or unknown.",
                "\(whoZH)签名使用弱算法或未知算法。", .text("algorithm", algorithm))
        }
        guard scheme.keyKind == certificate.keyKind else {
            return .failed(
                key, .cryptoConstraintsFailure,
                "The \(who)'s signature names an algorithm that does not fit the key of the certificate.",
                "\(whoZH)签名算法与证书密钥类型不符。", .text("algorithm", algorithm), .text("keyKind", certificate.keyKind.rawValue))
        }
        let completed = trailingZerosMayLack && scheme.keyKind == .sm2 ? SealBits.signature(value) : (value, false)
        switch SignatureAlgorithms.verify(message, value: completed.0, scheme: scheme, certificate: certificate) {
        case true? where completed.1:
            return .warning(
                key, "bit-string-trimmed: the \(who)'s signature is right once its missing zero octets are put back.",
                "bit-string-trimmed：补足省略的零字节后，\(whoZH)签名正确。")
        case true?: return .passed(key, "The \(who)'s signature is right.", "\(whoZH)签名正确。")
        case false?: return .failed(key, failure, "The \(who)'s signature is wrong.", "\(whoZH)签名错误。")
        case nil:
            return .failed(
                key, failure, "The \(who)'s signature value is neither minimal DER nor 64 raw octets.",
                "\(whoZH)签名值既不是最短 DER 编码，也不是 64 字节原始值。")
        }
    }
}
