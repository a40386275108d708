internal import CArchive

/// A ZIP package in memory whose entries are unpacked one by one, in any order and piece by piece.
///
/// For packages whose parts unfold to more than memory should hold; `ZIPPackage` reads small ones whole. The same rules
/// hold for directory and names. Of the limits, `entryBytesMax`, `ratioMax` and `ratioFreeBytes` are those of each entry by
/// itself, and `totalBytesMax` is not asked. For one task at a time.
public final class ZIPFile {
    /// One file of the package.
    public struct Entry: Sendable, Hashable {
        /// Path inside the package: relative, `/` between parts, no `.` or `..`, Unicode.
        public let name: String
        /// Bytes that it takes in the package, as its directory says, and never more than the package has.
        public let packedBytes: Int
    }

    /// The files in the order of their bytes in the package. Folders are not listed.
    public let entries: [Entry]
    /// What the package and each entry may ask for.
    public let limits: ZIPLimits

    /// The package at a fixed address: libarchive borrows it. Freed with the object, which every open entry keeps.
    private let memory: UnsafeMutableRawBufferPointer
    private let index: [String: Int]

    /// Takes a package and looks at its directory; nothing is unpacked. The bytes are copied.
    public init(_ bytes: [UInt8], limits: ZIPLimits = ZIPLimits()) throws(ZIPRefusal) {
        guard bytes.count <= limits.packageBytesMax else {
            throw ZIPRefusal(.overLimit, "the package is larger than \(limits.packageBytesMax) bytes (packageBytesMax)")
        }
        let directory = try ZIPDirectory(bytes, limits: limits)
        var entries: [Entry] = []
        var index: [String: Int] = [:]
        for listed in directory.entries where !listed.isFolder {
            guard index.updateValue(entries.count, forKey: listed.name) == nil else {
                throw ZIPRefusal(.duplicateName, "two entries have the same name", entry: listed.name)
            }
            entries.append(Entry(name: listed.name, packedBytes: min(listed.packedBytes, bytes.count)))
        }
        self.entries = entries
        self.index = index
        self.limits = limits
        memory = .allocate(byteCount: max(1, bytes.count), alignment: 16)
        memory.copyBytes(from: bytes)
        packageBytes = bytes.count
    }

    private let packageBytes: Int

    deinit { memory.deallocate() }

    /// Opens the entry of exactly this name at its beginning; nil when there is none.
    public func open(_ name: String) throws(ZIPRefusal) -> ZIPEntryReader? {
        guard let found = index[name] else { return nil }
        return try ZIPEntryReader(of: self, entries[found], UnsafeRawBufferPointer(rebasing: memory[..<packageBytes]))
    }
}

/// One entry of a `ZIPFile`, unpacked from front to back. For one task at a time.
public final class ZIPEntryReader {
    /// The entry's name.
    public let name: String
    /// Bytes handed out until now.
    public private(set) var unpackedBytes = 0

    private let raw: OpaquePointer
    /// Keeps the memory that libarchive reads from.
    private let file: ZIPFile
    private let bytesMax: Int
    private let limits: ZIPLimits

    init(of file: ZIPFile, _ entry: ZIPFile.Entry, _ bytes: UnsafeRawBufferPointer) throws(ZIPRefusal) {
        guard let made = archive_read_new() else { throw ZIPRefusal(.damaged, "no memory for a reader", entry: entry.name) }
        raw = made
        self.file = file
        name = entry.name
        limits = file.limits
        bytesMax = min(limits.entryBytesMax, limits.unpackedMax(packed: entry.packedBytes))
        guard
            archive_read_support_format_zip_seekable(made) == ARCHIVE_OK, archive_read_support_filter_none(made) == ARCHIVE_OK,
            archive_read_open_memory(made, bytes.baseAddress, bytes.count) == ARCHIVE_OK
        else { throw ZIPRefusal(.damaged, "it cannot be opened as a ZIP package") }
        while true {
            var header: OpaquePointer?
            // A warning here concerns the conversion of the name to the locale, which is not used: names other than ASCII
            // are not found this way, and count as damage.
            guard archive_read_next_header(raw, &header) >= ARCHIVE_WARN, let header else {
                throw ZIPRefusal(.damaged, "the entry cannot be read", entry: entry.name)
            }
            guard let path = archive_entry_pathname(header), String(cString: path) == entry.name else { continue }
            guard archive_entry_is_encrypted(header) == 0 else {
                throw ZIPRefusal(.encrypted, "the entry is encrypted", entry: entry.name)
            }
            // S_IFREG (`archive_entry.h`, AE_IFREG is a macro of a cast).
            guard archive_entry_hardlink(header) == nil, archive_entry_filetype(header) == 0o100000 else {
                throw ZIPRefusal(.notAFile, "the entry is a link or no plain file", entry: entry.name)
            }
            return
        }
    }

    deinit { archive_read_free(raw) }

    /// Unpacks the next bytes into memory of the caller and returns their number; 0 at the end, once all were as declared.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ZIPRefusal) -> Int {
        let count = archive_read_data(raw, buffer.baseAddress, buffer.count)
        guard count >= 0 else {
            throw ZIPRefusal(.damaged, "the entry does not unpack to what it declares", entry: name)
        }
        unpackedBytes += count
        guard unpackedBytes <= bytesMax else {
            throw ZIPRefusal(
                .overLimit, "it unfolds beyond entryBytesMax \(limits.entryBytesMax) or ratioMax \(limits.ratioMax)", entry: name)
        }
        return count
    }
}
