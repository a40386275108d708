internal import Glibc

/// A directory of one test, removed with everything in it when the last reference goes.
///
/// Swift may release an object after its last use: a test that only hands on `path` uses `TemporaryDirectory.with`.
public final class TemporaryDirectory: Sendable {
    /// Absolute path without a slash at the end.
    public let path: String

    /// Makes an empty directory, mode 0700, below `TMPDIR` or `/tmp`.
    public init(_ label: String = "tenderbridge") throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/\(label)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestingFailure("mkdtemp in \(parent): \(String(cString: strerror(errno)))") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// Runs the body with a directory that lives until the body returns.
    public static func with<Result>(
        _ label: String = "tenderbridge", _ body: (TemporaryDirectory) async throws -> Result
    ) async throws -> Result {
        let directory = try TemporaryDirectory(label)
        defer { withExtendedLifetime(directory) {} }
        return try await body(directory)
    }

    /// The path of a name inside.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a directory inside and returns its path.
    @discardableResult
    public func makeDirectory(_ name: String) throws -> String {
        guard mkdir(file(name), 0o700) == 0 else { throw TestingFailure("mkdir \(name): \(String(cString: strerror(errno)))") }
        return file(name)
    }

    /// Writes a file whole, mode 0600, and returns its path.
    @discardableResult
    public func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TestingFailure("open \(name): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw TestingFailure("write \(name): \(String(cString: strerror(errno)))") }
            written += count
        }
        return file(name)
    }

    /// Writes a text file as UTF-8 and returns its path.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    /// Reads a file of the directory whole.
    public func read(_ name: String) throws -> [UInt8] {
        let descriptor = open(file(name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestingFailure("open \(name): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var content = [UInt8]()
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            guard count >= 0 else { throw TestingFailure("read \(name): \(String(cString: strerror(errno)))") }
            if count == 0 { return content }
            content.append(contentsOf: block[..<count])
        }
    }

    /// Removes a tree without following links.
    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            if let directory = opendir(path) {
                var names = [String]()
                while let entry = readdir(directory) {
                    let name = withUnsafePointer(to: &entry.pointee.d_name) {
                        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                    }
                    if name != ".", name != ".." { names.append(name) }
                }
                closedir(directory)
                for name in names { remove("\(path)/\(name)") }
            }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
