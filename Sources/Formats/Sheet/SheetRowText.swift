/// A row of a sheet as CSV (RFC 4180) in UTF-8, with the header above it: what is kept of a row, which has no bytes of its own.
struct SheetRowText {
    private var bytes: [UInt8] = []
    private let headerCount: Int
    private var isFirst = true

    init(titles: [String]) {
        for (index, title) in titles.enumerated() {
            if index > 0 { bytes.append(0x2C) }
            Self.append(Array(title.utf8), to: &bytes)
        }
        bytes.append(0x0A)
        headerCount = bytes.count
    }

    /// Both lines.
    var document: [UInt8] { bytes + [0x0A] }

    /// With an empty row.
    consuming func emptied() -> SheetRowText {
        bytes.removeLast(bytes.count - headerCount)
        isFirst = true
        return self
    }

    /// Adds the next field.
    mutating func append(_ field: [UInt8]) {
        if !isFirst { bytes.append(0x2C) }
        isFirst = false
        Self.append(field, to: &bytes)
    }

    private static func append(_ field: [UInt8], to bytes: inout [UInt8]) {
        guard field.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else {
            bytes += field
            return
        }
        bytes.append(0x22)
        for byte in field {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }
}
