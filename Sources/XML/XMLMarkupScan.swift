internal import ExchangeModel

/// A look at the markup before libxml2 gets the document: no document type declaration, and how deep, how many, how
/// many attributes at once.
///
/// It follows tags, comments, processing instructions and CDATA sections exactly as far as the document is well-formed,
/// which is as far as libxml2 does work that grows faster than the bytes (it compares each attribute of an element with
/// each). Faults of syntax are left to libxml2.
enum XMLMarkupScan {
    /// The finding that refuses the document; nil when it may go on to the parser.
    static func refusal(of text: UnsafeBufferPointer<UInt8>, limits: XMLLimits) -> XMLRefusal? {
        guard let base = text.baseAddress else { return nil }
        let count = text.count
        var offset = 0
        var depth = 0
        var nodes = 0
        while let start = UTF8Scan.find(0x3C, in: text, from: offset), start + 1 < count {
            switch base[start + 1] {
            case UInt8(ascii: "/"):
                depth -= 1
                offset = start + 2
            case UInt8(ascii: "?"):
                offset = end(of: "?>", in: text, from: start + 2)
            case UInt8(ascii: "!"):
                if matches("<!--", text, start) {
                    offset = end(of: "-->", in: text, from: start + 4)
                } else if matches("<![CDATA[", text, start) {
                    offset = end(of: "]]>", in: text, from: start + 9)
                } else if matches("<!DOCTYPE", text, start) {
                    return XMLRefusal(
                        .xmlDoctype, "a document type declaration is not accepted", "不接受文档类型声明(DOCTYPE)",
                        at: UTF8Scan.position(of: start, in: text))
                } else {
                    offset = start + 2
                }
            default:
                let tag = tag(in: base, count: count, from: start + 1)
                offset = tag.end
                nodes += 1 + tag.attributes
                if tag.attributes > limits.attributesMax {
                    let max = limits.attributesMax
                    return XMLRefusal(
                        .countOverLimit, "an element has more than \(max) attributes", "单个元素的属性超过 \(max) 个",
                        at: UTF8Scan.position(of: start, in: text))
                }
                if nodes > limits.nodesMax {
                    let max = limits.nodesMax
                    return XMLRefusal(
                        .countOverLimit, "the document has more than \(max) elements and attributes",
                        "文档中的元素和属性超过 \(max) 个", at: UTF8Scan.position(of: start, in: text))
                }
                if depth >= limits.depthMax {
                    let max = limits.depthMax
                    return XMLRefusal(
                        .depthOverLimit, "elements nest deeper than \(max) levels", "元素的嵌套超过 \(max) 层",
                        at: UTF8Scan.position(of: start, in: text))
                }
                if !tag.isEmpty { depth += 1 }
            }
        }
        return nil
    }

    /// Follows a start tag from after its `<` to after its `>` (or to the next `<`, which only a malformed one holds).
    @inline(__always)
    private static func tag(in base: UnsafePointer<UInt8>, count: Int, from start: Int) -> (
        end: Int, attributes: Int, isEmpty: Bool
    ) {
        var index = start
        var attributes = 0
        while index < count {
            switch base[index] {
            case UInt8(ascii: ">"):
                return (index + 1, attributes, base[index - 1] == UInt8(ascii: "/"))
            case UInt8(ascii: "<"):
                return (index, attributes, false)
            case let quote where quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"):
                index += 1
                while index < count, base[index] != quote { index += 1 }
                attributes += 1
            default: break
            }
            index += 1
        }
        return (count, attributes, false)
    }

    @inline(__always)
    private static func matches(_ word: StaticString, _ text: UnsafeBufferPointer<UInt8>, _ offset: Int) -> Bool {
        guard offset + word.utf8CodeUnitCount <= text.count else { return false }
        for index in 0..<word.utf8CodeUnitCount where text[offset + index] != word.utf8Start[index] { return false }
        return true
    }

    /// Offset after a closing word that ends in `>`; the end of the text when it is missing.
    private static func end(of word: StaticString, in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        find(word, in: text, from: start).map { $0 + word.utf8CodeUnitCount } ?? text.count
    }

    /// Offset of a word that ends in `>`, at or after another; nil when there is none.
    static func find(_ word: StaticString, in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let before = word.utf8CodeUnitCount - 1
        var from = start + before
        while let close = UTF8Scan.find(0x3E, in: text, from: from) {
            if matches(word, text, close - before) { return close - before }
            from = close + 1
        }
        return nil
    }
}
