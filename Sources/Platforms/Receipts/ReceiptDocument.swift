public import ExchangeModel
public import Store

/// Reads documents of receipts in one notation. Pure work for the processor; safe from any task.
public protocol ReceiptDocumentReader: Sendable {
    /// Whether a document of this media type is of its notation.
    func takes(contentType: String) -> Bool

    /// Reads every receipt that can be read, and says of each other what is wrong with it.
    func read(_ bytes: [UInt8]) -> ReceiptDocument
}

/// What a document holds.
public struct ReceiptDocument: Sendable {
    /// The receipts that can be read, in the document's order.
    public var items: [Item]
    /// What is wrong, with positions; errors name items that were left out.
    public var findings: [Finding]
    /// What to ask with next, where the document is the answer to a poll and says so.
    public var cursor: String?

    /// One receipt.
    public struct Item: Sendable {
        /// Its place in the document, from 0.
        public var index: Int
        /// By what it finds its delivery.
        public var correlation: ReceiptCorrelation
        /// What it says.
        public var verdict: ReceiptVerdict
        /// Its number; empty where it gives none.
        public var number: String
        /// Why, short; empty where it says nothing, or something long that may quote the payload.
        public var reason: String
        /// The time it names.
        public var statedAt: Instant?
        /// Its bytes.
        public var bytes: [UInt8]
    }

    /// Receipts that one document may hold.
    public static var itemsMax: Int { StoreLimits.receiptsPerCall }
}
