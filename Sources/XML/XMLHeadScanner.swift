/// Cuts text into tags and what stands between them, as far as a look at the beginning needs it. A document type
/// declaration ends it, since no document with one is read.
struct XMLHeadScanner {
    /// A piece of the document. The buffers are the text's own.
    enum Token {
        case start(Tag)
        case end
        /// Text as written, or literal text out of a CDATA section.
        case text(UnsafeBufferPointer<UInt8>, isLiteral: Bool)
    }

    /// A start tag.
    struct Tag {
        var name: UnsafeBufferPointer<UInt8>
        var attributes: UnsafeBufferPointer<UInt8>
        var isEmpty: Bool
    }

    private let text: UnsafeBufferPointer<UInt8>
    /// Where the next piece begins.
    private(set) var offset = 0
    /// Where the last piece began.
    private(set) var pieceStart = 0

    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// The next piece; nil at the end of what can be followed.
    mutating func next() -> Token? {
        while offset < text.count {
            pieceStart = offset
            let open = UTF8Scan.find(UInt8(ascii: "<"), in: text, from: offset) ?? text.count
            if open > offset {
                defer { offset = open }
                return .text(slice(offset, open), isLiteral: false)
            }
            switch at(open + 1) {
            case UInt8(ascii: "?"):
                guard let end = XMLMarkupScan.find("?>", in: text, from: open + 2) else { return nil }
                offset = end + 2
            case UInt8(ascii: "!"):
                if begins(with: "<!--", at: open) {
                    guard let end = XMLMarkupScan.find("-->", in: text, from: open + 4) else { return nil }
                    offset = end + 3
                } else if begins(with: "<![CDATA[", at: open) {
                    guard let end = XMLMarkupScan.find("]]>", in: text, from: open + 9) else { return nil }
                    offset = end + 3
                    return .text(slice(open + 9, end), isLiteral: true)
                } else {
                    return nil
                }
            case UInt8(ascii: "/"):
                guard let end = UTF8Scan.find(UInt8(ascii: ">"), in: text, from: open + 2) else { return nil }
                offset = end + 1
                return .end
            default: return start(from: open + 1)
            }
        }
        return nil
    }

    private mutating func start(from nameStart: Int) -> Token? {
        var index = nameStart
        while index < text.count, text[index] > 0x20, text[index] != UInt8(ascii: ">"), text[index] != UInt8(ascii: "/") {
            index += 1
        }
        let nameEnd = index
        while index < text.count, text[index] != UInt8(ascii: ">") {
            let byte = text[index]
            index += 1
            guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else { continue }
            guard let quote = UTF8Scan.find(byte, in: text, from: index) else { return nil }
            index = quote + 1
        }
        guard index < text.count, nameEnd > nameStart else { return nil }
        offset = index + 1
        let isEmpty = text[index - 1] == UInt8(ascii: "/") && index > nameEnd
        return .start(Tag(name: slice(nameStart, nameEnd), attributes: slice(nameEnd, index), isEmpty: isEmpty))
    }

    private func at(_ index: Int) -> UInt8 { index < text.count ? text[index] : 0 }

    private func slice(_ from: Int, _ to: Int) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: text[from..<to]) }

    private func begins(with word: StaticString, at offset: Int) -> Bool {
        offset + word.utf8CodeUnitCount <= text.count
            && (0..<word.utf8CodeUnitCount).allSatisfy { text[offset + $0] == word.utf8Start[$0] }
    }

    // MARK: Values

    /// The value of the first attribute whose name a rule takes.
    static func attribute(
        in attributes: UnsafeBufferPointer<UInt8>, where takes: (UnsafeBufferPointer<UInt8>) -> Bool
    ) -> [UInt8]? {
        var found: [UInt8]?
        eachAttribute(in: attributes) { name, quoted in
            guard takes(name) else { return true }
            found = unescaped(UnsafeBufferPointer(rebasing: quoted.dropFirst().dropLast()))
            return false
        }
        return found
    }

    /// Shows names and values, the latter as written with their quotation marks, until the body says false.
    static func eachAttribute(
        in attributes: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
    ) {
        var index = 0
        while index < attributes.count {
            while index < attributes.count, attributes[index] <= 0x20 { index += 1 }
            let nameStart = index
            while index < attributes.count, attributes[index] > 0x20, attributes[index] != UInt8(ascii: "=") { index += 1 }
            let name = UnsafeBufferPointer(rebasing: attributes[nameStart..<index])
            while index < attributes.count, attributes[index] != UInt8(ascii: "\""), attributes[index] != UInt8(ascii: "'") {
                index += 1
            }
            guard index < attributes.count,
                let close = UTF8Scan.find(attributes[index], in: attributes, from: index + 1)
            else { return }
            guard body(name, UnsafeBufferPointer(rebasing: attributes[index...close])) else { return }
            index = close + 1
        }
    }

    /// Text with the five entities of XML and character references put in; anything else after `&` stays as written.
    static func unescaped(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let text = text.prefix(XMLHead.valueBytesMax * 8)
        guard text.contains(UInt8(ascii: "&")) else { return Array(text) }
        var result: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            guard text[index] == UInt8(ascii: "&"), let end = text[index...].prefix(12).firstIndex(of: UInt8(ascii: ";")),
                let scalar = scalar(String(decoding: text[(index + 1)..<end], as: UTF8.self))
            else {
                result.append(text[index])
                index += 1
                continue
            }
            result += Array(String(Character(scalar)).utf8)
            index = end + 1
        }
        return result
    }

    private static func scalar(_ name: String) -> Unicode.Scalar? {
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        case _ where name.hasPrefix("#x"): return UInt32(name.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init)
        case _ where name.hasPrefix("#"): return UInt32(name.dropFirst()).flatMap(Unicode.Scalar.init)
        default: return nil
        }
    }
}
