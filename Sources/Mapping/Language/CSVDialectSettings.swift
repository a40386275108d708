public import Formats
public import StrictYAML

/// `csv:` of a mapping or a channel: how its files are written, as far as it is said.
public struct CSVDialectSettings: Sendable, Hashable {
    /// What stands between fields.
    public var separator: CSVDialect.Separator?
    /// What the bytes stand for.
    public var encoding: CSVDialect.Encoding?
    /// Rows of explanation in front of the header.
    public var rowsBeforeHeader: Int?
    /// Rows of explanation behind it.
    public var rowsAfterHeader: Int?
    /// Header texts and the names that paths use for them.
    public var names: [String: String]?

    /// Says nothing.
    public init() {}

    /// Reads the keys of `csv:`; findings go to the reader.
    public init(reading section: YAMLMappingReader) {
        let rows = 0...CSVDialect.explanatoryRowsMax
        separator = section.optional("separator")?.oneOf(CSVDialect.Separator.self)
        encoding = section.optional("encoding")?.oneOf(CSVDialect.Encoding.self)
        rowsBeforeHeader = section.optional("rowsBeforeHeader")?.integer(in: rows)
        rowsAfterHeader = section.optional("rowsAfterHeader")?.integer(in: rows)
        names = section.optional("names")?.mapping { reader in
            var names: [String: String] = [:]
            for entry in reader.entries() { if let name = entry.value.text() { names[entry.key] = name } }
            return names
        }
    }

    /// A dialect with what is said here in place of its own; names are added to its own.
    public func applied(to base: CSVDialect) -> CSVDialect {
        CSVDialect(
            separator: separator ?? base.separator, encoding: encoding ?? base.encoding,
            rowsBeforeHeader: rowsBeforeHeader ?? base.rowsBeforeHeader, rowsAfterHeader: rowsAfterHeader ?? base.rowsAfterHeader,
            names: base.names.merging(names ?? [:]) { _, own in own })
    }
}
