/// A JSON number compared exactly: `1`, `1.0` and `10e-1` are one value, and no digit beyond 2^53 is lost.
///
/// Exponents are read up to 10^17; numbers beyond count as equally large (or small) in their exponent.
public struct JSONDecimal: Sendable, Hashable {
    /// Whether it is below zero; zero never is.
    public let isNegative: Bool
    /// The significant digits 0...9, without zeros at either end; empty for zero.
    public let digits: [UInt8]
    /// The value is 0.DIGITS times ten to this power.
    public let exponent: Int

    /// A number as the JSON grammar spells it.
    public init(_ spelling: UnsafeBufferPointer<UInt8>) {
        let scan = Scan(spelling)
        var digits: [UInt8] = []
        scan.forEachDigit { digits.append($0) }
        self.digits = digits
        isNegative = scan.isNegative
        exponent = scan.exponent
    }

    /// A number as the JSON grammar spells it.
    public init(_ spelling: String) {
        self = Array(spelling.utf8).withUnsafeBufferPointer { JSONDecimal($0) }
    }

    /// Whether it is a whole number.
    public var isInteger: Bool { exponent >= digits.count }

    /// The value as an `Int`; nil when it is no whole number or does not fit.
    public var integer: Int? {
        guard isInteger, exponent <= 19 else { return nil }
        var value = 0
        for index in 0..<exponent {
            let digit = index < digits.count ? Int(digits[index]) : 0
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, over) = isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !overflow, !over else { return nil }
            value = sum
        }
        return value
    }

    // MARK: Numbers as they are spelled, without owning memory

    /// Whether a spelled number is whole: `1.0` and `12e3` are.
    public static func isInteger(_ spelling: UnsafeBufferPointer<UInt8>) -> Bool {
        guard spelling.contains(where: { $0 == 0x2E || $0 | 0x20 == 0x65 }) else { return true }
        let scan = Scan(spelling)
        return scan.exponent >= scan.digitCount
    }

    /// Below zero, zero or above: how a spelled number compares with this one.
    public func order(of spelling: UnsafeBufferPointer<UInt8>) -> Int {
        let scan = Scan(spelling)
        return digits.withUnsafeBufferPointer { own in
            Self.order(
                scan, isNegative: isNegative, exponent: exponent, count: own.count, digit: { own[$0] })
        }
    }

    /// Whether two spelled numbers are one value.
    public static func areEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        let (one, other) = (Scan(left), Scan(right))
        return one.isNegative == other.isNegative && one.exponent == other.exponent && one.hasSameDigits(as: other)
    }

    /// Feeds what is the same for equal numbers to a hash.
    public static func hash(_ spelling: UnsafeBufferPointer<UInt8>, into hasher: inout Hasher) {
        let scan = Scan(spelling)
        hasher.combine(scan.isNegative)
        hasher.combine(scan.exponent)
        scan.forEachDigit { hasher.combine($0) }
    }

    /// This number as a divisor; nil when it is not above zero or has more than 18 significant digits.
    public var divisor: Divisor? {
        guard !isNegative, !digits.isEmpty, digits.count <= 18 else { return nil }
        return Divisor(digits: digits.reduce(0) { $0 * 10 + UInt64($1) }, power: exponent - digits.count)
    }

    /// A divisor, for exact division of spelled numbers.
    public struct Divisor: Sendable, Hashable {
        let digits: UInt64
        let power: Int

        /// Whether a spelled number is a whole multiple: exact for any size.
        public func divides(_ spelling: UnsafeBufferPointer<UInt8>) -> Bool {
            let scan = Scan(spelling)
            guard scan.digitCount > 0 else { return true }
            // The number is DIGITS times ten to `shift`, both without the powers of ten of the other.
            let shift = scan.exponent - scan.digitCount - power
            // Its digits do not end in zero, so ten divides them no more.
            guard shift >= 0 else { return false }
            var remainder: UInt64 = 0
            scan.forEachDigit { remainder = (multiplied(remainder, 10) + UInt64($0) % digits) % digits }
            return multiplied(remainder, tenth(to: shift)) == 0
        }

        private func multiplied(_ left: UInt64, _ right: UInt64) -> UInt64 {
            let product = (left % digits).multipliedFullWidth(by: right % digits)
            return digits.dividingFullWidth(product).remainder
        }

        private func tenth(to power: Int) -> UInt64 {
            var result = 1 % digits
            var base = 10 % digits
            var power = power
            while power > 0 {
                if power & 1 == 1 { result = multiplied(result, base) }
                base = multiplied(base, base)
                power >>= 1
            }
            return result
        }
    }

    private static func order(
        _ left: Scan, isNegative: Bool, exponent: Int, count: Int, digit: (Int) -> UInt8
    ) -> Int {
        if left.digitCount == 0 || count == 0 {
            if left.digitCount == 0 { return count == 0 ? 0 : isNegative ? 1 : -1 }
            return left.isNegative ? -1 : 1
        }
        guard left.isNegative == isNegative else { return left.isNegative ? -1 : 1 }
        let sign = isNegative ? -1 : 1
        guard left.exponent == exponent else { return left.exponent < exponent ? -sign : sign }
        var index = 0
        var result = 0
        left.forEachDigit { own in
            if result == 0 {
                let other = index < count ? digit(index) : 0
                if own != other { result = own < other ? -1 : 1 }
            }
            index += 1
        }
        if result == 0, left.digitCount < count { result = -1 }
        return result * sign
    }

    /// Where the significant digits of a spelled number lie.
    struct Scan {
        let spelling: UnsafeBufferPointer<UInt8>
        var isNegative = false
        var exponent = 0
        var digitCount = 0
        private var first = 0
        private var last = 0

        static let exponentMax = 100_000_000_000_000_000

        init(_ spelling: UnsafeBufferPointer<UInt8>) {
            self.spelling = spelling
            var position = 0
            let isBelow = spelling.first == 0x2D
            if isBelow { position = 1 }
            var whole = 0
            var seenPoint = false
            var seen = 0
            var firstSeen = -1
            var lastSeen = -1
            while position < spelling.count {
                let byte = spelling[position]
                if byte == 0x2E {
                    seenPoint = true
                } else if byte &- 0x30 < 10 {
                    if !seenPoint { whole += 1 }
                    if byte != 0x30 {
                        if firstSeen < 0 {
                            firstSeen = seen
                            first = position
                        }
                        lastSeen = seen
                        last = position
                    }
                    seen += 1
                } else {
                    break
                }
                position += 1
            }
            guard firstSeen >= 0 else { return }
            isNegative = isBelow
            digitCount = lastSeen - firstSeen + 1
            exponent = whole - firstSeen + Self.power(spelling, from: position + 1)
        }

        private static func power(_ spelling: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
            guard start < spelling.count else { return 0 }
            var value = 0
            var isBelow = false
            for byte in spelling[start...] {
                if byte == 0x2D { isBelow = true }
                if byte &- 0x30 < 10 { value = min(value * 10 + Int(byte - 0x30), exponentMax) }
            }
            return isBelow ? -value : value
        }

        @inline(__always) func forEachDigit(_ body: (UInt8) -> Void) {
            guard digitCount > 0 else { return }
            for index in first...last where spelling[index] != 0x2E { body(spelling[index] &- 0x30) }
        }

        /// Whether both have the same significant digits.
        func hasSameDigits(as other: Scan) -> Bool {
            guard digitCount == other.digitCount else { return false }
            var (here, there) = (first, other.first)
            for _ in 0..<digitCount {
                if spelling[here] == 0x2E { here += 1 }
                if other.spelling[there] == 0x2E { there += 1 }
                guard spelling[here] == other.spelling[there] else { return false }
                here += 1
                there += 1
            }
            return true
        }
    }
}
