internal import Archive
internal import Cryptography

/// The checks that tie a signature to the files of its package: reference, section 3 and section 4 part B.
struct OFDBindingChecks {
    let package: OFDPackage
    let coverage: OFDCoverage
    let file: OFDSignatureFile
    let listPath: String
    /// Signature files of later entries of the list: their folders may be added after this signature was made.
    let laterSignatures: [String]
    /// Files that belong to signatures themselves: descriptions, values, seals, lists.
    let signatureFiles: Set<String>

    /// Most file names shown in one fact.
    static let namesMax = 200

    func checks() -> [TrustCheck] { [references(), covered()] }

    /// Step 3.
    private func references() -> TrustCheck {
        let key = "binding.references"
        guard let method = file.checkMethod, let digest = SignatureAlgorithms.digest(method) else {
            return .indeterminate(
                key, .cryptoConstraintsFailure,
                "The digest algorithm of the references is weak, unknown or absent (absent means MD5).",
                "引用的摘要算法为弱算法、未知算法或缺失（缺失即 MD5）。",
                .text("checkMethod", file.checkMethod ?? ""))
        }
        let total = file.references.count
        let differing = file.references.filter { reference in
            package.files[reference.path].map { digest.digest($0) } != reference.checkValue
        }.map(\.path)
        let facts: [TrustCheck.Datum] = [
            .number("matched", total - differing.count), .number("total", total), .text("checkMethod", digest.rawValue),
        ]
        guard !differing.isEmpty else {
            return TrustCheck(
                key: key, verdict: .passed, subIndication: nil, text: "\(total) of \(total) references equal their files.",
                textZH: "\(total) 个引用中 \(total) 个与文件一致。", data: facts)
        }
        let names = Self.shown(differing).joined(separator: ", ")
        var text = "\(total - differing.count) of \(total) references equal their files; not: \(names)."
        var textZH = "\(total) 个引用中 \(total - differing.count) 个与文件一致；不一致：\(names)。"
        if differing == [listPath] {
            text += " only-signature-list-changed: a later signature may have been added."
            textZH += "only-signature-list-changed：可能是后来追加了签名。"
        }
        return TrustCheck(
            key: key, verdict: .failed, subIndication: .hashFailure, text: text, textZH: textZH,
            data: facts + [.list("differing", Self.shown(differing))])
    }

    /// What a reader shows must be protected. Excepted are the signature list, and OFD.xml where a later signature exists.
    private func covered() -> TrustCheck {
        let key = "binding.coverage"
        let protected = Set(file.references.map(\.path))
        var uncovered = coverage.reachable.subtracting(protected)
        uncovered.remove(listPath)
        if !laterSignatures.isEmpty { uncovered.remove("OFD.xml") }
        uncovered = uncovered.filter { path in !laterSignatures.contains { path.hasPrefix(Self.folder(of: $0)) } }
        var facts: [TrustCheck.Datum] = []
        func fact(_ name: String, _ paths: Set<String>) {
            if !paths.isEmpty { facts.append(.list(name, Self.shown(paths.sorted()))) }
        }
        fact("uncovered", uncovered)
        fact("unreadable", coverage.unreadable)
        fact("missing", coverage.missing)
        let stray = coverage.unreferenced.subtracting(protected).subtracting(signatureFiles)
        fact("unreferenced", stray)
        guard uncovered.isEmpty, coverage.unreadable.isEmpty else {
            return TrustCheck(
                key: key, verdict: .indeterminate, subIndication: .coverageIncomplete,
                text: "Files that a reader shows are not protected by this signature, or cannot be read.",
                textZH: "有文件会被阅读器显示，但不受本签名保护，或无法读取。", data: facts)
        }
        guard coverage.missing.isEmpty, stray.isEmpty else {
            return TrustCheck(
                key: key, verdict: .warning, subIndication: nil,
                text:
                    "Every file that a reader shows is protected; files are named that are not there, or are there without being named.",
                textZH: "阅读器显示的文件均受保护；但有被引用而不存在、或存在而未被引用的文件。", data: facts)
        }
        return TrustCheck(
            key: key, verdict: .passed, subIndication: nil, text: "Every file that a reader shows is protected.",
            textZH: "阅读器显示的文件均受保护。",
            data: facts)
    }

    private static func folder(of path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/") + "/"
    }

    private static func shown(_ names: [String]) -> [String] { Array(names.prefix(namesMax)) }
}
