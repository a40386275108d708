import GatewayTesting

/// What the network and a destination do to one request: the list from which a simulation draws. What becomes of receipts that
/// come by themselves is a list of its own, `ReceiptFault`.
enum NetworkFault: String, CaseIterable, Sendable {
    /// No connection: it is certain that no octet left.
    case notSent
    /// The connection ends before the request is there. The sender cannot know that.
    case cutBefore
    /// The request is there and taken, and the connection ends before the answer.
    case cutAfter
    /// The request is taken, and nothing is ever heard again.
    case answerLost
    /// Nothing is taken, and nothing is ever heard.
    case hangs
    /// Taken or not, the answer comes late: perhaps when the lease is over.
    case slow
    /// The request arrives twice, the second time much later.
    case arrivesTwice
    /// The carrier tells the answer twice.
    case answeredTwice
    /// 429 with `Retry-After`.
    case tooMany
    /// 503, with or without `Retry-After`; nothing was taken.
    case unavailable
    /// A page of errors with status 500, after the record was stored.
    case failedAfterTaking
    /// Refused for good.
    case refused

    /// How often it comes, beside the others.
    var weight: Int {
        switch self {
        case .cutBefore, .cutAfter, .unavailable: 4
        case .notSent, .tooMany, .slow, .failedAfterTaking: 3
        case .answerLost, .hangs, .arrivesTwice, .answeredTwice: 2
        case .refused: 2
        }
    }

    /// Whether the destination has the record afterwards; nil: by chance.
    var isTaken: Bool? {
        switch self {
        case .cutAfter, .answerLost, .arrivesTwice, .failedAfterTaking: true
        case .notSent, .cutBefore, .hangs, .tooMany, .unavailable, .refused: false
        case .slow, .answeredTwice: nil
        }
    }

    static func draw(_ random: inout SeededRandom) -> NetworkFault {
        var left = Int.random(in: 0..<allCases.map(\.weight).reduce(0, +), using: &random)
        return allCases.first { fault in
            left -= fault.weight
            return left < 0
        } ?? .cutAfter
    }
}

/// What a status query meets.
enum QuestionFault: String, CaseIterable, Sendable {
    /// An HTML page instead of an answer.
    case unclear
    /// No answer ever.
    case lost
    /// The answer comes late.
    case slow
    /// The record is said to be absent, and it is there; another time the truth is told.
    case contradicts
    /// The record is said to be refused, and it is there.
    case refusedThoughTaken
}
