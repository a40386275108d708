internal import ExchangeModel
internal import JSON

/// How a platform's answers are read: configured rules over HTTP status and one value inside the body, tried in order.
///
/// Real platforms report failure inside HTTP 200 (data-standards, section 9), so the status alone never decides unless a
/// rule says so. No rule searches text.
public struct AnswerRules: Sendable, Hashable {
    /// Tried in order; the first that fits decides.
    public var rules: [AnswerRule]
    /// Where the body names the platform's own number of the receipt: a JSON pointer.
    public var receiptPointer: String?

    /// Takes both.
    public init(rules: [AnswerRule], receiptPointer: String?) {
        self.rules = rules
        self.receiptPointer = receiptPointer
    }

    /// Longest receipt number that is kept, in bytes.
    public static let referenceBytesMax = 256

    /// What an answer is taken for: the verdict of the first fitting rule, or `.unclear` when none fits.
    public func classify(status: Int, body: [UInt8]) -> Classification {
        // Parsed only when a rule or the receipt looks into it; an HTML page is simply no JSON.
        let needsBody = receiptPointer != nil || rules.contains { $0.condition != nil }
        let document = needsBody ? try? JSONValue(parsing: body, limits: JSONLimits(bytesMax: 1 << 20)) : nil
        let given = receiptPointer.flatMap { document?.value(at: $0)?.scalarText } ?? ""
        // A platform's number is short; whatever longer text stands there must not burst the evidence of a confirmation.
        let reference = given.utf8.count <= Self.referenceBytesMax ? given : String(given.prefix(Self.referenceBytesMax / 4))
        for rule in rules where rule.statuses.contains(status) {
            guard let condition = rule.condition else {
                return Classification(
                    verdict: rule.verdict, reason: "HTTP \(status)", reference: reference, cause: rule.cause)
            }
            guard let value = document?.value(at: condition.pointer)?.scalarText, condition.matches(value) else { continue }
            return Classification(
                verdict: rule.verdict, reason: "HTTP \(status), \(condition.pointer) is \(Self.shown(value))",
                reference: reference, cause: rule.cause)
        }
        let shape = document == nil && needsBody ? ", the body is not JSON" : ""
        return Classification(verdict: .unclear, reason: "HTTP \(status), no rule fits this answer\(shape)", reference: reference)
    }

    /// A code of the platform, cut for a log; long text is not shown, since it may quote the payload.
    private static func shown(_ value: String) -> String {
        value.utf8.count <= 32 ? "\"\(value)\"" : "a text of \(value.utf8.count) bytes"
    }

    /// The outcome of classifying.
    public struct Classification: Sendable, Hashable {
        /// What the answer is taken for.
        public var verdict: AnswerVerdict
        /// Why, in words for a person.
        public var reason: String
        /// The platform's receipt number, if it gave one.
        public var reference: String
        /// What the rule calls the cause; nil: as the verdict.
        public var cause: String? = nil
    }
}

/// One rule.
public struct AnswerRule: Sendable, Hashable {
    /// HTTP statuses it is about.
    public var statuses: ClosedRange<Int>
    /// What the body must say; nil means anything.
    public var condition: BodyCondition?
    /// What the answer is taken for.
    public var verdict: AnswerVerdict
    /// What the cause is called in codes (`answer.NAME`); nil: as the verdict.
    public var cause: String?

    /// Takes everything.
    public init(statuses: ClosedRange<Int>, condition: BodyCondition?, verdict: AnswerVerdict, cause: String? = nil) {
        self.statuses = statuses
        self.condition = condition
        self.verdict = verdict
        self.cause = cause
    }
}

/// A value inside a JSON body.
public struct BodyCondition: Sendable, Hashable {
    /// Where it is: a JSON pointer (RFC 6901).
    public var pointer: String
    /// How it is compared.
    public var comparison: Comparison

    /// The comparisons.
    public enum Comparison: Sendable, Hashable {
        /// One of these texts exactly.
        case equals([String])
        /// Begins with this text: platforms group their codes by prefix.
        case startsWith(String)
    }

    /// Takes both.
    public init(pointer: String, comparison: Comparison) {
        self.pointer = pointer
        self.comparison = comparison
    }

    func matches(_ value: String) -> Bool {
        switch comparison {
        case .equals(let texts): texts.contains(value)
        case .startsWith(let prefix): value.hasPrefix(prefix)
        }
    }
}

/// What an answer can be taken for.
public enum AnswerVerdict: String, Sendable, Hashable, CaseIterable {
    /// The platform has it.
    case accepted
    /// The platform took it and answers later, by a receipt.
    case handedOver
    /// The platform will never take it as it is (or, to a status query: it got and refused it).
    case permanent
    /// The platform may take it later.
    case transient
    /// Nobody knows.
    case unclear
    /// To a status query: the platform never got it.
    case absent
}

extension JSONValue {
    /// The text of a string, number or boolean; nil for anything else.
    var scalarText: String? { string ?? number ?? boolean.map { $0 ? "true" : "false" } }
}
