import Cryptography
import ExchangeModel
import Testing

@testable import Trust

/// Packages and signed data made here: what is protected, what is shown, what has no place in a document.
@Suite(.enabled(if: SM2Material.isThere, "the openssl command is missing")) struct DocumentTests {
    typealias B = DERBuilder
    let now = Instant(year: 2030, month: 6, day: 1)
    let material: SM2Material

    init() throws { material = try SM2Material.shared.get() }

    private func verify(
        _ ofd: OFDMaker, value: [UInt8]? = nil, change: (inout [(name: String, content: [UInt8])]) -> Void = { _ in }
    ) throws -> TrustReport {
        let value = try value ?? SealMaker(material).signature(over: ofd.description())
        return try SealVerification.run(
            file: ofd.package(value: value, change: change), fileName: "t", anchors: [material.root], at: now)
    }

    @Test func whatAReaderShowsMustBeProtected() throws {
        var ofd = OFDMaker()
        ofd.unprotected = ["Doc_0/Pages/P.xml"]
        let page = try verify(ofd)
        #expect(page.subIndication == .coverageIncomplete)
        #expect(page.all("binding.coverage").first?.list("uncovered") == ["Doc_0/Pages/P.xml"])
        ofd.unprotected = ["OFD.xml"]
        #expect(try verify(ofd).subIndication == .coverageIncomplete)
    }

    @Test func aFileAddedLaterIsSeenHoweverItIsNamed() throws {
        // Nothing leads to it: shown by no reader, a warning.
        let stray = try verify(OFDMaker()) { $0.append(("Doc_0/Pages/Q.xml", [0x20])) }
        #expect(stray.subIndication == .tryLater)
        #expect(stray.all("binding.coverage").first?.list("unreferenced") == ["Doc_0/Pages/Q.xml"])
        // The same name in other letters: some reader may show it instead of the protected one.
        let shadow = try verify(OFDMaker()) { $0.append(("Doc_0/pages/p.xml", Array("<Page/>".utf8))) }
        #expect(shadow.subIndication == .coverageIncomplete)
        // A location that led nowhere when it was signed.
        var ofd = OFDMaker()
        ofd.files[1].content = Array(
            "<Document><CommonData><PublicRes>R.xml</PublicRes></CommonData><Pages><Page BaseLoc=\"Pages/P.xml\"/></Pages></Document>"
                .utf8)
        #expect(try verify(ofd).all("binding.coverage").first?.list("missing") == ["Doc_0/R.xml"])
        let filled = try verify(ofd) { $0.append(("Doc_0/R.xml", Array("<Res/>".utf8))) }
        #expect(filled.subIndication == .coverageIncomplete)
    }

    @Test func resourcesAnnotationsAndAttachmentsAreFollowed() throws {
        var ofd = OFDMaker()
        ofd.files[1].content = Array(
            """
            <Document><CommonData><PublicRes>R.xml</PublicRes><TemplatePage BaseLoc="T/T.xml"/></CommonData>\
            <Pages><Page BaseLoc="Pages/P.xml"/></Pages><Annotations>A/A.xml</Annotations><Attachments>/X.xml</Attachments></Document>
            """.utf8)
        let more = [
            (
                "Doc_0/R.xml",
                "<Res BaseLoc=\"Res\"><MultiMedias><MultiMedia><MediaFile>i.png</MediaFile></MultiMedia></MultiMedias></Res>"
            ),
            ("Doc_0/Res/i.png", "p"), ("Doc_0/T/T.xml", "<Page><PageRes>P.xml</PageRes></Page>"), ("Doc_0/T/P.xml", "<Res/>"),
            ("Doc_0/A/A.xml", "<Annotations><Page><FileLoc>P/N.xml</FileLoc></Page></Annotations>"), ("Doc_0/A/P/N.xml", "n"),
            ("X.xml", "<Attachments><Attachment><FileLoc>f.bin</FileLoc></Attachment></Attachments>"), ("f.bin", "b"),
        ]
        for file in more { ofd.files.append((file.0, Array(file.1.utf8))) }
        #expect(try verify(ofd).passed("binding.coverage"))
        for file in more {
            ofd.unprotected = [file.0]
            #expect(try verify(ofd).all("binding.coverage").first?.list("uncovered") == [file.0])
        }
    }

    @Test(arguments: [nil, "MD5", "1.2.156.10197.1.401.2", "1.3.14.3.2.26", ""]) func weakDigestsNeverPass(method: String?) throws
    {
        var ofd = OFDMaker()
        ofd.checkMethod = method
        #expect(try verify(ofd).subIndication == .cryptoConstraintsFailure)
    }

    @Test func theDigestMayBeNamedByWord() throws {
        var ofd = OFDMaker()
        ofd.checkMethod = "sm3"
        #expect(try verify(ofd).passed("binding.references"))
    }

    @Test func descriptionsThatBreakARuleAreFormatFailures() throws {
        for extra in [
            "<Reference FileRef=\"/OFD.xml\"><CheckValue>AA==</CheckValue></Reference>",
            "<Reference FileRef=\"/../x\"><CheckValue>AA==</CheckValue></Reference>",
            "<Reference FileRef=\"/x\"><CheckValue>A</CheckValue></Reference>", "<Reference FileRef=\"/x\"/>", "<Reference/>",
        ] {
            var ofd = OFDMaker()
            ofd.extraReference = extra
            #expect(try verify(ofd).subIndication == .formatFailure, "\(extra)")
        }
        for (name, content) in [
            ("OFD.xml", "<!DOCTYPE OFD><OFD/>"), ("OFD.xml", "<OFD/>"), ("OFD.xml", "<Other/>"),
            ("Doc_0/Signs/Signatures.xml", "<Signatures>"),
            ("Doc_0/Signs/Signatures.xml", "<Signatures><Signature Type=\"Other\" BaseLoc=\"a\"/></Signatures>"),
            ("Doc_0/Signs/Signatures.xml", "<Signatures><Signature BaseLoc=\"/../a\"/></Signatures>"),
            (OFDMaker.path, "<Signature/>"), ("Doc_0/Signs/Sign_0/SignedValue.dat", "x"),
        ] {
            let report = try verify(OFDMaker()) { files in
                for index in files.indices where files[index].name == name { files[index].content = Array(content.utf8) }
            }
            #expect(report.subIndication == .formatFailure, "\(name): \(content)")
        }
        #expect(try verify(OFDMaker(), value: B.sequence(B.integer(1), B.integer(2))).subIndication == .formatFailure)
    }

    @Test func filesOfNoKnownKindAreFormatFailures() throws {
        for bytes in [
            [], [0x30], [0x30, 0x00], Array("hello".utf8), Array("PK".utf8), B.sequence(B.integer(1), B.integer(2)),
            material.root,
        ] {
            let report = try SealVerification.run(file: bytes, fileName: "t", at: now)
            #expect(report.mainIndication == .totalFailed)
            #expect(report.subIndication == .formatFailure)
        }
        #expect(throws: GatewayError.self) { try SealVerification.run(file: Array("%PDF-1.7".utf8), fileName: "t", at: now) }
        #expect(throws: GatewayError.self) { try SealVerification.run(file: [], fileName: "t", anchors: [[1, 2]], at: now) }
    }

    // MARK: signed data

    private func signedData(
        content: [UInt8]?, detached: [UInt8], attributes: Bool = true, digest: [UInt8]? = nil, raw: Bool = false,
        certificates: Bool = true
    ) throws -> [UInt8] {
        let holder = try Certificate(der: material.holder)
        let sm3 = B.sequence(B.oid("1.2.156.10197.1.401"))
        var signed = content ?? detached
        var attributeBytes: [UInt8] = []
        if attributes {
            let list =
                B.sequence(B.oid("1.2.840.113549.1.9.3"), B.set(B.oid("1.2.156.10197.6.1.4.2.1")))
                + B.sequence(B.oid("1.2.840.113549.1.9.4"), B.set(B.octets(digest ?? SM3.digest(signed))))
            signed = B.tlv(0x31, list)
            attributeBytes = B.tlv(0xA0, list)
        }
        var value = try material.sign(signed, by: "holder")
        if raw { value = SealTests.raw(value) }
        let serial = Hex.decode(holder.serialNumber.utf8) ?? []
        let signer = B.sequence(
            B.integer(1), B.sequence(holder.issuerDER, B.tlv(0x02, serial[0] & 0x80 == 0 ? serial : [0] + serial)), sm3,
            attributeBytes,
            B.sequence(B.oid("1.2.156.10197.1.301.1"), [0x05, 0x00]), B.octets(value))
        let inner = B.sequence(B.oid("1.2.840.113549.1.7.1"), content.map { B.tlv(0xA0, B.octets($0)) } ?? [])
        let data = B.sequence(B.integer(1), B.set(sm3), inner, certificates ? B.tlv(0xA0, material.holder) : [], B.set(signer))
        return B.sequence(B.oid("1.2.156.10197.6.1.4.2.2"), B.tlv(0xA0, data))
    }

    private func verify(_ data: [UInt8], content: [UInt8]? = nil) throws -> TrustReport {
        try SealVerification.run(file: data, fileName: "t", content: content, anchors: [material.root], at: now)
    }

    @Test(arguments: [true, false], [true, false]) func signedDataVerifiesAttachedAndDetached(attributes: Bool, raw: Bool) throws
    {
        let text = Array("被签内容".utf8)
        let attached = try verify(signedData(content: text, detached: [], attributes: attributes, raw: raw))
        #expect(attached.subIndication == .tryLater)
        #expect(attached.passed("signer.signature"))
        let detached = try signedData(content: nil, detached: text, attributes: attributes, raw: raw)
        #expect(try verify(detached, content: text).subIndication == .tryLater)
        #expect(try verify(detached).subIndication == .signedDataNotFound)
        let other = try verify(detached, content: Array("别的内容".utf8))
        #expect(other.subIndication == (attributes ? .hashFailure : .signatureCryptoFailure))
    }

    @Test func signedDataWithFaultsIsNotPassed() throws {
        let text = Array("x".utf8)
        #expect(try verify(signedData(content: text, detached: [], digest: SM3.digest([1]))).subIndication == .hashFailure)
        #expect(try verify(signedData(content: text, detached: []), content: [1]).subIndication == .hashFailure)
        #expect(
            try verify(signedData(content: text, detached: [], certificates: false)).subIndication == .noSigningCertificateFound)
        let bag = B.sequence(
            B.oid("1.2.156.10197.6.1.4.2.2"),
            B.tlv(
                0xA0,
                B.sequence(
                    B.integer(1), B.set(), B.sequence(B.oid("1.2.840.113549.1.7.1")), B.tlv(0xA0, material.holder), B.set())))
        #expect(try verify(bag).subIndication == .noSigningCertificateFound)
    }

    @Test func documentsSignedWithoutSealTakeThreeForms() throws {
        var ofd = OFDMaker()
        ofd.type = " Type=\"Sign\""
        let description = ofd.description()
        let digest = SM3.digest(description)
        #expect(try verify(ofd, value: signedData(content: nil, detached: description)).subIndication == .tryLater)
        #expect(try verify(ofd, value: signedData(content: digest, detached: [], attributes: false)).subIndication == .tryLater)
        let text = try verify(ofd, value: signedData(content: Array(Base64.encode(digest).utf8), detached: []))
        #expect(text.subIndication == .tryLater)
        #expect(text.all("binding.content").map(\.verdict) == [.warning])
        #expect(try verify(ofd, value: signedData(content: SM3.digest([1]), detached: [])).subIndication == .hashFailure)
        // A seal where signed data belongs, and the reverse.
        #expect(try verify(ofd, value: SealMaker(material).signature(over: description)).subIndication == .formatFailure)
        #expect(try verify(OFDMaker(), value: signedData(content: nil, detached: description)).subIndication == .formatFailure)
    }
}
