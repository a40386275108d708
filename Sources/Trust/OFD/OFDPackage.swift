internal import Archive
internal import ExchangeModel
internal import XML

/// An OFD package (GB/T 33190): its files, and its XML files read without DTD, entities or network.
struct OFDPackage {
    let files: ZIPPackage

    /// Limits for page contents, which may hold every glyph of a page apart.
    private static let parser = XMLParser(limits: XMLLimits(bytesMax: 64 << 20, depthMax: 64, nodesMax: 2_000_000))

    /// Why an XML file of the package is of no use.
    struct Refusal: Error {
        let text: String
        let textZH: String

        init(_ text: String, _ textZH: String) {
            self.text = text
            self.textZH = textZH
        }
    }

    /// The root element of an XML file, which must have this local name. Namespaces are not compared: two are in use.
    func root(of path: String, named name: String? = nil) throws(Refusal) -> XMLElement {
        guard let bytes = files[path] else { throw Refusal("\(path) is missing", "缺少 \(path)") }
        switch Self.parser.parse(bytes) {
        case .refused(let finding):
            throw Refusal("\(path) cannot be read: \(finding.text)", "\(path) 无法读取：\(finding.textZH)")
        case .document(let document):
            let root = document.root
            guard name == nil || root.name == name else {
                throw Refusal("\(path) has another root element than \(name ?? "")", "\(path) 的根元素不是 \(name ?? "")")
            }
            return root
        }
    }

    /// A location of the document as a path in the package: absolute with a leading slash, otherwise relative to the
    /// folder of the file that names it. Nil when it leads outside.
    static func resolve(_ location: String, from file: String) -> String? {
        let text = location.trimmed
        guard !text.isEmpty else { return nil }
        var parts = text.hasPrefix("/") ? [] : file.split(separator: "/").dropLast().map(String.init)
        for part in text.split(separator: "/") {
            switch part {
            case ".": continue
            case "..":
                if parts.isEmpty { return nil }
                parts.removeLast()
            default: parts.append(String(part))
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }

    /// One entry of a signature list.
    struct ListedSignature {
        let isSeal: Bool
        let path: String
        /// The list it stands in.
        let listPath: String
    }

    /// The signatures of all documents, in their order.
    func signatures() throws(Refusal) -> [ListedSignature] {
        var found: [ListedSignature] = []
        for body in try root(of: "OFD.xml", named: "OFD").children("DocBody") {
            guard let location = body.firstChild("Signatures")?.text else { continue }
            guard let listPath = Self.resolve(location, from: "OFD.xml") else {
                throw Refusal("the location of the signature list leads outside", "签名列表路径越出包外")
            }
            for entry in try root(of: listPath, named: "Signatures").children("Signature") {
                guard found.count < Self.signaturesMax else {
                    throw Refusal(
                        "more than \(Self.signaturesMax) signatures (signaturesMax)",
                        "签名超过 \(Self.signaturesMax) 个（signaturesMax）")
                }
                let type = entry.attribute("Type")?.trimmed ?? "Seal"
                guard type == "Seal" || type == "Sign" else {
                    throw Refusal("a signature has a type other than Seal and Sign", "签名类型不是 Seal 或 Sign")
                }
                guard let path = entry.attribute("BaseLoc").flatMap({ Self.resolve($0, from: listPath) }) else {
                    throw Refusal("a signature has no location inside the package", "签名没有包内路径")
                }
                found.append(ListedSignature(isSeal: type == "Seal", path: path, listPath: listPath))
            }
        }
        return found
    }

    /// Most signatures verified in one package.
    static let signaturesMax = 64
}

extension StringProtocol {
    /// Without white space of XML at both ends.
    var trimmed: String {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        return String(decoding: utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed(), as: UTF8.self)
    }
}
