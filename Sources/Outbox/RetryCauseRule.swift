/// What is different about retries for some causes of failure.
///
/// A cause is the code by which the destination's rules classified an answer, or the transport a failure
/// (`answer.transient`, `transport.reset`, `status.absent`); its text is never looked at.
public struct RetryCauseRule: Sendable, Hashable {
    /// A code, or its beginning with `.*` behind: `answer.*`.
    public var cause: String
    /// Upper bound of the first wait; nil: as for all.
    public var initial: Duration?
    /// Upper bound of every wait; nil: as for all.
    public var cap: Duration?
    /// After so many attempts, of whatever cause, a failure of this cause makes the delivery dead; nil: as for all.
    public var attempts: Int?
    /// After so much time since acceptance a failure of this cause makes the delivery dead; nil: as for all.
    public var total: Duration?

    /// Takes everything.
    public init(
        cause: String, initial: Duration? = nil, cap: Duration? = nil, attempts: Int? = nil, total: Duration? = nil
    ) {
        self.cause = cause
        self.initial = initial
        self.cap = cap
        self.attempts = attempts
        self.total = total
    }

    /// How exactly it names a code: nil when it does not fit, the whole length for the code itself.
    func fit(_ code: String) -> Int? {
        if cause == code { return Int.max }
        guard cause.hasSuffix(".*") else { return nil }
        let beginning = cause.dropLast()
        return code.hasPrefix(beginning) ? beginning.utf8.count : nil
    }
}

extension RetryPolicy {
    /// The policy for a failure of a cause: of the rules that fit, the one that names it most exactly changes what it says.
    public func policy(for code: String) -> RetryPolicy {
        if byCause.isEmpty { return self }
        var best: (fit: Int, rule: RetryCauseRule)?
        for rule in byCause {
            if let fit = rule.fit(code), best.map({ fit > $0.fit }) ?? true { best = (fit, rule) }
        }
        guard let rule = best?.rule else { return self }
        var policy = self
        policy.initial = rule.initial ?? initial
        policy.cap = rule.cap ?? cap
        policy.attempts = rule.attempts ?? attempts
        policy.total = rule.total ?? total
        return policy
    }
}
