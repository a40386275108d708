internal import Cryptography
internal import Dispatch
internal import ExchangeModel
internal import Glibc
internal import Logging
internal import ServiceLifecycle
internal import Store

/// Signs the head of the evidence and writes it to its file.
struct EvidenceHeadSigner: Sendable {
    let gateway: String
    let signing: EvidenceSigning
    let store: any MessageStore
    let clock: any GatewayClock

    /// Signing and syncing block for milliseconds: not on the cooperative pool.
    private static let queue = DispatchQueue(label: "tenderbridge.evidence-head")

    /// Reads the head, signs it and replaces the file. Throws `GatewayError`; the former file then stands as it was.
    func sign() async throws {
        let head = try await store.evidenceHead()
        let now = clock.now()
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Self.queue.async { continuation.resume(with: Result { try write(try signed(head, at: now)) }) }
        }
    }

    /// The certificate, if it belongs to the key and both can sign. Blocking.
    static func certificate(of signing: EvidenceSigning) throws(GatewayError) -> PEMCertificate {
        let certificate = try PEMCertificate(path: signing.certificatePath)
        let key = try PrivateKey.parse(pem: signing.key, subject: "evidence.sign.key")
        // A trial finds keys of a kind or size that cannot sign before the first scheduled time does.
        let trial = try key.sign([0])
        guard let reading = try? Certificate(der: certificate.der), let algorithm = key.signingAlgorithm,
            reading.publicKey()?.verify([0], signature: trial, digest: algorithm.digest) == true
        else {
            throw GatewayError(
                .configuration, attempted: "use the private key", subject: "evidence.sign.key",
                happened: "it does not belong to the certificate in \(signing.certificatePath)",
                remedy: "give the key that was made for this certificate")
        }
        return certificate
    }

    private func signed(_ head: EvidenceHead, at now: Instant) throws(GatewayError) -> SignedEvidenceHead {
        // Read anew each time: a renewed certificate and its key come with a restart, and no key object is shared.
        let key = try PrivateKey.parse(pem: signing.key, subject: "evidence.sign.key")
        let certificate = try PEMCertificate(path: signing.certificatePath)
        var signed = SignedEvidenceHead(
            gateway: gateway, head: head, time: now, algorithm: key.signingAlgorithm?.rawValue ?? "",
            certificateDigest: Hex.encode(SHA256.digest(certificate.der)))
        signed.signature = try key.sign(signed.signedText)
        return signed
    }

    private func write(_ signed: SignedEvidenceHead) throws(GatewayError) {
        let bytes = signed.json
        let temporary = signing.filePath + ".new"
        try SyncedFile.write(bytes, to: temporary, flags: O_TRUNC)
        guard rename(temporary, signing.filePath) == 0 else { throw SyncedFile.failure("replace", signing.filePath) }
        try SyncedFile.syncFolder(of: signing.filePath)
        if let history = signing.historyPath { try SyncedFile.write(bytes, to: history, flags: O_APPEND) }
    }
}

/// Signs at the start, on schedule, and once more at the stop, while the store is still open.
struct EvidenceHeadKeeper: Service {
    let gateway: GatewayService
    let signing: EvidenceSigning

    func run() async throws {
        let signer = EvidenceHeadSigner(
            gateway: gateway.configuration.name, signing: signing, store: gateway.store, clock: gateway.clock)
        try? await cancelWhenGracefulShutdown {
            while true {
                await sign(signer)
                try await Task.sleep(for: signing.interval)
            }
        }
        await sign(signer)
    }

    private func sign(_ signer: EvidenceHeadSigner) async {
        do { try await signer.sign() } catch {
            gateway.logger.error(
                "the head of the evidence was not signed; it is tried again at the next time", metadata: ["error": "\(error)"])
        }
    }
}

/// Files whose content is on disk when a call returns. Blocking.
enum SyncedFile {
    /// Writes a file whole or appends to it, mode 0640, and syncs it.
    static func write(_ bytes: [UInt8], to path: String, flags: Int32) throws(GatewayError) {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o640)
        guard file >= 0 else { throw failure("write", path) }
        defer { close(file) }
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            done += count
        }
        guard fsync(file) == 0 else { throw failure("sync", path) }
    }

    /// Syncs the names of a folder.
    static func syncFolder(of path: String) throws(GatewayError) {
        let folder = FileBytes.folder(of: path)
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw failure("sync", folder) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure("sync", folder) }
    }

    static func failure(_ attempted: String, _ path: String) -> GatewayError {
        GatewayError(
            .cannotCreate, attempted: attempted, subject: path, happened: String(cString: strerror(errno)),
            remedy: "let the gateway's user write there, and free space")
    }
}
