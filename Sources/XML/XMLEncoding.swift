internal import CLibXML2
internal import ExchangeModel
internal import Glibc

/// The encodings that are read, and which of them a document is in (XML 1.0, 4.3.3 and appendix F).
///
/// libxml2 is given UTF-8 only: its own recovery takes bytes that are not UTF-8 for Latin-1, and its converters are not
/// strict about a declaration that contradicts the bytes.
enum XMLEncoding: Sendable {
    case utf8, usASCII, utf16LittleEndian, utf16BigEndian, gb18030, gbk, gb2312

    /// Takes the name in a declaration, without regard to case; nil when it is not read here.
    init?(declared name: String) {
        switch name.uppercased() {
        case "UTF-8": self = .utf8
        case "US-ASCII": self = .usASCII
        case "UTF-16LE": self = .utf16LittleEndian
        case "UTF-16BE": self = .utf16BigEndian
        case "GB18030": self = .gb18030
        case "GBK": self = .gbk
        case "GB2312": self = .gb2312
        default: return nil
        }
    }

    /// The name as registered with IANA.
    var name: String {
        switch self {
        case .utf8: "UTF-8"
        case .usASCII: "US-ASCII"
        case .utf16LittleEndian: "UTF-16LE"
        case .utf16BigEndian: "UTF-16BE"
        case .gb18030: "GB18030"
        case .gbk: "GBK"
        case .gb2312: "GB2312"
        }
    }

    var isUTF16: Bool { self == .utf16LittleEndian || self == .utf16BigEndian }

    /// What the first bytes say, before any declaration: a byte-order mark or the shape of `<` in 16 bits.
    enum Signature {
        case utf8Mark
        case utf16(XMLEncoding)
        case utf32
        case none
    }

    static func signature(of bytes: UnsafeBufferPointer<UInt8>) -> Signature {
        func at(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0xAA }
        switch (at(0), at(1), at(2), at(3)) {
        case (0xEF, 0xBB, 0xBF, _): return .utf8Mark
        case (0xFF, 0xFE, 0, 0), (0, 0, 0xFE, 0xFF), (0x3C, 0, 0, 0), (0, 0, 0, 0x3C): return .utf32
        case (0xFF, 0xFE, _, _): return .utf16(.utf16LittleEndian)
        case (0xFE, 0xFF, _, _): return .utf16(.utf16BigEndian)
        case (0x3C, 0, _, _): return .utf16(.utf16LittleEndian)
        case (0, 0x3C, _, _): return .utf16(.utf16BigEndian)
        default: return .none
        }
    }

    /// The encoding name of an XML declaration in bytes that extend ASCII, and where it stands; nil when the document
    /// has none. A declaration that is not well-formed gives nil too: the parser then says what is wrong with it.
    static func declaration(in bytes: UnsafeBufferPointer<UInt8>) -> (name: String, offset: Int)? {
        let start = UTF8Scan.hasByteOrderMark(bytes) ? 3 : 0
        // Version, encoding and standalone fit in far less; a longer "declaration" is none.
        let head = UnsafeBufferPointer(rebasing: bytes[start..<min(bytes.count, start + declarationMax)])
        guard head.count > 6, head.starts(with: "<?xml".utf8), isSpace(head[5]), let end = UTF8Scan.find(0x3E, in: head, from: 6)
        else { return nil }
        let word = Array("encoding".utf8)
        var index = 6
        while index + word.count < end {
            defer { index += 1 }
            guard isSpace(head[index - 1]), head[index..<index + word.count].elementsEqual(word) else { continue }
            var cursor = index + word.count
            while cursor < end, isSpace(head[cursor]) { cursor += 1 }
            guard cursor < end, head[cursor] == UInt8(ascii: "=") else { return nil }
            cursor += 1
            while cursor < end, isSpace(head[cursor]) { cursor += 1 }
            guard cursor < end, head[cursor] == UInt8(ascii: "\"") || head[cursor] == UInt8(ascii: "'"),
                let close = UTF8Scan.find(head[cursor], in: head, from: cursor + 1), close < end
            else { return nil }
            return (String(decoding: head[cursor + 1..<close], as: UTF8.self), start + cursor + 1)
        }
        return nil
    }

    /// Bytes within which an XML declaration must end.
    private static let declarationMax = 512

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    // MARK: Decoding

    /// Text as UTF-8 up to the first fault, and whether there was one.
    struct Decoded {
        var bytes: [UInt8]
        var isComplete: Bool
    }

    /// UTF-16 as UTF-8; half of a pair, or half of a unit, is a fault. A byte-order mark stays, as in UTF-8.
    func decodeUTF16(_ bytes: UnsafeBufferPointer<UInt8>) -> Decoded {
        let isBig = self == .utf16BigEndian
        func unit(_ offset: Int) -> UInt32 {
            isBig
                ? UInt32(bytes[offset]) << 8 | UInt32(bytes[offset + 1]) : UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset])
        }
        var isComplete = bytes.count % 2 == 0
        let whole = bytes.count & ~1
        // One unit of two bytes becomes three bytes at most.
        let text = [UInt8](unsafeUninitializedCapacity: whole / 2 * 3) { output, written in
            func put(_ value: UInt32) {
                output[written] = UInt8(truncatingIfNeeded: value)
                written += 1
            }
            var offset = 0
            while offset < whole {
                var scalar = unit(offset)
                offset += 2
                if scalar & 0xF800 == 0xD800 {
                    guard scalar < 0xDC00, offset < whole, unit(offset) & 0xFC00 == 0xDC00 else {
                        isComplete = false
                        return
                    }
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (unit(offset) - 0xDC00)
                    offset += 2
                }
                switch scalar {
                case ..<0x80: put(scalar)
                case ..<0x800:
                    put(0xC0 | scalar >> 6)
                    put(0x80 | scalar & 0x3F)
                case ..<0x10000:
                    put(0xE0 | scalar >> 12)
                    put(0x80 | scalar >> 6 & 0x3F)
                    put(0x80 | scalar & 0x3F)
                default:
                    put(0xF0 | scalar >> 18)
                    put(0x80 | scalar >> 12 & 0x3F)
                    put(0x80 | scalar >> 6 & 0x3F)
                    put(0x80 | scalar & 0x3F)
                }
            }
        }
        return Decoded(bytes: text, isComplete: isComplete)
    }

    /// A national encoding as UTF-8 by iconv(3), which stops at the first sequence that the encoding does not have; nil
    /// when the system has no converter for it.
    func decodeNational(_ bytes: UnsafeBufferPointer<UInt8>) -> Decoded? {
        let failed = iconv_t(bitPattern: -1)
        let converter = iconv_open("UTF-8", name)
        guard let converter, converter != failed else { return nil }
        defer { iconv_close(converter) }
        var isComplete = true
        // GB 18030 never takes fewer bytes than two thirds of what UTF-8 takes for the same character.
        let capacity = bytes.count + bytes.count / 2 + 8
        let text = [UInt8](unsafeUninitializedCapacity: capacity) { output, written in
            guard let from = bytes.baseAddress, let to = output.baseAddress else { return }
            // iconv takes a pointer to non-const bytes for old prototypes' sake and does not write through it.
            var source: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(mutating: from).assumingMemoryBound(to: CChar.self)
            var sourceLeft = bytes.count
            var target: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(to).assumingMemoryBound(to: CChar.self)
            var targetLeft = capacity
            let status = iconv(converter, &source, &sourceLeft, &target, &targetLeft)
            isComplete = status != -1 && sourceLeft == 0
            written = capacity - targetLeft
        }
        return Decoded(bytes: text, isComplete: isComplete)
    }
}
