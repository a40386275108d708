/// Finds numbers of persons in text: telephone numbers, identity numbers, numbers of payment cards, e-mail addresses.
///
/// One pass over the bytes; any bytes may come, and only complete characters of UTF-8 are understood. Full-width digits and signs
/// count as their narrow forms. What stands directly beside Latin letters or further digits is a code of something else and is passed
/// over. Pure; safe from any thread.
public enum PersonalNumberScan {
    /// What a number is.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Mobile (11 digits from 13 to 19) or landline with its area code.
        case phone
        /// 公民身份号码, 18 characters with the right check character and a date of birth that exists (GB 11643-1999).
        case identityNumber = "identity-number"
        /// 16 to 19 digits, the first from 3 to 6, with the right check digit (ISO/IEC 7812-1).
        case bankCard = "bank-card"
        /// An e-mail address.
        case email

        /// The name in English and Chinese, for findings.
        public var words: (en: String, zh: String) {
            switch self {
            case .phone: ("a telephone number", "电话号码")
            case .identityNumber: ("an identity number", "公民身份号码")
            case .bankCard: ("a number of a bank card", "银行卡号")
            case .email: ("an e-mail address", "电子邮箱地址")
            }
        }
    }

    /// One number and where it stands, in bytes.
    public struct Hit: Sendable, Hashable {
        /// What it is.
        public let kind: Kind
        /// Its bytes.
        public let range: Range<Int>
    }

    /// Numbers that one text is searched for at most.
    public static let hitsMax = 200
    /// Longest part before the sign of an e-mail address (RFC 5321, 4.5.3.1.1), and longest domain that is looked at.
    static let localPartMax = 64
    static let domainMax = 253

    /// Every number in a text, in its order, at most `hitsMax`.
    public static func hits(in text: some Sequence<UInt8>) -> [Hit] {
        Array(text).withUnsafeBufferPointer { hits(in: $0) }
    }

    /// Every number in a text, in its order, at most `hitsMax`.
    public static func hits(in bytes: UnsafeBufferPointer<UInt8>) -> [Hit] {
        var hits: [Hit] = []
        var index = 0
        // The last narrow character before `index`: letters and digits there make what follows a part of a code.
        var before: UInt8 = 0
        while index < bytes.count, hits.count < hitsMax {
            let byte = bytes[index]
            // Nearly every byte of a Chinese text ends here.
            if byte != 0xEF, byte != 0x40, byte < 0x30 || byte > 0x39 {
                before = byte
                index += 1
                continue
            }
            let (sign, length) = narrow(bytes, at: index)
            if sign == 0x40 {
                if let hit = email(bytes, at: index, signLength: length) {
                    hits.append(hit)
                    index = hit.range.upperBound
                    before = 0x61
                    continue
                }
            } else if isDigit(sign) {
                let groups = DigitGroups(bytes, from: index)
                if !isWordCharacter(before) { groups.collect(into: &hits) }
                index = groups.end
                before = 0x30
                continue
            }
            before = sign
            index += length
        }
        return hits
    }

    // MARK: Characters

    /// The narrow form of a character and its length in bytes; 0 for what has none.
    static func narrow(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (sign: UInt8, length: Int) {
        let byte = bytes[index]
        if byte < 0x80 { return (byte, 1) }
        guard index + 2 < bytes.count else { return (0, 1) }
        switch (byte, bytes[index + 1], bytes[index + 2]) {
        case (0xEF, 0xBC, let last) where (0x81...0xBF).contains(last): return (last - 0x60, 3)
        case (0xEF, 0xBD, let last) where (0x80...0x9E).contains(last): return (last - 0x20, 3)
        case (0xE2, 0x80, 0x90...0x95): return (0x2D, 3)
        case (0xE3, 0x80, 0x80): return (0x20, 3)
        default: return (0, 1)
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func isWordCharacter(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == 0x5F
    }

    // MARK: E-mail

    private static func email(_ bytes: UnsafeBufferPointer<UInt8>, at sign: Int, signLength: Int) -> Hit? {
        var start = sign
        while start > 0, sign - start < localPartMax, isLocalPart(bytes[start - 1]) { start -= 1 }
        var end = sign + signLength
        let domain = end
        var lastPoint: Int?
        while end < bytes.count, end - domain < domainMax, isDomain(bytes[end]) {
            if bytes[end] == 0x2E { lastPoint = end }
            end += 1
        }
        // A full stop that ends the sentence is none of the address.
        while end > domain, bytes[end - 1] == 0x2E || bytes[end - 1] == 0x2D { end -= 1 }
        if let point = lastPoint, point >= end { lastPoint = bytes[domain..<end].lastIndex(of: 0x2E) }
        guard start < sign, let lastPoint, lastPoint > domain, end - lastPoint > 2 else { return nil }
        guard bytes[(lastPoint + 1)..<end].allSatisfy({ !isDigit($0) }) else { return nil }
        return Hit(kind: .email, range: start..<end)
    }

    private static func isLocalPart(_ byte: UInt8) -> Bool {
        isWordCharacter(byte) || byte == 0x2E || byte == 0x2B || byte == 0x2D || byte == 0x25
    }

    private static func isDomain(_ byte: UInt8) -> Bool {
        (isWordCharacter(byte) && byte != 0x5F) || byte == 0x2E || byte == 0x2D
    }
}
