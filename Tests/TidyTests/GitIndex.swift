import Foundation

/// The paths in git's index, read without running git (format: gitformat-index(5), versions 2 to 4).
enum GitIndex {
    /// nil where there is no repository, or an index of a form that is not known.
    static func paths(root: String) -> [String]? {
        var folder = "\(root)/.git"
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else { return nil }
        if !isFolder.boolValue {
            // A worktree has a file that names its folder.
            guard let text = try? String(contentsOfFile: folder, encoding: .utf8), text.hasPrefix("gitdir: ") else { return nil }
            let named = text.dropFirst(8).trimmingCharacters(in: .whitespacesAndNewlines)
            folder = named.hasPrefix("/") ? named : "\(root)/\(named)"
        }
        return FileManager.default.contents(atPath: "\(folder)/index").flatMap { paths(index: Array($0)) }
    }

    static func paths(index: [UInt8]) -> [String]? {
        func number(at offset: Int, bytes: Int) -> Int? {
            guard offset + bytes <= index.count else { return nil }
            return index[offset..<offset + bytes].reduce(0) { $0 << 8 | Int($1) }
        }
        guard index.starts(with: Array("DIRC".utf8)), let version = number(at: 4, bytes: 4), (2...4).contains(version),
            let count = number(at: 8, bytes: 4)
        else { return nil }
        var paths: [String] = []
        var offset = 12
        var previous: [UInt8] = []
        for _ in 0..<count {
            // Ten 32-bit fields and a digest of 20 bytes, then the flags; bit 14 says that more flags follow.
            guard let flags = number(at: offset + 60, bytes: 2) else { return nil }
            let start = offset
            offset += 62 + (flags & 0x4000 != 0 ? 2 : 0)
            var path: [UInt8] = []
            if version == 4 {
                guard let strip = varint(index, &offset), strip <= previous.count else { return nil }
                path = Array(previous.dropLast(strip))
            }
            guard let end = index[min(offset, index.count)...].firstIndex(of: 0) else { return nil }
            path += index[offset..<end]
            // Older versions fill up with zeros to a multiple of eight, at least one.
            offset = version == 4 ? end + 1 : start + (end - start + 8) / 8 * 8
            previous = path
            paths.append(String(decoding: path, as: UTF8.self))
        }
        return paths
    }

    /// The offset encoding of pack files: each further byte counts from one above.
    private static func varint(_ bytes: [UInt8], _ offset: inout Int) -> Int? {
        var value = -1
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            value = (value + 1) << 7 | Int(byte & 0x7F)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
