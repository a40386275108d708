internal import ExchangeModel

/// A seal signature, read (reference, 2.2): who sealed what with which seal.
struct SESSignature {
    let seal: SESSeal
    /// `toSign` as received, header included: what the signer signed.
    let signedBytes: [UInt8]
    /// The claim of the signer about the time; text in v1.
    let claimedTime: ClaimedTime
    let dataHash: ArraySlice<UInt8>
    let propertyInfo: String
    let criticalExtensions: [String]
    let signerCertificate: ArraySlice<UInt8>
    let signatureAlgorithm: String
    let signatureValue: ArraySlice<UInt8>
    /// The token of a time-stamp service over the signature value, if there is one.
    let timeStamp: ArraySlice<UInt8>?

    /// What `timeInfo` holds.
    enum ClaimedTime: Sendable, Hashable {
        case instant(Instant)
        /// In v1: text that is no time in a known spelling, or a time-stamp token.
        case unreadable
    }

    /// Reads the whole value of a SignedValue.dat or of a file.
    init(_ bytes: ArraySlice<UInt8>) throws(DERFault) {
        var parts = try DERReader.only(bytes, rule: .definite, tag: DERTag.sequence, "SES_Signature").children("SES_Signature")
        let toSign = try parts.next(DERTag.sequence, "toSign")
        signedBytes = Array(toSign.encoded)
        let isVersion1 = parts.nextTag == DERTag.bitString
        var fields = try toSign.children("toSign")
        let version = try fields.next(DERTag.integer, "toSign.version").smallInteger("toSign.version")
        seal = try SESSeal(fields.next(DERTag.sequence, "toSign.eseal"))
        guard (seal.layout == .v1) == isVersion1 else { throw DERFault(.version, "toSign.eseal") }
        guard version == seal.versionNumber else { throw DERFault(.version, "toSign.version") }
        if isVersion1 {
            let time = try fields.next(DERTag.bitString, "toSign.timeInfo").bitStringOctets("toSign.timeInfo")
            claimedTime = TimeText.instant(time).map(ClaimedTime.instant) ?? .unreadable
        } else {
            claimedTime = .instant(try fields.next("toSign.timeInfo").generalizedTime("toSign.timeInfo"))
        }
        dataHash = try fields.next(DERTag.bitString, "toSign.dataHash").bitStringOctets("toSign.dataHash")
        propertyInfo = try fields.next(DERTag.ia5String, "toSign.propertyInfo").string("toSign.propertyInfo")
        if isVersion1 {
            signerCertificate = try fields.next(DERTag.octetString, "toSign.cert").content
            signatureAlgorithm = try fields.next(DERTag.objectIdentifier, "toSign.signatureAlgorithm")
                .objectIdentifier("toSign.signatureAlgorithm")
            criticalExtensions = []
            timeStamp = nil
            signatureValue = try parts.next(DERTag.bitString, "signature").bitStringOctets("signature")
        } else {
            if let wrapped = try fields.nextIfPresent(DERTag.context0, "toSign.extDatas") {
                criticalExtensions = try SESSealInfo.criticalExtensions(Self.inner(wrapped, DERTag.sequence, "toSign.extDatas"))
            } else {
                criticalExtensions = []
            }
            signerCertificate = try parts.next(DERTag.octetString, "cert").content
            signatureAlgorithm = try parts.next(DERTag.objectIdentifier, "signatureAlgID").objectIdentifier("signatureAlgID")
            signatureValue = try parts.next(DERTag.bitString, "signature").bitStringOctets("signature")
            if let wrapped = try parts.nextIfPresent(DERTag.context0, "timeStamp") {
                timeStamp = try Self.inner(wrapped, DERTag.bitString, "timeStamp").bitStringOctets("timeStamp")
            } else {
                timeStamp = nil
            }
        }
        try fields.finish("toSign")
        try parts.finish("SES_Signature")
    }

    /// The one element inside an EXPLICIT tag.
    private static func inner(_ wrapped: DERElement, _ tag: UInt8, _ field: String) throws(DERFault) -> DERElement {
        var parts = try wrapped.children(field)
        let element = try parts.next(tag, field)
        try parts.finish(field)
        return element
    }
}

/// Times written as text by producers: for display and for the signer's claim in v1, never for proof.
enum TimeText {
    /// `2020-01-25T07:31:56.377Z`, `2021-05-19 20:53:44`, `20200723130907.763Z`, `20221031141634`: fourteen digits in the
    /// order of the calendar whatever stands between them, read as UTC.
    static func instant(_ bytes: some Collection<UInt8>) -> Instant? {
        guard bytes.count <= 32 else { return nil }
        var digits: [Int] = []
        for byte in bytes where digits.count < 14 {
            switch byte {
            case 0x30...0x39: digits.append(Int(byte - 0x30))
            case 0x2D, 0x3A, 0x20, 0x54, 0x2F: continue
            default: return nil
            }
        }
        guard digits.count == 14 else { return nil }
        func number(_ start: Int, _ count: Int) -> Int { digits[start..<(start + count)].reduce(0) { $0 * 10 + $1 } }
        let (month, day, hour, minute, second) = (number(4, 2), number(6, 2), number(8, 2), number(10, 2), number(12, 2))
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60 else { return nil }
        return Instant(year: number(0, 4), month: month, day: day, hour: hour, minute: minute, second: second)
    }
}
