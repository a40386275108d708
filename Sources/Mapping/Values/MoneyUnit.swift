/// A unit in which amounts are written: how far the point moves to the currency's own unit, and which currency it implies.
struct MoneyUnit: Sendable, Hashable {
    /// Places that the point moves to the right to reach the currency's own unit.
    let places: Int
    /// ISO 4217.
    let currency: String

    private static let known: [(word: String, places: Int)] = [("元", 0), ("万元", 4), ("亿元", 8), ("角", -1), ("分", -2)]

    /// All words, for suggestions.
    static let words = known.map(\.word)

    /// A unit by its word; yuan units only, since other currencies are counted in their own unit.
    init?(_ word: String) {
        guard let unit = Self.known.first(where: { $0.word == word }) else { return nil }
        places = unit.places
        currency = "CNY"
    }

    /// The places of a unit given as bytes; nil when it is not known.
    static func places(_ word: UnsafeBufferPointer<UInt8>) -> Int? {
        for unit in known where word.count == unit.word.utf8.count && unit.word.utf8.elementsEqual(word) { return unit.places }
        return nil
    }
}
