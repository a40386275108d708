/// JSON pointers (RFC 6901): the text that says where in a document.
public enum JSONPointer {
    /// A key as a segment: `~` and `/` escaped.
    public static func segment(_ key: String) -> String {
        guard key.utf8.contains(where: { $0 == 0x7E || $0 == 0x2F }) else { return key }
        return String(decoding: key.utf8.flatMap { escaped($0) }, as: UTF8.self)
    }

    /// The segments of a pointer, unescaped; nil when it is neither empty nor begins with `/`, or an escape is wrong.
    public static func segments(_ pointer: String) -> [String]? {
        guard !pointer.isEmpty else { return [] }
        guard pointer.utf8.first == 0x2F else { return nil }
        var segments: [String] = []
        for part in pointer.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
            var bytes: [UInt8] = []
            var iterator = part.makeIterator()
            while let byte = iterator.next() {
                guard byte == 0x7E else {
                    bytes.append(byte)
                    continue
                }
                switch iterator.next() {
                case 0x30: bytes.append(0x7E)
                case 0x31: bytes.append(0x2F)
                default: return nil
                }
            }
            segments.append(String(decoding: bytes, as: UTF8.self))
        }
        return segments
    }

    /// A key as it stands in the input, cut to so many bytes at a character's border.
    static func segment(_ raw: UnsafeBufferPointer<UInt8>, bytesMax: Int) -> String {
        var bytes: [UInt8] = []
        JSONEscape.appendUnescaped(raw, to: &bytes)
        guard bytes.count > bytesMax else { return segment(String(decoding: bytes, as: UTF8.self)) }
        var count = bytesMax
        while count > 0, bytes[count] & 0xC0 == 0x80 { count -= 1 }
        return segment(String(decoding: bytes[..<count], as: UTF8.self)) + "…"
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case 0x7E: [0x7E, 0x30]
        case 0x2F: [0x7E, 0x31]
        default: [byte]
        }
    }
}
