internal import ExchangeModel

/// The bytes of a document as UTF-8 text that was checked: size, encoding, no NUL. What follows may rely on it.
enum XMLSource {
    /// Runs a body over the text, or returns the finding that refuses the document. UTF-8 is not copied.
    static func withText<R>(
        of bytes: UnsafeBufferPointer<UInt8>, limits: XMLLimits, _ body: (UnsafeBufferPointer<UInt8>) -> R
    ) -> Result<R, XMLRefusal> {
        if bytes.count > limits.bytesMax {
            let max = limits.bytesMax
            return .failure(
                XMLRefusal(.bytesOverLimit, "the document is larger than \(max) bytes", "文档超过 \(max) 字节的上限"))
        }
        if bytes.isEmpty { return .failure(XMLRefusal(.xmlSyntax, "the document is empty", "文档为空")) }
        switch encoding(of: bytes) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let encoding):
            switch encoding {
            case .utf8, .usASCII: return checked(bytes, encoding, body)
            case .utf16LittleEndian, .utf16BigEndian: return decoded(encoding.decodeUTF16(bytes), encoding, body)
            case .gb18030, .gbk, .gb2312:
                guard let text = encoding.decodeNational(bytes) else {
                    return .failure(unsupported(encoding.name, at: SourcePosition(line: 1, column: 1)))
                }
                return decoded(text, encoding, body)
            }
        }
    }

    /// Bytes of a document in 16 bits that its declaration is looked for in.
    private static let headMax = 1024

    /// The encoding that a document, or its head, says it is in: by its first bytes and its declaration, which must agree.
    static func encoding(of bytes: UnsafeBufferPointer<UInt8>) -> Result<XMLEncoding, XMLRefusal> {
        switch XMLEncoding.signature(of: bytes) {
        case .utf32:
            return .failure(unsupported("UTF-32", at: SourcePosition(line: 1, column: 1)))
        case .utf16(let encoding):
            let head = UnsafeBufferPointer(rebasing: bytes[..<min(headMax, bytes.count & ~1)])
            return encoding.decodeUTF16(head).bytes.withUnsafeBufferPointer { text in
                guard let declared = XMLEncoding.declaration(in: text) else { return .success(encoding) }
                let name = declared.name.uppercased()
                if name == "UTF-16" || name == encoding.name { return .success(encoding) }
                let position = UTF8Scan.position(of: declared.offset, in: text)
                return .failure(contradiction(declared.name, seen: encoding.name, at: position))
            }
        case .utf8Mark:
            if let declared = XMLEncoding.declaration(in: bytes), declared.name.uppercased() != "UTF-8" {
                return .failure(
                    contradiction(declared.name, seen: "UTF-8", at: UTF8Scan.position(of: declared.offset, in: bytes)))
            }
            return .success(.utf8)
        case .none:
            guard let declared = XMLEncoding.declaration(in: bytes) else { return .success(.utf8) }
            let position = UTF8Scan.position(of: declared.offset, in: bytes)
            if ["UTF-16", "UTF-16LE", "UTF-16BE"].contains(declared.name.uppercased()) {
                return .failure(contradiction(declared.name, seen: "8 bit", at: position))
            }
            return XMLEncoding(declared: declared.name).map { .success($0) } ?? .failure(unsupported(declared.name, at: position))
        }
    }

    private static func decoded<R>(
        _ text: XMLEncoding.Decoded, _ encoding: XMLEncoding, _ body: (UnsafeBufferPointer<UInt8>) -> R
    ) -> Result<R, XMLRefusal> {
        text.bytes.withUnsafeBufferPointer { buffer in
            guard text.isComplete else { return .failure(invalid(encoding, at: buffer.count, in: buffer)) }
            return checked(buffer, encoding, body)
        }
    }

    private static func checked<R>(
        _ bytes: UnsafeBufferPointer<UInt8>, _ encoding: XMLEncoding, _ body: (UnsafeBufferPointer<UInt8>) -> R
    ) -> Result<R, XMLRefusal> {
        if encoding == .utf8, let fault = UTF8Scan.firstFault(in: bytes) {
            return .failure(invalid(encoding, at: fault, in: bytes))
        }
        if encoding == .usASCII, let fault = bytes.firstIndex(where: { $0 >= 0x80 }) {
            return .failure(invalid(encoding, at: fault, in: bytes))
        }
        // libxml2 takes a NUL for the end and would not see what follows it.
        if let fault = UTF8Scan.find(0, in: bytes, from: 0) {
            return .failure(
                XMLRefusal(
                    .xmlSyntax, "a NUL character is not allowed in XML", "XML 中不允许出现空字符(NUL)",
                    at: UTF8Scan.position(of: fault, in: bytes)))
        }
        return .success(body(bytes))
    }

    private static func invalid(_ encoding: XMLEncoding, at offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> XMLRefusal {
        XMLRefusal(
            .encodingInvalid, "the bytes here are not valid \(encoding.name)", "此处的字节不是有效的 \(encoding.name) 编码",
            at: UTF8Scan.position(of: offset, in: bytes))
    }

    private static func contradiction(_ declared: String, seen: String, at position: SourcePosition) -> XMLRefusal {
        let name = shortened(declared)
        return XMLRefusal(
            .encodingInvalid, "the declaration says \(name), but the bytes are \(seen) text",
            "声明的编码是 \(name)，但内容的字节是 \(seen == "8 bit" ? "单字节序列" : seen)", at: position)
    }

    static func unsupported(_ declared: String, at position: SourcePosition) -> XMLRefusal {
        let name = shortened(declared)
        return XMLRefusal(
            .encodingUnsupported, "the encoding \(name) is not read here; use UTF-8, UTF-16, GB18030, GBK or GB2312",
            "不支持编码 \(name)；请使用 UTF-8、UTF-16、GB18030、GBK 或 GB2312", at: position)
    }

    /// A word of the document, cut so that no message carries much of it.
    static func shortened(_ word: String) -> String { word.count <= 40 ? word : word.prefix(40) + "..." }
}

/// Why a document was refused before anything in it could be used: one finding.
struct XMLRefusal: Error {
    let finding: Finding

    init(_ code: Finding.Code, _ text: String, _ textZH: String, at position: SourcePosition = .unknown) {
        finding = Finding(code, position: position, text: text, textZH: textZH)
    }
}
