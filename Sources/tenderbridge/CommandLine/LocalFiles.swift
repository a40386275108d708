internal import ExchangeModel
internal import Glibc

/// Files that commands read and write. Blocking: commands have nothing else to do meanwhile.
enum LocalFiles {
    /// A file's bytes. `usage` (64) when it cannot be read: the command line named it.
    static func read(_ path: String, limit: Int = 64 << 20) throws(GatewayError) -> [UInt8] {
        switch FileBytes.read(path, limit: limit) {
        case .success(let bytes): return bytes
        case .failure(let failure):
            throw GatewayError(.usage, attempted: "read", subject: path, happened: failure.text, remedy: "name a readable file")
        }
    }

    /// Writes a file whole, making its folders.
    static func write(_ bytes: [UInt8], to path: String) throws(GatewayError) {
        try makeFolder(FileBytes.folder(of: path))
        try write(bytes, to: path, mode: 0o644)
    }

    /// Writes a new file that only its owner may read. A file that is there is not replaced: its mode could be another.
    static func writePrivate(_ bytes: [UInt8], to path: String) throws(GatewayError) {
        try write(bytes, to: path, mode: 0o600, flags: O_EXCL)
    }

    private static func write(_ bytes: [UInt8], to path: String, mode: mode_t, flags: Int32 = O_TRUNC) throws(GatewayError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode)
        guard descriptor >= 0 else { throw cannotCreate(path) }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw cannotCreate(path) }
            done += count
        }
    }

    /// Makes a folder with its parents.
    static func makeFolder(_ path: String) throws(GatewayError) {
        if isFolder(path) { return }
        let parent = FileBytes.folder(of: path)
        if parent != path { try makeFolder(parent) }
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw cannotCreate(path) }
    }

    /// Makes a new folder that only its owner may look into. One that is there is not taken: its mode could be another.
    static func makePrivateFolder(_ path: String) throws(GatewayError) {
        guard mkdir(path, 0o700) == 0 else { throw cannotCreate(path) }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Names in a folder without those that begin with a dot, sorted; empty when it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                // `d_name` ends in a zero byte (readdir(3)).
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file or a folder with everything in it; links are not followed.
    static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in names(in: path) { remove(path + "/" + name) }
        rmdir(path)
    }

    private static func cannotCreate(_ path: String) -> GatewayError {
        GatewayError(
            .cannotCreate, attempted: "write", subject: path, happened: String(cString: strerror(errno)),
            remedy: "name a place where this user may write")
    }
}

/// A folder for the time of one command.
final class ScratchFolder {
    let path: String

    init() throws(GatewayError) {
        let parent = ProcessEnvironment.all["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/tenderbridge-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw GatewayError(
                .cannotCreate, attempted: "make a temporary folder in", subject: parent,
                happened: String(cString: strerror(errno)), remedy: "set TMPDIR to a folder where this user may write")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { LocalFiles.remove(path) }
}
