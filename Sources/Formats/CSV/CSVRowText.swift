internal import ExchangeModel

/// Makes text of the fields of a row: encoding and doubled quotation marks. Keeps memory for reuse; for one task at a time.
final class CSVRowText {
    private let encoding: CSVDialect.Encoding
    /// Owned memory for one row as UTF-8; freed with the object.
    private var scratch: UnsafeMutableRawPointer
    private var capacity = 4096

    init(encoding: CSVDialect.Encoding) {
        self.encoding = encoding
        scratch = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit { scratch.deallocate() }

    /// Offset of the first byte between two offsets that begins no character; nil when all is text.
    func firstFault(_ row: UnsafeRawPointer, _ start: Int, _ end: Int) -> Int? {
        guard start < end else { return nil }
        switch encoding {
        case .utf8:
            return UTF8Text.firstFault(row + start, count: end - start).map { start + $0 }
        case .gb18030:
            reserve(GB18030.capacity(end - start))
            // A cutter begins only where the table could be made.
            return GB18030.shared?.decode(row + start, count: end - start, into: scratch).fault.map { start + $0 }
        }
    }

    /// The text of a field that has no fault.
    func string(_ field: CSVRowScan.Field, of row: UnsafeRawPointer) -> String {
        reserve(GB18030.capacity(Int(field.end - field.start)))
        let count = write(field, of: row) ?? 0
        return String(decoding: UnsafeRawBufferPointer(start: scratch, count: count), as: UTF8.self)
    }

    /// Fills the tree with a row that has as many fields as the header has columns; false, and an empty tree, when some byte of it
    /// begins no character.
    func fill(
        _ tree: inout RecordTree, header: CSVHeader, row: UnsafeRawPointer, count: Int,
        fields: UnsafePointer<CSVRowScan.Field>, isASCII: Bool, line: Int
    ) -> Bool {
        tree.removeAll()
        if !isASCII, encoding == .utf8, UTF8Text.firstFault(row, count: count) != nil { return false }
        // Stored first, so that the slices of the names hold in every tree.
        _ = header.bytes.withUnsafeBufferPointer { tree.store($0) }
        let root = tree.append(
            name: .unknown, kind: .group, rawName: .empty, position: SourcePosition(line: line, column: 1), to: RecordTree.none)
        let isUTF8 = isASCII || encoding == .utf8
        var base = 0
        if isUTF8 { base = Int(tree.store(Self.bytes(row, count)).offset) } else { reserve(GB18030.capacity(count)) }
        let isText = header.slices.withUnsafeBufferPointer { slices in
            header.ids.withUnsafeBufferPointer { ids in
                for column in ids.indices {
                    let field = fields[column]
                    let value: RecordTree.Slice
                    if isUTF8, !field.hasDoubledMarks {
                        value = RecordTree.Slice(offset: base + Int(field.start), count: Int(field.end - field.start))
                    } else {
                        reserve(GB18030.capacity(Int(field.end - field.start)))
                        guard let written = write(field, of: row) else { return false }
                        value = tree.store(Self.bytes(scratch, written))
                    }
                    _ = tree.append(
                        name: ids[column], kind: .text, rawName: slices[column], value: value,
                        position: SourcePosition(
                            line: line + Int(field.line), column: Int(field.start) - Int(field.lineStart) + 1),
                        to: root)
                }
                return true
            }
        }
        if !isText { tree.removeAll() }
        return isText
    }

    /// Writes a field to the memory reserved for it, as UTF-8, marks no longer doubled; returns the number of bytes, or nil when
    /// some byte begins no character of GB 18030. UTF-8 was checked before.
    private func write(_ field: CSVRowScan.Field, of row: UnsafeRawPointer) -> Int? {
        let target = scratch
        let count = Int(field.end - field.start)
        var written = count
        if encoding == .gb18030, let table = GB18030.shared {
            let (count, fault) = table.decode(row + Int(field.start), count: count, into: target)
            guard fault == nil else { return nil }
            written = count
        } else {
            target.copyMemory(from: row + Int(field.start), byteCount: count)
        }
        guard field.hasDoubledMarks else { return written }
        let quote = UInt8(ascii: "\"")
        var (from, to) = (0, 0)
        while from < written {
            let byte = target.load(fromByteOffset: from, as: UInt8.self)
            target.storeBytes(of: byte, toByteOffset: to, as: UInt8.self)
            to += 1
            // The second of two marks is left out; a field without fault has no single one.
            from += byte == quote ? 2 : 1
        }
        return to
    }

    private func reserve(_ count: Int) {
        guard count > capacity else { return }
        while capacity < count { capacity *= 2 }
        scratch.deallocate()
        scratch = .allocate(byteCount: capacity, alignment: 8)
    }

    private static func bytes(_ start: UnsafeRawPointer, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeRawBufferPointer(start: start, count: count).bindMemory(to: UInt8.self)
    }
}
