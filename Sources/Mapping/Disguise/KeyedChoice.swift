internal import Cryptography

/// Choices that depend on a secret key and a value and on nothing else: the same key and value choose the same, and without the key
/// nothing leads back from what was chosen (HMAC with SHA-256).
struct KeyedChoice {
    private let key: [UInt8]
    private let message: [UInt8]
    private var block: [UInt8] = []
    private var next = 0
    private var counter: UInt8 = 0

    /// - Parameters:
    ///   - domain: what the value is; equal texts of two kinds choose differently.
    ///   - round: another choice for the same value, where the first one would not do.
    init(key: [UInt8], domain: String, value: String, round: Int) {
        self.key = key
        message = Array("\(domain)\u{0}\(round)\u{0}\(value)\u{0}".utf8)
    }

    /// A number from 0 to `bound` - 1; the bias of less than `bound` in 2^32 does not matter here.
    mutating func number(below bound: Int) -> Int {
        if next + 4 > block.count {
            block = HMACSHA256.code(message + [counter], key: key)
            counter &+= 1
            next = 0
        }
        let word = block[next..<(next + 4)].reduce(0) { $0 << 8 | Int($1) }
        next += 4
        return word % bound
    }

    /// One of the elements.
    mutating func element<Element>(of elements: [Element]) -> Element { elements[number(below: elements.count)] }
}
