internal import Glibc

/// A real nginx (Debian package nginx-light) on loopback, in one process, in the foreground, in its own directory.
public final class NginxServer: Sendable {
    /// The ports that the configuration was written with, in order.
    public let ports: [Int]
    /// Its prefix: relative paths of the configuration, `access.log` and temporary bodies lie here.
    public let directory: TemporaryDirectory
    private let process: ChildProcess

    private init(ports: [Int], directory: TemporaryDirectory, process: ChildProcess) {
        self.ports = ports
        self.directory = directory
        self.process = process
    }

    /// Where Debian puts it; tests that need it are enabled by `isInstalled`.
    public static let program = "/usr/sbin/nginx"

    /// Whether the program is there.
    public static var isInstalled: Bool { access(program, X_OK) == 0 }

    /// Starts nginx and returns when its ports accept connections.
    ///
    /// - Parameters:
    ///   - portCount: how many loopback ports the configuration needs.
    ///   - http: gives the content of the `http` block for these ports (`listen 127.0.0.1:PORT`). `access_log` is set
    ///     to `access.log`, one request a line: connection number, request number on it, protocol, status, request line.
    public static func start(portCount: Int = 1, http: @Sendable ([Int]) -> String) async throws -> NginxServer {
        var output = [String]()
        // A reserved port can still be lost to another process: try again with others.
        for _ in 0..<5 {
            let directory = try TemporaryDirectory("nginx")
            let ports = try (0..<portCount).map { _ in try FreePort.reserve() }
            try directory.write("nginx.conf", configuration(http(ports)))
            let process = try await ChildProcess.start(
                [program, "-p", directory.path + "/", "-c", "nginx.conf", "-e", "stderr"], in: directory.path)
            // Printed by the event module, after every address was bound and is listened on.
            if await process.line(containing: "event method") != nil {
                return NginxServer(ports: ports, directory: directory, process: process)
            }
            output = process.lines
            if !output.contains(where: { $0.contains("Address already in use") }) { break }
        }
        throw TestingFailure("nginx did not start:\n" + output.joined(separator: "\n"))
    }

    /// Ends nginx at once and waits for it; its access log is complete then.
    public func stop() async { await process.stop() }

    /// The lines of the access log; complete only after `stop()`.
    public func accessLog() throws -> [String] {
        String(decoding: try directory.read("access.log"), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func configuration(_ http: String) -> String {
        """
        daemon off; master_process off; pid nginx.pid; error_log stderr notice;
        events { worker_connections 1024; }
        http {
            log_format brief '$connection $connection_requests $server_protocol $status $request';
            access_log access.log brief;
            client_body_temp_path bodies; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi; scgi_temp_path scgi;
            keepalive_requests 1000000;
        \(http)
        }

        """
    }
}
