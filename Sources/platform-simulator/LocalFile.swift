internal import ExchangeModel
internal import Glibc

/// Whole files and folders by plain system calls. Blocks on the disk: for start and for threads that may block.
enum LocalFile {
    /// Reads a file.
    ///
    /// - Parameter bytesMax: a larger file is refused.
    /// - Throws: `configuration`, since every file is named by whoever started the program.
    static func read(_ path: String, bytesMax: Int = 64 << 20) throws(GatewayError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(.configuration, "read", path) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw failure(.configuration, "read", path) }
            if count == 0 { return content }
            content += chunk[..<count]
            guard content.count <= bytesMax else {
                throw GatewayError(
                    .configuration, attempted: "read", subject: path, happened: "it has more than \(bytesMax) bytes",
                    remedy: "give a smaller file")
            }
        }
    }

    /// A secret from a file: its text without white space around it.
    static func readSecret(_ path: String) throws(GatewayError) -> String {
        let text = String(decoding: try read(path, bytesMax: 4096), as: UTF8.self)
        let secret = Text.trim(text)
        guard !secret.isEmpty else {
            throw GatewayError(
                .configuration, attempted: "read the key in", subject: path, happened: "it is empty",
                remedy: "write the key into it, one line, mode 0600")
        }
        return secret
    }

    /// Writes a file anew with a mode, whatever stood there.
    static func write(_ content: String, to path: String, mode: mode_t) throws(GatewayError) {
        unlink(path)  // so that the mode is the one asked for
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure(.cannotCreate, "write", path) }
        defer { close(descriptor) }
        try writeAll(Array(content.utf8), to: descriptor, path: path)
    }

    /// Writes everything or throws.
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(GatewayError) {
        var done = 0
        while done < bytes.count {
            let rest = bytes.count - done
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, rest) }  // not empty: rest > 0
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure(.cannotCreate, "write", path) }
            done += count
        }
    }

    /// Makes a folder (and those above it) for its owner alone; one that is there is left as it is.
    static func makeFolder(_ path: String) throws(GatewayError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/" + part
            if mkdir(made, 0o700) != 0 && errno != EEXIST { throw failure(.cannotCreate, "create", made) }
        }
    }

    /// The names in a folder, sorted by their bytes, without those that begin with a dot.
    static func names(in folder: String) throws(GatewayError) -> [String] {
        guard let stream = opendir(folder) else { throw failure(.configuration, "list", folder) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Whether something is there.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// A path below a folder; an absolute one stays as it is.
    static func join(_ folder: String, _ path: String) -> String {
        path.hasPrefix("/") ? path : folder.hasSuffix("/") ? folder + path : folder + "/" + path
    }

    private static func failure(_ code: GatewayError.Code, _ verb: String, _ path: String) -> GatewayError {
        GatewayError(
            code, attempted: verb, subject: path, happened: String(cString: strerror(errno)),
            remedy: "check that the path is right and that you may use it")
    }
}

/// Small questions about text.
enum Text {
    /// Without spaces, tabs and line ends around it.
    static func trim(_ text: String) -> String {
        let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        let bytes = Array(text.utf8.drop(while: blank).reversed().drop(while: blank).reversed())
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Padded with spaces to a width in terminal cells; Chinese characters take two.
    static func pad(_ text: String, to width: Int) -> String {
        let cells = text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? 2 : 1) }
        return text + String(repeating: " ", count: max(0, width - cells))
    }
}
