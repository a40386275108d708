/// A decimal number kept as its digits: what money and measures are computed with. Never binary floating point.
///
/// `digits` are ASCII digits without leading zeros (at least one); the value is digits x 10^-scale with the sign. Moving
/// the point (万元 to 元) is exact; a conversion that would lose a digit fails instead of rounding. Value type over one
/// machine word pair, no allocation: up to 36 digits.
struct ExactDecimal: Sendable, Hashable {
    /// Longest number of digits accepted, before and after the point together. The field's widest form is N..20,6.
    static let digitsMax = 36

    /// Magnitude; 10^36 fits 128 bits.
    private(set) var magnitude: UInt128
    /// Digits behind the point, 0 to 36.
    private(set) var scale: Int
    /// Below zero; never with magnitude 0.
    private(set) var isNegative: Bool

    /// Why text is not accepted, or a conversion not possible.
    enum Problem: Error, Hashable {
        /// Not `-?digits(.digits)?`; exponents, group separators, blanks and full-width digits are no decimals.
        case notDecimal
        /// More digits than `digitsMax`.
        case tooLong
        /// The target has fewer decimals than the value needs.
        case wouldLoseDigits
    }

    /// Reads text.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(Problem) {
        var index = 0
        var negative = false
        if index < bytes.count, bytes[index] == 0x2D {
            negative = true
            index += 1
        }
        var value: UInt128 = 0
        var count = 0
        var seen = 0
        var fraction = 0
        var inFraction = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x2E {
                guard !inFraction, seen > 0 else { throw .notDecimal }
                inFraction = true
                seen = 0
            } else if byte >= 0x30, byte <= 0x39 {
                seen += 1
                if count > 0 || byte != 0x30 { count += 1 }
                if inFraction { fraction += 1 }
                guard count <= Self.digitsMax, fraction <= Self.digitsMax else { throw .tooLong }
                value = value * 10 + UInt128(byte - 0x30)
            } else {
                throw .notDecimal
            }
            index += 1
        }
        guard seen > 0 else { throw .notDecimal }
        magnitude = value
        scale = fraction
        isNegative = negative && value != 0
        normalise()
    }

    /// A value from its parts; at most 10^36 in magnitude, at most 36 decimals.
    init(magnitude: UInt128, scale: Int, isNegative: Bool) {
        self.magnitude = magnitude
        self.scale = scale
        self.isNegative = isNegative && magnitude != 0
        normalise()
    }

    /// Removes zeros at the end of the fraction: one value has one form.
    private mutating func normalise() {
        if magnitude == 0 { scale = 0 }
        while scale > 0, magnitude % 10 == 0 {
            magnitude /= 10
            scale -= 1
        }
    }

    /// Moves the point: positive multiplies by 10^places, negative divides.
    func shifted(by places: Int) throws(Problem) -> ExactDecimal {
        var result = self
        result.scale -= places
        while result.scale < 0 {
            guard result.magnitude < Self.tenTo35 else { throw .tooLong }
            result.magnitude *= 10
            result.scale += 1
        }
        guard result.scale <= Self.digitsMax else { throw .tooLong }
        result.normalise()
        return result
    }

    private static let tenTo35: UInt128 = 100_000_000_000_000_000_000_000_000_000_000_000

    /// Appends the value with as many decimals as it needs, or with exactly `decimals`.
    func write(decimals: Int? = nil, to output: inout [UInt8]) throws(Problem) {
        var padding = 0
        if let decimals {
            guard scale <= decimals else { throw .wouldLoseDigits }
            padding = decimals - scale
        }
        if isNegative { output.append(0x2D) }
        let start = output.count
        var rest = magnitude
        var written = 0
        // Digits backwards, then turned round in place.
        for _ in 0..<padding { output.append(0x30) }
        if padding > 0, scale == 0 { output.append(0x2E) }
        repeat {
            if rest <= UInt128(UInt64.max) {
                var low = UInt64(truncatingIfNeeded: rest)
                repeat {
                    if written == scale, scale > 0 { output.append(0x2E) }
                    output.append(0x30 + UInt8(truncatingIfNeeded: low % 10))
                    low /= 10
                    written += 1
                } while low > 0
                rest = 0
            } else {
                if written == scale, scale > 0 { output.append(0x2E) }
                output.append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
                rest /= 10
                written += 1
            }
        } while rest > 0
        while written < scale {
            output.append(0x30)
            written += 1
        }
        if written == scale, scale > 0 {
            output.append(0x2E)
            output.append(0x30)
        }
        output[start...].reverse()
    }

    /// The value as text, for messages and tests.
    var text: String {
        var bytes: [UInt8] = []
        // Without a number of decimals nothing can be lost.
        try? write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
