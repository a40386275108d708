/// The inside of a JSON string: from text to escaped text and back.
public enum JSONEscape {
    /// Appends text with quotation mark, backslash and control characters escaped; other characters stay UTF-8.
    public static func append(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        guard let start = text.baseAddress, text.count > 0 else { return }
        let base = UnsafeRawPointer(start)
        var copied = 0
        while true {
            let stop = ByteScan.firstToEscape(base, from: copied, count: text.count)
            if stop > copied { bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[copied..<stop])) }
            if stop == text.count { return }
            append(escaped: text[stop], to: &bytes)
            copied = stop + 1
        }
    }

    private static func append(escaped byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(0x5C)
        switch byte {
        case 0x22, 0x5C: bytes.append(byte)
        case 0x08: bytes.append(0x62)
        case 0x09: bytes.append(0x74)
        case 0x0A: bytes.append(0x6E)
        case 0x0C: bytes.append(0x66)
        case 0x0D: bytes.append(0x72)
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(0x30 + byte >> 4)
            bytes.append(byte & 0xF < 10 ? 0x30 + byte & 0xF : 0x57 + byte & 0xF)
        }
    }

    /// Appends what the inside of a string means. The bytes are those of a token that `JSONParser` accepted, so every
    /// escape in them is whole and every surrogate has its pair.
    public static func appendUnescaped(_ raw: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        var position = 0
        while position < raw.count {
            let start = position
            while position < raw.count, raw[position] != 0x5C { position += 1 }
            if position > start { bytes.append(contentsOf: UnsafeBufferPointer(rebasing: raw[start..<position])) }
            guard position + 1 < raw.count else { return }
            let letter = raw[position + 1]
            position += 2
            switch letter {
            case 0x62: bytes.append(0x08)
            case 0x66: bytes.append(0x0C)
            case 0x6E: bytes.append(0x0A)
            case 0x72: bytes.append(0x0D)
            case 0x74: bytes.append(0x09)
            case 0x75: position = appendCodePoint(raw, at: position, to: &bytes)
            default: bytes.append(letter)
            }
        }
    }

    private static func appendCodePoint(
        _ raw: UnsafeBufferPointer<UInt8>, at position: Int, to bytes: inout [UInt8]
    ) -> Int {
        guard var value = hexadecimal(raw, at: position) else { return raw.count }
        var next = position + 4
        if value >> 10 == 0x36, let low = hexadecimal(raw, at: next + 2) {
            value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
            next += 6
        }
        // A token of the parser holds no lone surrogate; for other bytes the replacement character stands in.
        bytes.append(contentsOf: UTF8.encode(Unicode.Scalar(value) ?? "\u{FFFD}").map { Array($0) } ?? [])
        return next
    }

    /// Four hexadecimal digits, either case; nil when they are not all there.
    static func hexadecimal(_ raw: UnsafeBufferPointer<UInt8>, at position: Int) -> UInt32? {
        guard position + 4 <= raw.count else { return nil }
        var value: UInt32 = 0
        for index in position..<position + 4 {
            let digit: UInt8
            switch raw[index] {
            case 0x30...0x39: digit = raw[index] - 0x30
            case 0x41...0x46: digit = raw[index] - 0x37
            case 0x61...0x66: digit = raw[index] - 0x57
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
