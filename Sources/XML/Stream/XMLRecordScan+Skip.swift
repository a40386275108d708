internal import CLibXML2

// A record that is refused, or was cut by an earlier run: followed to its end by its tags alone, in constant memory.
extension XMLRecordScan {
    /// Follows it; whether it ended and is to be reported.
    mutating func skip() throws(Stop) -> Bool {
        while true {
            switch skipState {
            case .text:
                guard let start = find(0x3C) else { throw ranOut() }
                position = start
                try skipMarkup()
            case .endTag:
                guard let end = find(0x3E) else { throw ranOut() }
                position = end + 1
                skipState = .text
                skipDepth -= 1
                if skipDepth == 0 { return try endSkip() }
            case .startTag:
                if try skipStartTag() { return try endSkip() }
            case .comment: try skipBehind(0x2D, 0x2D)
            case .section: try skipBehind(0x5D, 0x5D)
            case .instruction: try skipBehind(0x3F, nil)
            }
        }
    }

    private mutating func endSkip() throws(Stop) -> Bool {
        try endRecord()
        guard isPassing else { return true }
        isPassing = false
        isWhole = false
        isInRecord = false
        runStart = position
        return false
    }

    private func find(_ byte: UInt8) -> Int? {
        UTF8Scan.find(byte, in: UnsafeBufferPointer(start: text, count: count), from: position)
    }

    private mutating func ranOut() -> Stop {
        position = count
        return more()
    }

    private mutating func skipMarkup() throws(Stop) {
        guard position + 1 < count else { throw more() }
        switch text[position + 1] {
        case 0x2F:
            position += 2
            skipState = .endTag
        case 0x3F:
            position += 2
            skipState = .instruction
        case 0x21:
            guard position + 2 < count else { throw more() }
            if text[position + 2] == 0x5B {
                skipState = .section
                position += 3
            } else {
                guard position + 3 < count else { throw more() }
                skipState = .comment
                position += 4
            }
        default:
            position += 1
            skipState = .startTag
            skipQuote = 0
            skipLast = 0
        }
    }

    /// Whether the element was empty and the whole record.
    private mutating func skipStartTag() throws(Stop) -> Bool {
        while position < count {
            let byte = text[position]
            position += 1
            if skipQuote != 0 {
                if byte == skipQuote { skipQuote = 0 }
            } else if byte == 0x22 || byte == 0x27 {
                skipQuote = byte
            } else if byte == 0x3E {
                skipState = .text
                guard skipLast == 0x2F else {
                    skipDepth += 1
                    return false
                }
                return skipDepth == 0
            }
            skipLast = byte
        }
        throw more()
    }

    /// To behind one or two bytes and a `>`.
    private mutating func skipBehind(_ first: UInt8, _ second: UInt8?) throws(Stop) {
        let length = second == nil ? 1 : 2
        var from = position
        while let end = UTF8Scan.find(0x3E, in: UnsafeBufferPointer(start: text, count: count), from: from + length) {
            if text[end - length] == first, second == nil || text[end - 1] == second {
                position = end + 1
                skipState = .text
                return
            }
            from = end + 1 - length
        }
        position = max(position, count - length)
        throw more()
    }
}
