public import ExchangeModel

/// A receipt that a destination gave by itself: posted to the gateway, or fetched by it. Not an answer to an attempt.
public struct IncomingReceipt: Sendable {
    /// Whose receipt it is.
    public var destination: String
    /// By what it finds its delivery.
    public var correlation: ReceiptCorrelation
    /// What it says.
    public var verdict: ReceiptVerdict
    /// The destination's own number for it; empty where it gave none. One number may stand over many deliveries.
    public var number: String
    /// Why, short and without payload, for the cause of a refused delivery; empty where nothing short was given.
    public var reason: String
    /// The time that the receipt itself names.
    public var statedAt: Instant?
    /// `callback` or `poll`.
    public var kind: String
    /// Who posted it (a principal's name), or the destination that was asked.
    public var source: String
    /// The bytes of the item as received, at most `StoreLimits.receiptBytes`; the store refuses more.
    public var item: [UInt8]
    /// SHA-256 of the whole item, which tells repeats apart where no number is given.
    public var digest: [UInt8]

    /// Takes everything.
    public init(
        destination: String, correlation: ReceiptCorrelation, verdict: ReceiptVerdict, number: String = "", reason: String = "",
        statedAt: Instant? = nil, kind: String, source: String, item: [UInt8], digest: [UInt8]
    ) {
        self.destination = destination
        self.correlation = correlation
        self.verdict = verdict
        self.number = number
        self.reason = reason
        self.statedAt = statedAt
        self.kind = kind
        self.source = source
        self.item = item
        self.digest = digest
    }
}

/// What ties a receipt to its delivery.
public enum ReceiptCorrelation: Sendable, Hashable {
    /// Our id, as it was sent with an attempt: the delivery's, or that of a repetition under a new id.
    case deliveryID(DeliveryID)
    /// Their number, as the answer that took the record gave it.
    case reference(String)
    /// The record's business key, and its version where the receipt names one.
    case businessKey(String, version: String?)

    /// The name of the way, stable in the store.
    public var way: String {
        switch self {
        case .deliveryID: "deliveryId"
        case .reference: "reference"
        case .businessKey: "businessKey"
        }
    }

    /// The value, as text.
    public var subject: String {
        switch self {
        case .deliveryID(let id): id.description
        case .reference(let text), .businessKey(let text, _): text
        }
    }

    /// The version of the record, where it is named.
    public var version: String? { if case .businessKey(_, let version) = self { version } else { nil } }
}

/// What a receipt says, by the destination's configuration.
public enum ReceiptVerdict: String, Sendable, Hashable, CaseIterable {
    /// The destination has the record for good.
    case accepted
    /// The destination will never take it as it is.
    case refused
    /// Something else: kept and shown, it changes nothing.
    case other

    /// The event it means to a delivery.
    public var event: DeliveryEvent? {
        switch self {
        case .accepted: .accepted
        case .refused: .refusedPermanently
        case .other: nil
        }
    }
}

/// What a receipt did.
public enum ReceiptEffect: String, Sendable, Hashable, CaseIterable {
    /// It confirmed or refused its delivery.
    case applied
    /// It says what is known already.
    case agrees
    /// Its delivery is being sent, or was not sent yet: it is applied to the outcome of the attempt.
    case held
    /// It is kept and changes nothing.
    case noted
    /// It contradicts what is known. Nothing is changed; a person must look.
    case contradicts
    /// There is no such delivery yet: it is kept until there is one, for `StoreLimits.earlyReceiptAge`.
    case kept
    /// There is no such delivery yet, and too many receipts wait for theirs: nothing was written.
    case noRoom
}

/// What became of a receipt.
public struct ReceiptOutcome: Sendable, Hashable {
    /// The delivery that it belongs to; nil while there is none.
    public var delivery: DeliveryID?
    /// Where that stands now.
    public var state: DeliveryState?
    /// What the receipt says.
    public var verdict: ReceiptVerdict
    /// What it did; for a repeat, what the first one did.
    public var effect: ReceiptEffect
    /// It was there before: nothing was written.
    public var isRepeat: Bool

    /// Takes everything.
    public init(
        delivery: DeliveryID?, state: DeliveryState?, verdict: ReceiptVerdict, effect: ReceiptEffect, isRepeat: Bool = false
    ) {
        self.delivery = delivery
        self.state = state
        self.verdict = verdict
        self.effect = effect
        self.isRepeat = isRepeat
    }
}

/// How far the receipts of a destination were fetched, written together with them.
public struct ReceiptCursor: Sendable, Hashable {
    /// Whose.
    public var destination: String
    /// What the destination wants to hear with the next question.
    public var value: String

    /// Takes both.
    public init(destination: String, value: String) {
        self.destination = destination
        self.value = value
    }
}

/// A receipt whose delivery never came to be.
public struct ExpiredReceipt: Sendable {
    /// Whose it was.
    public var destination: String
    /// By what it looked for its delivery: `deliveryId`, `reference` or `businessKey`.
    public var way: String
    /// The destination's number for it.
    public var number: String
    /// When it came.
    public var receivedAt: Instant
}

/// What a stored receipt knows beyond an answer: of receipts that came by themselves alone.
public struct ReceiptArrival: Sendable {
    /// What it did.
    public var effect: ReceiptEffect
    /// The time that it names itself.
    public var statedAt: Instant?
    /// Who posted it, or the destination that was asked.
    public var source: String
    /// Why, in short; empty where nothing short was given.
    public var reason: String
    /// What binds its bytes: inside the store alone.
    var identity: [UInt8]
}
