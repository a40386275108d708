internal import ExchangeModel

/// One element: its tag, its bytes with header, its content; slices of what was received.
struct DERElement {
    let tag: UInt8
    let encoded: ArraySlice<UInt8>
    let content: ArraySlice<UInt8>
    let rule: DERReader.Rule
    let depth: Int

    /// A reader of the elements inside.
    func children(_ field: String) throws(DERFault) -> DERReader {
        guard depth < DERReader.depthMax else { throw DERFault(.tooDeep, field) }
        return DERReader(content, rule: rule, depth: depth + 1)
    }

    /// A small number; SES versions, types and sizes fit easily.
    func smallInteger(_ field: String) throws(DERFault) -> Int {
        guard tag == DERTag.integer, (1...4).contains(content.count) else { throw DERFault(.number, field) }
        let first = Int(Int8(bitPattern: content[content.startIndex]))
        return content.dropFirst().reduce(first) { $0 << 8 | Int($1) }
    }

    /// Text of any string type as UTF-8 (which holds IA5 and Printable); BMPString and others are not used in SES.
    func string(_ field: String, bytesMax: Int = 4096) throws(DERFault) -> String {
        guard content.count <= bytesMax else { throw DERFault(.overLimit, field) }
        guard let text = String(validating: content, as: UTF8.self), !text.utf8.contains(0) else { throw DERFault(.text, field) }
        return text
    }

    /// Content octets of a BIT STRING. The count of unused bits is ignored when it is 0 to 7: real encoders declare
    /// trailing zero bits as unused. (Certificates are checked strictly elsewhere.)
    func bitStringOctets(_ field: String) throws(DERFault) -> ArraySlice<UInt8> {
        guard tag == DERTag.bitString, let unused = content.first, unused <= 7 else { throw DERFault(.bitString, field) }
        return content.dropFirst()
    }

    /// An object identifier in dotted form.
    func objectIdentifier(_ field: String) throws(DERFault) -> String {
        guard tag == DERTag.objectIdentifier, !content.isEmpty, content.count <= 64, let last = content.last, last & 0x80 == 0
        else { throw DERFault(.identifier, field) }
        var parts: [UInt64] = []
        var value: UInt64 = 0
        var isFirstOctet = true
        for octet in content {
            guard !(isFirstOctet && octet == 0x80), value < 1 << 56 else { throw DERFault(.identifier, field) }
            value = value << 7 | UInt64(octet & 0x7F)
            isFirstOctet = octet & 0x80 == 0
            guard isFirstOctet else { continue }
            if parts.isEmpty {
                let arc = min(value / 40, 2)
                parts = [arc, value - arc * 40]
            } else {
                parts.append(value)
            }
            value = 0
        }
        return parts.map(String.init).joined(separator: ".")
    }

    /// The algorithm of an AlgorithmIdentifier; parameters may be absent, NULL or anything (both are real).
    func algorithmIdentifier(_ field: String) throws(DERFault) -> String {
        guard tag == DERTag.sequence else { throw DERFault(.unexpectedTag, field) }
        var parts = try children(field)
        let algorithm = try parts.next(DERTag.objectIdentifier, field).objectIdentifier(field)
        if !parts.isAtEnd { _ = try parts.next(field) }
        try parts.finish(field)
        return algorithm
    }

    /// GeneralizedTime in Z form, optionally with a fraction.
    func generalizedTime(_ field: String) throws(DERFault) -> Instant {
        guard tag == DERTag.generalizedTime, let time = Self.time(content, yearDigits: 4) else { throw DERFault(.time, field) }
        return time
    }

    /// UTCTime (years 1950 to 2049) or GeneralizedTime: what version 1 seals and X.509 carry.
    func anyTime(_ field: String) throws(DERFault) -> Instant {
        if tag == DERTag.utcTime, let time = Self.time(content, yearDigits: 2) { return time }
        return try generalizedTime(field)
    }

    private static func time(_ bytes: ArraySlice<UInt8>, yearDigits: Int) -> Instant? {
        var digits: [Int] = []
        var rest = bytes
        while let byte = rest.first, (0x30...0x39).contains(byte) {
            digits.append(Int(byte - 0x30))
            rest = rest.dropFirst()
        }
        guard digits.count == yearDigits + 10 || (yearDigits == 2 && digits.count == 10) else { return nil }
        var millisecond = 0
        if yearDigits == 4, rest.first == 0x2E {
            rest = rest.dropFirst()
            let fraction = rest.prefix { (0x30...0x39).contains($0) }
            guard (1...9).contains(fraction.count) else { return nil }
            rest = rest.dropFirst(fraction.count)
            for place in 0..<3 {
                let digit = place < fraction.count ? Int(fraction[fraction.startIndex + place] - 0x30) : 0
                millisecond = millisecond * 10 + digit
            }
        }
        guard rest.elementsEqual(CollectionOfOne(0x5A)) else { return nil }
        func number(_ start: Int, _ count: Int) -> Int {
            start < digits.count ? digits[start..<(start + count)].reduce(0) { $0 * 10 + $1 } : 0
        }
        var year = number(0, yearDigits)
        if yearDigits == 2 { year += year < 50 ? 2000 : 1900 }
        let (month, day) = (number(yearDigits, 2), number(yearDigits + 2, 2))
        let (hour, minute, second) = (number(yearDigits + 4, 2), number(yearDigits + 6, 2), number(yearDigits + 8, 2))
        guard (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60 else { return nil }
        let instant = Instant(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
        // A day that the month does not have rolls over into the next one.
        return instant.civil().day == day ? instant : nil
    }
}
