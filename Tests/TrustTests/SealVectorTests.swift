import Archive
import ExchangeModel
import Testing

@testable import Trust

/// Real seals and sealed documents; expectations are those of the vectors' own list of sources.
@Suite(.enabled(if: Vectors.isThere, "TENDERBRIDGE_VECTORS is unset")) struct SealVectorTests {
    let now = Instant(year: 2026, month: 6, day: 1)
    static let layers = ["binding.data-hash", "seal.signature", "signer.in-seal", "signer.signature"]

    private func run(
        _ path: String, content: [UInt8]? = nil, untrusted: [String] = [], anchors: [String] = [], at time: Instant? = nil
    ) throws -> TrustReport {
        try SealVerification.run(
            file: Vectors.bytes(path), fileName: path, content: content, untrusted: untrusted.map(Vectors.bytes),
            anchors: anchors.map(Vectors.bytes), at: time ?? now)
    }

    @Test(arguments: [("v4signed", 13), ("SignScaleError", 7), ("999", 20), ("V4RideRight", 9)])
    func everyLayerOfAGoodSealedDocumentPasses(name: String, references: Int) throws {
        let report = try run("ofd/ofdrw-\(name).ofd")
        #expect(report.kind == .ofd)
        #expect(report.sections.count == 1)
        #expect(report.all("binding.references").first?.number("matched") == references)
        #expect(report.all("binding.references").first?.number("total") == references)
        #expect(report.passed("binding.references"))
        for layer in Self.layers { #expect(report.passed(layer), "\(layer)") }
        #expect(report.mainIndication == .indeterminate)
        #expect(report.subIndication == .noCertificateChainFound)
        #expect(report.exitCode == 1)
        #expect(report.passed("binding.seal-file") == (name == "V4RideRight"))
    }

    @Test func whatIsNotCoveredIsNamed() throws {
        #expect(try run("ofd/ofdrw-v4signed.ofd").passed("binding.coverage"))
        let open = try run("ofd/ofdrw-999.ofd").all("binding.coverage")
        #expect(open.first?.subIndication == .coverageIncomplete)
        #expect(open.first?.list("uncovered") == ["OFD.xml"])
        let missing = try run("ofd/ofdrw-V4RideRight.ofd").all("binding.coverage")
        #expect(missing.first?.verdict == .warning)
        #expect(missing.first?.list("missing") == ["Doc_0/PublicRes.xml"])
    }

    @Test func aChangedDocumentFailsByItsFileName() throws {
        let report = try run("ofd/ofdrw-invoice-sample.ofd")
        #expect(report.mainIndication == .totalFailed)
        #expect(report.subIndication == .hashFailure)
        let references = try #require(report.all("binding.references").first)
        #expect(references.number("matched") == 12)
        #expect(references.number("total") == 13)
        #expect(references.list("differing") == ["Doc_0/Document.xml"])
        #expect(references.text.contains("Doc_0/Document.xml"))
        for layer in Self.layers { #expect(report.passed(layer), "\(layer)") }
    }

    @Test func twoSignaturesOfSignedDataPassInTheirLayers() throws {
        let report = try run("ofd/ofdrw-testImageNotFound.ofd")
        #expect(report.sections.count == 2)
        #expect(report.all("binding.references").map { $0.number("matched") } == [14, 19])
        #expect(report.passed("binding.references"))
        #expect(report.passed("signer.message-digest"))
        #expect(report.passed("signer.signature"))
        #expect(report.subIndication == .noCertificateChainFound)
    }

    @Test func theSignersChainReachesTheNationalRootAtTheClaimedTime() throws {
        let untrusted = ["certs/nrcac-53-yunnan-ynca.pem", "certs/nrcac-ROOTCA.pem"]
        let file = "ofd/ofdrw-testImageNotFound.ofd"
        let then = try run(file, untrusted: untrusted, at: Instant(year: 2022, month: 11, day: 1, hour: 12))
        #expect(then.all("signer.chain.signature").count == 6)
        #expect(then.passed("signer.chain.signature"))
        #expect(then.passed("signer.chain.constraints"))
        #expect(then.passed("signer.chain.validity"))
        #expect(then.sections.last?.subIndication == .trustListUnavailable)
        // The first signature does not protect the list of annotations.
        #expect(then.sections.first?.subIndication == .coverageIncomplete)
        #expect(
            then.sections.first?.checks.first { $0.key == "binding.coverage" }?.list("uncovered") == [
                "Doc_0/Annots/Annotations.xml"
            ])
        let today = try run(file, untrusted: untrusted)
        #expect(today.subIndication == .outOfBoundsNoPOE)
        let anchored = try run(
            file, untrusted: untrusted, anchors: ["certs/nrcac-ROOTCA.pem"], at: Instant(year: 2022, month: 11, day: 1, hour: 12))
        #expect(anchored.sections.last?.subIndication == .tryLater)
    }

    @Test(arguments: [("UserV1.esl", "v1"), ("UserV4.esl", "v4"), ("UserV5.esl", "v5"), ("UserV5_ts.esl", "v5")])
    func sealsAloneVerifyByTheRuleOfTheirVersion(name: String, layout: String) throws {
        let report = try run("ses/\(name)")
        #expect(report.kind == .seal)
        #expect(report.passed("seal.signature"))
        #expect(report.passed("seal.form"))
        let seal = try SESSeal(DERReader.only(Vectors.bytes("ses/\(name)")[...], rule: .definite, tag: 0x30, "SESeal"))
        #expect(seal.layout.rawValue == layout)
        #expect(report.mainIndication == .indeterminate)
    }

    @Test func aSignatureWithoutItsContentIsNotJudgedAndTheZeroHashMatchesNothing() throws {
        let alone = try run("ses/SignedValueV4.dat")
        #expect(alone.kind == .sealSignature)
        for layer in ["seal.signature", "signer.signature", "signer.in-seal"] { #expect(alone.passed(layer), "\(layer)") }
        #expect(alone.subIndication == .signedDataNotFound)
        for content in [[UInt8](), [UInt8](repeating: 0, count: 32)] {
            #expect(try run("ses/SignedValueV4.dat", content: content).subIndication == .hashFailure)
        }
    }

    @Test func aRealTimeStampTokenIsSignedDataOfItsAuthority() throws {
        let report = try run(
            "ts/bjca-sm2-token-2018.der", untrusted: ["certs/nrcac-11-beijing-bjca.pem", "certs/nrcac-ROOTCA.pem"])
        #expect(report.kind == .signedData)
        #expect(report.passed("signer.message-digest"))
        #expect(report.passed("signer.signature"))
        #expect(report.passed("signer.chain.signature"))
        #expect(report.all("signer.chain.signature").count == 3)
        #expect(report.subIndication == .trustListUnavailable)
    }

    /// The files of a real package, changed, in a new package.
    private func changed(_ path: String, _ file: String, _ change: (inout [UInt8]) -> Void) throws -> TrustReport {
        var files = try ZIPPackage(Vectors.bytes(path)).entries.map { (name: $0.name, content: $0.bytes) }
        let index = try #require(files.firstIndex { $0.name == file })
        change(&files[index].content)
        return try SealVerification.run(file: StoredZIP.bytes(files), fileName: path, at: now)
    }

    @Test func oneBitAnywhereInARealDocumentIsFound() throws {
        let path = "ofd/ofdrw-v4signed.ofd"
        let folder = "Doc_0/Signs/Sign_0"
        let value = try #require(ZIPPackage(Vectors.bytes(path))["\(folder)/SignedValue.dat"])
        #expect(try changed(path, "OFD.xml") { _ in }.subIndication == .noCertificateChainFound)
        let page = try changed(path, "Doc_0/Pages/Page_0/Content.xml") { $0[$0.count / 2] ^= 1 }
        #expect(page.subIndication == .hashFailure)
        #expect(page.all("binding.references").first?.list("differing") == ["Doc_0/Pages/Page_0/Content.xml"])
        let description = try changed(path, "\(folder)/Signature.xml") { $0.append(0x20) }
        #expect(description.all("binding.data-hash").map(\.verdict) == [.failed])
        #expect(description.subIndication == .hashFailure)
        let seal = try SESSignature(value[...]).seal
        guard case .certificates(let holders) = seal.holders, let holder = holders.first else {
            throw Vectors.MissingVector(path: path)
        }
        for (part, position) in [("picture", 2600), ("esID", 40), ("certificate list", holder.startIndex + 60)] {
            let report = try changed(path, "\(folder)/SignedValue.dat") { $0[position] ^= 1 }
            #expect(report.subIndication == .signatureCryptoFailure, "\(part)")
            #expect(report.all("seal.signature").map(\.verdict) == [.failed], "\(part)")
            #expect(report.passed("signer.in-seal") == (part != "certificate list"), "\(part)")
        }
        let signature = try changed(path, "\(folder)/SignedValue.dat") { $0[$0.count - 5] ^= 1 }
        #expect(signature.subIndication == .signatureCryptoFailure)
        #expect(signature.passed("seal.signature"))
    }

    @Test func theValueOfAnotherDocumentIsFound() throws {
        let other = try #require(ZIPPackage(Vectors.bytes("ofd/ofdrw-999.ofd"))["Doc_0/Signs/Sign_0/SignedValue.dat"])
        let report = try changed("ofd/ofdrw-v4signed.ofd", "Doc_0/Signs/Sign_0/SignedValue.dat") { $0 = other }
        #expect(report.subIndication == .hashFailure)
        #expect(report.passed("signer.signature"))
    }

    @Test func aRealValueMayBeRawButNotPadded() throws {
        let path = "ofd/ofdrw-v4signed.ofd"
        let file = "Doc_0/Signs/Sign_0/SignedValue.dat"
        let value = try #require(ZIPPackage(Vectors.bytes(path))[file])
        let signature = try SESSignature(value[...])
        func rebuilt(_ change: ([UInt8]) -> [UInt8]) throws -> TrustReport {
            let bytes = DERBuilder.sequence(
                signature.signedBytes, DERBuilder.octets(Array(signature.signerCertificate)),
                DERBuilder.oid("1.2.156.10197.1.501"),
                DERBuilder.bits(change(Array(signature.signatureValue))))
            return try changed(path, file) { $0 = bytes }
        }
        #expect(try rebuilt { $0 }.passed("signer.signature"))
        #expect(try rebuilt(SealTests.raw).passed("signer.signature"))
        let padded = try rebuilt { value in
            let pair = SealTests.raw(value)
            return DERBuilder.sequence(DERBuilder.tlv(0x02, [0, 0] + pair[..<32]), DERBuilder.tlv(0x02, [0] + pair[32...]))
        }
        #expect(padded.subIndication == .signatureCryptoFailure)
    }

    @Test func theSameInputAndTimeGiveTheSameBytes() throws {
        for path in ["ofd/ofdrw-999.ofd", "ofd/ofdrw-testImageNotFound.ofd", "ofd/ofdrw-invoice-sample.ofd", "ses/UserV1.esl"] {
            let one = try run(path)
            let two = try run(path)
            #expect(one.json == two.json)
            #expect(one.text(language: .chinese) == two.text(language: .chinese))
            #expect(
                String(decoding: one.json, as: UTF8.self).contains(
                    "\"subIndication\":\"\(try #require(one.subIndication).rawValue)\""))
        }
    }
}
