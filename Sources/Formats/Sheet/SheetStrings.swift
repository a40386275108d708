internal import ExchangeModel
internal import XML

/// `sharedStrings.xml`: the texts that cells name by number. Runs of one text in several fonts are joined; how it is read aloud
/// (`rPh`) is no part of it.
final class SheetStrings: SheetPartHandler {
    private enum Level { case document, table, item, run, text }

    private let limits: SheetLimits
    /// All texts one behind another, and where each ends.
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []
    private var levels: [Level] = [.document]

    init(limits: SheetLimits) { self.limits = limits }

    /// No texts.
    var count: Int { ends.count }

    /// Lends a text; nil when there is none of this number.
    func withText<R>(_ number: Int, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R? {
        guard ends.indices.contains(number) else { return nil }
        let start = number == 0 ? 0 : Int(ends[number - 1])
        return bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start..<Int(ends[number])])) }
    }

    override func begin(_ tag: XMLStartTag) -> Bool {
        guard isMain(tag), let level = levels.last else { return false }
        switch level {
        case .document where tag.isNamed("sst"): levels.append(.table)
        case .table where tag.isNamed("si"): levels.append(.item)
        case .item where tag.isNamed("r"): levels.append(.run)
        case .item where tag.isNamed("t"), .run where tag.isNamed("t"): levels.append(.text)
        default: return false
        }
        return true
    }

    override func end() {
        guard case .item? = levels.popLast() else { return }
        let start = Int(ends.last ?? 0)
        SheetText.unescape(&bytes, from: start)
        ends.append(UInt32(bytes.count))
        if ends.count > limits.sharedStringsMax {
            fault = SheetFinding.overLimit("shared strings", "共享字符串", limits.sharedStringsMax, "sharedStringsMax")
        }
    }

    override func characters(_ text: UnsafeBufferPointer<UInt8>) {
        guard case .text? = levels.last else { return }
        bytes += text
        // Places are held in 32 bits.
        let max = min(limits.sharedStringBytesMax, Int(UInt32.max) - (1 << 20))
        if bytes.count > max {
            fault = Finding(
                .bytesOverLimit,
                text: "the texts of the workbook are longer than \(max) bytes (sharedStringBytesMax); send fewer rows a file",
                textZH: "工作簿的文本合计超过 \(max) 字节的上限(sharedStringBytesMax)；请减少每个文件的行数")
        }
    }
}

/// Text of cells as the format writes it.
enum SheetText {
    /// Puts characters in the place of `_xHHHH_`, which stands for what XML cannot hold (ISO/IEC 29500-1, 22.9.2.19), from an offset
    /// to the end. Halves of a pair become one character; a half alone stays as it is.
    static func unescape(_ bytes: inout [UInt8], from start: Int) {
        guard let first = escape(in: bytes, at: start) else { return }
        var to = first
        var from = first
        while from < bytes.count {
            guard let unit = unit(bytes, from) else {
                bytes[to] = bytes[from]
                (to, from) = (to + 1, from + 1)
                continue
            }
            var scalar = UInt32(unit)
            var length = 7
            if unit & 0xFC00 == 0xD800, let low = Self.unit(bytes, from + 7), low & 0xFC00 == 0xDC00 {
                scalar = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
                length = 14
            }
            guard let character = Unicode.Scalar(scalar) else {
                for _ in 0..<length {
                    bytes[to] = bytes[from]
                    (to, from) = (to + 1, from + 1)
                }
                continue
            }
            // At most four bytes for seven.
            for byte in String(Character(character)).utf8 {
                bytes[to] = byte
                to += 1
            }
            from += length
        }
        bytes.removeSubrange(to...)
    }

    private static func escape(in bytes: [UInt8], at start: Int) -> Int? {
        var index = start
        while index + 7 <= bytes.count {
            if bytes[index] == 0x5F, unit(bytes, index) != nil { return index }
            index += 1
        }
        return nil
    }

    /// The number of `_xHHHH_`; nil when none stands here.
    private static func unit(_ bytes: [UInt8], _ start: Int) -> UInt16? {
        guard start + 7 <= bytes.count, bytes[start] == 0x5F, bytes[start + 1] == UInt8(ascii: "x"), bytes[start + 6] == 0x5F
        else {
            return nil
        }
        var value: UInt16 = 0
        for byte in bytes[(start + 2)..<(start + 6)] {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            default: return nil
            }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    /// Offset of the first control character but tab and line ends; nil when there is none.
    static func firstControl(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        bytes.firstIndex { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    }
}
