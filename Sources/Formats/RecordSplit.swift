public import ExchangeModel
public import JSON
public import XML

/// How a document is cut into records (the pattern is the Splitter), as one word of a configuration or a command line says it.
///
///     document            the whole document is one record
///     lines               every line is a record (JSON lines)
///     elements            the elements of the array that is the document
///     /data/rows          of JSON: the elements of the array at this JSON pointer (RFC 6901)
///     /NOTICES/NOTICE     of XML: every element at this path; see `XMLRecordPath`
///     rows                every row below the header (CSV, sheets)
public enum RecordSplit: Sendable, Hashable {
    /// The whole document is one record.
    case document
    /// Every line is a record.
    case lines
    /// The elements of the array that is the document.
    case elements
    /// What stands at a path: a JSON pointer to an array, or the path of XML elements, as the form says.
    case path(String)
    /// Every row below the header.
    case rows

    /// The forms of documents that are cut.
    public enum Form: String, Sendable, Hashable, CaseIterable {
        /// XML.
        case xml
        /// JSON.
        case json
        /// Comma-separated values.
        case csv
        /// A workbook's sheet.
        case xlsx

        /// The words that a form takes, for messages.
        var words: String {
            switch self {
            case .xml: "document or a path such as /NOTICES/NOTICE"
            case .json: "document, lines, elements or a pointer such as /data/rows"
            case .csv, .xlsx: "document or rows"
            }
        }
    }

    /// Reads a word; nil when it is none of them.
    public init?(_ text: String) {
        switch text {
        case "document": self = .document
        case "lines": self = .lines
        case "elements": self = .elements
        case "rows": self = .rows
        default:
            guard text.utf8.first == 0x2F, JSONPointer.segments(text) != nil || XMLRecordPath(text) != nil else { return nil }
            self = .path(text)
        }
    }

    /// The words that `init` reads, for suggestions; a path is none of them.
    public static let words = ["document", "lines", "elements", "rows"]

    /// The word.
    public var text: String {
        switch self {
        case .document: "document"
        case .lines: "lines"
        case .elements: "elements"
        case .path(let path): path
        case .rows: "rows"
        }
    }

    /// Why a form cannot be cut so, in English and Chinese; nil when it can.
    public func problem(with form: Form) -> (text: String, textZH: String)? {
        switch (self, form) {
        case (.document, _), (.lines, .json), (.elements, .json), (.rows, .csv), (.rows, .xlsx): return nil
        case (.path(let path), .xml) where XMLRecordPath(path) != nil: return nil
        case (.path(let path), .json) where !(JSONPointer.segments(path)?.isEmpty ?? true): return nil
        default:
            return (
                "\(form.rawValue) is not cut by \(text); write \(form.words)",
                "\(form.rawValue) 不能按 \(text) 切分；请写 \(form.words)"
            )
        }
    }

    /// Whether a form can be cut so.
    public func fits(_ form: Form) -> Bool { problem(with: form) == nil }

    /// What the forms' cutters need beside the split.
    public struct Options: Sendable {
        /// How CSV is written.
        public var csv = CSVDialect()
        /// Limits of a row of CSV.
        public var csvLimits = CSVLimits()
        /// Limits of a record of JSON.
        public var jsonLimits = JSONLimits(bytesMax: 8 << 20, depthMax: 64, countMax: 100_000)
        /// What each record of JSON is checked against, as if it were a document of its own.
        public var jsonCheck: (any JSONDocumentCheck)?
        /// Limits of a record of XML.
        public var xmlLimits = XMLLimits.default
        /// The schema that each record of XML is checked against, as if it were a document of its own.
        public var xmlSchema: XMLSchema?
        /// Where in a workbook the records are.
        public var sheet = SheetDialect()
        /// Limits of a workbook.
        public var sheetLimits = SheetLimits()
        /// Whether `RecordCutter.heldDocument` will be asked for.
        public var keepsDocuments = false

        /// The default limits, plain CSV, no schema.
        public init() {}
    }

    /// A cutter at the beginning of a document of a form; nil when the form cannot be cut so (`problem(with:)` says why). `names` are the names that the mapping reads.
    public func cutter(for form: Form, names: NameTable, options: Options = Options()) -> (any RecordCutter)? {
        switch (self, form) {
        case (.document, .xml):
            let reader = XMLRecordReader(limits: options.xmlLimits, schema: options.xmlSchema)
            return DocumentCutter(reader: .xml(reader), bytesMax: options.xmlLimits.bytesMax, names: names)
        case (.document, .json):
            let reader = JSONRecordReader(limits: options.jsonLimits, check: options.jsonCheck)
            return DocumentCutter(reader: .json(reader), bytesMax: options.jsonLimits.bytesMax, names: names)
        case (.document, .csv):
            let reader = CSVRecordReader(dialect: options.csv, limits: options.csvLimits)
            let bytesMax = options.csvLimits.headerBytesMax + options.csvLimits.rowBytesMax
            return DocumentCutter(reader: .csv(reader), bytesMax: bytesMax, names: names)
        case (.rows, .csv): return CSVRecordCutter(dialect: options.csv, limits: options.csvLimits, names: names)
        case (.document, .xlsx):
            let reader = SheetRecordReader(dialect: options.sheet, limits: options.sheetLimits)
            return DocumentCutter(reader: .sheet(reader), bytesMax: options.sheetLimits.fileBytesMax, names: names)
        case (.rows, .xlsx):
            return SheetRecordCutter(
                dialect: options.sheet, limits: options.sheetLimits, names: names, keepsDocuments: options.keepsDocuments)
        case (.lines, .json): return JSONLineCutter(limits: options.jsonLimits, check: options.jsonCheck, names: names)
        case (.elements, .json): return JSONElementCutter(limits: options.jsonLimits, check: options.jsonCheck, names: names)
        case (.path(let pointer), .json) where fits(.json):
            return JSONElementCutter(
                pointer: pointer, limits: options.jsonLimits, check: options.jsonCheck, names: names)
        case (.path(let path), .xml):
            return XMLRecordPath(path).map {
                XMLRecordCutter(
                    path: $0, limits: options.xmlLimits, schema: options.xmlSchema, names: names,
                    keepsDocuments: options.keepsDocuments)
            }
        default: return nil
        }
    }
}
