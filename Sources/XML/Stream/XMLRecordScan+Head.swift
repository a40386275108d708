internal import CLibXML2
internal import ExchangeModel

extension XMLRecordScan {
    /// Bytes within which the XML declaration must end.
    private static let declarationMax = 512

    /// Passes over a byte-order mark and the XML declaration, which libxml2 judges in a document of its own.
    mutating func head() throws(Stop) {
        guard count >= 9 || textEnd != .open else { throw .bytes }
        let start = UTF8Scan.hasByteOrderMark(UnsafeBufferPointer(start: text, count: count)) ? 3 : 0
        let word = Array("<?xml".utf8)
        let window = UnsafeBufferPointer(start: text, count: count)
        if window.count > start + 5, window[start..<start + 5].elementsEqual(word), window[start + 5] <= 0x20 {
            var end = start + 5
            while end + 1 < count, end < Self.declarationMax, text[end] != 0x3F || text[end + 1] != 0x3E { end += 1 }
            guard end + 1 < count, end < Self.declarationMax else {
                if end < Self.declarationMax, textEnd == .open { throw .bytes }
                throw fault(XML_ERR_XMLDECL_NOT_FINISHED, at: start)
            }
            let document = Array(window[start..<end + 2]) + Array("<a/>".utf8)
            guard document.allSatisfy({ $0 > 0 && $0 < 0x80 }) else { throw fault(XML_ERR_XMLDECL_NOT_FINISHED, at: start) }
            if let refusal = Self.refusal(of: document) {
                finding = refusal
                throw .fault
            }
            position = end + 2
        } else {
            position = start
        }
        lineStart = start
        counted = start
        mode = .markup
    }

    private static func refusal(of document: [UInt8]) -> Finding? {
        let parsed = document.withUnsafeBufferPointer { XMLParserContext().parse($0, limits: .default) }
        if let document = parsed.document { xmlFreeDoc(document) }
        return parsed.refusal?.finding
    }
}
