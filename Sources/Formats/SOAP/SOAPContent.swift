internal import Cryptography
public import ExchangeModel
internal import XML

/// Takes the document out of an argument.
///
/// What comes of base64 is kept byte for byte, and its own declaration says how it is encoded. What comes of text has lost its
/// bytes: it was characters of the envelope, whatever encoding it declares. It is kept as UTF-8, and where it declares another
/// encoding, that name in the declaration becomes UTF-8. Lines and columns of later findings count inside the document.
public enum SOAPContent {
    /// How a document stands in its argument.
    public enum Form: String, Sendable, Hashable, CaseIterable {
        /// Text that begins with `<`, `{` or `[` is the document; other text is base64.
        case detect
        /// Text is the document, whatever it begins with.
        case text
        /// Text is base64 of the document.
        case base64
    }

    /// The document; a finding with the argument's path and line in the envelope when there is none. An argument with child
    /// elements is a document in every form.
    public static func document(of argument: SOAPArgument, form: Form) -> Result<[UInt8], DocumentMissing> {
        switch argument.content {
        case .none: return .failure(empty(argument))
        case .document(let bytes): return bytes.isEmpty ? .failure(empty(argument)) : .success(withUTF8Declared(bytes))
        case .text(let bytes):
            let start = bytes.firstIndex { $0 > 0x20 } ?? bytes.endIndex
            guard start < bytes.endIndex else { return .failure(empty(argument)) }
            if form == .text || form == .detect && isMarkup(bytes[start...]) {
                // White space in front of an XML declaration is none of the document's.
                return .success(withUTF8Declared(Array(bytes[start...])))
            }
            if let decoded = Base64.decode(bytes), !decoded.isEmpty { return .success(decoded) }
            return .failure(
                DocumentMissing(
                    finding: finding(
                        argument, .soapContent,
                        form == .base64
                            ? "the argument is not valid base64"
                            : "the argument is neither a document (it begins with neither < nor { nor [) nor valid base64",
                        form == .base64 ? "参数不是有效的 base64" : "参数既不是文档(不以 <、{ 或 [ 开头)，也不是有效的 base64")))
        }
    }

    /// An argument without a document.
    public struct DocumentMissing: Error, Sendable, Hashable {
        /// What is wrong.
        public var finding: Finding
    }

    private static func isMarkup(_ bytes: ArraySlice<UInt8>) -> Bool {
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
        return text.first == UInt8(ascii: "<") || text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[")
    }

    private static func withUTF8Declared(_ text: [UInt8]) -> [UInt8] {
        let declared = text.withUnsafeBufferPointer { XMLHead.declaredEncoding(of: $0) }
        guard let declared, declared.name.uppercased() != "UTF-8" else { return text }
        var corrected = text
        corrected.replaceSubrange(declared.place, with: Array("UTF-8".utf8))
        return corrected
    }

    private static func empty(_ argument: SOAPArgument) -> DocumentMissing {
        DocumentMissing(
            finding: finding(argument, .soapArgument, "the argument is empty: it must hold the document", "参数为空，应包含数据文档"))
    }

    private static func finding(_ argument: SOAPArgument, _ code: Finding.Code, _ text: String, _ textZH: String) -> Finding {
        Finding(
            code, path: argument.path, position: SourcePosition(line: argument.line), text: text, textZH: textZH)
    }
}
