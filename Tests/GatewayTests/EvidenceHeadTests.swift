import Cryptography
import ExchangeModel
import GatewayTesting
import Glibc
import JSON
import Store
import Testing

@testable import Gateway

@Suite("The signed head of the evidence")
struct EvidenceHeadTests {
    static let start = Instant(milliseconds: 1_777_600_000_000)

    /// A store with some rows, a key with its certificate, and a signer over them.
    private final class Scene {
        let folder: TemporaryDirectory
        let store: SQLiteStore
        /// A day after the certificates are made, which openssl dates by the system's clock: however late it comes to run.
        let clock = ManualClock(SystemClock().now() + .seconds(86_400))
        var signing: EvidenceSigning

        init(_ algorithm: [String], isSM2: Bool = false) async throws {
            folder = try TemporaryDirectory()
            store = try SQLiteStore.open(path: folder.file("store.sqlite"))
            try await ChildProcess.run(["openssl", "genpkey"] + algorithm + ["-out", folder.file("key.pem")])
            try await ChildProcess.run(
                [
                    "openssl", "req", "-x509", "-key", folder.file("key.pem"), "-subj", "/CN=evidence", "-days", "30000", "-out",
                    folder.file("certificate.pem"),
                ]
                    + (isSM2 ? ["-sm3", "-sigopt", "distid:1234567812345678"] : ["-sha256"]))
            signing = EvidenceSigning(
                key: try folder.read("key.pem"), certificatePath: folder.file("certificate.pem"), interval: .seconds(3600),
                filePath: folder.file("head.json"), historyPath: folder.file("heads.jsonl"),
                position: SourcePosition(line: 1, column: 1))
        }

        func record(_ count: Int) async throws {
            for number in 0..<count {
                let content = Array("{\"event\":\"row \(number)\"}".utf8)
                try await store.record(EvidenceEntry(at: clock.now(), messageID: nil, content: content))
            }
        }

        func sign() async throws {
            try await EvidenceHeadSigner(gateway: "测试 gateway", signing: signing, store: store, clock: clock).sign()
        }

        func head(_ bytes: [UInt8]? = nil) throws -> SignedEvidenceHead {
            let bytes = try bytes ?? folder.read("head.json")
            let time = clock.now()
            return try SignedEvidenceHead(json: bytes, source: "head.json") { $0 == time.description ? time : nil }
        }

        func fault(_ head: SignedEvidenceHead) throws -> String? {
            try head.signatureFault(certificate: try folder.read("certificate.pem"), source: "certificate.pem")
        }
    }

    static let rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    static let p256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    static let sm2 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"]

    @Test("holds rows, digest and time; the openssl program finds its signature good", arguments: [rsa, p256, sm2])
    func foreign(_ algorithm: [String]) async throws {
        let isSM2 = algorithm == Self.sm2
        let scene = try await Scene(algorithm, isSM2: isSM2)
        try await scene.record(7)
        try await scene.sign()
        let verdict = try await scene.store.verifyEvidence()
        let head = try scene.head()
        #expect(head.head == EvidenceHead(sequence: 7, digest: verdict.lastDigest) && head.gateway == "测试 gateway")
        #expect(try scene.fault(head) == nil)

        // The text is put together here from the file's members, as the documentation says, not by the product.
        let json = try JSONValue(parsing: try scene.folder.read("head.json"))
        func member(_ name: String) throws -> String { try #require(json[name]?.string ?? json[name]?.number) }
        let text =
            try "tenderbridge-evidence-head/1\ngateway: \(member("gateway"))\nrows: \(member("rows"))\n"
            + "digest: sm3:\(member("digest"))\ntime: \(member("time"))\nalgorithm: \(member("algorithm"))\n"
            + "certificate: sha256:\(member("certificateSha256"))\n"
        try scene.folder.write("text", text)
        try scene.folder.write("signature", try #require(Base64.decode(try member("signature").utf8)))
        let file = scene.folder.file
        try await ChildProcess.run([
            "sh", "-c", "openssl x509 -in \"$1\" -pubkey -noout > \"$2\"", "sh", file("certificate.pem"), file("public.pem"),
        ])
        let how = isSM2 ? ["-sm3", "-sigopt", "distid:1234567812345678"] : ["-sha256"]
        let verified = try await ChildProcess.run(
            ["openssl", "dgst"] + how + ["-verify", file("public.pem"), "-signature", file("signature"), file("text")])
        #expect(verified.contains("Verified OK"))
        let fingerprint = try await ChildProcess.run([
            "openssl", "x509", "-in", file("certificate.pem"), "-noout", "-fingerprint", "-sha256",
        ])
        #expect(try fingerprint.first?.replacing(":", with: "").lowercased().hasSuffix(member("certificateSha256")) == true)
        await scene.store.close()
    }

    @Test("with any member changed, or another certificate, the signature is not good")
    func changed() async throws {
        let scene = try await Scene(Self.p256)
        try await scene.record(2)
        try await scene.sign()
        let good = try scene.head()
        #expect(try scene.fault(good) == nil)
        var heads = [good, good, good, good, good, good, good]
        heads[0].head.sequence = 1
        heads[1].head.digest[5] ^= 1
        heads[2].gateway = "another"
        heads[3].time = good.time + .seconds(1)
        heads[4].algorithm = "SM2-with-SM3"
        heads[5].signature[10] ^= 1
        heads[6].signature = []
        for head in heads { #expect(try scene.fault(head) != nil, "\(head)") }
        let other = try await Scene(Self.p256)
        #expect(try other.fault(good)?.contains("another certificate") == true)
        var late = good
        late.time = Instant(year: 2190, month: 1, day: 1)
        #expect(try scene.fault(late) != nil)
        await scene.store.close()
        await other.store.close()
    }

    @Test("is replaced whole, appended to the history, and stays as it was when the disk takes nothing")
    func files() async throws {
        let scene = try await Scene(Self.p256)
        try await scene.sign()
        #expect(try JSONValue(parsing: try scene.folder.read("head.json"))["rows"]?.integer == 0)
        try await scene.record(3)
        try await scene.sign()
        let before = try scene.folder.read("head.json")
        let history = String(decoding: try scene.folder.read("heads.jsonl"), as: UTF8.self).split(separator: "\n")
        #expect(history.count == 2 && Array((history[1] + "\n").utf8) == before)
        try await scene.record(1)
        // A folder in the place of the temporary file: it cannot be written.
        try scene.folder.makeDirectory("head.json.new")
        var failed = false
        do { try await scene.sign() } catch { failed = true }
        #expect(failed)
        #expect(try scene.folder.read("head.json") == before)
        await scene.store.close()
    }

    @Test("a key that does not belong to the certificate, or is none, is found before the start")
    func keys() async throws {
        let (scene, other) = (try await Scene(Self.p256), try await Scene(Self.rsa))
        func isRefused(_ signing: EvidenceSigning) -> Bool { (try? EvidenceHeadSigner.certificate(of: signing)) == nil }
        #expect(!isRefused(scene.signing))
        var signing = scene.signing
        signing.key = other.signing.key
        #expect(isRefused(signing))
        signing.key = Array("no key".utf8)
        #expect(isRefused(signing))
        signing = scene.signing
        signing.certificatePath = "/nowhere.pem"
        #expect(isRefused(signing))
        try await ChildProcess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", scene.folder.file("ed.pem")])
        signing = scene.signing
        signing.key = try scene.folder.read("ed.pem")
        #expect(isRefused(signing))
        await scene.store.close()
        await other.store.close()
    }

    @Test(
        "a file that is no signed head is refused with a reason",
        arguments: [
            "", "{", "[]", "{}", "{\"format\":\"tenderbridge-evidence-head/2\"}", "{\"format\":\"tenderbridge-evidence-head/1\"}",
        ])
    func unreadable(_ text: String) {
        #expect(throws: GatewayError.self) {
            try SignedEvidenceHead(json: Array(text.utf8), source: "head.json") { _ in Self.start }
        }
    }
}
