internal import Cryptography
public import ExchangeModel
internal import Platforms
public import Store

/// Takes documents of receipts, posted or fetched: reads them, gives them to the store, and counts.
public struct ReceiptIntake: Sendable {
    private let store: any MessageStore
    private let clock: any GatewayClock
    private let ways: [String: Way]

    private struct Way: Sendable {
        let settings: ReceiptSettings
        let posted, fetched: any ReceiptDocumentReader
        let metrics: ReceiptMetrics
        let itemBytes: Int
        /// Some record that goes there is named by a person's number.
        let isPersonal: Bool
    }

    init(configuration: GatewayConfiguration, store: any MessageStore, clock: any GatewayClock) {
        self.store = store
        self.clock = clock
        var ways: [String: Way] = [:]
        let personal = Set(
            configuration.channels.flatMap(\.datasets).filter { $0.personalKeys.contains(.businessKey) }.map(\.dataset))
        for destination in configuration.destinations {
            guard let settings = destination.receipts else { continue }
            ways[destination.name] = Way(
                settings: settings, posted: JSONReceiptReader(form: settings.form),
                fetched: JSONReceiptReader(form: settings.form, cursor: settings.poll?.cursor),
                metrics: ReceiptMetrics(destination: destination.name), itemBytes: configuration.limits.receiptBytes,
                isPersonal: configuration.routes.contains {
                    personal.contains($0.dataset) && $0.destinations.contains(destination.name)
                })
        }
        self.ways = ways
    }

    /// Destinations that give receipts, in alphabetical order.
    var destinations: [String] { ways.keys.sorted() }

    /// How a destination gives receipts; nil where it gives none.
    func settings(of destination: String) -> ReceiptSettings? { ways[destination]?.settings }

    /// Who may post the receipts of a destination, and how much at once; nil where none are posted.
    public func door(of destination: String) -> ReceiptDoor? {
        ways[destination]?.settings.callback.map {
            ReceiptDoor(principals: $0.principals, bodyBytesMax: $0.bodyBytesMax, bodyTimeMax: $0.bodyTimeMax)
        }
    }

    /// Whether a posted document can be of the destination's notation.
    public func takes(contentType: String, destination: String) -> Bool {
        ways[destination]?.posted.takes(contentType: contentType) ?? false
    }

    /// Somebody who may not post was turned away.
    public func turnedAway(destination: String) { ways[destination]?.metrics.turnedAway() }

    /// Receipts that waited for their delivery in vain.
    func expired(destination: String) { ways[destination]?.metrics.expired() }

    /// Takes a posted document. **When it returns, everything it names is on disk and synced.**
    ///
    /// Throws `GatewayError` of the store.
    public func post(_ bytes: [UInt8], destination: String, principal: String) async throws -> ReceiptAnswer {
        guard let way = ways[destination] else { return ReceiptAnswer(items: [], findings: []) }
        return try await take(
            way.posted.read(bytes), destination: destination, way, kind: "callback", source: principal, cursor: nil)
    }

    /// Takes a fetched document, and remembers with it how far that was.
    func fetched(
        _ bytes: [UInt8], destination: String, since: String
    ) async throws -> (answer: ReceiptAnswer, cursor: String?) {
        guard let way = ways[destination] else { return (ReceiptAnswer(items: [], findings: []), nil) }
        let document = way.fetched.read(bytes)
        let moved = document.cursor.flatMap { $0 == since || $0.isEmpty ? nil : $0 }
        let answer = try await take(
            document, destination: destination, way, kind: "poll", source: destination,
            cursor: moved.map { ReceiptCursor(destination: destination, value: $0) })
        return (answer, moved)
    }

    /// A person's number is looked for, and kept while it waits, as the hash that stands in the store.
    private func kept(_ correlation: ReceiptCorrelation) async throws -> ReceiptCorrelation {
        guard case .businessKey(let key, let version) = correlation else { return correlation }
        let found = try await store.messages(businessKey: key, sender: nil, limit: 1).first?.businessKey
        let hashed = store.personalNumbers(at: clock.now())?.text(of: key)
        return .businessKey(found ?? hashed ?? key, version: version)
    }

    private func take(
        _ document: ReceiptDocument, destination: String, _ way: Way, kind: String, source: String, cursor: ReceiptCursor?
    ) async throws -> ReceiptAnswer {
        var receipts: [IncomingReceipt] = []
        for item in document.items {
            let correlation = way.isPersonal ? try await kept(item.correlation) : item.correlation
            let receipt = IncomingReceipt(
                destination: destination, correlation: correlation, verdict: item.verdict, number: item.number,
                reason: item.reason, statedAt: item.statedAt, kind: kind, source: source,
                item: Array(item.bytes.prefix(way.itemBytes)), digest: SHA256.digest(item.bytes))
            receipts.append(receipt)
        }
        let outcomes = try await store.receive(receipts, cursor: cursor, at: clock.now())
        way.metrics.count(outcomes)
        way.metrics.unreadable(document.findings.count { $0.severity == .error })
        return ReceiptAnswer(
            items: zip(document.items, outcomes).map { .init(index: $0.index, number: $0.number, outcome: $1) },
            findings: document.findings)
    }
}

/// Where receipts of a destination are posted.
public struct ReceiptDoor: Sendable {
    /// Names of the senders that may.
    public var principals: [String]
    /// Largest body in bytes.
    public var bodyBytesMax: Int
    /// Longest time from the head of a request to the end of its body.
    public var bodyTimeMax: Duration
}

/// What became of a document of receipts.
public struct ReceiptAnswer: Sendable {
    /// Each receipt that could be read.
    public var items: [Item]
    /// What is wrong with the others.
    public var findings: [Finding]

    /// One receipt.
    public struct Item: Sendable {
        /// Its place in the document, from 0.
        public var index: Int
        /// Its number.
        public var number: String
        /// What became of it.
        public var outcome: ReceiptOutcome
    }

    /// Nothing of it could be read.
    public var isUnreadable: Bool { items.isEmpty && findings.contains { $0.severity == .error } }
    /// Some receipt was not taken, as too many wait for their delivery.
    public var hasNoRoom: Bool { items.contains { $0.outcome.effect == .noRoom } }
    /// Some receipt is not applied yet.
    public var waits: Bool { items.contains { $0.outcome.effect == .kept || $0.outcome.effect == .held } }
    /// Everything came before.
    public var isRepeat: Bool { !items.isEmpty && findings.isEmpty && items.allSatisfy { $0.outcome.isRepeat } }
}
