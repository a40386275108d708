internal import ExchangeModel
internal import Gateway

/// Where the control socket is: `control.socket` of the configuration, else `$RUNTIME_DIRECTORY/control.sock`, else
/// `control.sock` in the store's folder.
enum ControlSocketPath {
    /// Bytes of a Unix socket's path (`sun_path` of unix(7) without its final zero).
    static let bytesMax = 107

    static func of(_ configuration: GatewayConfiguration, environment: [String: String]) throws(GatewayError) -> String {
        let path: String
        if let configured = configuration.controlSocket {
            path = configured
        } else if let runtime = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first {
            // systemd.exec(5): several directories are separated by colons.
            path = runtime + "/control.sock"
        } else {
            path = FileBytes.folder(of: configuration.storePath) + "/control.sock"
        }
        guard path.utf8.count <= bytesMax else {
            throw GatewayError(
                .configuration, attempted: "use the control socket", subject: path,
                happened: "its path is \(path.utf8.count) bytes long, and a Unix socket's path takes \(bytesMax)",
                remedy: "set control.socket to a shorter path")
        }
        return path
    }
}
