internal import CLibXML2
internal import ExchangeModel
internal import Glibc

// Places in the stream, and what is wrong there.
extension XMLRecordScan {
    mutating func countLines(to end: Int) {
        while counted < end {
            guard let found = memchr(text + counted, 0x0A, end - counted) else {
                counted = end
                return
            }
            counted = UnsafeRawPointer(found) - UnsafeRawPointer(text) + 1
            line += 1
            lineStart = counted
        }
    }

    func position(of offset: Int) -> SourcePosition {
        var copy = (line: line, lineStart: lineStart, counted: counted)
        while copy.counted < offset, let found = memchr(text + copy.counted, 0x0A, offset - copy.counted) {
            copy.counted = UnsafeRawPointer(found) - UnsafeRawPointer(text) + 1
            copy.line += 1
            copy.lineStart = copy.counted
        }
        return SourcePosition(line: copy.line, column: max(1, offset - copy.lineStart + 1))
    }

    /// What to throw where the window ends too early.
    mutating func more() -> Stop {
        switch textEnd {
        case .open: return .bytes
        case .finished: return fault(XML_ERR_TAG_NOT_FINISHED, at: count)
        case .broken(let encoding):
            finding = Finding(
                .encodingInvalid, position: position(of: count), text: "the bytes here are not valid \(encoding)",
                textZH: "此处的字节不是有效的 \(encoding) 编码")
            return .fault
        }
    }

    /// A fault of syntax at an offset, found when the byte at `seen` was looked at.
    mutating func fault(
        _ code: xmlParserErrors, at offset: Int, seen: Int? = nil, names: (String, String)? = nil, followsAmpersand: Bool = false
    ) -> Stop {
        let words = XMLSyntaxMessage.words(
            code: Int32(bitPattern: code.rawValue), names: names, followsAmpersand: followsAmpersand)
        return fault(.xmlSyntax, words.text, words.textZH, at: offset, seen: seen)
    }

    /// A fault of the document. Where bytes beyond a limit were needed to see it, the limit is what counts: in smaller pieces
    /// they would not have been looked at.
    mutating func fault(_ code: Finding.Code, _ text: String, _ textZH: String, at offset: Int, seen: Int? = nil) -> Stop {
        if mode != .skipping, (seen ?? offset) - (isInRecord ? recordStart : position) >= limits.bytesMax {
            finding = tooLong
            return isInRecord ? .limit : .fault
        }
        finding = Finding(code, position: position(of: offset), text: text, textZH: textZH)
        return .fault
    }

    /// A limit: of a record it refuses the record, around the records everything.
    mutating func limit(_ code: Finding.Code, _ text: String, _ textZH: String, at offset: Int) -> Stop {
        finding = Finding(code, position: position(of: offset), text: text, textZH: textZH)
        return isInRecord ? .limit : .fault
    }

    var tooLong: Finding {
        let max = limits.bytesMax
        return isInRecord
            ? Finding(
                .bytesOverLimit, position: recordPosition, text: "the record is larger than the limit of \(max) bytes",
                textZH: "该记录超过 \(max) 字节的上限")
            : Finding(
                .bytesOverLimit, position: position(of: position),
                text: "a tag around the records is larger than the limit of \(max) bytes", textZH: "记录之外的标签超过 \(max) 字节的上限")
    }
}
