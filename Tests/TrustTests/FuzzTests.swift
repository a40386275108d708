import ExchangeModel
import Glibc
import Testing

@testable import Trust

/// Random damage to every structure read: an answer each time, never a crash, never a pass.
@Suite(.enabled(if: SM2Material.isThere, "the openssl command is missing")) struct FuzzTests {
    let now = Instant(year: 2030, month: 6, day: 1)
    let material: SM2Material

    init() throws { material = try SM2Material.shared.get() }

    /// Mutates bytes: flips, replaces, inserts, removes, cuts.
    private func mutate(_ whole: [UInt8], _ random: inout MutationRandom) -> [UInt8] {
        var bytes = whole
        for _ in 0...Int.random(in: 0..<3, using: &random) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[position] = [0x00, 0x7F, 0x80, 0x84, 0xFF, 0x30, 0x1F].randomElement(using: &random) ?? 0
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
            case 3: bytes.remove(at: position)
            case 4: bytes = Array(bytes[..<position])
            default: bytes.replaceSubrange(position..<min(bytes.count, position + 8), with: bytes[..<min(8, position)])
            }
        }
        return bytes
    }

    private func run(_ name: String, _ seed: [UInt8], rounds: Int, verify: ([UInt8]) throws -> TrustReport) rethrows {
        let start = getenv("TENDERBRIDGE_SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: .min ... .max)
        print("\(name) mutation seed \(start)")
        var random = MutationRandom(state: start)
        for _ in 0..<rounds {
            let report = try verify(mutate(seed, &random))
            #expect(report.mainIndication != .totalPassed)
            #expect(report.text(language: .chinese).isEmpty == false)
        }
    }

    private func verify(_ bytes: [UInt8]) throws -> TrustReport {
        try SealVerification.run(file: bytes, fileName: "t", content: [1], anchors: [material.root], at: now)
    }

    @Test(arguments: [1, 4, 5]) func sealSignatures(layout: Int) throws {
        var maker = SealMaker(material)
        maker.layout = layout
        let value = try maker.signature(over: [1])
        try run("seal signature v\(layout)", value, rounds: 500, verify: verify)
        try run("seal v\(layout)", try maker.seal(), rounds: 300, verify: verify)
    }

    @Test func documents() throws {
        let ofd = OFDMaker()
        let value = try SealMaker(material).signature(over: ofd.description())
        try run("document", ofd.package(value: value), rounds: 500, verify: verify)
        // Damage behind the package's own checksums reaches the readers inside.
        for target in [
            "OFD.xml", "Doc_0/Document.xml", "Doc_0/Signs/Signatures.xml", OFDMaker.path, "Doc_0/Signs/Sign_0/SignedValue.dat",
        ] {
            var files: [(name: String, content: [UInt8])] = []
            _ = ofd.package(value: value) { files = $0 }
            let index = try #require(files.firstIndex { $0.name == target })
            try run(target, files[index].content, rounds: 200) { content in
                var changed = files
                changed[index].content = content
                return try verify(StoredZIP.bytes(changed))
            }
        }
    }

    @Test func certificates() throws {
        try run("certificate", material.holder, rounds: 500) { bytes in
            try CertificateVerification.run(leaf: bytes, anchors: [material.root], at: now)
        }
    }

    @Test func everyCutOfASealIsAFormatFailure() throws {
        let seal = try SealMaker(material).seal()
        for count in stride(from: 0, to: seal.count, by: 3) {
            #expect(try verify(Array(seal[..<count])).subIndication == .formatFailure)
        }
    }

    @Test func deepNestingEndsAtTheLimit() throws {
        var bytes: [UInt8] = []
        for _ in 0..<5000 { bytes = bytes.count < 60_000 ? DERBuilder.tlv(0x30, bytes) : bytes }
        #expect(try verify(bytes).subIndication == .formatFailure)
        #expect(throws: DERFault.self) { try DERReader.requireStrict(bytes, "t") }
    }
}
