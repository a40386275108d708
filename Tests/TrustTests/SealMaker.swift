import Cryptography

/// Makes seals and seal signatures with one thing wrong at a time.
struct SealMaker {
    typealias B = DERBuilder
    let material: SM2Material

    var layout = 4
    var number: Int?
    var holders: [[UInt8]]?
    var digestList = false
    var critical = false
    var sealTime = { (text: String) in B.generalizedTime(text) }
    var signerCertificate: [UInt8]?
    var signerKey = "holder"
    var toSignNumber: Int?
    var dataHashUnusedBits: UInt8 = 0
    var trimDataHash = false
    /// Changes the seal after its maker signed it.
    var tamperSeal: ([UInt8]) -> [UInt8] = { $0 }
    /// Changes the signer's value.
    var tamperValue: ([UInt8]) -> [UInt8] = { $0 }
    var identifier = "11010800000001"
    var validEnd = "20991231000000Z"
    var headerID = "ES"

    init(_ material: SM2Material) { self.material = material }

    func seal() throws -> [UInt8] {
        let list = holders ?? [material.holder]
        let entries =
            digestList
            ? list.map { B.sequence(B.printable("SM3"), B.octets(SM3.digest($0))) } : list.map(B.octets)
        let isV1 = layout == 1
        var property = B.integer(1) + B.utf8("测试专用章") + (isV1 ? [] : B.integer(digestList ? 2 : 1))
        property += B.tlv(0x30, entries.flatMap { $0 })
        property +=
            isV1
            ? B.utcTime("200101000000Z") + B.utcTime("200101000000Z") + B.utcTime("491231000000Z")
            : sealTime("20200101000000Z") + sealTime("20200101000000Z") + sealTime(validEnd)
        var info =
            B.sequence(B.ia5(headerID), B.integer(number ?? layout), B.ia5("test")) + B.ia5(identifier) + B.tlv(0x30, property)
        info += B.sequence(B.ia5("png"), B.octets([UInt8](repeating: 0x55, count: 300)), B.integer(40), B.integer(40))
        if critical { info += B.sequence(B.sequence(B.oid("1.2.3.4"), [0x01, 0x01, 0xFF], B.octets([1]))) }
        let infoElement = B.tlv(0x30, info)
        let algorithm = B.oid("1.2.156.10197.1.501")
        let maker = B.octets(material.maker)
        let signed = isV1 ? B.tlv(0x30, infoElement + maker + algorithm) : infoElement
        let value = B.bits(try material.sign(signed, by: "maker"))
        return tamperSeal(
            isV1 ? B.sequence(infoElement, B.sequence(maker, algorithm, value)) : B.sequence(infoElement, maker, algorithm, value)
        )
    }

    func signature(over content: [UInt8], propertyInfo: String = "/Doc_0/Signs/Sign_0/Signature.xml", seal: [UInt8]? = nil) throws
        -> [UInt8]
    {
        let certificate = B.octets(signerCertificate ?? material.holder)
        let algorithm = B.oid("1.2.156.10197.1.501")
        var digest = SM3.digest(content)
        if trimDataHash { while digest.last == 0 { digest.removeLast() } }
        var toSign = B.integer(toSignNumber ?? number ?? layout) + (try seal ?? self.seal())
        toSign += layout == 1 ? B.bits(Array("2025-05-01 10:00:00".utf8)) : B.generalizedTime("20250501020000Z")
        toSign += B.bits(digest, unused: dataHashUnusedBits) + B.ia5(propertyInfo)
        if layout == 1 { toSign += certificate + algorithm }
        let element = B.tlv(0x30, toSign)
        let value = B.bits(tamperValue(try material.sign(element, by: signerKey)))
        return layout == 1 ? B.sequence(element, value) : B.sequence(element, certificate, algorithm, value)
    }
}

/// Builds OFD packages of a few files.
struct OFDMaker {
    var files: [(name: String, content: [UInt8])] = [
        (
            "OFD.xml",
            Array(
                "<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot><Signatures>/Doc_0/Signs/Signatures.xml</Signatures></DocBody></OFD>"
                    .utf8)
        ),
        ("Doc_0/Document.xml", Array("<Document><Pages><Page ID=\"1\" BaseLoc=\"Pages/P.xml\"/></Pages></Document>".utf8)),
        ("Doc_0/Pages/P.xml", Array("<Page><Content/></Page>".utf8)),
    ]
    var checkMethod: String? = "1.2.156.10197.1.401"
    var unprotected: Set<String> = []
    var extraReference = ""
    var type = ""
    static let path = "Doc_0/Signs/Sign_0/Signature.xml"

    func description() -> [UInt8] {
        var text = "<Signature><SignedInfo><Provider ProviderName=\"t\"/><SignatureMethod>1.2.156.10197.1.501</SignatureMethod>"
        text += "<References" + (checkMethod.map { " CheckMethod=\"\($0)\"" } ?? "") + ">"
        for file in files where !unprotected.contains(file.name) {
            text +=
                "<Reference FileRef=\"/\(file.name)\"><CheckValue>\(Base64.encode(SM3.digest(file.content)))</CheckValue></Reference>"
        }
        text += extraReference + "</References></SignedInfo><SignedValue>SignedValue.dat</SignedValue></Signature>"
        return Array(text.utf8)
    }

    /// The package with a value; `change` edits the files after they were signed.
    func package(value: [UInt8], change: (inout [(name: String, content: [UInt8])]) -> Void = { _ in }) -> [UInt8] {
        var all = files
        let list = "<Signatures><Signature ID=\"1\"\(type) BaseLoc=\"Sign_0/Signature.xml\"/></Signatures>"
        all.append(("Doc_0/Signs/Signatures.xml", Array(list.utf8)))
        all.append((Self.path, description()))
        all.append(("Doc_0/Signs/Sign_0/SignedValue.dat", value))
        change(&all)
        return StoredZIP.bytes(all)
    }
}

/// A ZIP writer without compression.
enum StoredZIP {
    static func bytes(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
        var body: [UInt8] = []
        var directory: [UInt8] = []
        for file in files {
            let name = Array(file.name.utf8)
            let common =
                number(20, 2) + number(0x0800, 2) + number(0, 6) + number(Int(crc32(file.content)), 4)
                + number(file.content.count, 4)
                + number(file.content.count, 4) + number(name.count, 2) + number(0, 2)
            directory += number(0x0201_4B50, 4) + number(0x0314, 2) + common + number(0, 6) + number(0o100644 << 16, 4)
            directory += number(body.count, 4) + name
            body += number(0x0403_4B50, 4) + common + name + file.content
        }
        return body + directory + number(0x0605_4B50, 4) + number(0, 4) + number(files.count, 2) + number(files.count, 2)
            + number(directory.count, 4) + number(body.count, 4) + number(0, 2)
    }

    private static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
