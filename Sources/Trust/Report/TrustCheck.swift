/// One check that was made, or that could not be made, with its own verdict.
public struct TrustCheck: Sendable, Hashable {
    /// Stable key: group, dot, what is checked, such as `binding.references`.
    public let key: String
    /// How it ended.
    public let verdict: Verdict
    /// The reason when the verdict is `failed` or `indeterminate`.
    public let subIndication: SubIndication?
    /// One sentence in English.
    public let text: String
    /// The same in Chinese.
    public let textZH: String
    /// Facts, in a fixed order.
    public let data: [Datum]

    /// How a check ended.
    public enum Verdict: String, Sendable, Hashable {
        /// Made, and good.
        case passed
        /// Made; something unusual that decides nothing.
        case warning
        /// Made, and not good.
        case failed
        /// Evidence for it is missing.
        case indeterminate
        /// Not made because one before it failed.
        case notReached
        /// Does not apply to this input.
        case notApplicable
    }

    /// A named fact.
    public struct Datum: Sendable, Hashable {
        /// Name in lower camel case.
        public let name: String
        /// Value.
        public let value: Value

        /// A value of a fact.
        public enum Value: Sendable, Hashable {
            /// Text.
            case text(String)
            /// A whole number.
            case number(Int)
            /// Several texts, in a fixed order.
            case list([String])
        }

        /// A text.
        static func text(_ name: String, _ value: String) -> Datum { Datum(name: name, value: .text(value)) }
        /// A number.
        static func number(_ name: String, _ value: Int) -> Datum { Datum(name: name, value: .number(value)) }
        /// A list.
        static func list(_ name: String, _ value: [String]) -> Datum { Datum(name: name, value: .list(value)) }
    }

    static func passed(_ key: String, _ text: String, _ textZH: String, _ data: Datum...) -> TrustCheck {
        TrustCheck(key: key, verdict: .passed, subIndication: nil, text: text, textZH: textZH, data: data)
    }

    static func warning(_ key: String, _ text: String, _ textZH: String, _ data: Datum...) -> TrustCheck {
        TrustCheck(key: key, verdict: .warning, subIndication: nil, text: text, textZH: textZH, data: data)
    }

    static func failed(_ key: String, _ sub: SubIndication, _ text: String, _ textZH: String, _ data: Datum...) -> TrustCheck {
        TrustCheck(key: key, verdict: .failed, subIndication: sub, text: text, textZH: textZH, data: data)
    }

    static func indeterminate(
        _ key: String, _ sub: SubIndication, _ text: String, _ textZH: String, _ data: Datum...
    ) -> TrustCheck {
        TrustCheck(key: key, verdict: .indeterminate, subIndication: sub, text: text, textZH: textZH, data: data)
    }

    static func notReached(_ key: String, _ text: String, _ textZH: String) -> TrustCheck {
        TrustCheck(key: key, verdict: .notReached, subIndication: nil, text: text, textZH: textZH, data: [])
    }

    static func notApplicable(_ key: String, _ text: String, _ textZH: String) -> TrustCheck {
        TrustCheck(key: key, verdict: .notApplicable, subIndication: nil, text: text, textZH: textZH, data: [])
    }

    static func malformed(_ key: String, _ fault: DERFault) -> TrustCheck {
        failed(key, .formatFailure, "The structure is broken: \(fault.text).", "结构错误：\(fault.textZH)。")
    }
}
