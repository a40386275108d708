/// Identifiers whose last character can be computed from the others (data standards reference, section 2).
///
/// Pure functions over bytes of upper-case ASCII; lower case and full-width characters are malformed, so a mapping that
/// expects them says `upper` first. No thread rule, no allocation.
public enum CheckedIdentifier: UInt8, Sendable, Hashable, CaseIterable {
    /// 统一社会信用代码, 18 characters (GB 32100-2015).
    case unifiedSocialCreditCode
    /// 组织机构代码, 8 + 1 characters with or without hyphen (GB 11714-1997).
    case organisationCode
    /// 公民身份号码, 18 characters (GB 11643-1999). Personal data.
    case identityCard
    /// 统一交易标识码, 36 characters, or 40 with its four hyphens; ISO 7064 MOD 37-2 (GB/T 17710).
    case dealCode
    /// 投资项目统一代码, 24 characters (GB/T 40058-2021). Its check rule is derived, not read in the standard, so a wrong
    /// digit is never more than a warning; the form before 2020-11 has no check digit.
    case projectCode

    /// What a check found.
    public enum Verdict: Sendable, Hashable {
        /// Length, characters and check character are right.
        case valid
        /// Wrong length, characters or parts.
        case malformed
        /// Well formed, and the check character is not the computed one.
        case checkCharacterWrong
    }

    /// The name of the function in mapping files.
    public var functionName: String {
        switch self {
        case .unifiedSocialCreditCode: "uscc"
        case .organisationCode: "organisation-code"
        case .identityCard: "id-card"
        case .dealCode: "deal-code"
        case .projectCode: "project-code"
        }
    }

    /// The name in Chinese, for findings.
    public var nameZH: String {
        switch self {
        case .unifiedSocialCreditCode: "统一社会信用代码"
        case .organisationCode: "组织机构代码"
        case .identityCard: "公民身份号码"
        case .dealCode: "统一交易标识码"
        case .projectCode: "投资项目统一代码"
        }
    }

    /// The name in English, for findings.
    public var nameEN: String {
        switch self {
        case .unifiedSocialCreditCode: "unified social credit code"
        case .organisationCode: "organisation code"
        case .identityCard: "identity number"
        case .dealCode: "unified deal code"
        case .projectCode: "investment project code"
        }
    }

    /// Whether a wrong check character warns whatever the channel says, since the rule itself is unproven.
    public var checkIsUnproven: Bool { self == .projectCode }

    /// Checks an identifier.
    public func check(_ text: String) -> Verdict {
        var text = text
        return text.withUTF8 { check($0) }
    }

    /// Checks an identifier given as bytes.
    public func check(_ bytes: UnsafeBufferPointer<UInt8>) -> Verdict {
        switch self {
        case .unifiedSocialCreditCode: Self.creditCode(bytes)
        case .organisationCode: Self.organisationCode(bytes)
        case .identityCard: Self.identityCard(bytes)
        case .dealCode: Self.dealCode(bytes)
        case .projectCode: Self.projectCode(bytes)
        }
    }

    // MARK: The rules

    /// GB 32100-2015: alphabet of 31 characters without I, O, S, V, Z; weights 3^(i-1) mod 31.
    private static func creditCode(_ bytes: UnsafeBufferPointer<UInt8>) -> Verdict {
        guard bytes.count == 18 else { return .malformed }
        var sum = 0
        var weight = 1
        var onlyZeros = true
        for index in 0..<17 {
            guard let value = creditValue(bytes[index]) else { return .malformed }
            if value != 0 { onlyZeros = false }
            sum += value * weight
            weight = weight * 3 % 31
        }
        guard let last = creditValue(bytes[17]) else { return .malformed }
        // Eighteen zeros stand for "no code" in some sources; they would pass the arithmetic.
        if onlyZeros { return .malformed }
        return (31 - sum % 31) % 31 == last ? .valid : .checkCharacterWrong
    }

    private static func creditValue(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x48: Int(byte) - 0x41 + 10  // A to H
        case 0x4A...0x4E: Int(byte) - 0x4A + 18  // J to N
        case 0x50...0x52: Int(byte) - 0x50 + 23  // P to R
        case 0x54, 0x55: Int(byte) - 0x54 + 26  // T, U
        case 0x57...0x59: Int(byte) - 0x57 + 28  // W to Y
        default: nil
        }
    }

    /// GB 11714-1997: weights 3 7 9 10 5 8 4 2, remainder 10 is written X, 11 is written 0.
    private static func organisationCode(_ bytes: UnsafeBufferPointer<UInt8>) -> Verdict {
        guard bytes.count == 9 || (bytes.count == 10 && bytes[8] == 0x2D) else { return .malformed }
        var sum = 0
        for index in 0..<8 {
            guard let value = alphanumericValue(bytes[index]) else { return .malformed }
            sum += value * organisationWeight(index)
        }
        let last = bytes[bytes.count - 1]
        guard isDigit(last) || last == 0x58 else { return .malformed }
        let expected: UInt8 =
            switch 11 - sum % 11 {
            case 10: 0x58
            case 11: 0x30
            case let value: UInt8(0x30 + value)
            }
        return last == expected ? .valid : .checkCharacterWrong
    }

    private static func organisationWeight(_ index: Int) -> Int {
        switch index {
        case 0: 3
        case 1: 7
        case 2: 9
        case 3: 10
        case 4: 5
        case 5: 8
        case 6: 4
        default: 2
        }
    }

    /// GB 11643-1999: weights 2^(17-i) mod 11, remainder selects from `10X98765432`; the birth date must exist.
    private static func identityCard(_ bytes: UnsafeBufferPointer<UInt8>) -> Verdict {
        guard bytes.count == 18 else { return .malformed }
        var sum = 0
        for index in 0..<17 {
            guard isDigit(bytes[index]) else { return .malformed }
            sum += (Int(bytes[index]) - 0x30) * ((1 << (17 - index)) % 11)
        }
        guard isDigit(bytes[17]) || bytes[17] == 0x58 else { return .malformed }
        guard isDate(bytes, at: 6) else { return .malformed }
        let remainder = sum % 11
        let expected: UInt8 = remainder == 2 ? 0x58 : UInt8(0x30 + (12 - remainder) % 11)
        return bytes[17] == expected ? .valid : .checkCharacterWrong
    }

    /// Class 3, platform 18, date 8, sequence 6, check 1; the check covers everything before it without hyphens.
    private static func dealCode(_ bytes: UnsafeBufferPointer<UInt8>) -> Verdict {
        guard bytes.count == 36 || bytes.count == 40 else { return .malformed }
        let hyphenated = bytes.count == 40
        var remainder = 0
        var position = 0
        for index in bytes.indices {
            let byte = bytes[index]
            if hyphenated, index == 3 || index == 22 || index == 31 || index == 38 {
                guard byte == 0x2D else { return .malformed }
                continue
            }
            guard let value = alphanumericValue(byte) ?? (position == 35 && byte == 0x2A ? 36 : nil) else { return .malformed }
            // Date and sequence are digits.
            if position >= 21, position < 35, value > 9 { return .malformed }
            if position == 35 {
                return (38 - remainder) % 37 == value ? .valid : .checkCharacterWrong
            }
            if position == 21, !isDate(bytes, at: index) { return .malformed }
            remainder = (remainder + value) * 2 % 37
            position += 1
        }
        return .malformed
    }

    /// Five groups of 4, 6, 2, 2, 6 digits. The new form (yyMM with yy from 20) ends in an ISO 7064 MOD 11,10 digit.
    private static func projectCode(_ bytes: UnsafeBufferPointer<UInt8>) -> Verdict {
        guard bytes.count == 24 else { return .malformed }
        var product = 10
        var digits = 0
        for index in 0..<23 {
            let byte = bytes[index]
            if index == 4 || index == 11 || index == 14 || index == 17 {
                guard byte == 0x2D else { return .malformed }
                continue
            }
            guard isDigit(byte) else { return .malformed }
            digits += 1
            if digits <= 19 {
                let sum = (product + Int(byte) - 0x30) % 10
                product = (sum == 0 ? 10 : sum) * 2 % 11
            }
        }
        guard isDigit(bytes[23]) else { return .malformed }
        let lead = number(bytes, at: 0, count: 4)
        let isNew = lead / 100 >= 20 && (1...12).contains(lead % 100)
        let isOld = (2013...2020).contains(lead)
        if !isNew && !isOld { return lead == 2011 || lead == 2012 ? .valid : .malformed }
        // 2011 and 2012 read as both a year and a month of the new form: accepted either way.
        if isOld || lead == 2011 || lead == 2012 { return .valid }
        return (11 - product) % 10 == Int(bytes[23]) - 0x30 ? .valid : .checkCharacterWrong
    }

    // MARK: Parts

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func alphanumericValue(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x5A: Int(byte) - 0x41 + 10
        default: nil
        }
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, count: Int) -> Int {
        var value = 0
        for index in start..<start + count { value = value * 10 + Int(bytes[index]) - 0x30 }
        return value
    }

    /// Whether eight digits are a date that exists; false as well when they are no digits or not there.
    private static func isDate(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        guard start + 8 <= bytes.count else { return false }
        for index in start..<start + 8 where !isDigit(bytes[index]) { return false }
        return CalendarDate.exists(
            year: number(bytes, at: start, count: 4), month: number(bytes, at: start + 4, count: 2),
            day: number(bytes, at: start + 6, count: 2))
    }
}

/// The Gregorian calendar's one question that the standard library does not answer.
enum CalendarDate {
    /// Whether year, month and day name a day; years 1 to 9999.
    static func exists(year: Int, month: Int, day: Int) -> Bool {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let last =
            switch month {
            case 2: isLeap ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        return day <= last
    }
}
