// Names and addresses of the internet.
extension StringFormat {
    /// RFC 1123, section 2.1; labels of internationalized names are not decoded.
    static func isHostname(_ text: Text) -> Bool {
        guard !text.isEmpty, text.count <= 253 else { return false }
        var length = 0
        for (index, byte) in text.enumerated() {
            if byte == 0x2E {
                guard length > 0, text[index - 1] != 0x2D else { return false }
                length = 0
                continue
            }
            guard isLetter(byte) || isDigit(byte) || (byte == 0x2D && length > 0) else { return false }
            length += 1
            guard length <= 63 else { return false }
        }
        return length > 0 && text[text.count - 1] != 0x2D
    }

    static func isIPv4(_ text: Text) -> Bool {
        var parts = 0
        var value = -1
        var digits = 0
        for index in 0...text.count {
            if index == text.count || text[index] == 0x2E {
                guard value >= 0, value <= 255 else { return false }
                parts += 1
                value = -1
                digits = 0
                continue
            }
            guard isDigit(text[index]), digits < 3, value != 0 else { return false }
            value = max(value, 0) * 10 + Int(text[index] - 0x30)
            digits += 1
        }
        return parts == 4
    }

    /// RFC 4291, section 2.2; without a zone.
    static func isIPv6(_ text: Text) -> Bool {
        guard text.count >= 2 else { return false }
        var groups = 0
        var gap = false
        var offset = 0
        if text[0] == 0x3A {
            guard text[1] == 0x3A else { return false }
            gap = true
            offset = 2
        }
        while offset < text.count {
            let start = offset
            while offset < text.count, isHexadecimal(text[offset]) { offset += 1 }
            if offset < text.count, text[offset] == 0x2E {
                guard isIPv4(slice(text, start..<text.count)) else { return false }
                groups += 2
                offset = text.count
                break
            }
            guard offset > start, offset - start <= 4 else { return false }
            groups += 1
            if offset == text.count { break }
            guard text[offset] == 0x3A else { return false }
            offset += 1
            if offset < text.count, text[offset] == 0x3A {
                guard !gap else { return false }
                gap = true
                offset += 1
            } else if offset == text.count {
                return false
            }
        }
        return gap ? groups <= 7 : groups == 8
    }

    /// RFC 5321, section 4.1.2.
    static func isMailbox(_ text: Text) -> Bool {
        guard let at = text.lastIndex(of: 0x40), at > 0, at <= 64, at + 1 < text.count else { return false }
        let local = slice(text, 0..<at)
        if local[0] == 0x22 {
            guard local.count >= 2, local[local.count - 1] == 0x22 else { return false }
            var index = 1
            while index < local.count - 1 {
                guard local[index] >= 0x20, local[index] <= 0x7E, local[index] != 0x22 else { return false }
                if local[index] == 0x5C {
                    index += 1
                    guard index < local.count - 1, local[index] >= 0x20, local[index] <= 0x7E else { return false }
                }
                index += 1
            }
        } else {
            var wasDot = true
            for byte in local {
                guard byte == 0x2E ? !wasDot : isAtom(byte) else { return false }
                wasDot = byte == 0x2E
            }
            guard !wasDot else { return false }
        }
        let domain = slice(text, at + 1..<text.count)
        guard domain[0] == 0x5B else { return isHostname(domain) }
        guard domain.count >= 2, domain[domain.count - 1] == 0x5D else { return false }
        let inside = slice(domain, 1..<domain.count - 1)
        return inside.starts(with: "IPv6:".utf8) ? isIPv6(slice(inside, 5..<inside.count)) : isIPv4(inside)
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }

    // MARK: RFC 3986 and RFC 3987

    /// A URI or a reference; with `isInternational` characters outside ASCII are allowed where RFC 3987 has them.
    static func isURI(_ text: Text, isReference: Bool, isInternational: Bool) -> Bool {
        var rest = 0..<text.count
        if let colon = text.firstIndex(where: { $0 == 0x3A || $0 == 0x2F || $0 == 0x3F || $0 == 0x23 }), text[colon] == 0x3A {
            guard colon > 0, isLetter(text[0]),
                text[..<colon].allSatisfy({ isLetter($0) || isDigit($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E })
            else { return false }
            rest = colon + 1..<text.count
        } else if !isReference {
            return false
        }
        func allowed(_ range: Range<Int>, _ others: StaticString) -> Bool {
            isText(slice(text, range), others, isInternational: isInternational)
        }
        if let hash = text[rest].firstIndex(of: 0x23) {
            guard allowed(hash + 1..<rest.upperBound, ":@/?") else { return false }
            rest = rest.lowerBound..<hash
        }
        if let mark = text[rest].firstIndex(of: 0x3F) {
            guard allowed(mark + 1..<rest.upperBound, ":@/?") else { return false }
            rest = rest.lowerBound..<mark
        }
        if rest.count >= 2, text[rest.lowerBound] == 0x2F, text[rest.lowerBound + 1] == 0x2F {
            let start = rest.lowerBound + 2
            let end = text[start..<rest.upperBound].firstIndex(of: 0x2F) ?? rest.upperBound
            guard isAuthority(slice(text, start..<end), isInternational: isInternational) else { return false }
            rest = end..<rest.upperBound
        }
        return allowed(rest, ":@/")
    }

    private static func isAuthority(_ text: Text, isInternational: Bool) -> Bool {
        var start = 0
        if let at = text.firstIndex(of: 0x40) {
            guard isText(slice(text, 0..<at), ":", isInternational: isInternational) else { return false }
            start = at + 1
        }
        var end = text.count
        if start < end, text[start] == 0x5B {
            guard let close = text.lastIndex(of: 0x5D),
                isIPv6(slice(text, start + 1..<close)) || isFuture(slice(text, start + 1..<close))
            else { return false }
            start = close + 1
            guard start == end || text[start] == 0x3A else { return false }
            return text[min(start + 1, end)...].allSatisfy(isDigit)
        }
        if let colon = text[start...].firstIndex(of: 0x3A) {
            guard text[(colon + 1)...].allSatisfy(isDigit) else { return false }
            end = colon
        }
        return isText(slice(text, start..<end), "", isInternational: isInternational)
    }

    /// `IPvFuture`.
    private static func isFuture(_ text: Text) -> Bool {
        guard let first = text.first, first | 0x20 == 0x76, let dot = text.firstIndex(of: 0x2E), dot > 1, dot + 1 < text.count
        else {
            return false
        }
        return text[1..<dot].allSatisfy(isHexadecimal)
            && isText(slice(text, dot + 1..<text.count), ":", isInternational: false) && !text.contains(0x25)
    }

    /// Unreserved characters, sub-delimiters, percent escapes, and others that the place allows.
    private static func isText(_ text: Text, _ others: StaticString, isInternational: Bool) -> Bool {
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == 0x25 {
                guard index + 2 < text.count, isHexadecimal(text[index + 1]), isHexadecimal(text[index + 2]) else { return false }
                index += 3
                continue
            }
            let isPlain = isLetter(byte) || isDigit(byte) || "-._~!$&'()*+,;=".utf8.contains(byte)
            guard isPlain || (byte >= 0x80 && isInternational) || others.withUTF8Buffer({ $0.contains(byte) }) else {
                return false
            }
            index += 1
        }
        return true
    }

    /// RFC 6570, section 2.
    static func isURITemplate(_ text: Text) -> Bool {
        var index = 0
        while index < text.count {
            let byte = text[index]
            switch byte {
            case 0x7B:
                guard let end = text[index...].firstIndex(of: 0x7D), isExpression(slice(text, index + 1..<end)) else {
                    return false
                }
                index = end + 1
            case 0x25:
                guard index + 2 < text.count, isHexadecimal(text[index + 1]), isHexadecimal(text[index + 2]) else { return false }
                index += 3
            case 0...0x20, 0x22, 0x27, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7C, 0x7D, 0x7F: return false
            default: index += 1
            }
        }
        return true
    }

    private static func isExpression(_ text: Text) -> Bool {
        guard let first = text.first else { return false }
        let start = "+#./;?&=,!@|".utf8.contains(first) ? 1 : 0
        return text[start...].split(separator: 0x2C, omittingEmptySubsequences: false).allSatisfy { variable in
            var name = variable
            if name.last == 0x2A {
                name = name.dropLast()
            } else if let colon = name.firstIndex(of: 0x3A) {
                let length = name[(colon + 1)...]
                guard (1...4).contains(length.count), length.allSatisfy(isDigit), length.first != 0x30 else { return false }
                name = name[..<colon]
            }
            guard !name.isEmpty, name.first != 0x2E, name.last != 0x2E else { return false }
            return name.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x5F || $0 == 0x2E || $0 == 0x25 }
        }
    }
}
