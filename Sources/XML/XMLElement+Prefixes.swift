internal import CLibXML2

extension XMLElement {
    /// The namespace name that a prefix stands for here; an empty prefix asks for the default namespace. Nil when nothing in force
    /// declares it. For names in the values of attributes (`type="xs:string"`), which the parser does not resolve.
    public func namespace(ofPrefix prefix: String) -> String? {
        var node: xmlNodePtr? = raw
        while let current = node, current.pointee.type == XML_ELEMENT_NODE {
            var declaration = current.pointee.nsDef
            while let found = declaration {
                if (found.pointee.prefix.map { String(cString: $0) } ?? "") == prefix {
                    return found.pointee.href.map { String(cString: $0) } ?? ""
                }
                declaration = found.pointee.next
            }
            node = current.pointee.parent
        }
        return prefix == "xml" ? "http://www.w3.org/XML/1998/namespace" : nil
    }
}
