import ExchangeModel
import GatewayTesting
import Outbox
import Store

/// Where a simulated platform writes its receipts, and hands them out: it posts them until each is acknowledged, or is asked for
/// those behind a number.
struct ReceiptDesk {
    enum Way: CaseIterable {
        case callback, poll
    }

    /// A receipt, and the record it is about.
    struct Written {
        var receipt: IncomingReceipt
        var about: DeliveryID
        var due: Instant
        var isAcknowledged = false
    }

    let destination: String
    let way: Way
    /// How many of a hundred records are answered later.
    let handsOver: Int
    private var planned: [Written] = []
    /// In the order in which they were given out; a place is the number that a poll names.
    private(set) var published: [Written] = []
    private(set) var faults: [String: Int] = [:]
    /// Records of which a receipt says that they were taken.
    private(set) var calledAccepted: Set<DeliveryID> = []
    /// Records that were refused by a receipt, unless they were taken later.
    private(set) var refused: Set<DeliveryID> = []
    private var count = 0

    init(_ destination: String, _ random: inout SeededRandom) {
        self.destination = destination
        way = Way.allCases.randomElement(using: &random) ?? .callback
        handsOver = random.chance(60) ? Int.random(in: 20...90, using: &random) : 0
    }

    // MARK: Writing

    /// A record is there. Returns whether it is taken, and under which number it is answered later, if it is.
    mutating func take(
        _ shipment: Shipment, isKnown: Bool, businessKey: String?, limit: Duration, isCalm: Bool, at now: Instant,
        _ random: inout SeededRandom
    ) -> (isTaken: Bool, reference: String?) {
        let isLater = random.chance(handsOver)
        if handsOver == 0 || (!isLater && !random.chance(30)) { return (true, nil) }
        let fault = isCalm || !random.chance(50) ? nil : ReceiptFault.allCases.randomElement(using: &random)
        let isRefused = isLater && fault == .refused && !isKnown
        if isRefused { refused.insert(shipment.delivery) } else { refused.remove(shipment.delivery) }
        count += 1
        let reference = isLater ? "\(destination)-\(count)" : nil
        if let fault { faults["receipt \(fault.rawValue)", default: 0] += 1 }
        if fault == .lost { return (!isRefused, reference) }
        let ways: [ReceiptCorrelation] =
            [.deliveryID(random.chance(50) ? shipment.sentAs : shipment.delivery)]
            + (reference.map { [.reference($0)] } ?? []) + (businessKey.map { [.businessKey($0, version: nil)] } ?? [])
        let correlation = ways.randomElement(using: &random) ?? ways[0]
        let wait: Duration =
            switch fault {
            case .early: .zero
            case .late: limit + .seconds(Int.random(in: 1...400, using: &random))
            default: .milliseconds(Int.random(in: 0...120_000, using: &random))
            }
        let verdict: ReceiptVerdict = isRefused ? .refused : .accepted
        func write(_ verdict: ReceiptVerdict, _ due: Instant) {
            plan(shipment.delivery, correlation, verdict, number: random.chance(80), due: due)
        }
        write(verdict, now + wait)
        let again = now + .milliseconds(Int.random(in: 0...200_000, using: &random))
        switch fault {
        case .twice: if let same = planned.last { planned.append(Written(receipt: same.receipt, about: same.about, due: again)) }
        case .contradictory: write(verdict == .accepted ? .refused : .accepted, again)
        case .other: write(.other, now)
        default: break
        }
        return (!isRefused, reference)
    }

    private mutating func plan(
        _ delivery: DeliveryID, _ correlation: ReceiptCorrelation, _ verdict: ReceiptVerdict, number: Bool, due: Instant
    ) {
        count += 1
        if verdict == .accepted { calledAccepted.insert(delivery) }
        let item = Array("\(destination) \(count) \(verdict.rawValue)".utf8)
        planned.append(
            Written(
                receipt: IncomingReceipt(
                    destination: destination, correlation: correlation, verdict: verdict,
                    number: number ? "HZ-\(destination)-\(count)" : "", reason: "as the script says",
                    kind: way == .poll ? "poll" : "callback", source: destination, item: item,
                    digest: item + [UInt8](repeating: 0, count: max(0, 32 - item.count))),
                about: delivery, due: due))
    }

    // MARK: Handing out

    /// Gives out what is due.
    mutating func publish(_ now: Instant) {
        let due = planned.enumerated().filter { $0.element.due <= now }
            .sorted { ($0.element.due, $0.offset) < ($1.element.due, $1.offset) }
        if due.isEmpty { return }
        published += due.map(\.element)
        planned.removeAll { $0.due <= now }
    }

    /// Some that were not acknowledged, in any order.
    func callbacks(_ random: inout SeededRandom) -> [Int] {
        let open = published.indices.filter { !published[$0].isAcknowledged }.shuffled(using: &random)
        return Array(open.prefix(Int.random(in: 1...4, using: &random)))
    }

    /// Those behind a number, in order.
    func page(after cursor: Int, _ random: inout SeededRandom) -> [Int] {
        Array((min(cursor, published.count)..<published.count).prefix(Int.random(in: 1...6, using: &random)))
    }

    mutating func acknowledge(_ places: [Int]) { for place in places { published[place].isAcknowledged = true } }

    /// Nothing is left that the gateway has not acknowledged.
    var isEmpty: Bool { planned.isEmpty && published.allSatisfy(\.isAcknowledged) }

    /// When something can be fetched or comes by itself.
    var nextArrival: Instant? {
        if let waiting = published.first(where: { !$0.isAcknowledged }) { return waiting.due }
        return planned.map(\.due).min()
    }
}
