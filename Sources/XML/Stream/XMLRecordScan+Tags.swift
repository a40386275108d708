internal import CLibXML2
internal import Glibc

/// A name in the window.
struct XMLTagName {
    var offset, count: Int
    /// Bytes of the prefix, without the colon.
    var prefix: Int
    /// Its number in the cache, or 0.
    var number: Int32
}

/// An attribute of the tag being read. A value that is not in the scratch has its offset in the window.
struct XMLTagAttribute {
    var name: XMLTagName
    var value: XMLRun
    var namespace: Int32 = 0
    var isDeclaration = false
}

// Tags: their names and attributes, in XML 1.0's grammar.
extension XMLRecordScan {
    /// Content up to the end of a record; false when something else than content comes.
    mutating func markup() throws(Stop) -> Bool {
        while true {
            if open.isEmpty {
                guard try outside() else { return false }
            } else {
                try run()
            }
            guard position + 1 < count else { throw more() }
            switch text[position + 1] {
            case 0x2F:
                endRun(isEndTag: true)
                if try endTag() { return true }
            case 0x21:
                try declaration()
                return false
            case 0x3F:
                try beginInstruction()
                return false
            default:
                endRun(isEndTag: false)
                if try startTag() { return true }
            }
        }
    }

    /// Whether the tag is an empty element that is a record.
    private mutating func startTag() throws(Stop) -> Bool {
        if open.isEmpty, hasRoot { throw fault(XML_ERR_DOCUMENT_END, at: position) }
        if isUnready { throw .bytes }
        if !isInRecord { scratch.removeAll(keepingCapacity: true) }
        let mark = (scratch: scratch.count, scope: scope.count)
        do throws(Stop) {
            let start = position
            let tag = try readTag()
            return try enter(tag.name, from: start, to: tag.end, isEmpty: tag.isEmpty)
        } catch {
            switch error {
            case .bytes:
                scratch.removeLast(scratch.count - mark.scratch)
                retry = count + (count - position) / 4 + 1
            case .limit: if open.count <= recordDepth { scope.removeLast(downTo: mark.scope) }
            case .fault: break
            }
            throw error
        }
    }

    /// Whether a tag that was not whole before is not worth another look: so long tags in small pieces cost little more.
    private var isUnready: Bool {
        textEnd == .open && count < retry && !(isInRecord && count - recordStart > limits.bytesMax)
    }

    /// Reads name and attributes from the `<` at `position`; `end` is behind the `>`.
    private mutating func readTag() throws(Stop) -> (name: XMLTagName, end: Int, isEmpty: Bool) {
        var here = position + 1
        let name = try name(&here)
        if !attributes.isEmpty { attributes.removeAll(keepingCapacity: true) }
        while true {
            let before = here
            here = try blanks(here)
            switch text[here] {
            case 0x3E: return (name, here + 1, false)
            case 0x2F:
                guard here + 1 < count else { throw more() }
                guard text[here + 1] == 0x3E else { throw fault(XML_ERR_GT_REQUIRED, at: here, seen: here + 1) }
                return (name, here + 2, true)
            default:
                guard here > before else {
                    throw fault(XMLNameScan.isStart(text[here]) ? XML_ERR_SPACE_REQUIRED : XML_ERR_GT_REQUIRED, at: here)
                }
                try attribute(&here)
            }
        }
    }

    private mutating func blanks(_ start: Int) throws(Stop) -> Int {
        var here = start
        while here < count {
            switch text[here] {
            case 0x20, 0x09, 0x0A, 0x0D: here += 1
            default: return here
            }
        }
        throw more()
    }

    private mutating func name(_ here: inout Int) throws(Stop) -> XMLTagName {
        let start = here
        let expected = names.expected(text + start, count - start)
        if expected != 0 {
            let entry = names.entries[Int(expected)]
            here += Int(entry.count)
            return XMLTagName(offset: start, count: Int(entry.count), prefix: Int(entry.prefix), number: expected)
        }
        var end = start
        var colon = start
        while end < count, XMLNameScan.isPart(text[end]) {
            if text[end] == 0x3A, colon == start { colon = end }
            end += 1
        }
        guard end < count else { throw more() }
        let name = UnsafeBufferPointer(start: text + start, count: end - start)
        guard XMLName.isQualifiedName(name) else {
            if let fault = UTF8Scan.firstFault(in: name) { throw notUTF8(at: start + fault, seen: end) }
            throw fault(colon > start ? XML_NS_ERR_QNAME : XML_ERR_NAME_REQUIRED, at: start, seen: end)
        }
        here = end
        return XMLTagName(
            offset: start, count: end - start, prefix: colon - start, number: names.number(name, prefix: colon - start))
    }

    private mutating func attribute(_ here: inout Int) throws(Stop) {
        let name = try name(&here)
        here = try blanks(here)
        guard text[here] == 0x3D else { throw fault(XML_ERR_ATTRIBUTE_WITHOUT_VALUE, at: here) }
        here = try blanks(here + 1)
        let quote = text[here]
        guard quote == 0x22 || quote == 0x27 else { throw fault(XML_ERR_ATTRIBUTE_NOT_STARTED, at: here) }
        here += 1
        var start = here
        let mark = scratch.count
        var isInScratch = false
        while true {
            here = XMLTextScan.attributeValue(text, from: here, to: count, quote: quote)
            guard here < count else { throw more() }
            let byte = text[here]
            if byte == quote { break }
            var scalar: UInt32 = 0x20
            var end = here + 1
            switch byte {
            case 0x26: (scalar, end) = try reference(at: here)
            case 0x09, 0x0A: break
            case 0x0D:
                guard end < count else { throw more() }
                if text[end] == 0x0A { end += 1 }
            case 0x3C: throw fault(XML_ERR_LT_IN_ATTRIBUTE, at: here)
            default: throw noCharacter(at: here)
            }
            isInScratch = true
            scratch.append(contentsOf: UnsafeBufferPointer(start: text + start, count: here - start))
            _ = XMLTextScan.append(scalar, to: &scratch)
            here = end
            start = end
        }
        var value = XMLRun(offset: start, count: here - start)
        if isInScratch {
            scratch.append(contentsOf: UnsafeBufferPointer(start: text + start, count: here - start))
            value = XMLRun(offset: mark, count: scratch.count - mark, isInScratch: true)
        }
        here += 1
        attributes.append(XMLTagAttribute(name: name, value: value, isDeclaration: isDeclaration(name)))
    }

    /// `xmlns` or `xmlns:...`.
    private func isDeclaration(_ name: XMLTagName) -> Bool {
        guard name.prefix == 5 || (name.prefix == 0 && name.count == 5) else { return false }
        return memcmp(text + name.offset, "xmlns", 5) == 0
    }

    // MARK: The end tag

    /// Whether it ends a record.
    private mutating func endTag() throws(Stop) -> Bool {
        guard let last = open.indices.last else {
            throw fault(hasRoot ? XML_ERR_DOCUMENT_END : XML_ERR_DOCUMENT_EMPTY, at: position)
        }
        let entry = open[last]
        let start = position + 2
        var here = start + entry.nameCount
        guard here < count else { throw mismatch(entry) }
        let isSame = openNames.withUnsafeBufferPointer { names in
            // An open element has a name of one byte or more.
            names.baseAddress.map { memcmp($0 + entry.nameOffset, text + start, entry.nameCount) == 0 } ?? false
        }
        guard isSame, !XMLNameScan.isPart(text[here]) else { throw mismatch(entry) }
        here = try blanks(here)
        guard text[here] == 0x3E else { throw fault(XML_ERR_GT_REQUIRED, at: here) }
        position = here + 1
        runStart = position
        scope.removeLast(downTo: entry.scopeMark)
        openNames.removeLast(entry.nameCount)
        open.removeLast()
        if isInRecord {
            setValue(of: entry)
            guard open.count == recordDepth else { return false }
            try endRecord()
            return true
        }
        matched = min(matched, open.count)
        if open.isEmpty { hasRoot = true }
        return false
    }

    private mutating func setValue(of entry: Open) {
        var value = entry.value
        if entry.lastPiece >= 0 {
            value = joined(entry.lastPiece)
            var first = entry.lastPiece
            while pieces[first].previous >= 0 { first = pieces[first].previous }
            pieces.removeLast(pieces.count - first)
        }
        guard value.count > 0 else { return }
        let node = Int(entry.node)
        nodes[node].valueOffset = Int32(truncatingIfNeeded: value.offset)
        nodes[node].valueCount = Int32(truncatingIfNeeded: value.count)
        nodes[node].isValueInScratch = value.isInScratch
    }

    /// An end tag that is not the one expected, once it is whole.
    private mutating func mismatch(_ entry: Open) -> Stop {
        let window = UnsafeBufferPointer(start: text, count: count)
        guard let close = UTF8Scan.find(0x3E, in: window, from: position + 2) else { return more() }
        let found = window[(position + 2)..<close].prefix { $0 > 0x20 }
        let names = (
            String(decoding: openNames[entry.nameOffset...], as: UTF8.self), String(decoding: found.prefix(200), as: UTF8.self)
        )
        return fault(XML_ERR_TAG_NAME_MISMATCH, at: position + 2, seen: close, names: names)
    }
}
