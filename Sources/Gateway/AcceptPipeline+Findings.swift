internal import ExchangeModel
internal import Mapping
internal import Store

extension AcceptPipeline {
    /// Why what came under a known key or version is not the same again.
    static func conflict(_ rule: DuplicateRule, with bound: MessageID) -> Finding {
        switch rule {
        case .idempotencyKey, .content:
            Finding(
                .idempotencyConflict, text: "the idempotency key was used before with another body, for message \(bound)",
                textZH: "该幂等键此前已用于内容不同的报文(\(bound))")
        case .businessKeyVersion:
            Finding(
                .versionConflict,
                text: "this version of the record came before with another content, as message \(bound); send a higher version",
                textZH: "该记录的同一版本此前已以不同内容接收(\(bound))；请提高版本后再发送")
        }
    }

    /// One fault is told once: what the schema says of an element, the mapping does not say again; and where the schema found
    /// the children of an element wrong, the mapping need not add that one of them is missing.
    /// Of a document that is no record of this channel at all, that alone is told: its schema was not written for it.
    ///
    /// Of JSON a schema names the object itself in which a member is missing, of XML the child that stands in its place.
    ///
    /// A document of another dataset is not measured against this one's schema: that it is another is the finding.
    static func merged(_ findings: [Finding], of format: RecordFormat) -> [Finding] {
        let elsewhere = findings.filter { $0.code == .datasetUnknown }
        if !elsewhere.isEmpty { return elsewhere }
        var elements = Set<Substring>()
        var parents = Set<Substring>()
        for finding in findings where finding.code == .schemaViolation {
            elements.insert(finding.path[...])
            parents.insert(finding.path[...])
            if format != .json { parents.insert(parent(of: finding.path)) }
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
