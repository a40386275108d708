internal import CArchive

/// libarchive's seeking ZIP reader over memory, owned.
///
/// Only the ZIP format and no outer filter are switched on, so no other parser of libarchive sees foreign bytes.
struct ZIPReader: ~Copyable {
    private let raw: OpaquePointer
    /// libarchive borrows the bytes until it is freed, so they stay here at a fixed address.
    private let memory: UnsafeMutableRawBufferPointer
    private var chunk = [UInt8](repeating: 0, count: 65_536)

    init(_ bytes: [UInt8]) throws(ZIPRefusal) {
        guard let made = archive_read_new() else { throw ZIPRefusal(.damaged, "no memory for a reader") }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
        copy.copyBytes(from: bytes)
        guard
            archive_read_support_format_zip_seekable(made) == ARCHIVE_OK, archive_read_support_filter_none(made) == ARCHIVE_OK,
            archive_read_open_memory(made, copy.baseAddress, bytes.count) == ARCHIVE_OK
        else {
            archive_read_free(made)
            copy.deallocate()
            throw ZIPRefusal(.damaged, "it cannot be opened as a ZIP package")
        }
        raw = made
        memory = copy
    }

    deinit {
        archive_read_free(raw)
        memory.deallocate()
    }

    /// Unpacks the next entry, which must be the one that the directory lists next.
    mutating func next(_ listed: ZIPDirectory.Entry, bytesMax: Int, limits: ZIPLimits) throws(ZIPRefusal) -> [UInt8] {
        var entry: OpaquePointer?
        // A warning here concerns the conversion of the name to the locale, which is not used.
        guard archive_read_next_header(raw, &entry) >= ARCHIVE_WARN, let entry else {
            throw ZIPRefusal(.damaged, "the entry cannot be read", entry: listed.name)
        }
        guard archive_entry_is_encrypted(entry) == 0 else {
            throw ZIPRefusal(.encrypted, "the entry is encrypted", entry: listed.name)
        }
        let kind = archive_entry_filetype(entry)
        // S_IFREG and S_IFDIR (`archive_entry.h`, AE_IFREG and AE_IFDIR, are macros of casts).
        guard archive_entry_hardlink(entry) == nil, kind == (listed.isFolder ? 0o040000 : 0o100000) else {
            throw ZIPRefusal(.notAFile, "the entry is a link or no plain file", entry: listed.name)
        }
        var content: [UInt8] = []
        // The declared size is a hint for one allocation, never a promise.
        if archive_entry_size_is_set(entry) != 0 {
            content.reserveCapacity(min(max(0, Int(archive_entry_size(entry))), bytesMax, 1 << 20))
        }
        while true {
            let count = chunk.withUnsafeMutableBytes { archive_read_data(raw, $0.baseAddress, $0.count) }
            if count == 0 { return content }
            guard count > 0 else {
                throw ZIPRefusal(.damaged, "the entry does not unpack to what it declares", entry: listed.name)
            }
            guard content.count + count <= bytesMax else {
                throw ZIPRefusal(
                    .overLimit,
                    "it unfolds beyond entryBytesMax \(limits.entryBytesMax), totalBytesMax \(limits.totalBytesMax) or ratioMax \(limits.ratioMax)",
                    entry: listed.name)
            }
            content += chunk[..<count]
        }
    }

    /// Throws when libarchive sees entries that the directory does not list.
    mutating func requireEnd() throws(ZIPRefusal) {
        var entry: OpaquePointer?
        guard archive_read_next_header(raw, &entry) == ARCHIVE_EOF else {
            throw ZIPRefusal(.damaged, "there are entries that the directory does not list")
        }
    }
}
