internal import Glibc

/// Reads GB 18030 (and so GBK and GB 2312) as UTF-8 and says where the first fault is.
///
/// The table holds what the system's converter, iconv(3), makes of every sequence of two bytes and of every one of four bytes in
/// the basic plane; it is asked once. The planes above follow by counting, as the standard has it. Safe to share between threads.
struct GB18030: Sendable {
    /// The system's table, made at the first use in some milliseconds; nil when the system has no converter.
    static let shared = GB18030()

    /// UTF-8 of a character in the order of memory, lowest byte first; 0 where there is none.
    private let pairs: [UInt32]
    private let quadruples: [UInt32]

    private static let leads = 0xFE - 0x81 + 1
    /// Second bytes run from 0x40 to 0xFE; 0x7F is none of them and stays empty.
    private static let trails = 0xFE - 0x40 + 1
    /// Sequences of four bytes up to 0x84 0x31 0xA4 0x39, which is U+FFFF.
    private static let quadruplesInBasicPlane = 39_420
    /// The number of 0x90 0x30 0x81 0x30, which is U+10000.
    private static let firstAbove = 189_000

    private init?() {
        let failed = iconv_t(bitPattern: -1)
        guard let converter = iconv_open("UTF-8", "GB18030"), converter != failed else { return nil }
        defer { iconv_close(converter) }
        var pairs = [UInt32](repeating: 0, count: Self.leads * Self.trails)
        for lead in 0..<Self.leads {
            for trail in 0..<Self.trails where trail != 0x7F - 0x40 {
                pairs[lead * Self.trails + trail] = Self.convert([UInt8(0x81 + lead), UInt8(0x40 + trail)], converter)
            }
        }
        var quadruples = [UInt32](repeating: 0, count: Self.quadruplesInBasicPlane)
        for number in quadruples.indices {
            let sequence = [
                UInt8(0x81 + number / 12_600), UInt8(0x30 + number / 1260 % 10), UInt8(0x81 + number / 10 % 126),
                UInt8(0x30 + number % 10),
            ]
            quadruples[number] = Self.convert(sequence, converter)
        }
        self.pairs = pairs
        self.quadruples = quadruples
    }

    private static func convert(_ sequence: [UInt8], _ converter: iconv_t) -> UInt32 {
        var input = sequence.map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: 8)
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output -> Int? in
                var (source, target) = (input.baseAddress, output.baseAddress)
                var (sourceLeft, targetLeft) = (input.count, output.count)
                guard iconv(converter, &source, &sourceLeft, &target, &targetLeft) != -1, sourceLeft == 0 else { return nil }
                return output.count - targetLeft
            }
        }
        guard let written, (1...4).contains(written) else {
            // Back to the initial state for the next sequence.
            _ = iconv(converter, nil, nil, nil, nil)
            return 0
        }
        return output.prefix(written).reversed().reduce(0) { $0 << 8 | UInt32(UInt8(bitPattern: $1)) }
    }

    /// Calls the body with each character of the basic plane that two bytes stand for.
    func forEachPair(_ body: (UInt32) -> Void) {
        for character in pairs where character != 0 {
            let bytes = (0..<Self.length(character)).map { character >> (8 * UInt32($0)) & 0xFF }
            switch bytes.count {
            case 2: body((bytes[0] & 0x1F) << 6 | bytes[1] & 0x3F)
            case 3: body((bytes[0] & 0x0F) << 12 | (bytes[1] & 0x3F) << 6 | bytes[2] & 0x3F)
            default: break
            }
        }
    }

    /// Bytes of UTF-8 that so many bytes become at most, and as many that may be written behind them.
    static func capacity(_ count: Int) -> Int { count + count / 2 + 8 }

    /// Writes UTF-8 and returns how much, and the offset of the first byte that begins no character.
    func decode(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutableRawPointer) -> (written: Int, fault: Int?) {
        var offset = 0
        var written = 0
        while offset < count {
            let first = source.load(fromByteOffset: offset, as: UInt8.self)
            if first < 0x80 {
                if offset + 8 <= count {
                    let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    if word & 0x8080_8080_8080_8080 == 0 {
                        target.storeBytes(of: word, toByteOffset: written, as: UInt64.self)
                        offset += 8
                        written += 8
                        continue
                    }
                }
                target.storeBytes(of: first, toByteOffset: written, as: UInt8.self)
                offset += 1
                written += 1
                continue
            }
            guard first != 0x80, first != 0xFF, offset + 1 < count else { return (written, offset) }
            let lead = Int(first) - 0x81
            let second = source.load(fromByteOffset: offset + 1, as: UInt8.self)
            let character: UInt32
            if second >= 0x40, second < 0xFF {
                character = pairs[lead * Self.trails + Int(second) - 0x40]
                offset += 2
                // Nearly every one takes three bytes; the fourth written is overwritten by the next character.
                if character == 0 { return (written, offset - 2) }
            } else {
                guard let found = quadruple(source, offset, count) else { return (written, offset) }
                character = found
                offset += 4
            }
            target.storeBytes(of: character.littleEndian, toByteOffset: written, as: UInt32.self)
            written += Self.length(character)
        }
        return (written, nil)
    }

    private func quadruple(_ source: UnsafeRawPointer, _ offset: Int, _ count: Int) -> UInt32? {
        guard offset + 3 < count else { return nil }
        let bytes = (0..<4).map { Int(source.load(fromByteOffset: offset + $0, as: UInt8.self)) }
        guard (0x30...0x39).contains(bytes[1]), (0x81...0xFE).contains(bytes[2]), (0x30...0x39).contains(bytes[3]) else {
            return nil
        }
        let number = ((((bytes[0] - 0x81) * 10 + bytes[1] - 0x30) * 126) + bytes[2] - 0x81) * 10 + bytes[3] - 0x30
        if number < Self.quadruplesInBasicPlane { return quadruples[number] == 0 ? nil : quadruples[number] }
        guard number >= Self.firstAbove, number - Self.firstAbove <= 0xFFFFF else { return nil }
        let scalar = UInt32(0x10000 + number - Self.firstAbove)
        return (0xF0 | scalar >> 18) | (0x80 | scalar >> 12 & 0x3F) << 8 | (0x80 | scalar >> 6 & 0x3F) << 16
            | (0x80 | scalar & 0x3F) << 24
    }

    /// The length of the character whose first byte is lowest.
    @inline(__always) private static func length(_ character: UInt32) -> Int {
        let first = character & 0xFF
        return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    }
}
