public import ExchangeModel

/// One thing in a document that its schema does not allow.
public struct JSONSchemaFinding: Sendable, Hashable {
    /// The keyword that is not met: `required`, `maxLength`; `false` for a schema that is just `false`.
    public let keyword: String
    /// Where in the document, as a JSON pointer; for a name that is not allowed the pointer of its member.
    public let path: String
    /// Where in the schema: its address, with a JSON pointer to the keyword as the fragment.
    public let schemaLocation: String
    /// Line and column in the bytes received.
    public let position: SourcePosition
    /// What is wrong, in English. It names words of the schema, never a value of the document.
    public let text: String
    /// What is wrong, in Chinese.
    public let textZH: String

    /// The same as a finding of the gateway: `schema.violation`, as for other kinds of schemas, or the limit that ended the
    /// validation.
    public var finding: Finding {
        let code: Finding.Code =
            switch keyword {
            case Keyword.effort.rawValue: .countOverLimit
            case Keyword.depth.rawValue: .depthOverLimit
            default: .schemaViolation
            }
        return Finding(code, path: path, position: position, text: text, textZH: textZH)
    }
}

/// What a validation found.
public struct JSONSchemaVerdict: Sendable, Hashable {
    /// What is wrong, in the order of the schema; empty when the document is valid.
    public let findings: [JSONSchemaFinding]
    /// Whether there were more findings than the limit.
    public let isCut: Bool

    /// Whether the document is valid.
    public var isValid: Bool { findings.isEmpty }
    /// The same as findings of the gateway; where there were more than the limit, one more says so.
    public var gatewayFindings: [Finding] {
        guard isCut else { return findings.map(\.finding) }
        let more = Finding(
            .countOverLimit, text: "more than \(findings.count) findings; the others are not listed",
            textZH: "问题超过 \(findings.count) 个，其余未列出")
        return findings.map(\.finding) + [more]
    }

    /// A document without fault.
    static let valid = JSONSchemaVerdict(findings: [], isCut: false)
}
