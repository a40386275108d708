internal import ExchangeModel
internal import Formats
internal import Mapping
internal import Store

/// The refused records of a file, gathered in a file of the same form: head and tail of the original, and between them the refused
/// records as they came (of XML in UTF-8). Mended, it can be sent again.
struct RefusedRecords {
    private let stream: RecordStream
    private let source: any RecordSource
    private let head: Int
    private let way: DatasetWay
    private let store: any MessageStore

    /// Records that one read of the store brings.
    private static let recordsPerRead = 5000

    /// - Parameter head: bytes of the text before the first record.
    init(of stream: RecordStream, in source: any RecordSource, head: Int, way: DatasetWay, store: any MessageStore) {
        self.stream = stream
        self.source = source
        self.head = head
        self.way = way
        self.store = store
    }

    /// How the file of refused records is called: the ending stays what it was, so that the same channel takes it.
    static func name(for file: String) -> String {
        let (stem, ending) = Inbox.split(file)
        return "\(stem).refused-records\(ending)"
    }

    /// Writes the file, in constant memory: the stream is read once, in its order. Returns its name, which is that of a file with the
    /// same content where a former life came as far as this.
    func write(for name: String, in inbox: Inbox) async throws -> String {
        let (folder, wanted) = (inbox.settings.refused, Self.name(for: name))
        if form == .xlsx { return try await writeWorkbook(wanted, in: inbox) }
        let file = try WholeFile(folder + "/" + wanted)
        var gathering = Gathering(text: RecordStreamText(form: form), isArray: isArray)
        let head = try gathering.bytes(0..<head, of: source)
        try file.append(RecordStreamText.declaringUTF8(head, form: form))
        var number = 0
        while true {
            let page = try await store.refusals(ofStream: stream.sequence, after: number, limit: Self.recordsPerRead)
            guard let last = page.last else { break }
            for refusal in page { try gathering.add(refusal.place, of: source, to: file) }
            number = last.place.number
        }
        try gathering.copy(from: stream.last?.end ?? source.bytes, of: source, to: file)
        var isThere = false
        let free = try inbox.freeName(wanted, in: folder) { candidate in
            let path = folder + "/" + candidate
            if Inbox.isFree(path) { return true }
            isThere = (try? file.isEqual(to: path)) ?? false
            return isThere
        }
        if !isThere { try file.finish(as: folder + "/" + free) }
        return free
    }

    /// Of a workbook the rows are cut again, and written with their reasons into one of the same columns.
    private func writeWorkbook(_ wanted: String, in inbox: Inbox) async throws -> String {
        let folder = inbox.settings.refused
        let name = try inbox.freeName(wanted, in: folder) { Inbox.isFree(folder + "/" + $0) }
        guard let cutter = try way.makeCutter(keepsDocuments: false) as? SheetRecordCutter else { return name }
        let rows = RefusedRows(path: folder + "/" + name, dialect: cutter.dialect, isChinese: true)
        var page: ArraySlice<StreamRefusal> = []
        var number = 0
        var tree = RecordTree()
        var offset = 0
        while number < stream.records {
            if page.isEmpty {
                page = try await store.refusals(ofStream: stream.sequence, after: number, limit: Self.recordsPerRead)[...]
                if page.isEmpty { break }
            }
            let place: RecordPlace
            switch cutter.next(into: &tree) {
            case .needsBytes:
                let piece = try source.read(at: offset, count: StreamIntake.pieceBytes)
                offset += piece.count
                if piece.isEmpty { cutter.finish() } else { cutter.append(piece) }
                continue
            case .record(let found), .refused(let found, _): place = found
            case .unreadable, .end:
                _ = try rows.close()
                return name
            }
            number = place.number
            guard let refusal = page.first, refusal.place.number == number else { continue }
            page.removeFirst()
            try rows.append(tree, refusal.findings, line: place.line, of: cutter)
        }
        _ = try rows.close()
        return name
    }

    private var form: RecordSplit.Form { way.format.splitForm }

    private var isArray: Bool {
        switch way.split {
        case .elements: true
        case .path: form == .json
        case .document, .lines, .rows: false
        }
    }

    /// Goes through the text of the stream once, from place to place.
    private struct Gathering {
        let text: RecordStreamText
        let isArray: Bool
        /// Bytes of the stream that were read, and the text of the last of them, with its offset in the whole text.
        private var read = 0
        private var held: [UInt8] = []
        private var heldOffset = 0
        private var isEnded = false
        private var isFirst = true

        init(text: RecordStreamText, isArray: Bool) {
            self.text = text
            self.isArray = isArray
        }

        mutating func add(_ place: RecordPlace, of source: any RecordSource, to file: WholeFile) throws {
            var record = try bytes(place.offset..<place.end, of: source)
            if isArray {
                if !isFirst { try file.append(Array(",\n".utf8)) }
                while let last = record.last, last == 0x2C || last == 0x20 || (0x09...0x0D).contains(last) { record.removeLast() }
            } else if record.last != 0x0A {
                record.append(0x0A)
            }
            isFirst = false
            try file.append(record)
        }

        /// The text of a range that begins at or behind the end of the last one.
        mutating func bytes(_ range: Range<Int>, of source: any RecordSource) throws -> [UInt8] {
            try pass(to: range.lowerBound, of: source)
            while heldOffset + held.count < range.upperBound {
                // What was passed is let go of; the beginning of the range stays.
                held.removeFirst(min(held.count, range.lowerBound - heldOffset))
                heldOffset = range.lowerBound
                guard try more(of: source) else { break }
            }
            let start = min(held.count, range.lowerBound - heldOffset)
            return Array(held[start...].prefix(range.count))
        }

        mutating func copy(from offset: Int, of source: any RecordSource, to file: WholeFile) throws {
            try pass(to: offset, of: source)
            var start = min(held.count, offset - heldOffset)
            repeat {
                try file.append(Array(held[start...]))
                release()
                start = 0
            } while try more(of: source)
        }

        private mutating func pass(to offset: Int, of source: any RecordSource) throws {
            while heldOffset + held.count < offset {
                release()
                guard try more(of: source) else { return }
            }
        }

        private mutating func release() {
            heldOffset += held.count
            held.removeAll(keepingCapacity: true)
        }

        private mutating func more(of source: any RecordSource) throws -> Bool {
            if isEnded { return false }
            let piece = try source.read(at: read, count: StreamIntake.pieceBytes)
            read += piece.count
            isEnded = piece.isEmpty
            held += text.next(piece, isLast: piece.isEmpty)
            return true
        }
    }
}
