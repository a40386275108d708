// Arithmetic that never loses a digit without being told to.
extension ExactDecimal {
    /// Whether it is zero.
    var isZero: Bool { magnitude == 0 }

    /// The other sign.
    var negated: ExactDecimal { ExactDecimal(magnitude: magnitude, scale: scale, isNegative: !isNegative) }

    /// The sum.
    func adding(_ other: ExactDecimal) throws(Problem) -> ExactDecimal {
        let scale = max(self.scale, other.scale)
        let left = try magnitude(atScale: scale)
        let right = try other.magnitude(atScale: scale)
        if isNegative == other.isNegative {
            return try Self.checked(left.addingReportingOverflow(right), scale: scale, isNegative: isNegative)
        }
        return left >= right
            ? ExactDecimal(magnitude: left - right, scale: scale, isNegative: isNegative)
            : ExactDecimal(magnitude: right - left, scale: scale, isNegative: other.isNegative)
    }

    /// The product.
    func multiplied(by other: ExactDecimal) throws(Problem) -> ExactDecimal {
        let product = try Self.checked(
            magnitude.multipliedReportingOverflow(by: other.magnitude), scale: 0, isNegative: isNegative != other.isNegative)
        let scale = self.scale + other.scale
        guard scale <= Self.digitsMax else { throw .tooLong }
        return ExactDecimal(magnitude: product.magnitude, scale: scale, isNegative: product.isNegative)
    }

    /// The quotient with so many decimals, halves rounded away from zero (四舍五入). The divisor is not zero.
    func divided(by other: ExactDecimal, decimals: Int) throws(Problem) -> ExactDecimal {
        // self / other = (m / n) x 10^(other.scale - self.scale); so many places more are needed for the decimals.
        let places = decimals + other.scale - scale
        var dividend = magnitude
        var divisor = other.magnitude
        if places >= 0 {
            dividend = try Self.raised(dividend, by: places)
        } else {
            divisor = try Self.raised(divisor, by: -places)
        }
        var (quotient, rest) = dividend.quotientAndRemainder(dividingBy: divisor)
        if rest >= divisor - rest { quotient += 1 }
        guard quotient < Self.tenTo(Self.digitsMax) else { throw .tooLong }
        return ExactDecimal(magnitude: quotient, scale: decimals, isNegative: isNegative != other.isNegative)
    }

    /// The value with at most so many decimals, halves rounded away from zero (四舍五入).
    func rounded(to decimals: Int) throws(Problem) -> ExactDecimal {
        guard scale > decimals else { return self }
        let one = ExactDecimal(magnitude: 1, scale: 0, isNegative: false)
        return try divided(by: one, decimals: decimals)
    }

    /// Whether it is smaller; never fails, however many digits both have.
    func isLess(than other: ExactDecimal) -> Bool {
        if isNegative != other.isNegative { return isNegative }
        let order = magnitudeOrder(other)
        return isNegative ? order > 0 : order < 0
    }

    /// Compares without the sign: whole parts, then fractions, which fit 36 digits each.
    private func magnitudeOrder(_ other: ExactDecimal) -> Int {
        let (whole, fraction) = magnitude.quotientAndRemainder(dividingBy: Self.tenTo(scale))
        let (otherWhole, otherFraction) = other.magnitude.quotientAndRemainder(dividingBy: Self.tenTo(other.scale))
        if whole != otherWhole { return whole < otherWhole ? -1 : 1 }
        let wanted = max(scale, other.scale)
        let left = fraction * Self.tenTo(wanted - scale)
        let right = otherFraction * Self.tenTo(wanted - other.scale)
        return left == right ? 0 : left < right ? -1 : 1
    }

    private func magnitude(atScale wanted: Int) throws(Problem) -> UInt128 { try Self.raised(magnitude, by: wanted - scale) }

    private static func raised(_ magnitude: UInt128, by places: Int) throws(Problem) -> UInt128 {
        guard places <= digitsMax else {
            if magnitude == 0 { return 0 }
            throw .tooLong
        }
        let (result, overflow) = magnitude.multipliedReportingOverflow(by: tenTo(places))
        if overflow { throw .tooLong }
        return result
    }

    private static func checked(
        _ result: (partialValue: UInt128, overflow: Bool), scale: Int, isNegative: Bool
    ) throws(Problem) -> ExactDecimal {
        guard !result.overflow, result.partialValue < tenTo(digitsMax) else { throw .tooLong }
        return ExactDecimal(magnitude: result.partialValue, scale: scale, isNegative: isNegative)
    }

    /// 10 to a power of 0 to 36, which fits 128 bits.
    private static func tenTo(_ power: Int) -> UInt128 {
        var result: UInt128 = 1
        for _ in 0..<power { result *= 10 }
        return result
    }
}
