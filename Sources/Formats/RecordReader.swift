public import ExchangeModel

/// The reader of a form in which one document is one record.
///
/// Safe to use from several threads at once, each with its own tree.
public enum RecordReader: Sendable {
    /// XML, checked against a schema where there is one.
    case xml(XMLRecordReader)
    /// JSON.
    case json(JSONRecordReader)
    /// CSV: a header row and one row.
    case csv(CSVRecordReader)
    /// A workbook: a header and one row of a sheet.
    case sheet(SheetRecordReader)

    /// Fills the tree and returns every finding; an empty tree where the document cannot be read.
    public func read(_ bytes: [UInt8], names: NameTable, into tree: inout RecordTree) -> [Finding] {
        switch self {
        case .xml(let reader): reader.read(bytes, names: names, into: &tree)
        case .json(let reader): reader.read(bytes, names: names, into: &tree)
        case .csv(let reader): reader.read(bytes, names: names, into: &tree)
        case .sheet(let reader): reader.read(bytes, names: names, into: &tree)
        }
    }
}
