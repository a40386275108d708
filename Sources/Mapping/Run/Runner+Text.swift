internal import Cryptography
internal import ExchangeModel

// Functions on text.
extension Runner {
    /// Makes one blank of every run of blanks and line ends, and takes those at the ends.
    mutating func collapse() -> Applied {
        let bytes = Self.trimmed(value.bytes)
        written.removeAll(keepingCapacity: true)
        var index = 0
        while index < bytes.count {
            let width = Self.blankWidth(bytes, at: index)
            if width == 0 {
                written.append(bytes[index])
                index += 1
            } else {
                if written.last != 0x20 { written.append(0x20) }
                index += width
            }
        }
        value.bytes = scratch.keep(written)
        return written.isEmpty ? .empty : .done
    }

    /// Octets of a blank: ASCII blanks, U+00A0 and U+3000.
    private static func blankWidth(_ bytes: Bytes, at index: Int) -> Int {
        if bytes[index] <= 0x20 { return 1 }
        if index + 1 < bytes.count, bytes[index] == 0xC2, bytes[index + 1] == 0xA0 { return 2 }
        if index + 2 < bytes.count, bytes[index] == 0xE3, bytes[index + 1] == 0x80, bytes[index + 2] == 0x80 { return 3 }
        return 0
    }

    /// Full-width letters, digits and signs (U+FF01 to U+FF5E) become those of ASCII, U+3000 a blank.
    mutating func makeHalfWidth() -> Applied {
        let bytes = value.bytes
        guard bytes.contains(where: { $0 == 0xEF || $0 == 0xE3 }) else { return .done }
        written.removeAll(keepingCapacity: true)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if index + 2 < bytes.count, byte == 0xEF, bytes[index + 1] == 0xBC || bytes[index + 1] == 0xBD {
                let scalar = 0xFF00 + (bytes[index + 1] == 0xBC ? 0 : 0x40) + Int(bytes[index + 2]) - 0x80
                if (0xFF01...0xFF5E).contains(scalar) {
                    written.append(UInt8(scalar - 0xFF01 + 0x21))
                    index += 3
                    continue
                }
            } else if byte == 0xE3, Self.blankWidth(bytes, at: index) == 3 {
                written.append(0x20)
                index += 3
                continue
            }
            written.append(byte)
            index += 1
        }
        value.bytes = scratch.keep(written)
        return .done
    }

    /// Characters from a place, counted from 1; all that follow when no count is given (0).
    mutating func substring(from: Int, count: Int) -> Applied {
        var number = 0
        var start = value.bytes.count
        var end = value.bytes.count
        for (index, byte) in value.bytes.enumerated() where byte & 0xC0 != 0x80 {
            number += 1
            if number == from { start = index }
            if count > 0, number == from + count {
                end = index
                break
            }
        }
        guard start < end else { return .empty }
        value.bytes = Bytes(rebasing: value.bytes[start..<end])
        return .done
    }

    /// What stands before a separator, or all when it does not occur; or what stands behind it, or nothing.
    mutating func cut(at separator: Bytes, keepsBefore: Bool) -> Applied {
        guard let place = Self.firstPlace(of: separator, in: value.bytes, from: 0) else { return keepsBefore ? .done : .empty }
        value.bytes = Bytes(
            rebasing: keepsBefore ? value.bytes[..<place] : value.bytes[(place + separator.count)...])
        return Self.hasContent(value.bytes) ? .done : .empty
    }

    mutating func replace(_ text: Bytes, by other: Bytes) -> Applied {
        guard var place = Self.firstPlace(of: text, in: value.bytes, from: 0) else { return .done }
        written.removeAll(keepingCapacity: true)
        var start = 0
        while true {
            written.append(contentsOf: value.bytes[start..<place])
            written.append(contentsOf: other)
            start = place + text.count
            guard written.count <= options.outputBytesMax else {
                return fail(
                    .bytesOverLimit, "the text grows beyond \(options.outputBytesMax) bytes (outputBytesMax)",
                    "文本增长超过 \(options.outputBytesMax) 字节(outputBytesMax)")
            }
            guard let next = Self.firstPlace(of: text, in: value.bytes, from: start) else { break }
            place = next
        }
        written.append(contentsOf: value.bytes[start...])
        value.bytes = scratch.keep(written)
        return Self.hasContent(value.bytes) ? .done : .empty
    }

    /// Puts a sign before the text until it has so many characters.
    mutating func pad(to width: Int, with sign: Bytes) -> Applied {
        var characters = 0
        for byte in value.bytes where byte & 0xC0 != 0x80 { characters += 1 }
        guard characters < width else { return .done }
        written.removeAll(keepingCapacity: true)
        for _ in characters..<width { written.append(contentsOf: sign) }
        written.append(contentsOf: value.bytes)
        value.bytes = scratch.keep(written)
        return .done
    }

    /// The digest of the text's UTF-8 bytes in lower-case hexadecimal.
    mutating func hash(_ op: Program.Op) -> Applied {
        let algorithm = MappingHash.byPlace[Int(op.a)]
        written.removeAll(keepingCapacity: true)
        for byte in algorithm.digest(value.bytes) {
            for nibble in [byte >> 4, byte & 15] { written.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
        }
        value.bytes = scratch.keep(written)
        return .done
    }

    private static func firstPlace(of text: Bytes, in bytes: Bytes, from start: Int) -> Int? {
        guard text.count > 0, bytes.count >= text.count else { return nil }
        var index = start
        while index + text.count <= bytes.count {
            if bytes[index] == text[0], areEqual(Bytes(rebasing: bytes[index..<index + text.count]), text) { return index }
            index += 1
        }
        return nil
    }
}
