internal import ExchangeModel
internal import Glibc

/// Secrets come by reference only: `credential:NAME` (systemd's credentials directory), `env:NAME`, `file:PATH`.
///
/// The value is never part of an error, a log line or a metric.
struct SecretSource {
    /// Environment variables, injected so that a test owns them.
    let environment: [String: String]
    /// Folder that relative paths start from.
    let folder: String
    /// Whether references are only checked for their form, and stand-ins given.
    var givesStandIns = false

    /// A secret is at most this long.
    static let bytesMax = 64 * 1024

    /// Why a reference gave nothing, in both languages.
    struct Failure: Error {
        var text: String
        var textZH: String
    }

    /// The bytes behind a reference; one trailing line feed is taken off.
    func resolve(_ reference: String) throws(Failure) -> [UInt8] {
        if let name = Self.rest(of: reference, after: "credential:") {
            guard !name.isEmpty, !name.contains("/"), name != ".." else {
                throw Failure(text: "a credential is named without a slash", textZH: "凭据名不能包含斜杠")
            }
            if givesStandIns { return Self.standIn(for: reference) }
            guard let directory = environment["CREDENTIALS_DIRECTORY"], !directory.isEmpty else {
                throw Failure(
                    text: "CREDENTIALS_DIRECTORY is not set, so credential \(name) cannot be read; "
                        + "start under systemd with LoadCredential=",
                    textZH: "未设置 CREDENTIALS_DIRECTORY，无法读取凭据 \(name)；请通过 systemd 的 LoadCredential= 启动")
            }
            return try read(directory + "/" + name)
        }
        if let name = Self.rest(of: reference, after: "env:") {
            if givesStandIns { return Self.standIn(for: reference) }
            guard let value = environment[name], !value.isEmpty else {
                throw Failure(text: "the environment variable \(name) is not set", textZH: "未设置环境变量 \(name)")
            }
            return Array(value.utf8)
        }
        if let path = Self.rest(of: reference, after: "file:") {
            if givesStandIns { return Self.standIn(for: reference) }
            return try read(path.hasPrefix("/") ? path : folder + "/" + path)
        }
        throw Failure(
            text: "a secret is given by reference: credential:NAME, env:NAME or file:PATH",
            textZH: "密钥只能以引用方式给出：credential:名称、env:名称 或 file:路径")
    }

    /// Why a file behind a reference is open to others; nil when it is not, or there is no file.
    ///
    /// A file named by `file:` must be its owner's alone. systemd gives credentials by access lists, which show as bits of the
    /// group (systemd.exec(5), LoadCredential=), so there only others and the writing group count.
    func weakness(of reference: String) -> Failure? {
        if givesStandIns { return nil }
        let (path, mask): (String, mode_t)
        if let name = Self.rest(of: reference, after: "credential:"), let folder = environment["CREDENTIALS_DIRECTORY"] {
            (path, mask) = (folder + "/" + name, 0o027)
        } else if let name = Self.rest(of: reference, after: "file:") {
            (path, mask) = (name.hasPrefix("/") ? name : folder + "/" + name, 0o077)
        } else {
            return nil
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & mask != 0 else { return nil }
        return Failure(
            text: "\(path) can be read or written by other users; set its mode to 0600", textZH: "\(path) 可被其他用户读写；请将其权限设为 0600")
    }

    private static func standIn(for reference: String) -> [UInt8] { Array("stand-in for \(reference)".utf8) }

    private static func rest(of text: String, after prefix: String) -> String? {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }

    private func read(_ path: String) throws(Failure) -> [UInt8] {
        switch FileBytes.read(path, limit: Self.bytesMax) {
        case .success(var bytes):
            if bytes.last == 0x0A { bytes.removeLast() }
            guard !bytes.isEmpty else { throw Failure(text: "\(path) is empty", textZH: "\(path) 为空") }
            return bytes
        case .failure(let failure):
            throw Failure(text: "cannot read \(path): \(failure.text)", textZH: "无法读取 \(path)：\(failure.text)")
        }
    }
}
