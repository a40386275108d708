public import ExchangeModel

extension RecordReader {
    /// The finding for which a document cannot be read at all, whatever record it is; nil when it can, or when only its schema
    /// or mapping could tell.
    public func whyUnreadable(_ bytes: [UInt8]) -> Finding? {
        switch self {
        case .xml(let reader): return reader.syntaxFinding(bytes)
        case .json(let reader):
            var tree = RecordTree()
            return reader.read(bytes, names: NameTable(), into: &tree).first
        case .csv, .sheet: return nil
        }
    }
}
