import Cryptography
import ExchangeModel
import Synchronization
import Testing

@testable import Trust

/// Seals and documents made here with keys of the `openssl` command: good ones, and one fault at a time.
@Suite(.enabled(if: SM2Material.isThere, "the openssl command is missing")) struct SealTests {
    let now = Instant(year: 2030, month: 6, day: 1)
    let material: SM2Material

    init() throws { material = try SM2Material.shared.get() }

    private func maker(_ change: (inout SealMaker) -> Void = { _ in }) -> SealMaker {
        var maker = SealMaker(material)
        change(&maker)
        return maker
    }

    private func document(
        _ ofd: OFDMaker = OFDMaker(), _ seal: (inout SealMaker) -> Void = { _ in },
        change: (inout [(name: String, content: [UInt8])]) -> Void = { _ in }
    ) throws -> TrustReport {
        let value = try maker(seal).signature(over: ofd.description())
        return try verify(ofd.package(value: value, change: change))
    }

    private func verify(_ bytes: [UInt8], content: [UInt8]? = nil, anchors: Bool = true) throws -> TrustReport {
        try SealVerification.run(
            file: bytes, fileName: "t", content: content, anchors: anchors ? [material.root] : [], at: now)
    }

    @Test(arguments: [1, 4, 5]) func aGoodDocumentIsOpenOnlyInWhatIsNotKnown(layout: Int) throws {
        let report = try document { $0.layout = layout }
        let open = report.checks.filter { ![.passed, .notApplicable].contains($0.verdict) }
        #expect(Set(open.map(\.key)) == ["seal.state", "maker.revocation", "signer.revocation"])
        #expect(report.subIndication == .tryLater)
    }

    @Test func withoutAnchorsTheTrustListIsMissing() throws {
        let ofd = OFDMaker()
        let report = try verify(ofd.package(value: maker().signature(over: ofd.description())), anchors: false)
        #expect(report.subIndication == .noCertificateChainFound)
        let helped = try SealVerification.run(
            file: ofd.package(value: maker().signature(over: ofd.description())), fileName: "t", untrusted: [material.root],
            at: now)
        #expect(helped.subIndication == .trustListUnavailable)
    }

    @Test func changedContentFailsByName() throws {
        let report = try document { _ in
        } change: { files in
            let page = files.firstIndex { $0.name == "Doc_0/Pages/P.xml" } ?? 0
            files[page].content[10] ^= 1
        }
        #expect(report.subIndication == .hashFailure)
        #expect(report.all("binding.references").first?.list("differing") == ["Doc_0/Pages/P.xml"])
        let gone = try document { _ in
        } change: { files in
            files.removeAll { $0.name == "Doc_0/Pages/P.xml" }
        }
        #expect(gone.subIndication == .hashFailure)
    }

    @Test func aChangedDescriptionFailsByTheDataHash() throws {
        let report = try document { _ in
        } change: { files in
            let text = files.firstIndex { $0.name == OFDMaker.path } ?? 0
            files[text].content += Array(" ".utf8)
        }
        #expect(report.subIndication == .hashFailure)
        #expect(report.all("binding.data-hash").map(\.verdict) == [.failed])
        #expect(report.passed("binding.references"))
        #expect(report.passed("signer.signature"))
    }

    /// The seal is changed after its maker signed it, and the signer signs the changed one: only the maker's layer breaks.
    @Test(arguments: [[UInt8](repeating: 0x55, count: 20), Array("11010800000001".utf8), Array("测试专用章".utf8)])
    func aSealChangedAfterItsMakingFails(part: [UInt8]) throws {
        let report = try document { maker in
            maker.tamperSeal = { seal in
                var seal = seal
                if let position = Self.index(of: part, in: seal) { seal[position + part.count - 1] ^= 1 }
                return seal
            }
        }
        #expect([.sealCryptoFailure, .formatFailure].contains(report.subIndication))
        #expect(report.subIndication == .formatFailure || report.passed("signer.signature"))
    }

    @Test func aSealSwappedAfterSigningFails() throws {
        let ofd = OFDMaker()
        let other = try maker { $0.identifier = "11010800000002" }.seal()
        let kept = Mutex<[UInt8]>([])
        _ = try maker {
            $0.tamperValue = { value in
                kept.withLock { $0 = value }
                return value
            }
        }.signature(over: ofd.description())
        // The other seal, with the signature that was made over the first.
        let swapped = try maker { $0.tamperValue = { _ in kept.withLock { $0 } } }.signature(over: ofd.description(), seal: other)
        let report = try verify(ofd.package(value: swapped))
        #expect(report.subIndication == .signatureCryptoFailure)
        #expect(report.passed("seal.signature"))
    }

    @Test func aSealOfOtherHoldersRefusesTheSigner() throws {
        let report = try document { $0.holders = [$0.material.stranger] }
        #expect(report.subIndication == .signerNotInSeal)
        #expect(report.passed("signer.signature"))
    }

    @Test func digestListsAreCompared() throws {
        #expect(try document { $0.digestList = true }.passed("signer.in-seal"))
        let stranger = material.stranger
        let foreign = try document {
            $0.digestList = true
            $0.holders = [stranger]
        }
        #expect(foreign.subIndication == .signerNotInSeal)
        #expect(try document { $0.holders = [] }.subIndication == .signerNotInSeal)
    }

    @Test func rawValuesAreValidAndSuperfluousZerosAreNot() throws {
        let raw = try document { $0.tamperValue = Self.raw }
        #expect(raw.passed("signer.signature"))
        let padded = try document { maker in
            maker.tamperValue = { value in
                let pair = Self.raw(value)
                let r = Self.integer(Array(pair[..<32]))
                let s = Self.integer(Array(pair[32...]))
                return DERBuilder.tlv(0x30, DERBuilder.tlv(0x02, [0] + r) + DERBuilder.tlv(0x02, s))
            }
        }
        #expect(padded.subIndication == .signatureCryptoFailure)
        #expect(try document { $0.tamperValue = { $0 + [0] } }.subIndication == .signatureCryptoFailure)
        #expect(try document { $0.tamperValue = { Array($0.dropLast(3)) } }.subIndication == .signatureCryptoFailure)
        #expect(
            try document { $0.tamperValue = { [$0[0], $0[1], $0[2], $0[3]] + $0[4...].map { $0 ^ 1 } } }.subIndication
                == .signatureCryptoFailure)
    }

    @Test func anotherKeyThanTheCertificatesFails() throws {
        #expect(try document { $0.signerKey = "stranger" }.subIndication == .signatureCryptoFailure)
    }

    @Test func anEncryptionCertificateMayNotSign() throws {
        let encryption = material.encryptionOnly
        let report = try document {
            $0.signerCertificate = encryption
            $0.signerKey = "encryption"
            $0.holders = [encryption]
        }
        #expect(report.passed("signer.signature"))
        #expect(report.subIndication == .signatureConstraintsFailure)
    }

    @Test func versionOneShapeWithNumberFourIsVersionOneWithAWarning() throws {
        let report = try document {
            $0.layout = 1
            $0.number = 4
        }
        #expect(report.all("seal.form").first?.text.contains("version-number-mismatch") == true)
        #expect(report.passed("seal.signature"))
        #expect(report.passed("signer.signature"))
    }

    @Test func structuresThatBreakARuleAreFormatFailures() throws {
        let faults: [(inout SealMaker) -> Void] = [
            { $0.number = 1 }, { $0.number = 6 }, { $0.toSignNumber = 5 }, { $0.headerID = "es" },
            { $0.sealTime = { DERBuilder.utcTime(String($0.dropFirst(2))) } },
            { $0.sealTime = { _ in DERBuilder.generalizedTime("20200231000000Z") } },
            { $0.dataHashUnusedBits = 8 },
            {
                $0.layout = 1; $0.number = 5
            },
        ]
        for (index, fault) in faults.enumerated() {
            #expect(try document(OFDMaker(), fault).subIndication == .formatFailure, "fault \(index)")
        }
        #expect(try document { $0.dataHashUnusedBits = 3 }.passed("binding.data-hash"))
    }

    @Test func criticalExtensionsAndPastValidityAreNotPassed() throws {
        #expect(try document { $0.critical = true }.subIndication == .sealCriticalExtension)
        let ended = try document { $0.validEnd = "20260101000000Z" }
        #expect(ended.all("seal.validity").map(\.verdict) == [.indeterminate])
        #expect(ended.subIndication == .outOfBoundsNoPOE)
        let before = try document { $0.validEnd = "20240101000000Z" }
        #expect(before.all("seal.validity").map(\.verdict) == [.failed])
    }

    @Test func signingAfterTheTimeOfVerificationContradicts() throws {
        let ofd = OFDMaker()
        let bytes = ofd.package(value: try maker().signature(over: ofd.description()))
        let early = try SealVerification.run(
            file: bytes, fileName: "t", anchors: [material.root], at: Instant(year: 2025, month: 4, day: 30))
        #expect(early.all("time.claim").map(\.subIndication) == [.timestampOrderFailure])
        let ahead = try SealVerification.run(
            file: bytes, fileName: "t", anchors: [material.root], at: Instant(year: 2025, month: 4, day: 30, hour: 20))
        #expect(ahead.all("time.claim").map(\.verdict) == [.warning])
    }

    @Test func trailingZerosLeftOutOfTheHashArePutBackWithAWarning() throws {
        // Content is searched whose digest ends in a zero octet.
        var ofd = OFDMaker()
        var found = false
        for attempt in 0..<2000 where !found {
            ofd.files[2].content = Array("<Page><Content n=\"\(attempt)\"/></Page>".utf8)
            found = SM3.digest(ofd.description()).last == 0
        }
        try #require(found)
        let report = try document(ofd) { $0.trimDataHash = true }
        #expect(report.all("binding.data-hash").map(\.verdict) == [.warning])
        #expect(report.subIndication == .tryLater)
    }

    /// 64 octets from a DER pair.
    static func raw(_ value: [UInt8]) -> [UInt8] {
        let length = Int(value[3])
        func fixed(_ digits: ArraySlice<UInt8>) -> [UInt8] {
            let body = digits.drop { $0 == 0 }
            return [UInt8](repeating: 0, count: 32 - body.count) + body
        }
        return fixed(value[4..<(4 + length)]) + fixed(value[(6 + length)...])
    }

    private static func integer(_ digits: [UInt8]) -> [UInt8] {
        let body = Array(digits.drop { $0 == 0 })
        return body[0] & 0x80 == 0 ? body : [0] + body
    }

    static func index(of part: [UInt8], in whole: [UInt8]) -> Int? {
        guard part.count <= whole.count else { return nil }
        return (0...(whole.count - part.count)).first { whole[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
