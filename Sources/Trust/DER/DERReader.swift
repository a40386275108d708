/// A strict reader of tag, length and value over received bytes: definite lengths only, single-octet tags, every octet
/// accounted for, bounded depth. It hands out slices of the input, never a re-encoding, because signatures are made over
/// the bytes as they were sent.
struct DERReader {
    /// Deepest nesting read; the deepest real structure (a certificate inside a seal is opened apart) has about ten.
    static let depthMax = 24

    /// How exact the encoding must be.
    enum Rule {
        /// DER: minimal lengths. For certificates.
        case strict
        /// Definite lengths in any form. For seals and signed data, whose makers are not always strict.
        case definite
    }

    private var rest: ArraySlice<UInt8>
    private let depth: Int
    private let rule: Rule

    init(_ bytes: ArraySlice<UInt8>, rule: Rule, depth: Int = 0) {
        rest = bytes
        self.rule = rule
        self.depth = depth
    }

    init(_ bytes: [UInt8], rule: Rule) { self.init(bytes[...], rule: rule) }

    /// The tag of the next element; nil at the end.
    var nextTag: UInt8? { rest.first }
    /// Whether everything was read.
    var isAtEnd: Bool { rest.isEmpty }

    /// The next element of any tag.
    mutating func next(_ field: String) throws(DERFault) -> DERElement {
        guard let tag = rest.first else { throw DERFault(.missing, field) }
        guard tag & 0x1F != 0x1F else { throw DERFault(.highTag, field) }
        let start = rest.startIndex
        guard rest.count >= 2 else { throw DERFault(.cut, field) }
        let first = rest[start + 1]
        var length = Int(first)
        var header = 2
        if first >= 0x80 {
            let octets = Int(first & 0x7F)
            guard octets > 0 else { throw DERFault(.indefiniteLength, field) }
            // Four octets reach 4 GB, far above the limit of any input here.
            guard octets <= 4 else { throw DERFault(.overLimit, field) }
            guard rest.count >= 2 + octets else { throw DERFault(.cut, field) }
            length = rest[(start + 2)..<(start + 2 + octets)].reduce(0) { $0 << 8 | Int($1) }
            header += octets
            if rule == .strict {
                guard length >= 0x80, rest[start + 2] != 0 else { throw DERFault(.lengthNotMinimal, field) }
            }
        }
        guard length <= rest.count - header else { throw DERFault(.cut, field) }
        let end = start + header + length
        let element = DERElement(
            tag: tag, encoded: rest[start..<end], content: rest[(start + header)..<end], rule: rule, depth: depth)
        rest = rest[end...]
        return element
    }

    /// The next element, which must have this tag.
    mutating func next(_ tag: UInt8, _ field: String) throws(DERFault) -> DERElement {
        guard let found = rest.first else { throw DERFault(.missing, field) }
        guard found == tag else { throw DERFault(.unexpectedTag, field) }
        return try next(field)
    }

    /// The next element if it has this tag.
    mutating func nextIfPresent(_ tag: UInt8, _ field: String) throws(DERFault) -> DERElement? {
        rest.first == tag ? try next(field) : nil
    }

    /// Throws when elements are left.
    func finish(_ field: String) throws(DERFault) {
        guard rest.isEmpty else { throw DERFault(.trailing, field) }
    }

    /// The one element that fills these bytes.
    static func only(_ bytes: ArraySlice<UInt8>, rule: Rule, tag: UInt8, _ field: String) throws(DERFault) -> DERElement {
        var reader = DERReader(bytes, rule: rule)
        let element = try reader.next(tag, field)
        try reader.finish(field)
        return element
    }

    /// Throws unless the bytes are one SEQUENCE in strict form through all constructed elements: what is asked of a
    /// certificate before OpenSSL, which is more tolerant, sees it.
    static func requireStrict(_ bytes: [UInt8], _ field: String) throws(DERFault) {
        try requireStrict(only(bytes[...], rule: .strict, tag: DERTag.sequence, field), field)
    }

    private static func requireStrict(_ element: DERElement, _ field: String) throws(DERFault) {
        if element.tag == DERTag.bitString {
            guard let unused = element.content.first, unused <= 7 else { throw DERFault(.bitString, field) }
            guard let last = element.content.last, unused == 0 || (element.content.count > 1 && last & (1 << unused - 1) == 0)
            else { throw DERFault(.bitString, field) }
        }
        guard element.tag & 0x20 != 0 else { return }
        var children = try element.children(field)
        while !children.isAtEnd { try requireStrict(children.next(field), field) }
    }
}

/// Tags met in the structures read here.
enum DERTag {
    static let boolean: UInt8 = 0x01
    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let objectIdentifier: UInt8 = 0x06
    static let utf8String: UInt8 = 0x0C
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31
    static let printableString: UInt8 = 0x13
    static let ia5String: UInt8 = 0x16
    static let utcTime: UInt8 = 0x17
    static let generalizedTime: UInt8 = 0x18
    /// `[0]`, constructed.
    static let context0: UInt8 = 0xA0
    /// `[1]`, constructed.
    static let context1: UInt8 = 0xA1
}
