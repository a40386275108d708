internal import Cryptography
public import ExchangeModel
internal import JSON
public import Store

/// The head of the evidence at a moment, signed: whoever keeps a copy elsewhere can prove later that no row up to it was
/// changed, replaced or cut off.
///
/// What is signed is a text of seven lines, each ended by a line feed:
///
///     tenderbridge-evidence-head/1
///     gateway: NAME
///     rows: NUMBER
///     digest: sm3:64 HEXADECIMAL DIGITS
///     time: RFC 3339 IN UTC WITH MILLISECONDS
///     algorithm: SM2-with-SM3 | RSA-PKCS1-SHA256 | ECDSA-SHA256
///     certificate: sha256:64 HEXADECIMAL DIGITS OF THE CERTIFICATE'S DER
///
/// The file is a JSON object with the members `format`, `gateway`, `rows`, `digest`, `time`, `algorithm`, `certificateSha256`
/// and `signature` (base64; DER for SM2 and ECDSA).
public struct SignedEvidenceHead: Sendable, Hashable {
    /// Which gateway.
    public var gateway: String
    /// Number of rows, and the digest of the last one.
    public var head: EvidenceHead
    /// When it was signed.
    public var time: Instant
    /// How it was signed.
    public var algorithm: String
    /// SHA-256 of the signer's certificate, hexadecimal.
    public var certificateDigest: String
    /// The signature's value.
    public var signature: [UInt8]

    static let format = "tenderbridge-evidence-head/1"
    /// Largest file read.
    public static let fileBytesMax = 64 << 10

    /// The bytes that are signed.
    public var signedText: [UInt8] {
        Array(
            """
            \(Self.format)
            gateway: \(gateway)
            rows: \(head.sequence)
            digest: sm3:\(Hex.encode(head.digest))
            time: \(time)
            algorithm: \(algorithm)
            certificate: sha256:\(certificateDigest)

            """.utf8)
    }

    /// The file's content in one line.
    public var json: [UInt8] {
        JSONWriter.bytes { json in
            json.beginObject()
            json.member("format", Self.format)
            json.member("gateway", gateway)
            json.member("rows", head.sequence)
            json.member("digest", Hex.encode(head.digest))
            json.member("time", time.description)
            json.member("algorithm", algorithm)
            json.member("certificateSha256", certificateDigest)
            json.member("signature", Base64.encode(signature))
            json.endObject()
        } + [0x0A]
    }

    init(
        gateway: String, head: EvidenceHead, time: Instant, algorithm: String, certificateDigest: String, signature: [UInt8] = []
    ) {
        self.gateway = gateway
        self.head = head
        self.time = time
        self.algorithm = algorithm
        self.certificateDigest = certificateDigest
        self.signature = signature
    }

    /// Reads a file's content. Throws `.configuration`-free `.usage` with the reason: a person named the file.
    ///
    /// - Parameter parseTime: reads RFC 3339, as the command line does.
    public init(
        json bytes: [UInt8], source: String, parseTime: (String) -> Instant?
    ) throws(GatewayError) {
        func refused(_ happened: String) -> GatewayError {
            GatewayError(
                .usage, attempted: "read the signed head", subject: source, happened: happened,
                remedy: "name a file that the gateway wrote under evidence.sign.file")
        }
        guard let value = try? JSONValue(parsing: bytes) else { throw refused("it is no JSON") }
        guard value["format"]?.string == Self.format else { throw refused("its format is not \(Self.format)") }
        guard let gateway = value["gateway"]?.string, let rows = value["rows"]?.integer, rows >= 0,
            let digest = (value["digest"]?.string).flatMap({ Hex.decode($0.utf8) }), digest.count == 32,
            let time = (value["time"]?.string).flatMap(parseTime), let algorithm = value["algorithm"]?.string,
            let certificate = value["certificateSha256"]?.string,
            let signature = (value["signature"]?.string).flatMap({ Base64.decode($0.utf8) })
        else { throw refused("a member is missing or of the wrong kind") }
        self.init(
            gateway: gateway, head: EvidenceHead(sequence: Int64(rows), digest: digest), time: time, algorithm: algorithm,
            certificateDigest: certificate, signature: signature)
    }

    /// Why the signature is not good; nil when it is.
    ///
    /// - Parameter certificate: PEM; whoever verifies must have it from elsewhere than the gateway's machine.
    public func signatureFault(certificate pem: [UInt8], source: String) throws(GatewayError) -> String? {
        let facts = try PEMCertificate(pem: pem, source: source)
        guard Hex.encode(SHA256.digest(facts.der)) == certificateDigest else {
            return "it was signed with another certificate (SHA-256 \(certificateDigest))"
        }
        guard let certificate = try? Certificate(der: facts.der), let key = certificate.publicKey(),
            let algorithm = SigningAlgorithm(certificate.keyKind)
        else { return "the certificate's key is no SM2, RSA or EC key" }
        guard algorithm.rawValue == self.algorithm else {
            return "it names the algorithm \(self.algorithm), and the certificate's key signs with \(algorithm.rawValue)"
        }
        guard key.verify(signedText, signature: signature, digest: algorithm.digest) else {
            return "the signature does not fit the text: the file was changed, or another key signed it"
        }
        guard facts.notBefore <= time, time <= facts.notAfter else {
            return "the certificate is not valid at the time of the signature (\(facts.notBefore) to \(facts.notAfter))"
        }
        return nil
    }
}
