public import Formats

extension InboundMapping {
    /// The reader of its form, where one document is one record, with the default limits.
    public func reader(schema: FormSchema?) -> RecordReader {
        switch sourceFormat {
        case .xml: .xml(XMLRecordReader(schema: schema?.xml))
        case .json: .json(JSONRecordReader(check: schema?.json))
        case .csv: .csv(CSVRecordReader(dialect: csvDialect))
        case .xlsx: .sheet(SheetRecordReader(dialect: sheetDialect))
        }
    }
}
