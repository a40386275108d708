/// Follows the markup of a document that comes in pieces, for what libxml2 would need to hold or compare at once.
///
/// libxml2 holds a tag, comment or instruction until it is whole, and compares each attribute of a tag with each; so
/// their length is limited before libxml2 sees them. A document type declaration ends the reading. Faults of syntax are
/// left to libxml2.
struct XMLTagScan {
    enum Fault {
        case markupTooLong, doctype
    }

    private enum Mode {
        case text, open, tag
        case quoted(UInt8)
        case declaration, comment, section, instruction
    }

    private var mode = Mode.text
    /// Bytes of the present markup.
    private var length = 0
    /// How many of the characters that close it were seen in a row.
    private var closing = 0

    init() {}

    /// Looks at the next bytes; the text is UTF-8.
    mutating func advance(_ bytes: UnsafeBufferPointer<UInt8>, markupBytesMax: Int) -> Fault? {
        var index = 0
        while index < bytes.count {
            if case .text = mode {
                guard let start = UTF8Scan.find(0x3C, in: bytes, from: index) else { return nil }
                index = start + 1
                (mode, length) = (.open, 1)
                continue
            }
            let byte = bytes[index]
            index += 1
            length += 1
            switch mode {
            case .text: break
            case .open:
                closing = 0
                switch byte {
                case UInt8(ascii: "!"): mode = .declaration
                case UInt8(ascii: "?"): mode = .instruction
                case UInt8(ascii: ">"): mode = .text
                default: mode = .tag
                }
            case .tag:
                switch byte {
                case UInt8(ascii: ">"): mode = .text
                case UInt8(ascii: "\""), UInt8(ascii: "'"): mode = .quoted(byte)
                default: break
                }
            case .quoted(let mark): if byte == mark { mode = .tag }
            case .declaration:
                switch byte {
                case UInt8(ascii: "-"): mode = .comment
                case UInt8(ascii: "["): mode = .section
                default: return .doctype
                }
            case .comment: close(on: byte, repeated: UInt8(ascii: "-"), times: 2, from: 7)
            case .section:
                // Text, of any length.
                length = min(length, 16)
                close(on: byte, repeated: UInt8(ascii: "]"), times: 2, from: 3)
            case .instruction: close(on: byte, repeated: UInt8(ascii: "?"), times: 1, from: 4)
            }
            if length > markupBytesMax { return .markupTooLong }
        }
        return nil
    }

    /// Ends the markup at `>` behind enough closing characters.
    private mutating func close(on byte: UInt8, repeated: UInt8, times: Int, from: Int) {
        if byte == UInt8(ascii: ">"), closing >= times, length >= from {
            mode = .text
        } else {
            closing = byte == repeated ? closing + 1 : 0
        }
    }
}
