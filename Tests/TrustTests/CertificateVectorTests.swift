import ExchangeModel
import Testing

@testable import Trust

/// Real certificates; expectations are those of the vectors' own list of sources.
@Suite(.enabled(if: Vectors.isThere, "TENDERBRIDGE_VECTORS is unset")) struct CertificateVectorTests {
    let now = Instant(year: 2026, month: 6, day: 1)

    private func run(
        _ leaf: String, untrusted: [String] = [], anchors: [String] = [], at time: Instant? = nil
    ) throws -> TrustReport {
        try CertificateVerification.run(
            leaf: Vectors.bytes(leaf), fileName: leaf, untrusted: untrusted.map(Vectors.bytes),
            anchors: anchors.map(Vectors.bytes),
            at: time ?? now)
    }

    @Test func threeLevelsVerifyWithTheIdOnEveryCertificate() throws {
        let report = try run("certs/tongsuo-server_sign.pem", untrusted: ["certs/tongsuo-chain-ca.pem"])
        #expect(report.all("certificate.chain.signature").count == 3)
        #expect(report.passed("certificate.chain.signature"))
        #expect(report.passed("certificate.chain.found"))
        #expect(report.passed("certificate.chain.constraints"))
        #expect(report.passed("certificate.chain.validity"))
        #expect(report.mainIndication == .indeterminate)
        #expect(report.subIndication == .trustListUnavailable)
        #expect(report.exitCode == 1)
    }

    @Test func aGivenAnchorLeavesRevocationOpen() throws {
        let report = try run("certs/tongsuo-server_sign.pem", anchors: ["certs/tongsuo-chain-ca.pem"])
        #expect(report.passed("certificate.chain.signature"))
        #expect(report.subIndication == .tryLater)
    }

    @Test func anAnchorOfAnotherChainIsNoAnchor() throws {
        let report = try run(
            "certs/tongsuo-server_sign.pem", untrusted: ["certs/tongsuo-chain-ca.pem"], anchors: ["certs/nrcac-ROOTCA.pem"])
        #expect(report.subIndication == .noCertificateChainFound)
    }

    @Test func aSignatureWithoutZIsRefusedEvenAsAnchor() throws {
        for anchors in [[], ["certs/tongsuo-sm2-noza-cert.pem"]] {
            let report = try run("certs/tongsuo-sm2-noza-cert.pem", anchors: anchors)
            #expect(report.all("certificate.chain.signature").map(\.verdict) == [.failed])
            #expect(report.mainIndication == .indeterminate)
            #expect(report.subIndication == .certificateChainGeneralFailure)
        }
    }

    @Test func aGoodRootIsLeftToTheTrustListAndPassesAsAnchor() throws {
        for root in ["certs/tongsuo-sm2-root-cert.pem", "certs/nrcac-ROOTCA.pem"] {
            #expect(try run(root).subIndication == .trustListUnavailable)
            let anchored = try run(root, anchors: [root])
            #expect(anchored.mainIndication == .totalPassed)
            #expect(anchored.exitCode == 0)
        }
    }

    @Test func anExpiredCertificateWithAGoodSignatureIsOutOfBounds() throws {
        let expired = "certs/tongsuo-client_sign_expire.pem"
        let report = try run(expired, untrusted: ["certs/tongsuo-chain-ca.pem"])
        #expect(report.passed("certificate.chain.signature"))
        #expect(report.subIndication == .outOfBoundsNoPOE)
        // At a time inside its own validity its authority did not exist yet.
        let then = try run(expired, untrusted: ["certs/tongsuo-chain-ca.pem"], at: Instant(year: 2000, month: 6, day: 1))
        #expect(then.subIndication == .outOfBoundsNoPOE)
    }

    @Test func withoutTheAuthorityThereIsNoChain() throws {
        #expect(try run("certs/tongsuo-server_sign.pem").subIndication == .noCertificateChainFound)
    }

    @Test func everyPublishedSubordinateVerifiesToTheNationalRoot() throws {
        let files = try #require(Vectors.folder).appending("/trust/certs")
        let names = try Self.names(in: files).filter {
            $0.hasPrefix("nrcac-") && $0.hasSuffix(".pem") && !$0.contains("ROOTCA") || $0.hasPrefix("ca-")
        }
        #expect(names.count == 41)
        for name in names {
            let report = try run("certs/\(name)", untrusted: ["certs/nrcac-ROOTCA.pem"])
            #expect(report.all("certificate.chain.signature").count == 2, "\(name)")
            #expect(report.passed("certificate.chain.signature"), "\(name)")
            #expect(report.passed("certificate.chain.constraints"), "\(name)")
            #expect(report.subIndication == .trustListUnavailable, "\(name)")
        }
    }

    @Test func aFlippedBitAnywhereInTheSignedPartNeverVerifies() throws {
        let leaf = try #require(CertificateReading.encoded(in: Vectors.bytes("certs/nrcac-53-yunnan-ynca.pem"))?.first)
        let root = try Vectors.bytes("certs/nrcac-ROOTCA.pem")
        for position in stride(from: 4, to: leaf.count, by: 7) {
            var bytes = leaf
            bytes[position] ^= 1 << UInt8(position % 8)
            let report = try CertificateVerification.run(leaf: bytes, anchors: [root], at: now)
            let subs: [SubIndication] = [
                .formatFailure, .certificateChainGeneralFailure, .noCertificateChainFound, .cryptoConstraintsFailure,
            ]
            #expect(
                report.subIndication.map(subs.contains) == true,
                "bit at \(position): \(report.subIndication?.rawValue ?? "passed")")
        }
    }

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
}

import class Foundation.FileManager
