/// The central directory of a ZIP package (PKWARE APPNOTE 4.3), read by our own bounded code.
///
/// libarchive takes names from the local headers, other readers from the directory. A package in which the two differ
/// shows one document to the verifier and another to the reader; so both are read and must agree. Names are decoded
/// here too, without regard to the process's locale, on which libarchive's own conversion depends.
struct ZIPDirectory {
    struct Entry {
        let name: String
        let isFolder: Bool
        let headerOffset: Int
        /// Bytes of the packed content, as the directory says.
        let packedBytes: Int
    }

    /// In the order of their local headers, which is the order in which libarchive hands them out.
    let entries: [Entry]

    init(_ bytes: [UInt8], limits: ZIPLimits) throws(ZIPRefusal) {
        let end = try Self.endRecord(bytes)
        guard end.count <= limits.entriesMax else {
            throw ZIPRefusal(.overLimit, "more than \(limits.entriesMax) entries (entriesMax)")
        }
        var found: [Entry] = []
        var offset = end.start
        for _ in 0..<end.count {
            guard offset + 46 <= end.position, Self.number(bytes, offset, 4) == 0x0201_4B50 else {
                throw ZIPRefusal(.damaged, "the central directory is cut")
            }
            let nameLength = Self.number(bytes, offset + 28, 2)
            let next = offset + 46 + nameLength + Self.number(bytes, offset + 30, 2) + Self.number(bytes, offset + 32, 2)
            guard next <= end.position else { throw ZIPRefusal(.damaged, "the central directory is cut") }
            let raw = bytes[(offset + 46)..<(offset + 46 + nameLength)]
            let (name, isFolder) = try ZIPName.decode(raw, limits: limits)
            let header = Self.number(bytes, offset + 42, 4)
            guard Self.number(bytes, offset + 8, 2) & 0x0041 == 0 else {
                throw ZIPRefusal(.encrypted, "the entry is encrypted", entry: name)
            }
            try Self.requireSameName(bytes, header: header, name: raw, shown: name, before: end.start)
            found.append(
                Entry(name: name, isFolder: isFolder, headerOffset: header, packedBytes: Self.number(bytes, offset + 20, 4)))
            offset = next
        }
        guard offset == end.position else { throw ZIPRefusal(.damaged, "the central directory is longer than its entries") }
        found.sort { $0.headerOffset < $1.headerOffset }
        for (one, two) in zip(found, found.dropFirst()) where one.headerOffset == two.headerOffset {
            throw ZIPRefusal(.duplicateName, "two entries share one content", entry: two.name)
        }
        entries = found
    }

    /// The record at the end: where the directory begins and how many entries it has.
    private static func endRecord(_ bytes: [UInt8]) throws(ZIPRefusal) -> (position: Int, start: Int, count: Int) {
        // 22 octets plus a comment of at most 65,535, from the back.
        var position = bytes.count - 22
        let first = max(0, position - 65_535)
        while position >= first {
            if number(bytes, position, 4) == 0x0605_4B50, position + 22 + number(bytes, position + 20, 2) == bytes.count { break }
            position -= 1
        }
        guard position >= first, position >= 0 else { throw ZIPRefusal(.damaged, "it is no ZIP package, or its end is missing") }
        let count = number(bytes, position + 10, 2)
        let size = number(bytes, position + 12, 4)
        let start = number(bytes, position + 16, 4)
        guard number(bytes, position + 4, 4) == 0, number(bytes, position + 8, 2) == count else {
            throw ZIPRefusal(.damaged, "packages in several parts are not read")
        }
        guard count != 0xFFFF, size != 0xFFFF_FFFF, start != 0xFFFF_FFFF else {
            throw ZIPRefusal(.overLimit, "the ZIP64 form is for packages beyond the limits")
        }
        guard start + size == position else {
            throw ZIPRefusal(.damaged, "the central directory is not where the end record says")
        }
        return (position, start, count)
    }

    private static func requireSameName(
        _ bytes: [UInt8], header: Int, name: ArraySlice<UInt8>, shown: String, before directory: Int
    ) throws(ZIPRefusal) {
        guard
            header + 30 <= directory, number(bytes, header, 4) == 0x0403_4B50,
            header + 30 + number(bytes, header + 26, 2) <= directory
        else { throw ZIPRefusal(.damaged, "the entry is not where the directory says", entry: shown) }
        guard number(bytes, header + 26, 2) == name.count, bytes[(header + 30)..<(header + 30 + name.count)].elementsEqual(name)
        else { throw ZIPRefusal(.damaged, "the entry's own name differs from the directory's", entry: shown) }
    }

    /// A little-endian number; the caller has checked the bounds, except that a position before the start gives 0.
    private static func number(_ bytes: [UInt8], _ position: Int, _ count: Int) -> Int {
        guard position >= 0, position + count <= bytes.count else { return 0 }
        var value = 0
        for index in (0..<count).reversed() { value = value << 8 | Int(bytes[position + index]) }
        return value
    }
}
