internal import ExchangeModel

/// An electronic seal, read: GM/T 0031-2014 (v1), GB/T 38540-2020 (v4), GM/T 0031-2025 (v5).
struct SESSeal {
    /// The layout decides how a seal is read and what its maker signed; the version number alone does not.
    enum Layout: String, Sendable, Hashable { case v1, v4, v5 }

    /// The certificates allowed to use the seal.
    enum Holders {
        /// The certificates themselves.
        case certificates([ArraySlice<UInt8>])
        /// Digests of them, each with the name of its algorithm.
        case digests([(algorithm: String, value: ArraySlice<UInt8>)])

        var count: Int {
            switch self {
            case .certificates(let list): list.count
            case .digests(let list): list.count
            }
        }
    }

    let layout: Layout
    /// `header.version` as written.
    let versionNumber: Int
    let identifier: String
    let vendor: String
    let type: Int
    let name: String
    let holders: Holders
    let createDate: Instant
    let validStart: Instant
    let validEnd: Instant
    let pictureType: String
    let criticalExtensions: [String]
    /// The whole seal as received.
    let encoded: ArraySlice<UInt8>
    /// What the maker signed (reference, 2.4), made of received bytes.
    let signedBytes: [UInt8]
    let makerCertificate: ArraySlice<UInt8>
    let signatureAlgorithm: String
    let signatureValue: ArraySlice<UInt8>
    let hasTimeStamp: Bool

    /// Whether the number is another than the layout's: real v1 seals carry 4.
    var hasVersionMismatch: Bool { layout == .v1 && versionNumber != 1 }

    /// Most holders, extensions, or other list entries.
    static let listMax = 1024

    /// Reads a SESeal element.
    init(_ element: DERElement) throws(DERFault) {
        var parts = try element.children("SESeal")
        let infoElement = try parts.next(DERTag.sequence, "eSealInfo")
        let shape = Self.shape(after: parts)
        let info = try SESSealInfo(infoElement, isVersion1: shape == .v1)
        encoded = element.encoded
        versionNumber = info.versionNumber
        switch shape {
        case .v1:
            // v1 layout with number 4 is processed as v1, with a warning; any other number is a format error.
            guard info.versionNumber == 1 || info.versionNumber == 4 else { throw DERFault(.version, "header.version") }
            layout = .v1
            var sign = try parts.next(DERTag.sequence, "signInfo").children("signInfo")
            let certificate = try sign.next(DERTag.octetString, "signInfo.cert")
            let algorithm = try sign.next(DERTag.objectIdentifier, "signInfo.signatureAlgorithm")
            makerCertificate = certificate.content
            signatureAlgorithm = try algorithm.objectIdentifier("signInfo.signatureAlgorithm")
            signatureValue = try sign.next(DERTag.bitString, "signInfo.signData").bitStringOctets("signInfo.signData")
            try sign.finish("signInfo")
            // The standard's sequence is not in the file as one piece: the three parts as received get a new header.
            signedBytes = DERHeader.sequence(Array(infoElement.encoded) + certificate.encoded + algorithm.encoded)
            hasTimeStamp = false
        case .v4:
            guard info.versionNumber == 4 || info.versionNumber == 5 else { throw DERFault(.version, "header.version") }
            layout = info.versionNumber == 5 ? .v5 : .v4
            makerCertificate = try parts.next(DERTag.octetString, "cert").content
            signatureAlgorithm = try parts.next(DERTag.objectIdentifier, "signAlgID").objectIdentifier("signAlgID")
            signatureValue = try parts.next(DERTag.bitString, "signedValue").bitStringOctets("signedValue")
            signedBytes = Array(infoElement.encoded)
            let stamp = try parts.nextIfPresent(DERTag.context0, "timeStamp")
            hasTimeStamp = stamp != nil
            // The fifth element exists in v5 alone.
            if stamp != nil && layout != .v5 { throw DERFault(.version, "timeStamp") }
        }
        try parts.finish("SESeal")
        identifier = info.identifier
        vendor = info.vendor
        type = info.type
        name = info.name
        holders = info.holders
        createDate = info.createDate
        validStart = info.validStart
        validEnd = info.validEnd
        pictureType = info.pictureType
        criticalExtensions = info.criticalExtensions
    }

    private enum Shape { case v1, v4 }

    /// Two elements are v1, four or five are v4 or v5; the second element tells them apart.
    private static func shape(after parts: DERReader) -> Shape { parts.nextTag == DERTag.sequence ? .v1 : .v4 }
}

/// The header of an element that is put together from received parts.
enum DERHeader {
    static func sequence(_ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        if content.count < 0x80 {
            length = [UInt8(content.count)]
        } else {
            var rest = content.count
            while rest > 0 {
                length.insert(UInt8(truncatingIfNeeded: rest), at: 0)
                rest >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [DERTag.sequence] + length + content
    }
}
