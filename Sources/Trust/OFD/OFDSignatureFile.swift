internal import Cryptography
internal import XML

/// Signature.xml, read: what is protected, how, and where the value lies (GB/T 33190 clause 18; reference, section 3).
struct OFDSignatureFile {
    /// One Reference.
    struct Reference {
        let path: String
        let checkValue: [UInt8]
    }

    /// Where it lies in the package.
    let path: String
    let signatureMethod: String
    /// As written; nil when absent, for which the standard's default is MD5.
    let checkMethod: String?
    let references: [Reference]
    let valuePath: String
    let sealPath: String?
    /// As written, for display only: real files write it in four spellings and two time zones.
    let dateTime: String

    /// Most references of one signature.
    static let referencesMax = 4096

    init(_ root: XMLElement, path: String) throws(OFDPackage.Refusal) {
        self.path = path
        let info = try Self.only("SignedInfo", of: root)
        signatureMethod = info.firstChild("SignatureMethod")?.text.trimmed ?? ""
        dateTime = info.firstChild("SignatureDateTime")?.text.trimmed ?? ""
        let list = try Self.only("References", of: info)
        checkMethod = list.attribute("CheckMethod")?.trimmed
        var references: [Reference] = []
        var seen: Set<String> = []
        for element in list.children("Reference") {
            guard references.count < Self.referencesMax else {
                throw OFDPackage.Refusal(
                    "more than \(Self.referencesMax) references (referencesMax)", "引用超过 \(Self.referencesMax) 个（referencesMax）")
            }
            guard let file = element.attribute("FileRef").flatMap({ OFDPackage.resolve($0, from: path) }) else {
                throw OFDPackage.Refusal("a reference has no location inside the package", "引用没有包内路径")
            }
            guard seen.insert(file).inserted else {
                throw OFDPackage.Refusal("two references name the same file", "两个引用指向同一文件")
            }
            let text = try Self.only("CheckValue", of: element).textBytes
            guard let value = Base64.decode(text) else {
                throw OFDPackage.Refusal("a check value is no base64", "CheckValue 不是 base64")
            }
            references.append(Reference(path: file, checkValue: value))
        }
        guard !references.isEmpty else { throw OFDPackage.Refusal("there is no reference", "没有任何引用") }
        self.references = references
        let value = try Self.only("SignedValue", of: root).text
        guard let valuePath = OFDPackage.resolve(value, from: path) else {
            throw OFDPackage.Refusal("the location of the signature value leads outside", "签名值路径越出包外")
        }
        self.valuePath = valuePath
        if let seal = info.firstChild("Seal")?.firstChild("BaseLoc")?.text {
            guard let sealPath = OFDPackage.resolve(seal, from: path) else {
                throw OFDPackage.Refusal("the location of the seal leads outside", "印章路径越出包外")
            }
            self.sealPath = sealPath
        } else {
            sealPath = nil
        }
    }

    /// The one child of this name: a second one would let two readers take different ones.
    private static func only(_ name: String, of element: XMLElement) throws(OFDPackage.Refusal) -> XMLElement {
        let found = element.children(name)
        guard found.count == 1, let first = found.first else {
            throw OFDPackage.Refusal("\(element.name) has not exactly one \(name)", "\(element.name) 中 \(name) 不是恰好一个")
        }
        return first
    }
}
