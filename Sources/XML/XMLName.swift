/// A qualified name that was checked (Namespaces in XML 1.0, production `QName`): a mapping makes it once, a writer takes
/// it without looking again.
public struct XMLName: Sendable, Hashable, CustomStringConvertible {
    /// The name in UTF-8, with its prefix if it has one.
    public let bytes: [UInt8]

    /// Takes a name; nil when it is none.
    public init?(_ text: String) {
        bytes = Array(text.utf8)
        guard bytes.withUnsafeBufferPointer({ Self.isQualifiedName($0) }) else { return nil }
    }

    /// The name.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether bytes are a qualified name: a name, or a prefix, a colon and a name.
    public static func isQualifiedName(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var isStart = true
        var colons = 0
        var offset = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte < 0x80 {
                if byte == UInt8(ascii: ":") {
                    if isStart || colons > 0 { return false }
                    colons = 1
                    isStart = true
                } else {
                    guard isASCIIStart(byte) || (!isStart && isASCIIFollower(byte)) else { return false }
                    isStart = false
                }
                offset += 1
                continue
            }
            guard let base = bytes.baseAddress else { return false }
            let length = UTF8Scan.sequenceLength(base + offset, remaining: bytes.count - offset)
            guard length > 0 else { return false }
            guard
                let scalar = String(decoding: UnsafeBufferPointer(rebasing: bytes[offset..<offset + length]), as: UTF8.self)
                    .unicodeScalars.first,
                isStart ? isStartScalar(scalar.value) : isFollowerScalar(scalar.value)
            else { return false }
            isStart = false
            offset += length
        }
        return !isStart
    }

    /// Whether text is a qualified name.
    public static func isQualifiedName(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBufferPointer { isQualifiedName($0) }
    }

    private static func isASCIIStart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func isASCIIFollower(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }

    /// Production `NameStartChar` beyond ASCII.
    private static func isStartScalar(_ value: UInt32) -> Bool {
        switch value {
        case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF, 0x200C...0x200D, 0x2070...0x218F,
            0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD, 0x10000...0xEFFFF:
            true
        default: false
        }
    }

    /// Production `NameChar` beyond ASCII.
    private static func isFollowerScalar(_ value: UInt32) -> Bool {
        switch value {
        case 0xB7, 0x300...0x36F, 0x203F...0x2040: true
        default: isStartScalar(value)
        }
    }
}
