internal import Cryptography

/// Signed data in the layout of PKCS#7 version 1, which GB/T 35275 (GM/T 0010) keeps with other content identifiers, and
/// CMS of the same shape (reference, section 5). Mixed forms are normal, so both families are read at every place.
struct SignedData {
    /// The content inside the value; nil when it is detached.
    let content: ArraySlice<UInt8>?
    let contentType: String
    let certificates: [[UInt8]]
    let signers: [Signer]

    /// One SignerInfo.
    struct Signer {
        let issuer: ArraySlice<UInt8>
        /// Serial number as `Certificate.serialNumber` writes it.
        let serialNumber: String
        let digestAlgorithm: String
        let signatureAlgorithm: String
        let signatureValue: ArraySlice<UInt8>
        let attributes: Attributes?
    }

    /// Authenticated attributes.
    struct Attributes {
        /// The attributes as received, re-tagged from `[0]` to SET OF: what is signed.
        let signedBytes: [UInt8]
        let messageDigest: ArraySlice<UInt8>?
        let contentType: String?
        let signingTime: DERElement?
    }

    private static let signedDataTypes: Set<String> = ["1.2.156.10197.6.1.4.2.2", "1.2.840.113549.1.7.2"]
    /// Most signers of one value.
    static let signersMax = 16

    init(_ bytes: ArraySlice<UInt8>) throws(DERFault) {
        var outer = try DERReader.only(bytes, rule: .definite, tag: DERTag.sequence, "ContentInfo").children("ContentInfo")
        let type = try outer.next(DERTag.objectIdentifier, "contentType").objectIdentifier("contentType")
        guard Self.signedDataTypes.contains(type) else { throw DERFault(.value, "contentType") }
        var wrapped = try outer.next(DERTag.context0, "content").children("content")
        try outer.finish("ContentInfo")
        var parts = try wrapped.next(DERTag.sequence, "SignedData").children("SignedData")
        try wrapped.finish("content")

        let version = try parts.next(DERTag.integer, "version").smallInteger("version")
        // 1 by PKCS#7; CMS writes 3 to 5 for other certificates or content types.
        guard (1...5).contains(version) else { throw DERFault(.value, "version") }
        _ = try parts.next(DERTag.set, "digestAlgorithms")
        var inner = try parts.next(DERTag.sequence, "contentInfo").children("contentInfo")
        contentType = try inner.next(DERTag.objectIdentifier, "contentInfo.contentType").objectIdentifier(
            "contentInfo.contentType")
        if let explicit = try inner.nextIfPresent(DERTag.context0, "contentInfo.content") {
            var value = try explicit.children("contentInfo.content")
            let element = try value.next("contentInfo.content")
            try value.finish("contentInfo.content")
            // PKCS#7 digests the content octets of whatever element is there, without its header.
            guard element.tag & 0x3F != 0x24 else { throw DERFault(.indefiniteLength, "contentInfo.content") }
            content = element.content
        } else {
            content = nil
        }
        try inner.finish("contentInfo")
        var certificates: [[UInt8]] = []
        if let set = try parts.nextIfPresent(DERTag.context0, "certificates") {
            var list = try set.children("certificates")
            while !list.isAtEnd {
                let entry = try list.next("certificates")
                guard certificates.count < CertificatePool.certificatesMax else { throw DERFault(.overLimit, "certificates") }
                if entry.tag == DERTag.sequence { certificates.append(Array(entry.encoded)) }
            }
        }
        self.certificates = certificates
        _ = try parts.nextIfPresent(DERTag.context1, "crls")
        var list = try parts.next(DERTag.set, "signerInfos").children("signerInfos")
        try parts.finish("SignedData")
        var signers: [Signer] = []
        while !list.isAtEnd {
            guard signers.count < Self.signersMax else { throw DERFault(.overLimit, "signerInfos") }
            signers.append(try Signer(list.next(DERTag.sequence, "signerInfo")))
        }
        self.signers = signers
    }
}

extension SignedData.Signer {
    fileprivate init(_ element: DERElement) throws(DERFault) {
        var parts = try element.children("signerInfo")
        let version = try parts.next(DERTag.integer, "signerInfo.version").smallInteger("signerInfo.version")
        guard version == 1 else { throw DERFault(.value, "signerInfo.version") }
        var identity = try parts.next(DERTag.sequence, "issuerAndSerialNumber").children("issuerAndSerialNumber")
        issuer = try identity.next(DERTag.sequence, "issuer").encoded
        let serial = try identity.next(DERTag.integer, "serialNumber")
        try identity.finish("issuerAndSerialNumber")
        let digits = serial.content.drop { $0 == 0 }
        serialNumber = digits.isEmpty ? "0" : SerialNumber.text(digits)
        digestAlgorithm = try parts.next(DERTag.sequence, "digestAlgorithm").algorithmIdentifier("digestAlgorithm")
        attributes = try parts.nextIfPresent(DERTag.context0, "authenticatedAttributes").map(SignedData.Attributes.init)
        signatureAlgorithm = try parts.next(DERTag.sequence, "signatureAlgorithm").algorithmIdentifier("signatureAlgorithm")
        signatureValue = try parts.next(DERTag.octetString, "encryptedDigest").content
        _ = try parts.nextIfPresent(DERTag.context1, "unauthenticatedAttributes")
        try parts.finish("signerInfo")
    }
}

extension SignedData.Attributes {
    fileprivate init(_ element: DERElement) throws(DERFault) {
        var bytes = Array(element.encoded)
        bytes[0] = DERTag.set
        signedBytes = bytes
        var list = try element.children("authenticatedAttributes")
        var seen: [String: DERElement] = [:]
        while !list.isAtEnd {
            var attribute = try list.next(DERTag.sequence, "attribute").children("attribute")
            let type = try attribute.next(DERTag.objectIdentifier, "attribute.type").objectIdentifier("attribute.type")
            var values = try attribute.next(DERTag.set, "attribute.values").children("attribute.values")
            try attribute.finish("attribute")
            let value = try values.next("attribute.values")
            guard Self.known.contains(type) else { continue }
            try values.finish("attribute.values")
            // Twice the same attribute would let two readers take different ones.
            guard seen.updateValue(value, forKey: type) == nil else { throw DERFault(.value, "attribute.type") }
        }
        let digest = seen["1.2.840.113549.1.9.4"]
        if let digest, digest.tag != DERTag.octetString { throw DERFault(.unexpectedTag, "messageDigest") }
        messageDigest = digest?.content
        contentType = try seen["1.2.840.113549.1.9.3"]?.objectIdentifier("contentType")
        signingTime = seen["1.2.840.113549.1.9.5"]
    }

    /// contentType, messageDigest, signingTime.
    private static let known: Set<String> = ["1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5"]
}
