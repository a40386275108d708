internal import Glibc

/// SplitMix64: a random source that a seed replays.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A source that begins with a seed.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// True in so many of a hundred cases.
    public mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// Seeds of random tests: printed by each, replayed by `TENDERBRIDGE_SEED`; `TENDERBRIDGE_ROUNDS` multiplies the work.
public enum TestSeed {
    /// The seed asked for by the environment, else a new one.
    public static func choose() -> UInt64 {
        if let text = getenv("TENDERBRIDGE_SEED"), let seed = UInt64(String(cString: text)) { return seed }
        return UInt64.random(in: 1...UInt64(Int64.max))
    }

    /// How many rounds to run: the usual number, or what the environment says.
    public static func rounds(_ usual: Int) -> Int {
        number("TENDERBRIDGE_ROUNDS").map { max(1, $0) } ?? usual
    }

    /// A number that the environment names, if it does.
    public static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
}
