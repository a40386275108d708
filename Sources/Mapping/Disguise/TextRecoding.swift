internal import Glibc

/// From an encoding to UTF-8 and back, faithfully or not at all (iconv(3)). Safe to use from any thread.
public enum TextRecoding: String, Sendable, CaseIterable {
    /// UTF-8.
    case utf8 = "UTF-8"
    /// GB 18030, and so GBK and GB 2312.
    case gb18030 = "GB18030"
    /// UTF-16 with its mark, lowest byte first.
    case utf16LittleEndian = "UTF-16LE"
    /// UTF-16 with its mark, highest byte first.
    case utf16BigEndian = "UTF-16BE"

    /// The encoding of some bytes and their text in UTF-8; nil when they are text of neither.
    public static func read(_ bytes: [UInt8]) -> (encoding: TextRecoding, text: [UInt8])? {
        for encoding in allCases {
            if let text = encoding.decoded(bytes) { return (encoding, text) }
        }
        return nil
    }

    /// The text in UTF-8; nil when the bytes are none of this encoding, or would not come back from it unchanged.
    func decoded(_ bytes: [UInt8]) -> [UInt8]? {
        switch self {
        case .utf8: return String(validating: bytes, as: UTF8.self) == nil ? nil : bytes
        case .gb18030: break
        // Any two bytes are a character of UTF-16 or nearly: only the mark tells.
        case .utf16LittleEndian: guard bytes.starts(with: [0xFF, 0xFE]) else { return nil }
        case .utf16BigEndian: guard bytes.starts(with: [0xFE, 0xFF]) else { return nil }
        }
        guard let text = Self.convert(bytes, from: rawValue, to: Self.utf8.rawValue),
            Self.convert(text, from: Self.utf8.rawValue, to: rawValue) == bytes
        else { return nil }
        return text
    }

    /// A text of UTF-8 in this encoding; nil when a character of it has no place there.
    public func encoded(_ text: [UInt8]) -> [UInt8]? {
        self == .utf8 ? text : Self.convert(text, from: Self.utf8.rawValue, to: rawValue)
    }

    private static func convert(_ bytes: [UInt8], from source: String, to target: String) -> [UInt8]? {
        let failed = iconv_t(bitPattern: -1)
        guard let converter = iconv_open(target, source), converter != failed else { return nil }
        defer { iconv_close(converter) }
        var input = bytes.map { CChar(bitPattern: $0) }
        // A character grows from two bytes to three, or from one to two.
        var output = [CChar](repeating: 0, count: bytes.count * 4 + 8)
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output -> Int? in
                var (from, to) = (input.baseAddress, output.baseAddress)
                var (fromLeft, toLeft) = (input.count, output.count)
                guard iconv(converter, &from, &fromLeft, &to, &toLeft) != -1, fromLeft == 0 else { return nil }
                return output.count - toLeft
            }
        }
        return written.map { output.prefix($0).map { UInt8(bitPattern: $0) } }
    }
}
