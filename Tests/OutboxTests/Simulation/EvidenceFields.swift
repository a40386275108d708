import Store

/// The members of a row of evidence whose values are texts.
struct EvidenceFields {
    private var fields: [String: String] = [:]

    init(_ row: EvidenceRow) {
        var texts: [String] = []
        var start: Int?
        var isKey = true
        var bytes = row.content
        bytes.append(0x2C)
        // Texts in the order of the row; `,` ends a member, so that a number leaves no value behind.
        for (index, byte) in bytes.enumerated() {
            if let from = start {
                if byte == 0x22, bytes[index - 1] != 0x5C {
                    texts.append(String(decoding: bytes[from..<index], as: UTF8.self))
                    start = nil
                }
                continue
            }
            switch byte {
            case 0x22: start = index + 1
            case 0x3A: isKey = false
            case 0x2C:
                if texts.count == 2, !isKey { fields[texts[0]] = texts[1] }
                texts = []
                isKey = true
            default: break
            }
        }
    }

    subscript(_ name: String) -> String? { fields[name] }
}
