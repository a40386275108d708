internal import CLibXML2

// References: the five entities of XML, and characters by number.
extension XMLRecordScan {
    /// Bytes that a reference may have; only zeros make one longer.
    private static let referenceMax = 32

    /// The character of a reference, and the offset behind it.
    mutating func reference(at start: Int) throws(Stop) -> (scalar: UInt32, end: Int) {
        guard start + 1 < count else { throw more() }
        let isNumber = text[start + 1] == 0x23
        if !isNumber, !XMLNameScan.isStart(text[start + 1]) {
            throw fault(XML_ERR_NAME_REQUIRED, at: start + 1, followsAmpersand: true)
        }
        var end = start + 1
        while end < count, text[end] != 0x3B, end - start < Self.referenceMax, text[end] > 0x20, text[end] != 0x3C { end += 1 }
        guard end < count else { throw more() }
        guard text[end] == 0x3B else {
            throw fault(isNumber ? XML_ERR_INVALID_CHARREF : XML_ERR_ENTITYREF_SEMICOL_MISSING, at: end)
        }
        let name = UnsafeBufferPointer(start: text + start + 1, count: end - start - 1)
        if isNumber {
            guard let value = Self.number(name), Self.isCharacter(value) else {
                throw fault(XML_ERR_INVALID_CHAR, at: start, seen: end)
            }
            return (value, end + 1)
        }
        for (known, value) in Self.entities where name.elementsEqual(known) { return (value, end + 1) }
        throw fault(XML_ERR_UNDECLARED_ENTITY, at: start, seen: end)
    }

    private static let entities: [([UInt8], UInt32)] = [
        (Array("lt".utf8), 0x3C), (Array("gt".utf8), 0x3E), (Array("amp".utf8), 0x26), (Array("quot".utf8), 0x22),
        (Array("apos".utf8), 0x27),
    ]

    private static func isCharacter(_ value: UInt32) -> Bool {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    /// The number of `#65` or `#x41`.
    private static func number(_ name: UnsafeBufferPointer<UInt8>) -> UInt32? {
        let isHexadecimal = name.count > 1 && name[1] == 0x78
        let digits = name.dropFirst(isHexadecimal ? 2 : 1)
        if digits.isEmpty { return nil }
        var value: UInt32 = 0
        for byte in digits {
            let digit: UInt32
            switch byte {
            case 0x30...0x39: digit = UInt32(byte) - 0x30
            case 0x41...0x46 where isHexadecimal: digit = UInt32(byte) - 0x37
            case 0x61...0x66 where isHexadecimal: digit = UInt32(byte) - 0x57
            default: return nil
            }
            value = value * (isHexadecimal ? 16 : 10) + digit
            if value > 0x10FFFF { return nil }
        }
        return value
    }
}
