/// A ZIP package read whole into memory, with every rule of package safety applied before a byte is handed out.
///
/// A package is foreign and hostile until it is read: entries are counted and measured while they unpack, names are
/// checked, and what two readers could understand differently (duplicate names, a directory that disagrees with the
/// entries, links, encryption) is refused rather than interpreted.
public struct ZIPPackage: Sendable {
    /// One file of the package.
    public struct Entry: Sendable {
        /// Path inside the package: relative, `/` between parts, no `.` or `..`, Unicode.
        public let name: String
        /// The unpacked content.
        public let bytes: [UInt8]
    }

    /// The files in the order of their bytes in the package. Folders are not listed.
    public let entries: [Entry]

    private let index: [String: Int]

    /// The content of the file with exactly this name; nil when there is none.
    public subscript(name: String) -> [UInt8]? { index[name].map { entries[$0].bytes } }

    /// Whether the package has a file of exactly this name.
    public func contains(_ name: String) -> Bool { index[name] != nil }

    /// Reads a package. Work is bounded by the limits; nothing is written anywhere.
    public init(_ bytes: [UInt8], limits: ZIPLimits = ZIPLimits()) throws(ZIPRefusal) {
        guard bytes.count <= limits.packageBytesMax else {
            throw ZIPRefusal(.overLimit, "the package is larger than \(limits.packageBytesMax) bytes (packageBytesMax)")
        }
        let directory = try ZIPDirectory(bytes, limits: limits)
        var index: [String: Int] = [:]
        var entries: [Entry] = []
        var folders: Set<String> = []
        var reader = try ZIPReader(bytes)
        var unpacked = 0
        for listed in directory.entries {
            let budget = min(
                limits.entryBytesMax, limits.totalBytesMax - unpacked, limits.unpackedMax(packed: bytes.count) - unpacked)
            let content = try reader.next(listed, bytesMax: budget, limits: limits)
            unpacked += content.count
            guard !listed.isFolder else {
                guard content.isEmpty else { throw ZIPRefusal(.damaged, "a folder has content", entry: listed.name) }
                folders.insert(listed.name)
                continue
            }
            guard index.updateValue(entries.count, forKey: listed.name) == nil else {
                throw ZIPRefusal(.duplicateName, "two entries have the same name", entry: listed.name)
            }
            entries.append(Entry(name: listed.name, bytes: content))
        }
        try reader.requireEnd()
        if let both = folders.first(where: { index[$0] != nil }) {
            throw ZIPRefusal(.duplicateName, "a folder and a file have the same name", entry: both)
        }
        self.entries = entries
        self.index = index
    }
}

/// Limits of a package; each names itself in the refusal.
public struct ZIPLimits: Sendable, Hashable {
    /// Largest package as received. Default 64 MB.
    public var packageBytesMax = 64 << 20
    /// Most entries, folders included. Default 4096.
    public var entriesMax = 4096
    /// Largest single file unpacked. Default 64 MB.
    public var entryBytesMax = 64 << 20
    /// Largest sum of all files unpacked. Default 256 MB.
    public var totalBytesMax = 256 << 20
    /// Largest ratio of unpacked to packed bytes of the whole package, applied above `ratioFreeBytes`. Default 100.
    public var ratioMax = 100
    /// Unpacked bytes that no ratio is asked of: small files of repeated text pack well. Default 1 MB.
    public var ratioFreeBytes = 1 << 20
    /// Longest name in bytes. Default 1024.
    public var nameBytesMax = 1024

    /// The defaults.
    public init() {}

    /// How far a package of this size may unfold.
    func unpackedMax(packed: Int) -> Int { max(ratioFreeBytes, packed.multipliedReportingOverflow(by: ratioMax).partialValue) }
}

/// Why a package is not read: a result about the document, no failure of the gateway.
public struct ZIPRefusal: Error, Sendable, Hashable {
    /// The kind of refusal.
    public let kind: Kind
    /// What is wrong, in English, without content.
    public let reason: String
    /// The entry concerned; empty for the package as a whole.
    public let entry: String

    init(_ kind: Kind, _ reason: String, entry: String = "") {
        self.kind = kind
        self.reason = reason
        self.entry = entry
    }

    /// A kind of refusal.
    public enum Kind: String, Sendable, Hashable {
        /// No ZIP package, or cut, or inconsistent in itself.
        case damaged
        /// A limit of `ZIPLimits` is passed.
        case overLimit
        /// Two entries of one name.
        case duplicateName
        /// A name that leads outside, is absolute, or is no text.
        case unsafeName
        /// An encrypted entry.
        case encrypted
        /// A link or a device in place of a file.
        case notAFile
    }
}
