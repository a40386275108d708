internal import Cryptography
internal import ExchangeModel

/// The checks of a seal signature: reference, section 4 parts B (data hash), C, D and E.
struct SealSignatureChecks {
    let signature: SESSignature
    /// What the data hash stands for: Signature.xml, or the content given; nil when it is not there.
    let content: [UInt8]?
    let untrusted: CertificatePool
    let anchors: CertificatePool
    let time: Instant

    /// How far a claimed time may lie ahead of the control time: clocks differ by minutes.
    static let clockSkewMax = Duration.seconds(300)
    /// Producers that write China's local time with a Z are eight hours ahead.
    static let localTimeShift = Duration.seconds(8 * 3600)

    func checks() throws(GatewayError) -> [TrustCheck] {
        var checks = [dataHash()]
        let seal = SealChecks(seal: signature.seal, untrusted: untrusted, anchors: anchors, time: time, claimedTime: claimed)
        checks += try seal.checks()
        checks += try signer()
        checks.append(claim())
        checks.append(timeStamp())
        return checks
    }

    private var claimed: Instant? {
        if case .instant(let instant) = signature.claimedTime { return instant }
        return nil
    }

    /// Step 4.
    private func dataHash() -> TrustCheck {
        let key = "binding.data-hash"
        guard let content else {
            return .indeterminate(
                key, .signedDataNotFound, "The content that was signed is not given, so its digest cannot be compared.",
                "未提供被签内容，无法比对摘要。")
        }
        if signature.dataHash.count == DigestAlgorithm.sha1.digestBytes {
            return DigestAlgorithm.sha1.digest(content).elementsEqual(signature.dataHash)
                ? .indeterminate(
                    key, .cryptoConstraintsFailure, "The data hash is SHA-1, which proves nothing today.",
                    "dataHash 为 SHA-1，已不可信。")
                : .failed(key, .hashFailure, "The data hash differs from the content.", "dataHash 与内容不一致。")
        }
        let (value, isTrimmed) = SealBits.digest(signature.dataHash, length: DigestAlgorithm.sm3.digestBytes)
        guard SM3.digest(content) == value else {
            return .failed(key, .hashFailure, "The data hash differs from the content.", "dataHash 与内容不一致。")
        }
        return isTrimmed
            ? .warning(
                key, "bit-string-trimmed: the data hash equals the content once its missing zero octets are put back.",
                "bit-string-trimmed：补足省略的零字节后，dataHash 与内容一致。")
            : .passed(key, "The data hash equals the content.", "dataHash 与内容一致。")
    }

    private func signer() throws(GatewayError) -> [TrustCheck] {
        let certificate: Certificate
        switch CertificateReading.read(Array(signature.signerCertificate)) {
        case .success(let read): certificate = read
        case .failure(let refusal):
            return [
                .failed(
                    "signer.readable", .formatFailure, "The signing certificate cannot be read: \(refusal.text).",
                    "签章人证书无法读取：\(refusal.textZH)。")
            ]
        }
        var checks = [CertificateFacts.check("signer.readable", certificate), inSeal(certificate)]
        checks.append(
            SignatureCheck(key: "signer.signature", failure: .signatureCryptoFailure, who: "signer", whoZH: "签章人")
                .check(
                    signature.signedBytes, value: signature.signatureValue, algorithm: signature.signatureAlgorithm,
                    certificate: certificate))
        checks.append(extensions())
        let chain = CertificateChainChecks(
            role: "signer", untrusted: untrusted, anchors: anchors, time: time, needsSignatureUsage: true)
        return checks + (try chain.checks(of: certificate))
    }

    /// Step 13: certificates are compared, never subjects.
    private func inSeal(_ certificate: Certificate) -> TrustCheck {
        let key = "signer.in-seal"
        let isListed: Bool
        var ignored = 0
        switch signature.seal.holders {
        case .certificates(let list):
            isListed = list.contains { $0.elementsEqual(certificate.der) }
            for entry in list where !entry.elementsEqual(certificate.der) {
                if case .failure = CertificateReading.read(Array(entry)) { ignored += 1 }
            }
        case .digests(let list):
            isListed = list.contains { entry in
                guard let algorithm = entry.algorithm.isEmpty ? .sm3 : SignatureAlgorithms.digest(entry.algorithm) else {
                    return false
                }
                return algorithm.digest(certificate.der).elementsEqual(entry.value)
            }
            ignored = list.filter { !$0.algorithm.isEmpty && SignatureAlgorithms.digest($0.algorithm) == nil }.count
        }
        guard isListed else {
            return .failed(
                key, .signerNotInSeal, "The signing certificate is not in the seal's list of holders.", "签章人证书不在印章的证书列表中。",
                .number("holders", signature.seal.holders.count))
        }
        return ignored == 0
            ? .passed(key, "The signing certificate is in the seal's list of holders.", "签章人证书在印章的证书列表中。")
            : .warning(
                key, "The signing certificate is in the seal's list; other entries of it cannot be read.",
                "签章人证书在印章的证书列表中；列表中另有无法读取的条目。", .number("ignored", ignored))
    }

    private func extensions() -> TrustCheck {
        let key = "signature.extensions"
        guard signature.criticalExtensions.isEmpty else {
            return .indeterminate(
                key, .sealCriticalExtension, "The signature carries a critical extension that is not known here.", "签章含有未知的关键扩展。",
                .list("extensions", signature.criticalExtensions))
        }
        return .passed(key, "The signature has no unknown critical extension.", "签章没有未知的关键扩展。")
    }

    /// Step 19: the claim orders, it proves nothing.
    private func claim() -> TrustCheck {
        let key = "time.claim"
        guard let claimed else {
            return .warning(key, "The signer's time is no time in a known spelling.", "签章时间不是可识别的时间格式。")
        }
        let fact = TrustCheck.Datum.text("claimed", claimed.description)
        if claimed > time + Self.localTimeShift + Self.clockSkewMax {
            return .failed(
                key, .timestampOrderFailure, "The signer's time lies after the time of verification.", "签章时间晚于验证时间。", fact)
        }
        if claimed + Self.localTimeShift + Self.clockSkewMax < signature.seal.createDate {
            return .failed(
                key, .timestampOrderFailure, "The signer's time lies before the making of the seal.", "签章时间早于印章制作时间。", fact)
        }
        if claimed > time + Self.clockSkewMax {
            return .warning(
                key, "The signer's time is up to eight hours ahead: local time written as UTC.", "签章时间超前不足八小时：可能将本地时间写成 UTC。",
                fact)
        }
        return .passed(key, "The signer's time contradicts nothing; it is a claim, no proof.", "签章时间与其他时间不矛盾；它只是声明，不是证明。", fact)
    }

    private func timeStamp() -> TrustCheck {
        let key = "time.stamp"
        guard signature.timeStamp != nil else {
            return .notApplicable(key, "There is no time stamp.", "没有时间戳。")
        }
        return .warning(
            key, "There is a time stamp; without a trust list no time-stamp service is recognised, so it proves nothing.",
            "带有时间戳；没有信任列表，无法认可时间戳服务，不作为时间证明。")
    }
}
