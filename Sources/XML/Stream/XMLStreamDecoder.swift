public import ExchangeModel
internal import Glibc

/// Makes UTF-8 of a large document piece by piece, in the encodings that `XMLParser` reads. UTF-8 goes through as it is and is not
/// checked here: `XMLRecordScan` does that. For one task at a time.
public final class XMLStreamDecoder {
    /// Why the document's encoding is not read: nothing of it is given then.
    public private(set) var refusal: Finding?
    /// The encoding that the bytes behind the text given are not in.
    public private(set) var brokenEncoding: String?

    private var encoding: XMLEncoding?
    private var head: [UInt8] = []
    /// Bytes of a character that is not complete.
    private var carried: [UInt8] = []
    private var converter: iconv_t?

    /// Bytes that the encoding is judged by: the XML declaration must end in them.
    private static let headBytes = 1024

    /// A decoder at the beginning of a document.
    public init() {}

    deinit { if let converter { iconv_close(converter) } }

    /// Gives the text of the next bytes to a body, which may be called several times or not at all.
    public func decode(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into body: (UnsafeBufferPointer<UInt8>) -> Void) {
        guard refusal == nil, brokenEncoding == nil else { return }
        if let encoding { return decode(bytes, encoding, isLast, body) }
        head.append(contentsOf: bytes)
        guard head.count >= Self.headBytes || isLast else { return }
        head.withUnsafeBufferPointer { head in
            switch XMLSource.encoding(of: head) {
            case .failure(let refused): refusal = refused.finding
            case .success(let found):
                guard open(found) else { return }
                encoding = found
                decode(head, found, isLast, body)
            }
        }
        head = []
    }

    private func open(_ encoding: XMLEncoding) -> Bool {
        switch encoding {
        case .utf8, .usASCII, .utf16LittleEndian, .utf16BigEndian: return true
        case .gb18030, .gbk, .gb2312:
            let opened = iconv_open("UTF-8", encoding.name)
            guard let opened, opened != iconv_t(bitPattern: -1) else {
                refusal = XMLSource.unsupported(encoding.name, at: SourcePosition(line: 1, column: 1)).finding
                return false
            }
            converter = opened
            return true
        }
    }

    private func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, _ encoding: XMLEncoding, _ isLast: Bool, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        switch encoding {
        case .utf8: if !bytes.isEmpty { body(bytes) }
        case .usASCII:
            let end = bytes.firstIndex { $0 >= 0x80 } ?? bytes.count
            if end < bytes.count { brokenEncoding = encoding.name }
            if end > 0 { body(UnsafeBufferPointer(rebasing: bytes[..<end])) }
        case .utf16LittleEndian, .utf16BigEndian: units(carried + bytes, encoding, isLast, body)
        case .gb18030, .gbk, .gb2312: convert(carried + bytes, encoding, isLast, body)
        }
    }

    private func units(
        _ bytes: [UInt8], _ encoding: XMLEncoding, _ isLast: Bool, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        var whole = bytes.count & ~1
        if whole >= 2, bytes[whole - (encoding == .utf16BigEndian ? 2 : 1)] & 0xFC == 0xD8 { whole -= 2 }
        if isLast { whole = bytes.count }
        let decoded = bytes[..<whole].withUnsafeBufferPointer { encoding.decodeUTF16($0) }
        carried = Array(bytes[whole...])
        if !decoded.isComplete { brokenEncoding = encoding.name }
        if !decoded.bytes.isEmpty { decoded.bytes.withUnsafeBufferPointer(body) }
    }

    private func convert(
        _ bytes: [UInt8], _ encoding: XMLEncoding, _ isLast: Bool, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        guard let converter, !bytes.isEmpty else { return }
        var input = bytes.map { CChar(bitPattern: $0) }
        // No character takes more than half as much again in UTF-8.
        var output = [CChar](repeating: 0, count: bytes.count + bytes.count / 2 + 8)
        var left = 0
        var isInvalid = false
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                var (source, target) = (input.baseAddress, output.baseAddress)
                var (sourceLeft, targetLeft) = (input.count, output.count)
                if iconv(converter, &source, &sourceLeft, &target, &targetLeft) == -1, errno != EINVAL || isLast {
                    isInvalid = true
                }
                left = sourceLeft
                return output.count - targetLeft
            }
        }
        carried = Array(bytes[(bytes.count - left)...])
        if isInvalid { brokenEncoding = encoding.name }
        guard written > 0 else { return }
        output[..<written].withUnsafeBufferPointer { text in
            text.withMemoryRebound(to: UInt8.self) { body($0) }
        }
    }
}
