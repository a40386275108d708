/// How a file of comma-separated values is written (RFC 4180 leaves the rest open).
///
/// Quotation marks, doubled marks inside them, line ends inside them, and CRLF, LF or CR as line end are read without being told.
public struct CSVDialect: Sendable, Hashable {
    /// What stands between two fields.
    public enum Separator: String, Sendable, Hashable, CaseIterable {
        /// `,`
        case comma
        /// A tab stop.
        case tab
        /// `;`
        case semicolon

        /// Its byte: below 0x30, so it is never part of a character of GB 18030.
        var byte: UInt8 {
            switch self {
            case .comma: UInt8(ascii: ",")
            case .tab: 0x09
            case .semicolon: UInt8(ascii: ";")
            }
        }
    }

    /// What the bytes stand for.
    public enum Encoding: String, Sendable, Hashable, CaseIterable {
        /// UTF-8, with or without a byte-order mark.
        case utf8 = "utf-8"
        /// GB 18030, and so GBK and GB 2312 as well.
        case gb18030
    }

    /// Comma, tab or semicolon.
    public var separator: Separator
    /// UTF-8 or GB 18030.
    public var encoding: Encoding
    /// Rows of explanation in front of the header; an empty line counts.
    public var rowsBeforeHeader: Int
    /// Rows of explanation between the header and the first record; an empty line counts.
    public var rowsAfterHeader: Int
    /// Names of columns whose header text is not the name that mappings use: header text to name.
    public var names: [String: String]

    /// Most rows of explanation on either side of the header.
    public static let explanatoryRowsMax = 100

    /// A dialect; by default commas, UTF-8 and the header in the first row.
    public init(
        separator: Separator = .comma, encoding: Encoding = .utf8, rowsBeforeHeader: Int = 0, rowsAfterHeader: Int = 0,
        names: [String: String] = [:]
    ) {
        self.separator = separator
        self.encoding = encoding
        self.rowsBeforeHeader = rowsBeforeHeader
        self.rowsAfterHeader = rowsAfterHeader
        self.names = names
    }
}

/// What a file of comma-separated values may ask for. Lengths are bytes as received.
public struct CSVLimits: Sendable, Hashable {
    /// Longest row, quotation marks included. A longer one is refused and skipped, never held.
    public var rowBytesMax: Int
    /// Longest field, quotation marks included.
    public var fieldBytesMax: Int
    /// Most columns.
    public var columnsMax: Int
    /// Longest header row.
    public var headerBytesMax: Int

    /// Limits; none above 1 GiB.
    public init(rowBytesMax: Int = 1 << 20, fieldBytesMax: Int = 1 << 18, columnsMax: Int = 1024, headerBytesMax: Int = 1 << 16) {
        let most = 1 << 30
        self.rowBytesMax = min(rowBytesMax, most)
        self.fieldBytesMax = min(fieldBytesMax, most)
        self.columnsMax = max(1, columnsMax)
        self.headerBytesMax = min(headerBytesMax, most)
    }
}
