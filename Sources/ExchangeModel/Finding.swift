/// One thing wrong (or doubtful) with a document, a mapping or a configuration, and where.
///
/// Findings are results, not errors: a document is refused with all of them. A finding may name the offending value
/// only where that value is no personal data; `text` and `textZH` are shown to the sender.
public struct Finding: Sendable, Hashable {
    /// The kind, stable across versions.
    public var code: Code
    /// Whether it refuses the document or only warns.
    public var severity: Severity
    /// Where in the document: an XPath (`/GCJS_NOTICE/SECTION[2]/LIMITE_TIME`), a JSON pointer or a field name.
    public var path: String
    /// Line and column in the bytes received; 0 where the reader gives none.
    public var position: SourcePosition
    /// What is wrong, in English.
    public var text: String
    /// What is wrong, in Chinese.
    public var textZH: String

    /// Makes a finding.
    public init(
        _ code: Code, severity: Severity = .error, path: String = "", position: SourcePosition = .unknown,
        text: String, textZH: String
    ) {
        self.code = code
        self.severity = severity
        self.path = path
        self.position = position
        self.text = text
        self.textZH = textZH
    }

    /// Whether a finding refuses.
    public enum Severity: String, Sendable, Hashable {
        /// Refuses the document.
        case error
        /// Is shown and kept, and refuses nothing.
        case warning
    }

    /// An open set of kinds with stable names.
    public struct Code: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
        /// The stable name: group, dot, kind.
        public let name: String
        /// Takes a name as stored or received.
        public init(_ name: String) { self.name = name }
        /// Takes a name from source text.
        public init(stringLiteral value: String) { name = value }
        /// The stable name.
        public var description: String { name }
    }
}

extension Finding.Code {
    /// The body is larger than the channel allows.
    public static let bytesOverLimit: Self = "limit.bytes"
    /// The document nests deeper than the limit.
    public static let depthOverLimit: Self = "limit.depth"
    /// More elements, attributes or fields than the limit.
    public static let countOverLimit: Self = "limit.count"
    /// Bytes that are not text in the declared encoding.
    public static let encodingInvalid: Self = "encoding.invalid"
    /// An encoding that is not read here.
    public static let encodingUnsupported: Self = "encoding.unsupported"
    /// Not well-formed XML.
    public static let xmlSyntax: Self = "xml.syntax"
    /// A document type declaration, which is never accepted.
    public static let xmlDoctype: Self = "xml.doctype"
    /// Not well-formed JSON.
    public static let jsonSyntax: Self = "json.syntax"
    /// The same key twice in one JSON object.
    public static let jsonDuplicateKey: Self = "json.duplicate-key"
    /// The source or destination schema is violated.
    public static let schemaViolation: Self = "schema.violation"
    /// The root or the dataset is not one that the channel takes.
    public static let datasetUnknown: Self = "dataset.unknown"
    /// A required field is missing or empty.
    public static let fieldRequired: Self = "field.required"
    /// A value is longer than the field allows.
    public static let fieldTooLong: Self = "field.too-long"
    /// A value is not of the kind the field needs.
    public static let fieldInvalid: Self = "field.invalid"
    /// A value is not in the code list.
    public static let codeUnknown: Self = "code.unknown"
    /// An identifier's check digit is wrong.
    public static let checkDigitWrong: Self = "identifier.check-digit"
    /// An identifier has the wrong length or characters.
    public static let identifierMalformed: Self = "identifier.malformed"
    /// An amount whose unit is not given or not known.
    public static let amountUnitUnknown: Self = "amount.unit-unknown"
    /// Text that is no exact decimal.
    public static let amountInvalid: Self = "amount.invalid"
    /// A time that does not exist or is not in the expected form.
    public static let timeInvalid: Self = "time.invalid"
    /// A reference inside the document that leads nowhere.
    public static let referenceBroken: Self = "reference.broken"
    /// The idempotency key was used before with another body.
    public static let idempotencyConflict: Self = "idempotency.conflict"
    /// The same version of the record was accepted before with another content.
    public static let versionConflict: Self = "version.conflict"
    /// A higher version of the record was accepted before.
    public static let versionOutdated: Self = "version.outdated"
    /// The record does not say which record it belongs to.
    public static let parentMissing: Self = "parent.missing"
    /// The date that a deadline counts from is missing.
    public static let deadlineDateMissing: Self = "deadline.date-missing"
    /// The date that a deadline counts from cannot be read.
    public static let deadlineDateUnreadable: Self = "deadline.date-unreadable"
    /// A deadline reaches into a year for which no holidays are known.
    public static let deadlineYearUnknown: Self = "deadline.year-unknown"
    /// No sender has the key that came, or none came.
    public static let senderUnknown: Self = "sender.unknown"
    /// The sender may not use the channel.
    public static let senderNotAllowed: Self = "sender.not-allowed"
    /// A mapping, schema or configuration file is wrong.
    public static let fileInvalid: Self = "file.invalid"
    /// An unknown key in a file; the text suggests the nearest one.
    public static let keyUnknown: Self = "file.unknown-key"
}

/// Line and column in a text, both counted from 1; 0 means unknown. Columns count bytes of UTF-8.
public struct SourcePosition: Sendable, Hashable {
    /// Line from 1, or 0.
    public var line: Int
    /// Column from 1, or 0.
    public var column: Int

    /// A position.
    public init(line: Int, column: Int = 0) {
        self.line = line
        self.column = column
    }

    /// Nothing known.
    public static let unknown = SourcePosition(line: 0, column: 0)
}
