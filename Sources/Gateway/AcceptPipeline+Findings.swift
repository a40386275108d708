internal import ExchangeModel

extension AcceptPipeline {
    /// One fault is told once: what the schema says of an element, the mapping does not say again; and where the schema found
    /// the children of an element wrong, the mapping need not add that one of them is missing.
    /// Of a document that is no record of this channel at all, that alone is told: its schema was not written for it.
    ///
    /// A document of another dataset is not measured against this one's schema: that it is another is the finding.
    static func merged(_ findings: [Finding]) -> [Finding] {
        let elsewhere = findings.filter { $0.code == .datasetUnknown }
        if !elsewhere.isEmpty { return elsewhere }
        if findings.contains(where: { $0.code == .datasetUnknown }) { return findings.filter { $0.code == .datasetUnknown } }
        var elements = Set<Substring>()
        var parents = Set<Substring>()
        for finding in findings where finding.code == .schemaViolation {
            elements.insert(finding.path[...])
            parents.insert(finding.path[...])
            parents.insert(parent(of: finding.path))
        }
        return findings.filter { finding in
            if finding.code == .schemaViolation || finding.path.isEmpty { return true }
            if finding.code == .fieldRequired, parents.contains(parent(of: finding.path)) { return false }
            return !elements.contains(finding.path[...])
        }
    }

    private static func parent(of path: String) -> Substring {
        path.lastIndex(of: "/").map { path[..<$0] } ?? ""
    }
}
