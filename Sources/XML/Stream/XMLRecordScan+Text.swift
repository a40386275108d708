internal import CLibXML2
internal import ExchangeModel

// Character data, comments, CDATA sections and processing instructions.
extension XMLRecordScan {
    /// White space outside the root element, up to a `<`; false at the end of the document.
    mutating func outside() throws(Stop) -> Bool {
        while position < count {
            switch text[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case 0x3C: return true
            default: throw fault(hasRoot ? XML_ERR_DOCUMENT_END : XML_ERR_DOCUMENT_EMPTY, at: position)
            }
        }
        guard textEnd == .finished else { throw more() }
        guard hasRoot else { throw fault(XML_ERR_DOCUMENT_EMPTY, at: count) }
        mode = .ended
        return false
    }

    /// Character data inside an element, up to a `<`.
    mutating func run() throws(Stop) {
        while true {
            position = XMLTextScan.characterData(text, from: position, to: count)
            guard position < count else { throw more() }
            switch text[position] {
            case 0x3C: return
            case 0x26:
                let (scalar, end) = try reference(at: position)
                flush()
                if isInRecord { _ = XMLTextScan.append(scalar, to: &scratch) }
                position = end
                runStart = end
            case 0x5D:
                guard position + 2 < count || textEnd != .open else { throw .bytes }
                if position + 2 < count, text[position + 1] == 0x5D, text[position + 2] == 0x3E {
                    throw fault(XML_ERR_MISPLACED_CDATA_END, at: position, seen: position + 2)
                }
                position += 1
            default: try specialCharacter()
            }
        }
    }

    /// A carriage return, which is read as a line feed, or what is no character.
    mutating func specialCharacter() throws(Stop) {
        guard text[position] == 0x0D else {
            throw noCharacter(at: position)
        }
        guard position + 1 < count || textEnd != .open else { throw .bytes }
        flush()
        if isInRecord { scratch.append(0x0A) }
        position += position + 1 < count && text[position + 1] == 0x0A ? 2 : 1
        runStart = position
    }

    /// What is wrong with bytes that are no character.
    mutating func noCharacter(at offset: Int) -> Stop {
        let seen = offset + XMLTextScan.examined(text + offset, count - offset) - 1
        switch XMLTextScan.length(text + offset, count - offset) {
        case XMLTextScan.incomplete where textEnd == .open: return .bytes
        case XMLTextScan.forbidden: return fault(XML_ERR_INVALID_CHAR, at: offset, seen: seen)
        default: return notUTF8(at: offset, seen: seen)
        }
    }

    mutating func notUTF8(at offset: Int, seen: Int) -> Stop {
        fault(.encodingInvalid, "the bytes here are not valid UTF-8", "此处的字节不是有效的 UTF-8 编码", at: offset, seen: seen)
    }

    /// Moves what came of the run into the scratch.
    mutating func flush() {
        guard isInRecord else { return }
        if !isRunInScratch {
            isRunInScratch = true
            scratchRun = scratch.count
        }
        scratch.append(contentsOf: UnsafeBufferPointer(start: text + runStart, count: position - runStart))
        runStart = position
    }

    /// Ends the run at a tag. Of an element with child elements, runs of white space alone are layout.
    mutating func endRun(isEndTag: Bool) {
        guard isInRecord, position > runStart || isRunInScratch, !open.isEmpty else { return }
        if isRunInScratch { flush() }
        let run =
            isRunInScratch
            ? XMLRun(offset: scratchRun, count: scratch.count - scratchRun, isInScratch: true)
            : XMLRun(offset: runStart - recordStart, count: position - runStart)
        isRunInScratch = false
        runStart = position
        let last = open.count - 1
        if isEndTag, !open[last].hasChildren {
            open[last].value = run
            return
        }
        let isBlank =
            run.isInScratch
            ? scratch.withUnsafeBufferPointer { XMLTextScan.isBlank(UnsafeBufferPointer(rebasing: $0[run.offset...])) }
            : XMLTextScan.isBlank(UnsafeBufferPointer(start: text + recordStart + run.offset, count: run.count))
        if isBlank { return }
        pieces.append(Piece(run: run, previous: open[last].lastPiece))
        open[last].lastPiece = pieces.count - 1
    }

    /// The text of an element with child elements, its pieces joined.
    mutating func joined(_ last: Int) -> XMLRun {
        if pieces[last].previous < 0 { return pieces[last].run }
        var order: [XMLRun] = []
        var index = last
        while index >= 0 {
            order.append(pieces[index].run)
            index = pieces[index].previous
        }
        let start = scratch.count
        for run in order.reversed() {
            if run.isInScratch {
                let piece = scratch[run.offset..<run.offset + run.count]
                scratch += piece
            } else {
                scratch.append(contentsOf: UnsafeBufferPointer(start: text + recordStart + run.offset, count: run.count))
            }
        }
        return XMLRun(offset: start, count: scratch.count - start, isInScratch: true)
    }

    // MARK: What is no text

    /// From `<!`.
    mutating func declaration() throws(Stop) {
        var seen = position
        func begins(_ word: StaticString) -> Bool? {
            for index in 0..<word.utf8CodeUnitCount {
                guard position + index < count else { return nil }
                seen = max(seen, position + index)
                if text[position + index] != word.utf8Start[index] { return false }
            }
            return true
        }
        let isComment = begins("<!--")
        let isSection = begins("<![CDATA[")
        let isDocumentType = begins("<!DOCTYPE")
        if isComment == true {
            flushBeforeMarkup()
            position += 4
            mode = .comment
        } else if isSection == true, !open.isEmpty {
            flushBeforeMarkup()
            position += 9
            runStart = position
            mode = .section
        } else if isDocumentType == true {
            throw fault(
                .xmlDoctype, "a document type declaration is not accepted", "不接受文档类型声明(DOCTYPE)", at: position, seen: seen)
        } else if isComment == nil || isSection == nil || isDocumentType == nil {
            throw more()
        } else {
            throw fault(XML_ERR_NAME_REQUIRED, at: position + 1, seen: seen)
        }
    }

    private mutating func flushBeforeMarkup() { if position > runStart || isRunInScratch { flush() } }

    private mutating func backToMarkup() {
        mode = .markup
        runStart = position
    }

    mutating func comment() throws(Stop) {
        while true {
            guard position < count else { throw unclosed(XML_ERR_COMMENT_NOT_FINISHED) }
            if text[position] == 0x2D {
                guard position + 1 < count else { throw unclosed(XML_ERR_COMMENT_NOT_FINISHED) }
                if text[position + 1] == 0x2D {
                    guard position + 2 < count else { throw unclosed(XML_ERR_COMMENT_NOT_FINISHED) }
                    guard text[position + 2] == 0x3E else {
                        throw fault(XML_ERR_HYPHEN_IN_COMMENT, at: position, seen: position + 2)
                    }
                    position += 3
                    return backToMarkup()
                }
            }
            try character()
        }
    }

    mutating func section() throws(Stop) {
        while true {
            position = XMLTextScan.characterData(text, from: position, to: count)
            guard position < count else { throw unclosed(XML_ERR_CDATA_NOT_FINISHED) }
            switch text[position] {
            case 0x3C, 0x26: position += 1
            case 0x5D:
                guard position + 2 < count else { throw unclosed(XML_ERR_CDATA_NOT_FINISHED) }
                guard text[position + 1] == 0x5D, text[position + 2] == 0x3E else {
                    position += 1
                    continue
                }
                flush()
                position += 3
                return backToMarkup()
            default: try specialCharacter()
            }
        }
    }

    /// From `<?`; its target is checked here, the rest in `instruction`.
    mutating func beginInstruction() throws(Stop) {
        var end = position + 2
        while end < count, XMLNameScan.isPart(text[end]) { end += 1 }
        guard end < count else { throw unclosed(XML_ERR_PI_NOT_FINISHED) }
        let target = UnsafeBufferPointer(start: text + position + 2, count: end - position - 2)
        guard XMLName.isQualifiedName(target) else { throw fault(XML_ERR_PI_NOT_STARTED, at: position + 2, seen: end) }
        if target.contains(0x3A) { throw fault(XML_NS_ERR_COLON, at: position + 2, seen: end) }
        if target.count == 3, String(decoding: target, as: UTF8.self).lowercased() == "xml" {
            throw fault(XML_ERR_RESERVED_XML_NAME, at: position + 2, seen: end)
        }
        switch text[end] {
        case 0x20, 0x09, 0x0A, 0x0D, 0x3F: break
        default: throw fault(XML_ERR_SPACE_REQUIRED, at: end)
        }
        if text[end] == 0x3F {
            guard end + 1 < count else { throw unclosed(XML_ERR_PI_NOT_FINISHED) }
            guard text[end + 1] == 0x3E else { throw fault(XML_ERR_SPACE_REQUIRED, at: end, seen: end + 1) }
        }
        flushBeforeMarkup()
        position = end
        mode = .instruction
    }

    mutating func instruction() throws(Stop) {
        while true {
            guard position < count else { throw unclosed(XML_ERR_PI_NOT_FINISHED) }
            if text[position] == 0x3F {
                guard position + 1 < count else { throw unclosed(XML_ERR_PI_NOT_FINISHED) }
                if text[position + 1] == 0x3E {
                    position += 2
                    return backToMarkup()
                }
            }
            try character()
        }
    }

    private mutating func unclosed(_ code: xmlParserErrors) -> Stop { textEnd == .finished ? fault(code, at: count) : more() }

    /// Over one character.
    private mutating func character() throws(Stop) {
        let length = XMLTextScan.length(text + position, count - position)
        guard length > 0 else { return try specialCharacter() }
        position += length
    }
}
