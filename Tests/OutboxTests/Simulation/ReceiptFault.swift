import GatewayTesting

/// What happens to the receipt of a record that a destination took and answers later.
enum ReceiptFault: String, CaseIterable, Sendable {
    /// It is there before the answer to the request.
    case early
    /// It comes when its time is over.
    case late
    /// It never comes.
    case lost
    /// It comes twice.
    case twice
    /// Another one says the opposite.
    case contradictory
    /// One with another verdict comes before it.
    case other
    /// The destination refuses the record by it.
    case refused
}
