internal import Cryptography
internal import ExchangeModel

/// The checks of one certificate and its chain (reference, section 4 steps 15 to 17, section 9, section 10).
///
/// Facts are collected by `ChainSearch` and OpenSSL; here they are judged. Keys carry the role of the certificate
/// (`certificate`, `signer`, `maker`), so that one section can hold several chains.
///
/// **Anchors.** Without anchors the end of a good chain is `TRUST_LIST_UNAVAILABLE`: only a province's list can say that
/// the issuing service is recognised, and this version has none. With anchors the caller has answered that question, but
/// not the one of revocation: for every certificate below the anchor there is no fresh data, which is `TRY_LATER` by the
/// reference's section 9.3, never a pass, since a skipped check never passes. Only a certificate that *is* an anchor,
/// whose own signature, form and validity are good, has nothing left open and passes.
struct CertificateChainChecks {
    let role: String
    let untrusted: CertificatePool
    let anchors: CertificatePool
    /// The time at which validity is asked: the control time, or for a seal's maker the making of the seal.
    let time: Instant
    /// Whether the certificate must be fit for signatures of its own (a signer) or is only looked at.
    let needsSignatureUsage: Bool

    func checks(of leaf: Certificate) throws(GatewayError) -> [TrustCheck] {
        let search = ChainSearch(from: leaf, untrusted: untrusted, anchors: anchors)
        var checks: [TrustCheck] = []
        if needsSignatureUsage { checks.append(keyUsage(leaf)) }
        checks.append(algorithms(search.path))
        checks += signatures(search)
        let found = found(search)
        checks.append(found)
        if found.verdict == .passed {
            checks.append(try constraints(search))
        } else {
            checks.append(
                .notReached("\(role).chain.constraints", "Not made: there is no complete chain.", "未执行：没有完整的证书链。"))
        }
        checks.append(validity(search.path))
        checks += trust(search)
        return checks
    }

    /// Step 15. A certificate without the extension is unrestricted (RFC 5280 4.2.1.3).
    private func keyUsage(_ leaf: Certificate) -> TrustCheck {
        let key = "\(role).key-usage"
        guard let usage = leaf.keyUsage else {
            return .passed(key, "The certificate does not restrict its usage.", "证书未限制密钥用法。")
        }
        guard !usage.isDisjoint(with: [.digitalSignature, .nonRepudiation]) else {
            return .failed(
                key, .signatureConstraintsFailure,
                "The certificate is not for signatures: neither digitalSignature nor nonRepudiation is set.",
                "证书不可用于签名：未设置 digitalSignature 或 nonRepudiation。")
        }
        return .passed(key, "The certificate may make signatures.", "证书可用于签名。")
    }

    /// One check per certificate of the path, each with the distinguishing id set where SM2 needs it.
    private func signatures(_ search: ChainSearch) -> [TrustCheck] {
        let key = "\(role).chain.signature"
        var checks = zip(search.path, search.path.dropFirst()).map { certificate, issuer in
            TrustCheck.passed(
                key, "The certificate's signature was made by its issuer.", "证书签名由其签发者作出。", Self.name("certificate", certificate),
                Self.name("issuer", issuer))
        }
        guard let last = search.path.last else { return checks }
        if search.end == .signatureWrong {
            checks.append(
                .failed(
                    key, .certificateChainGeneralFailure,
                    "No certificate at hand with the issuer's name made this certificate's signature.",
                    "现有同名签发者证书均未作出该证书的签名。", Self.name("certificate", last),
                    .text("issuer", PersonalNumbers.masked(last.issuer))))
        } else if last.isSelfIssued {
            checks.append(
                last.isSigned(by: last)
                    ? .passed(
                        key, "The certificate's own signature on itself is right.", "自签名正确。", Self.name("certificate", last),
                        Self.name("issuer", last))
                    : .failed(
                        key, .certificateChainGeneralFailure, "The certificate's own signature on itself is wrong.", "自签名错误。",
                        Self.name("certificate", last), Self.name("issuer", last)))
        }
        return checks
    }

    private func found(_ search: ChainSearch) -> TrustCheck {
        let key = "\(role).chain.found"
        let path = TrustCheck.Datum.list("path", search.path.map { PersonalNumbers.masked($0.subject) })
        switch search.end {
        case .anchor: return .passed(key, "The chain ends at a given anchor.", "证书链终止于指定的信任锚。", path)
        case .selfSigned where anchors.certificates.isEmpty:
            return .passed(key, "The chain is complete up to a self-signed certificate.", "证书链完整，终止于自签名证书。", path)
        case .selfSigned:
            return .indeterminate(
                key, .noCertificateChainFound, "The chain ends at a self-signed certificate that is no given anchor.",
                "证书链终止于自签名证书，但它不是指定的信任锚。", path)
        case .issuerMissing:
            return .indeterminate(
                key, .noCertificateChainFound, "The issuer's certificate is not at hand.", "缺少签发者证书。", path,
                .text("missingIssuer", PersonalNumbers.masked(search.path.last?.issuer ?? "")))
        case .signatureWrong:
            return .notReached(key, "Not decided: a signature in the chain is wrong.", "未执行：证书链中有签名错误。")
        case .limit:
            return .indeterminate(
                key, .noCertificateChainFound,
                "No chain within \(CertificatePath.certificatesMax) certificates and \(ChainSearch.signatureChecksMax) signature checks.",
                "在 \(CertificatePath.certificatesMax) 张证书、\(ChainSearch.signatureChecksMax) 次验签之内未找到证书链。", path)
        }
    }

    private func constraints(_ search: ChainSearch) throws(GatewayError) -> TrustCheck {
        let key = "\(role).chain.constraints"
        // Validity is judged apart, because its answer depends on proof of time. The numbers are X509_V_ERR_... 9 and 10.
        let faults = try CertificatePath.faults(search.path, at: time).filter { $0.code != 9 && $0.code != 10 }
        guard !faults.isEmpty else {
            return .passed(key, "Path constraints hold (RFC 5280).", "证书路径约束均满足（RFC 5280）。")
        }
        let list = TrustCheck.Datum.list("faults", faults.map { "depth \($0.depth): \($0.code) \($0.text)" })
        // A wrong signature (7) is none of the constraints; the other numbers are.
        let sub: SubIndication = faults.contains { $0.code == 7 } ? .certificateChainGeneralFailure : .chainConstraintsFailure
        return .failed(key, sub, "The certificate path breaks a constraint.", "证书路径违反约束。", list)
    }

    private func algorithms(_ path: [Certificate]) -> TrustCheck {
        let key = "\(role).chain.algorithms"
        // The signature of the last one counts only where somebody relies on it; a root's own does not.
        let weak = path.enumerated().compactMap { index, certificate -> String? in
            if let reason = SignatureAlgorithms.weakness(ofKey: certificate) {
                return "\(PersonalNumbers.masked(certificate.subject)): \(reason)"
            }
            guard index < path.count - 1 || !certificate.isSelfIssued else { return nil }
            return SignatureAlgorithms.weakness(ofCertificate: certificate).map {
                "\(PersonalNumbers.masked(certificate.subject)): \($0)"
            }
        }
        guard weak.isEmpty else {
            return .indeterminate(
                key, .cryptoConstraintsFailure, "An algorithm of the chain is weak or unknown.", "证书链中有弱算法或未知算法。",
                .list("weak", weak))
        }
        return .passed(key, "The algorithms of the chain are accepted.", "证书链算法均可接受。")
    }

    private func validity(_ path: [Certificate]) -> TrustCheck {
        let key = "\(role).chain.validity"
        let outside = path.filter { time < $0.notBefore || time > $0.notAfter }
        guard !outside.isEmpty else {
            return .passed(key, "Every certificate at hand is valid at \(time).", "各证书在 \(time) 均在有效期内。")
        }
        return .indeterminate(
            key, .outOfBoundsNoPOE, "A certificate is not valid at \(time), and no proof of an earlier existence is given.",
            "有证书在 \(time) 不在有效期内，且无更早存在的证明。",
            .list("outside", outside.map { "\(PersonalNumbers.masked($0.subject)): \($0.notBefore) .. \($0.notAfter)" }))
    }

    private func trust(_ search: ChainSearch) -> [TrustCheck] {
        let service = "\(role).trust-service"
        let revocation = "\(role).revocation"
        if anchors.certificates.isEmpty {
            return [
                .indeterminate(
                    service, .trustListUnavailable, "No trust list is loaded that could recognise the issuing service.",
                    "未加载信任列表，无法确认签发服务是否被认可。"),
                .indeterminate(
                    revocation, .trustListUnavailable,
                    "Not asked: the sources of revocation data are named by the trust list alone.",
                    "未查询：撤销信息的来源只取自信任列表。"),
            ]
        }
        let anchored = search.end == .anchor
        let recognised = TrustCheck.notApplicable(
            service, "The caller named the anchors; no trust list is asked.", "信任锚由调用者指定，不查信任列表。")
        if anchored && search.path.count == 1 {
            return [recognised, .notApplicable(revocation, "An anchor is trusted by the caller's word.", "信任锚由调用者负责，不查撤销。")]
        }
        return [
            recognised,
            .indeterminate(
                revocation, .tryLater, "There is no fresh revocation data for the certificates below the anchor.",
                "信任锚以下的证书没有最新的撤销信息。"),
        ]
    }

    private static func name(_ label: String, _ certificate: Certificate) -> TrustCheck.Datum {
        .text(label, "\(PersonalNumbers.masked(certificate.subject)) (\(certificate.serialNumber))")
    }
}
