internal import Cryptography
internal import ExchangeModel
internal import Gateway
internal import HTTPTypes
internal import Store

/// What a header `Content-Digest` or `Repr-Digest` says (RFC 9530): `sha-256=:BASE64:`. Digests of functions that are not known
/// here are passed over, as the standard says; SM3, which it does not name, is `sm3=:BASE64:`.
struct ContentDigest {
    static let content = HTTPField.Name("Content-Digest").unsafelyUnwrapped
    static let representation = HTTPField.Name("Repr-Digest").unsafelyUnwrapped

    /// Longest header that is read, in bytes.
    private static let bytesMax = 1024

    var sha256: [UInt8]?
    var sm3: [UInt8]?

    init() {}

    /// Nil when the header cannot be read.
    init?(_ header: String?) {
        guard let header else { return }
        guard header.utf8.count <= Self.bytesMax else { return nil }
        for member in header.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let text = String(decoding: member, as: UTF8.self)
            let parts = Self.trimmed(text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].utf8.count >= 2, parts[1].hasPrefix(":"), parts[1].hasSuffix(":"),
                let bytes = Base64.decode(parts[1].utf8.dropFirst().dropLast())
            else { return nil }
            switch parts[0].lowercased() {
            case "sha-256":
                guard bytes.count == AttachmentDigest.byteCount else { return nil }
                sha256 = bytes
            case "sm3":
                guard bytes.count == AttachmentDigest.byteCount else { return nil }
                sm3 = bytes
            default: break
            }
        }
    }

    private static func trimmed(_ text: String) -> Substring {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        let start = text.drop(while: isBlank)
        return start[..<(start.lastIndex { !isBlank($0) }.map { start.index(after: $0) } ?? start.startIndex)]
    }

    /// Which of them a content is not; nil when it is all of them.
    func mismatch(sha256 realSHA256: [UInt8], sm3 realSM3: [UInt8]) -> Finding? {
        for (name, said, real) in [("SHA-256", sha256, realSHA256), ("SM3", sm3, realSM3)] {
            guard let said, said != real else { continue }
            return Finding(
                .attachmentDigest,
                text: "the \(name) of what came is \(Hex.encode(real)), and the header says \(Hex.encode(said))",
                textZH: "收到内容的 \(name) 为 \(Hex.encode(real))，与请求头声明的 \(Hex.encode(said)) 不符")
        }
        return nil
    }

    /// The header of a content.
    static func header(_ attachment: StoredAttachment) -> String {
        "sha-256=:\(Base64.encode(attachment.sha256)):, sm3=:\(Base64.encode(attachment.sm3)):"
    }
}
