internal import ExchangeModel

/// Where the lines of a file begin, to turn libyaml's columns (in characters) into columns in bytes.
struct LineTable {
    private let bytes: ArraySlice<UInt8>
    private let starts: [Int]

    /// Breaks lines where libyaml does: line feed, carriage return, both, and U+0085, U+2028, U+2029.
    init(_ bytes: ArraySlice<UInt8>) {
        var starts = [bytes.startIndex]
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let length: Int
            switch bytes[index] {
            case 0x0A: length = 1
            case 0x0D: length = index + 1 < bytes.endIndex && bytes[index + 1] == 0x0A ? 2 : 1
            case 0xC2: length = index + 1 < bytes.endIndex && bytes[index + 1] == 0x85 ? 2 : 0
            case 0xE2:
                let isSeparator = index + 2 < bytes.endIndex && bytes[index + 1] == 0x80 && bytes[index + 2] & 0xFE == 0xA8
                length = isSeparator ? 3 : 0
            default: length = 0
            }
            index += max(1, length)
            if length > 0 { starts.append(index) }
        }
        self.bytes = bytes
        self.starts = starts
    }

    /// The number of lines.
    var count: Int { starts.count }

    /// The bytes of a line (from 1) with its line break.
    func line(_ number: Int) -> ArraySlice<UInt8> {
        guard number >= 1, number <= starts.count else { return [] }
        return bytes[starts[number - 1]..<(number < starts.count ? starts[number] : bytes.endIndex)]
    }

    /// A place given by line and character, both from 1, with the column in bytes.
    func position(line number: Int, character: Int) -> SourcePosition {
        let line = line(number)
        var characters = 1
        var index = line.startIndex
        while index < line.endIndex, characters < character {
            index += 1
            while index < line.endIndex, line[index] & 0xC0 == 0x80 { index += 1 }
            characters += 1
        }
        // Past the end of the line (an error at the end of the file) characters are counted on as bytes.
        return SourcePosition(line: number, column: index - line.startIndex + 1 + max(0, character - characters))
    }

    /// The byte at a place; nil behind the end of its line.
    func byte(at position: SourcePosition) -> UInt8? {
        let line = line(position.line)
        let index = line.startIndex + position.column - 1
        return position.column > 0 && index < line.endIndex ? line[index] : nil
    }

    /// A place given by an offset from the first byte.
    func position(offset: Int) -> SourcePosition {
        let index = min(bytes.startIndex + max(0, offset), bytes.endIndex)
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= index { low = middle } else { high = middle }
        }
        return SourcePosition(line: low + 1, column: index - starts[low] + 1)
    }

    /// Where the bytes stop being UTF-8. Asked only when they are not.
    func firstInvalidByte() -> SourcePosition {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
        return position(offset: offset)
    }
}
