/// Which sheet of a workbook (xlsx, ISO/IEC 29500) holds the records, and where they begin on it.
public struct SheetDialect: Sendable, Hashable {
    /// A sheet of the workbook.
    public enum Selection: Sendable, Hashable {
        /// The first that is not hidden.
        case firstVisible
        /// The one of this name.
        case name(String)
        /// Its place among all sheets, hidden ones counted, from 1.
        case number(Int)
    }

    /// Which sheet.
    public var sheet: Selection
    /// Rows of explanation in front of the header; an empty row counts.
    public var rowsBeforeHeader: Int
    /// Rows of the header. With several, the texts of a column from top to bottom are joined by `nameSeparator`, and a cell
    /// merged over several columns stands above all of them.
    public var headerRows: Int
    /// Rows of explanation between the header and the first record; an empty row counts.
    public var rowsAfterHeader: Int
    /// Names of columns whose header text (joined, where it has several rows) is not the name that mappings use.
    public var names: [String: String]

    /// Most rows of explanation on either side of the header.
    public static let explanatoryRowsMax = 100
    /// Most rows of a header.
    public static let headerRowsMax = 5
    /// Stands between the texts of a header of several rows; it may stand in a path.
    public static let nameSeparator = "_"

    /// A dialect; by default the first sheet that is not hidden, and the header in its first row.
    public init(
        sheet: Selection = .firstVisible, rowsBeforeHeader: Int = 0, headerRows: Int = 1, rowsAfterHeader: Int = 0,
        names: [String: String] = [:]
    ) {
        self.sheet = sheet
        self.rowsBeforeHeader = rowsBeforeHeader
        self.headerRows = min(max(1, headerRows), Self.headerRowsMax)
        self.rowsAfterHeader = rowsAfterHeader
        self.names = names
    }
}

/// What a workbook may ask for; each limit names itself in the finding.
public struct SheetLimits: Sendable, Hashable {
    /// Largest file as received. The file is held in memory. Default 64 MiB.
    public var fileBytesMax = 64 << 20
    /// Most entries of the package. Default 4096.
    public var entriesMax = 4096
    /// Largest entry unpacked; a sheet is unpacked piece by piece and never held. Default 2 GiB.
    public var unpackedBytesMax = 2 << 30
    /// Largest ratio of unpacked to packed bytes of an entry, asked above `ratioFreeBytes`. Default 200.
    public var ratioMax = 200
    /// Unpacked bytes of an entry that no ratio is asked of. Default 16 MiB.
    public var ratioFreeBytes = 16 << 20
    /// Bytes of all shared strings together; they are held. Default 64 MiB.
    public var sharedStringBytesMax = 64 << 20
    /// Most shared strings. Default 4,000,000.
    public var sharedStringsMax = 4_000_000
    /// Highest row. Default 1,048,576, the most that the format has.
    public var rowsMax = 1_048_576
    /// Highest column that has a name or a value. Default 1024.
    public var columnsMax = 1024
    /// Text of a row, all cells together, in UTF-8. Default 1 MiB.
    public var rowBytesMax = 1 << 20
    /// Text of a cell in UTF-8. Default 128 KiB: the format has 32,767 characters.
    public var cellBytesMax = 1 << 17
    /// Bytes of the names in the header. Default 64 KiB.
    public var headerBytesMax = 1 << 16
    /// Merged cells of a sheet that are looked at. Default 100,000.
    public var mergedCellsMax = 100_000

    /// The defaults.
    public init() {}
}
