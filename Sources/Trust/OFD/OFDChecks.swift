internal import Archive
internal import Cryptography
internal import ExchangeModel

/// Verifies every signature of an OFD package: one section each.
struct OFDChecks {
    let untrusted: CertificatePool
    let anchors: CertificatePool
    let time: Instant

    func sections(of bytes: [UInt8], fileName: String) throws(GatewayError) -> [TrustReport.Section] {
        let package: OFDPackage
        let listed: [OFDPackage.ListedSignature]
        do {
            package = OFDPackage(files: try ZIPPackage(bytes))
        } catch {
            let entry = error.entry.isEmpty ? "" : " (\(error.entry))"
            return [
                Self.refused(
                    fileName, "The package is refused: \(error.reason)\(entry).", "文件包被拒绝：\(Self.words(error.kind))\(entry)。")
            ]
        }
        do { listed = try package.signatures() } catch {
            return [Self.refused(fileName, "The package is broken: \(error.text).", "文件包有误：\(error.textZH)。")]
        }
        guard !listed.isEmpty else {
            return [Self.refused(fileName, "The document has no signature.", "文档没有签名。")]
        }
        let coverage = OFDCoverage(package)
        let files = Self.signatureFiles(listed, in: package)
        var sections: [TrustReport.Section] = []
        for (index, signature) in listed.enumerated() {
            let checks = try checks(
                of: signature, in: package, coverage: coverage, later: listed[(index + 1)...].map(\.path), files: files)
            sections.append(TrustReport.Section(subject: signature.path, checks: checks))
        }
        return sections
    }

    private func checks(
        of listed: OFDPackage.ListedSignature, in package: OFDPackage, coverage: OFDCoverage, later: [String],
        files: Set<String>
    ) throws(GatewayError) -> [TrustCheck] {
        let file: OFDSignatureFile
        do {
            file = try OFDSignatureFile(package.root(of: listed.path, named: "Signature"), path: listed.path)
        } catch {
            return [
                .failed(
                    "structure.signature-file", .formatFailure, "Signature.xml is broken: \(error.text).",
                    "签名描述文件有误：\(error.textZH)。")
            ]
        }
        var checks: [TrustCheck] = [
            .passed(
                "structure.signature-file", "Signature.xml can be read.", "签名描述文件可读取。",
                .text("type", listed.isSeal ? "Seal" : "Sign"), .text("statedTime", file.dateTime))
        ]
        let binding = OFDBindingChecks(
            package: package, coverage: coverage, file: file, listPath: listed.listPath, laterSignatures: later,
            signatureFiles: files)
        checks += binding.checks()
        guard let value = package.files[file.valuePath], let content = package.files[listed.path] else {
            checks.append(.failed("structure.value", .formatFailure, "The signature value is missing.", "缺少签名值文件。"))
            return checks
        }
        return checks
            + (listed.isSeal
                ? try sealed(value, file: file, content: content, package: package)
                : try signed(value, file: file, content: content))
    }

    private func sealed(
        _ value: [UInt8], file: OFDSignatureFile, content: [UInt8], package: OFDPackage
    ) throws(GatewayError) -> [TrustCheck] {
        let signature: SESSignature
        do {
            try ValueShape.require(.sealSignature, of: value)
            signature = try SESSignature(value[...])
        } catch { return [.malformed("structure.value", error)] }
        var checks: [TrustCheck] = [
            .passed(
                "structure.value", "The value is a seal signature.", "签名值为电子签章。", .text("layout", signature.seal.layout.rawValue))
        ]
        checks.append(Self.sealFile(signature, file: file, package: package))
        checks.append(Self.propertyInfo(signature, file: file))
        checks.append(Self.algorithms(file.signatureMethod, signature.signatureAlgorithm))
        let layers = SealSignatureChecks(
            signature: signature, content: content, untrusted: untrusted, anchors: anchors, time: time)
        return checks + (try layers.checks())
    }

    private func signed(_ value: [UInt8], file: OFDSignatureFile, content: [UInt8]) throws(GatewayError) -> [TrustCheck] {
        let signed: SignedData
        do {
            try ValueShape.require(.signedData, of: value)
            signed = try SignedData(value[...])
        } catch { return [.malformed("structure.value", error)] }
        var checks: [TrustCheck] = [.passed("structure.value", "The value is signed data.", "签名值为签名数据。")]
        for signer in signed.signers { checks.append(Self.algorithms(file.signatureMethod, signer.signatureAlgorithm)) }
        let layers = SignedDataChecks(
            signed: signed, content: .ofd(content), untrusted: untrusted, anchors: anchors, time: time)
        return checks + (try layers.checks())
    }

    /// The files of all signatures, which nothing in the document leads to and which protect themselves.
    private static func signatureFiles(_ listed: [OFDPackage.ListedSignature], in package: OFDPackage) -> Set<String> {
        var files: Set<String> = []
        for signature in listed {
            files.formUnion([signature.listPath, signature.path])
            guard let root = try? package.root(of: signature.path), let file = try? OFDSignatureFile(root, path: signature.path)
            else { continue }
            files.insert(file.valuePath)
            if let seal = file.sealPath { files.insert(seal) }
        }
        return files
    }

    /// Step 5.
    private static func sealFile(_ signature: SESSignature, file: OFDSignatureFile, package: OFDPackage) -> TrustCheck {
        let key = "binding.seal-file"
        guard let path = file.sealPath else {
            return .notApplicable(key, "The document has no seal file of its own.", "文档没有单独的印章文件。")
        }
        guard let bytes = package.files[path], bytes.elementsEqual(signature.seal.encoded) else {
            return .failed(
                key, .hashFailure, "The seal file differs from the seal inside the signature, or is missing.",
                "印章文件与签章内的印章不同，或缺失。",
                .text("file", path))
        }
        return .passed(key, "The seal file equals the seal inside the signature.", "印章文件与签章内的印章相同。")
    }

    private static func propertyInfo(_ signature: SESSignature, file: OFDSignatureFile) -> TrustCheck {
        let key = "binding.property-info"
        guard signature.propertyInfo == "/\(file.path)" else {
            return .warning(key, "propertyInfo is not the path of Signature.xml.", "propertyInfo 不是签名描述文件的路径。")
        }
        return .passed(key, "propertyInfo is the path of Signature.xml.", "propertyInfo 为签名描述文件的路径。")
    }

    /// Step 6: both name the same kind of key and digest. (The certificate's key is compared where the signature is.)
    private static func algorithms(_ method: String, _ algorithm: String) -> TrustCheck {
        let key = "binding.algorithms"
        let facts: [TrustCheck.Datum] = [.text("signatureMethod", method), .text("algorithm", algorithm)]
        if let one = SignatureAlgorithms.scheme(method), let two = SignatureAlgorithms.scheme(algorithm),
            one.keyKind == two.keyKind
        {
            return TrustCheck(
                key: key, verdict: .passed, subIndication: nil, text: "Signature.xml and the value name the same algorithm.",
                textZH: "签名描述文件与签名值的算法一致。", data: facts)
        }
        return TrustCheck(
            key: key, verdict: .failed, subIndication: .cryptoConstraintsFailure,
            text: "Signature.xml and the value do not name the same accepted algorithm.", textZH: "签名描述文件与签名值的算法不一致，或算法不可接受。",
            data: facts)
    }

    private static func refused(_ subject: String, _ text: String, _ textZH: String) -> TrustReport.Section {
        TrustReport.Section(subject: subject, checks: [.failed("structure.package", .formatFailure, text, textZH)])
    }

    private static func words(_ kind: ZIPRefusal.Kind) -> String {
        switch kind {
        case .damaged: "损坏或自相矛盾"
        case .overLimit: "超过限制"
        case .duplicateName: "条目重名"
        case .unsafeName: "条目名不安全"
        case .encrypted: "条目已加密"
        case .notAFile: "条目不是普通文件"
        }
    }
}
