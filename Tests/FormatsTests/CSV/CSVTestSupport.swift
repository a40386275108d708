import ExchangeModel
import Formats
import Glibc

/// What a cutter made of a file, in words that can be compared.
struct CSVReading: Equatable {
    /// A record's names, values and places, or a refusal's findings.
    enum Row: Equatable {
        case record([Field])
        case refused([Finding])
    }

    struct Field: Equatable {
        var name: String
        var value: String
        var position: SourcePosition
    }

    var rows: [Row] = []
    var places: [RecordPlace] = []
    var unreadable: [Finding] = []

    /// Values of the records, in order.
    var values: [[String]] {
        rows.compactMap { if case .record(let fields) = $0 { fields.map(\.value) } else { nil } }
    }
    /// Findings of the refused rows, in order.
    var refusals: [[Finding]] { rows.compactMap { if case .refused(let findings) = $0 { findings } else { nil } } }

    /// Reads a file in pieces of the lengths given, over and over; one piece without them.
    init(
        _ bytes: [UInt8], dialect: CSVDialect = CSVDialect(), limits: CSVLimits = CSVLimits(), names: [String] = [],
        pieces: [Int] = []
    ) {
        let cutter = CSVRecordCutter(dialect: dialect, limits: limits, names: Self.table(names))
        read(from: cutter, bytes[...], pieces: pieces)
    }

    init(_ text: String, dialect: CSVDialect = CSVDialect(), limits: CSVLimits = CSVLimits(), names: [String] = []) {
        self.init(Array(text.utf8), dialect: dialect, limits: limits, names: names)
    }

    /// Reads on behind a record, as after a crash.
    init(_ bytes: [UInt8], resumingBehind place: RecordPlace, dialect: CSVDialect, limits: CSVLimits) {
        let cutter = CSVRecordCutter(dialect: dialect, limits: limits, names: NameTable())
        var tree = RecordTree()
        var offset = 0
        while !cutter.isHeadRead, offset < bytes.count {
            cutter.append([bytes[offset]])
            offset += 1
            _ = cutter.next(into: &tree)
        }
        if !cutter.isHeadRead {
            cutter.finish()
            _ = cutter.next(into: &tree)
        }
        cutter.resume(behind: place)
        read(from: cutter, bytes[place.end...], pieces: [])
    }

    private mutating func read(from cutter: CSVRecordCutter, _ bytes: ArraySlice<UInt8>, pieces: [Int]) {
        var rest = bytes
        var turn = 0
        var tree = RecordTree()
        while true {
            switch cutter.next(into: &tree) {
            case .record(let place):
                places.append(place)
                rows.append(.record(Self.fields(of: tree)))
            case .refused(let place, let findings):
                places.append(place)
                rows.append(.refused(findings))
            case .unreadable(let findings): unreadable += findings
            case .end: return
            case .needsBytes:
                if rest.isEmpty {
                    cutter.finish()
                    continue
                }
                let length = pieces.isEmpty ? rest.count : min(rest.count, pieces[turn % pieces.count])
                turn += 1
                rest.prefix(length).withUnsafeBufferPointer { cutter.append($0) }
                rest = rest.dropFirst(length)
            }
        }
    }

    static func table(_ names: [String]) -> NameTable {
        var table = NameTable()
        for name in names { _ = table.intern(name) }
        return table
    }

    static func fields(of tree: RecordTree) -> [Field] {
        var fields: [Field] = []
        var node = tree[tree.root].firstChild
        while node != RecordTree.none {
            fields.append(
                Field(name: tree.text(tree[node].rawName), value: tree.text(tree[node].value), position: tree.position(of: node)))
            node = tree[node].nextSibling
        }
        return fields
    }
}

/// Text as GB 18030, by the system's converter.
func gb18030(_ text: String) -> [UInt8] {
    guard let converter = iconv_open("GB18030", "UTF-8") else { return [] }
    defer { iconv_close(converter) }
    var input = Array(text.utf8).map { CChar(bitPattern: $0) }
    var output = [CChar](repeating: 0, count: input.count * 2 + 16)
    let written = input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            var (source, target) = (input.baseAddress, output.baseAddress)
            var (sourceLeft, targetLeft) = (input.count, output.count)
            _ = iconv(converter, &source, &sourceLeft, &target, &targetLeft)
            return output.count - targetLeft
        }
    }
    return output.prefix(written).map { UInt8(bitPattern: $0) }
}
