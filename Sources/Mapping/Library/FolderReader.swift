internal import ExchangeModel
internal import Glibc

/// Files below a folder, read when mappings are loaded; never on the path of a message.
struct FolderReader {
    /// Files of one folder tree.
    static let filesMax = 20_000
    /// Folders inside each other.
    static let depthMax = 16
    /// Bytes of one file.
    static let bytesMax = 16 << 20

    /// Relative paths of all regular files, sorted; names beginning with a dot are left out.
    static func files(below folder: String) -> [String] {
        var result: [String] = []
        walk(folder, prefix: "", depth: 0, into: &result)
        return result.sorted()
    }

    private static func walk(_ folder: String, prefix: String, depth: Int, into result: inout [String]) {
        guard depth < depthMax, let handle = opendir(folder) else { return }
        defer { closedir(handle) }
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                // `d_name` ends in a zero byte (readdir(3)).
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") || result.count >= filesMax { continue }
            let path = folder + "/" + name
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                walk(path, prefix: prefix + name + "/", depth: depth + 1, into: &result)
            } else if status.st_mode & S_IFMT == S_IFREG {
                result.append(prefix + name)
            }
        }
    }

    /// A file's bytes; nil when it cannot be read or is larger than `bytesMax`.
    static func bytes(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= bytesMax else { return nil }
        let size = Int(status.st_size)
        var count = 0
        let result = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            while count < size {
                let taken = read(descriptor, buffer.baseAddress! + count, size - count)  // size > 0 here, so there is a base
                if taken <= 0 { break }
                count += taken
            }
            initialized = count
        }
        return count == size ? result : nil
    }
}
