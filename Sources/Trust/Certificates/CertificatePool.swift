internal import Cryptography

/// The certificates that verification may use: those handed over, none fetched. Unreadable ones are counted, not used.
struct CertificatePool {
    /// Most certificates taken from one input; more are ignored with a warning, so that hostile input cannot make the
    /// search long.
    static let certificatesMax = 64

    private(set) var certificates: [Certificate] = []
    /// How many could not be read, or were too many.
    private(set) var ignored = 0

    init(_ encoded: [[UInt8]] = []) { for der in encoded { add(der: der) } }

    mutating func add(der: [UInt8]) {
        guard certificates.count < Self.certificatesMax, let read = try? CertificateReading.read(der).get() else {
            ignored += 1
            return
        }
        add(read)
    }

    mutating func add(_ certificate: Certificate) {
        if !contains(certificate) { certificates.append(certificate) }
    }

    func contains(_ certificate: Certificate) -> Bool { certificates.contains { $0.der == certificate.der } }
}

/// Certificates from foreign bytes: strict in form first, then read by OpenSSL, then kept.
enum CertificateReading {
    /// One cache for the process: authorities and seal makers come again and again.
    private static let cache = CertificateCache()

    /// Why bytes are no certificate for us.
    enum Refusal: Error {
        case form(DERFault)
        case unreadable(String)

        var text: String {
            switch self {
            case .form(let fault): fault.text
            case .unreadable(let reason): reason
            }
        }

        var textZH: String {
            switch self {
            case .form(let fault): fault.textZH
            case .unreadable(let reason): "OpenSSL 无法读取（\(reason)）"
            }
        }
    }

    static func read(_ der: [UInt8]) -> Result<Certificate, Refusal> {
        guard der.count <= Certificate.bytesMax else { return .failure(.form(DERFault(.overLimit, "certificate"))) }
        do { try DERReader.requireStrict(der, "certificate") } catch { return .failure(.form(error)) }
        do { return .success(try cache.certificate(der: der)) } catch { return .failure(.unreadable(error.reason)) }
    }

    /// The DER of every certificate in a file: PEM blocks, or the bytes themselves. Nil for a broken PEM text or none.
    static func encoded(in file: [UInt8]) -> [[UInt8]]? {
        if file.first == DERTag.sequence { return [file] }
        guard let blocks = PEMText.blocks(of: "CERTIFICATE", in: file), !blocks.isEmpty else { return nil }
        return blocks
    }
}
