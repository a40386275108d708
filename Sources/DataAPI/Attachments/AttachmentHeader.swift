internal import ExchangeModel
internal import Gateway
internal import HTTPTypes
internal import Store

/// `TenderBridge-Attachments: sha256=HEX;name="a.pdf", sm3=HEX;name*=UTF-8''%E6%A0%87.pdf`: the attachments that a message names.
enum AttachmentHeader {
    static let name = HTTPField.Name("TenderBridge-Attachments").unsafelyUnwrapped

    /// Longest header that is read, in bytes.
    static let bytesMax = 16 << 10
    /// Longest name of a file that is kept, in bytes.
    static let nameBytesMax = 255

    /// The claims, or what is wrong with the header.
    static func claims(_ header: String) -> Result<[AttachmentClaim], Fault> {
        guard header.utf8.count <= bytesMax else {
            return .failure(Fault("it is longer than \(bytesMax) bytes", "超过 \(bytesMax) 字节"))
        }
        var claims: [AttachmentClaim] = []
        for item in items(Array(header.utf8)) {
            let head = item.prefix { $0 != UInt8(ascii: ";") }.filter { $0 > 0x20 }
            let parts = head.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
            guard parts.count == 2,
                let algorithm = AttachmentDigest.Algorithm(rawValue: String(decoding: parts[0], as: UTF8.self).lowercased()),
                let digest = AttachmentDigest(algorithm, hex: parts[1])
            else {
                let place = claims.count + 1
                return .failure(
                    Fault(
                        "its item \(place) is neither sha256= nor sm3= with 64 hexadecimal digits",
                        "第 \(place) 项应为 sha256= 或 sm3= 加 64 位十六进制数"))
            }
            var plain = ""
            var extended: String?
            for (name, value) in DatasetHints.parameters(of: Array(item)) {
                if name == "name" { plain = value }
                if name == "name*" { extended = DatasetHints.decoded(value) }
            }
            claims.append(AttachmentClaim(digest, name: cleaned(extended ?? plain)))
        }
        return .success(claims)
    }

    /// What is wrong with the header, in both languages.
    struct Fault: Error {
        let text, textZH: String

        init(_ text: String, _ textZH: String) {
            self.text = text
            self.textZH = textZH
        }

        var finding: Finding {
            Finding(
                .attachmentHeader, text: "the header \(name) cannot be read: \(text)", textZH: "请求头 \(name) 无法读取：\(textZH)")
        }
    }

    /// A file's name as it is kept: behind the last slash of either kind, without control characters, cut to its limit.
    static func cleaned(_ name: String) -> String {
        let last = name.split(omittingEmptySubsequences: true) { $0 == "/" || $0 == "\\" }.last ?? ""
        let shown = last.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        var result = ""
        for character in String(String.UnicodeScalarView(shown)) {
            if result.utf8.count + character.utf8.count > nameBytesMax { break }
            result.append(character)
        }
        return result == "." || result == ".." ? "" : result
    }

    /// What stands between commas that are not in quotation marks; empty items are passed over (RFC 9110, 5.6.1).
    private static func items(_ header: [UInt8]) -> [ArraySlice<UInt8>] {
        var items: [ArraySlice<UInt8>] = []
        var start = 0
        var isQuoted = false
        var index = 0
        while index < header.count {
            switch header[index] {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "\\") where isQuoted: index += 1
            case UInt8(ascii: ",") where !isQuoted:
                items.append(header[start..<index])
                start = index + 1
            default: break
            }
            index += 1
        }
        items.append(header[start...])
        return items.filter { $0.contains { $0 > 0x20 } }
    }
}
