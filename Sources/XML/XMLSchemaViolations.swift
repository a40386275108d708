internal import CLibXML2
internal import ExchangeModel

/// Gathers what libxml2's validator reports about one document into findings: one for each bad value, even where libxml2
/// reports a facet and then the type.
struct XMLSchemaViolations {
    private(set) var findings: [Finding] = []
    /// The element (or attribute) whose value the last finding is about.
    private var lastValue: (node: UnsafeMutableRawPointer, attribute: String?)?
    /// The element whose value was found to be none.
    private var voidedNode: UnsafeMutableRawPointer?
    private var isFull = false

    /// Takes one report. The error is valid during the call only.
    mutating func add(_ error: xmlError) {
        guard error.level.rawValue >= XML_ERR_ERROR.rawValue, !isFull else { return }
        let message = error.message.map { String(cString: $0) } ?? ""
        let words = XMLSchemaMessage.words(
            code: error.code, message: message, first: error.str1.map { String(cString: $0) },
            second: error.str2.map { String(cString: $0) })
        let place = Self.place(of: error, message: message)
        if words.isAboutValue, let node = error.node, node == voidedNode { return }
        if words.isAboutValue, let node = error.node, let last = lastValue, last.node == node, last.attribute == place.attribute {
            if words.repeatsOthers { return }
            findings[findings.count - 1].text += "; " + words.text
            findings[findings.count - 1].textZH += "；" + words.textZH
            return
        }
        guard findings.count < XMLSchema.findingsMax else {
            isFull = true
            findings.append(
                Finding(
                    .countOverLimit,
                    text: "more than \(XMLSchema.findingsMax) violations of the schema; the others are not listed",
                    textZH: "违反模式之处超过 \(XMLSchema.findingsMax) 个，其余未列出"))
            return
        }
        lastValue = words.isAboutValue ? error.node.map { ($0, place.attribute) } : nil
        voidedNode = words.voidsValue ? error.node : nil
        findings.append(
            Finding(
                .schemaViolation, path: place.path, position: SourcePosition(line: place.line), text: words.text,
                textZH: words.textZH))
    }

    /// Path and line of the node that libxml2 names: an element, or for some reports an attribute.
    private static func place(of error: xmlError, message: String) -> (path: String, line: Int, attribute: String?) {
        guard let found = error.node else { return ("", Int(error.line), nil) }
        let node = found.assumingMemoryBound(to: xmlNode.self)
        if node.pointee.type == XML_ATTRIBUTE_NODE {
            // Attribute and element nodes begin with the same fields.
            let name = node.rawAttributeName
            guard let parent = node.pointee.parent else { return ("/@" + name, Int(error.line), name) }
            return (parent.path + "/@" + name, parent.line, name)
        }
        guard node.pointee.type == XML_ELEMENT_NODE else { return ("", Int(error.line), nil) }
        if let attribute = attributeName(in: message) { return (node.path + "/@" + attribute, node.line, attribute) }
        return (node.path, node.line, nil)
    }

    /// The attribute of a report that begins with `Element 'x', attribute 'y':`. Names hold no apostrophe.
    private static func attributeName(in message: String) -> String? {
        guard message.hasPrefix("Element '"), let end = message.dropFirst(9).firstIndex(of: "'") else { return nil }
        let rest = message[end...]
        guard rest.hasPrefix("', attribute '") else { return nil }
        let name = rest.dropFirst(14).prefix { $0 != "'" }
        return XMLSource.shortened(XMLSchemaMessage.withoutNamespaces(String(name)))
    }
}

extension UnsafeMutablePointer<xmlNode> {
    /// The name of an attribute node as written.
    fileprivate var rawAttributeName: String {
        let attribute = UnsafeMutableRawPointer(self).assumingMemoryBound(to: xmlAttr.self)
        let local = String(cString: attribute.pointee.name)
        guard let prefix = attribute.pointee.ns?.pointee.prefix else { return local }
        return String(cString: prefix) + ":" + local
    }
}
