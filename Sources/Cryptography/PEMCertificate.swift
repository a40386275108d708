internal import COpenSSL
public import ExchangeModel
internal import Glibc

/// Facts of a certificate file as a server or client uses it: whose it is and how long it holds.
///
/// Only the first certificate of a file is looked at, which is the server's own in a chain file. For checks at start and
/// for the expiry metric; judging trust is the business of `Trust`.
public struct PEMCertificate: Sendable, Hashable {
    /// Limit of a key or certificate file.
    public static let fileBytesMax = 1 << 20

    /// First moment of validity.
    public let notBefore: Instant
    /// Last moment of validity.
    public let notAfter: Instant
    /// Subject, RFC 2253 text with UTF-8 characters shown as they are.
    public let subject: String
    /// Issuer, likewise.
    public let issuer: String
    /// The certificate itself.
    public let der: [UInt8]

    /// Reads the first certificate of a PEM text.
    ///
    /// - Parameter source: the name shown in the error, such as the file's path.
    public init(pem: [UInt8], source: String) throws(GatewayError) {
        guard let first = PEMText.blocks(of: "CERTIFICATE", in: pem)?.first else {
            throw Self.unreadable(source, "it holds no PEM block CERTIFICATE")
        }
        do {
            let certificate = try Certificate(der: first)
            notBefore = certificate.notBefore
            notAfter = certificate.notAfter
            subject = certificate.subject
            issuer = certificate.issuer
            der = first
        } catch {
            throw Self.unreadable(source, error.reason)
        }
    }

    /// Reads a PEM file. Blocks on the disk: for the start of the process and reloads, not for the cooperative pool.
    public init(path: String) throws(GatewayError) {
        try self.init(pem: try Self.read(path, what: "certificate"), source: path)
    }

    /// Throws unless the private key in one file belongs to the first certificate in the other. Blocks on the disk.
    public static func requireMatch(certificatePath: String, keyPath: String) throws(GatewayError) {
        try requireMatch(
            certificate: try read(certificatePath, what: "certificate"), key: try read(keyPath, what: "private key"),
            certificateSource: certificatePath, keySource: keyPath)
    }

    /// Throws unless the private key belongs to the first certificate; both PEM.
    public static func requireMatch(
        certificate: [UInt8], key: [UInt8], certificateSource: String, keySource: String
    ) throws(GatewayError) {
        let facts = try PEMCertificate(pem: certificate, source: certificateSource)
        let privateKey = try PrivateKey.parse(pem: key, subject: keySource)
        guard let handle = try? Certificate(der: facts.der), X509_check_private_key(handle.raw, privateKey.raw) == 1 else {
            _ = OpenSSLFailure.drain()
            throw GatewayError(
                .configuration, attempted: "use the private key", subject: keySource,
                happened: "it does not belong to the certificate in \(certificateSource)",
                remedy: "give the key that was made for this certificate, and the server's own certificate first in the file")
        }
    }

    private static func unreadable(_ source: String, _ happened: String) -> GatewayError {
        GatewayError(
            .configuration, attempted: "read the certificate", subject: source, happened: happened,
            remedy: "give a PEM file whose first block is the certificate")
    }

    private static func read(_ path: String, what: String) throws(GatewayError) -> [UInt8] {
        func failure(_ happened: String) -> GatewayError {
            GatewayError(
                .configuration, attempted: "read the \(what)", subject: path, happened: happened,
                remedy: "check that the file exists and that the service's user may read it")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw failure(String(cString: strerror(errno))) }
            if count == 0 { return content }
            content += chunk[..<count]
            if content.count > fileBytesMax { throw failure("it is larger than \(fileBytesMax) bytes (fileBytesMax)") }
        }
    }
}
