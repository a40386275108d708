public import Formats
public import StrictYAML

/// `sheet:` of a mapping or a channel: where in a workbook the records are, as far as it is said.
public struct SheetDialectSettings: Sendable, Hashable {
    /// Which sheet: `name` or `number`.
    public var sheet: SheetDialect.Selection?
    /// Rows of explanation in front of the header.
    public var rowsBeforeHeader: Int?
    /// Rows of the header.
    public var headerRows: Int?
    /// Rows of explanation behind it.
    public var rowsAfterHeader: Int?
    /// Header texts and the names that paths use for them.
    public var names: [String: String]?

    /// Says nothing.
    public init() {}

    /// Reads the keys of `sheet:`; findings go to the reader.
    public init(reading section: YAMLMappingReader) {
        let rows = 0...SheetDialect.explanatoryRowsMax
        let name = section.optional("name")
        let number = section.optional("number")
        if name != nil, let number {
            number.report("a sheet is chosen by name or by number, not by both", "工作表按 name 或 number 选定，不能同时设置")
        }
        if let text = name?.text() { sheet = .name(text) }
        if let place = number?.integer(in: 1...10_000) { sheet = sheet ?? .number(place) }
        rowsBeforeHeader = section.optional("rowsBeforeHeader")?.integer(in: rows)
        headerRows = section.optional("headerRows")?.integer(in: 1...SheetDialect.headerRowsMax)
        rowsAfterHeader = section.optional("rowsAfterHeader")?.integer(in: rows)
        names = section.optional("names")?.mapping { reader in
            var names: [String: String] = [:]
            for entry in reader.entries() { if let name = entry.value.text() { names[entry.key] = name } }
            return names
        }
    }

    /// A dialect with what is said here in place of its own; names are added to its own.
    public func applied(to base: SheetDialect) -> SheetDialect {
        SheetDialect(
            sheet: sheet ?? base.sheet, rowsBeforeHeader: rowsBeforeHeader ?? base.rowsBeforeHeader,
            headerRows: headerRows ?? base.headerRows, rowsAfterHeader: rowsAfterHeader ?? base.rowsAfterHeader,
            names: base.names.merging(names ?? [:]) { _, own in own })
    }
}
