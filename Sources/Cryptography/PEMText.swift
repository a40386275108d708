/// The blocks of a PEM text (RFC 7468), read leniently around the blocks and strictly inside them.
public enum PEMText {
    /// Limit of blocks in one text.
    public static let blocksMax = 64

    /// The decoded blocks with the label, in their order; nil when a block does not end, is no base64, or there are
    /// more than `blocksMax`. Text between blocks is ignored, as OpenSSL's own files carry some.
    public static func blocks(of label: String, in text: [UInt8]) -> [[UInt8]]? {
        let begin = Array("-----BEGIN \(label)-----".utf8)
        let end = Array("-----END \(label)-----".utf8)
        var result: [[UInt8]] = []
        var body: [UInt8]?
        for line in text.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let trimmed = line.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed()
            if body != nil {
                if trimmed.elementsEqual(end) {
                    guard let decoded = Base64.decode(body ?? []), !decoded.isEmpty, result.count < blocksMax else { return nil }
                    result.append(decoded)
                    body = nil
                } else {
                    body?.append(contentsOf: trimmed)
                }
            } else if trimmed.elementsEqual(begin) {
                body = []
            }
        }
        return body == nil ? result : nil
    }
}
