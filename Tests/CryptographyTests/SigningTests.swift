import Cryptography
import ExchangeModel
import GatewayTesting
import Testing

@Suite("Signatures with private keys")
struct SigningTests {
    /// How the openssl program makes a key and a certificate of each kind, and how it checks a signature.
    struct Kind: CustomTestStringConvertible {
        let testDescription: String
        let algorithm: SigningAlgorithm
        let generate: [String]
        let verify: [String]
    }

    static let kinds = [
        Kind(
            testDescription: "RSA", algorithm: .rsa, generate: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            verify: ["-sha256"]),
        Kind(
            testDescription: "P-256", algorithm: .ecdsa, generate: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            verify: ["-sha256"]),
        Kind(
            testDescription: "SM2", algorithm: .sm2, generate: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"],
            verify: ["-sm3", "-sigopt", "distid:1234567812345678"]),
    ]

    @Test("the openssl program and our own reader find them good, and of another message bad", arguments: kinds)
    func foreign(_ kind: Kind) async throws {
        let folder = try TemporaryDirectory()
        defer { withExtendedLifetime(folder) {} }
        let (keyFile, certificate) = (folder.file("key.pem"), folder.file("certificate.pem"))
        try await ChildProcess.run(["openssl", "genpkey"] + kind.generate + ["-out", keyFile])
        let request = ["openssl", "req", "-x509", "-key", keyFile, "-subj", "/CN=evidence", "-days", "30", "-out", certificate]
        try await ChildProcess.run(
            request + (kind.algorithm == .sm2 ? ["-sm3", "-sigopt", "distid:1234567812345678"] : ["-sha256"]))
        let key = try PrivateKey.parse(pem: try folder.read("key.pem"), subject: "key.pem")
        #expect(key.signingAlgorithm == kind.algorithm)
        let message = Array("rows: 17\n存证\n".utf8)
        let value = try key.sign(message)

        let facts = try PEMCertificate(pem: try folder.read("certificate.pem"), source: "certificate.pem")
        let reading = try Certificate(der: facts.der)
        #expect(SigningAlgorithm(reading.keyKind) == kind.algorithm)
        let publicKey = try #require(reading.publicKey())
        #expect(publicKey.verify(message, signature: value, digest: kind.algorithm.digest))
        #expect(!publicKey.verify(message + [0x0A], signature: value, digest: kind.algorithm.digest))

        try await ChildProcess.run([
            "sh", "-c", "openssl x509 -in \"$1\" -pubkey -noout > \"$2\"", "sh", certificate, folder.file("public.pem"),
        ])
        try folder.write("message", message)
        try folder.write("signature", value)
        let check =
            ["openssl", "dgst"] + kind.verify + ["-verify", folder.file("public.pem"), "-signature", folder.file("signature")]
        #expect(try await ChildProcess.run(check + [folder.file("message")]).contains("Verified OK"))
    }
}
