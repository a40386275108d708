/// Certificates for one test, made with the `openssl` command in a directory of the test and worth nothing outside it.
public struct ThrowawayPKI: Sendable {
    /// A certificate and its key, PEM files.
    public struct Identity: Sendable {
        /// Path of the certificate.
        public let certificateFile: String
        /// Path of the private key, not encrypted.
        public let keyFile: String
    }

    /// The authority's own certificate: what a test's peer trusts.
    public let authorityFile: String
    private let directory: TemporaryDirectory

    /// Makes an authority with an EC key (P-256) that is good for two days.
    public init(in directory: TemporaryDirectory) async throws {
        self.directory = directory
        authorityFile = directory.file("ca.pem")
        try await ChildProcess.run(
            Self.newKey + ["-x509", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Throw-away CA", "-days", "2"]
                + ["-addext", "keyUsage=critical,keyCertSign,cRLSign"], in: directory.path)
    }

    /// A server certificate for names such as `DNS:localhost` and `IP:127.0.0.1`, good for two days.
    public func server(_ file: String, names: [String] = ["DNS:localhost", "IP:127.0.0.1"]) async throws -> Identity {
        try await issue(file, extensions: ["subjectAltName=" + names.joined(separator: ","), "extendedKeyUsage=serverAuth"])
    }

    /// A client certificate, good for two days.
    public func client(_ file: String) async throws -> Identity {
        try await issue(file, extensions: ["extendedKeyUsage=clientAuth"])
    }

    /// A server certificate whose time ended in January 2020.
    public func expiredServer(_ file: String, names: [String] = ["DNS:localhost", "IP:127.0.0.1"]) async throws -> Identity {
        // Only `openssl ca` of OpenSSL 3.0 takes a date in the past, and it wants a small configuration of its own.
        try directory.write("\(file).index", "")
        try directory.write("\(file).serial", "01\n")
        try directory.write(
            "\(file).cnf",
            """
            [ca]
            default_ca = here
            [here]
            database = \(file).index
            serial = \(file).serial
            new_certs_dir = .
            default_md = sha256
            policy = any
            x509_extensions = leaf
            unique_subject = no
            [any]
            commonName = supplied
            [leaf]
            basicConstraints = CA:FALSE
            subjectAltName = \(names.joined(separator: ","))

            """)
        try await ChildProcess.run(
            Self.newKey + ["-keyout", "\(file).key", "-out", "\(file).csr", "-subj", "/CN=\(file)"], in: directory.path)
        try await ChildProcess.run(
            ["openssl", "ca", "-batch", "-notext", "-config", "\(file).cnf", "-cert", "ca.pem", "-keyfile", "ca.key"]
                + ["-in", "\(file).csr", "-out", "\(file).pem", "-startdate", "20200101000000Z", "-enddate", "20200102000000Z"],
            in: directory.path)
        return identity(file)
    }

    private func issue(_ file: String, extensions: [String]) async throws -> Identity {
        try await ChildProcess.run(
            Self.newKey + ["-x509", "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "\(file).key", "-out", "\(file).pem"]
                + ["-subj", "/CN=\(file)", "-days", "2", "-addext", "basicConstraints=CA:FALSE"]
                + extensions.flatMap { ["-addext", $0] }, in: directory.path)
        return identity(file)
    }

    private func identity(_ file: String) -> Identity {
        Identity(certificateFile: directory.file("\(file).pem"), keyFile: directory.file("\(file).key"))
    }

    private static let newKey = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
}
