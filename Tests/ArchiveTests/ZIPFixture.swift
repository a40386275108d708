/// Builds ZIP packages byte by byte (stored entries), so that a test can make each thing wrong on its own.
struct ZIPFixture {
    struct Entry {
        var name: [UInt8]
        var content: [UInt8]
        var localName: [UInt8]?
        var flags = 0
        var mode = 0o100644
        var checksum: UInt32?

        init(_ name: String, _ content: String = "content") {
            self.name = Array(name.utf8)
            self.content = Array(content.utf8)
        }

        init(rawName: [UInt8], _ content: [UInt8]) {
            name = rawName
            self.content = content
        }
    }

    var entries: [Entry] = []
    var countShift = 0

    func bytes() -> [UInt8] {
        var body: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let offset = body.count
            let crc = Int(entry.checksum ?? Self.crc32(entry.content))
            let local = entry.localName ?? entry.name
            let common =
                Self.number(20, 2) + Self.number(entry.flags, 2) + Self.number(0, 2) + Self.number(0, 4) + Self.number(crc, 4)
                + Self.number(entry.content.count, 4) + Self.number(entry.content.count, 4)
            body += Self.number(0x0403_4B50, 4) + common + Self.number(local.count, 2) + Self.number(0, 2) + local + entry.content
            directory += Self.number(0x0201_4B50, 4) + Self.number(0x0314, 2) + common + Self.number(entry.name.count, 2)
            directory += Self.number(0, 2) + Self.number(0, 2) + Self.number(0, 2) + Self.number(0, 2)
            directory += Self.number(entry.mode << 16, 4) + Self.number(offset, 4) + entry.name
        }
        let count = entries.count + countShift
        return body + directory + Self.number(0x0605_4B50, 4) + Self.number(0, 4) + Self.number(count, 2) + Self.number(count, 2)
            + Self.number(directory.count, 4) + Self.number(body.count, 4) + Self.number(0, 2)
    }

    private static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
