internal import CLibXML2

extension UnsafeMutablePointer<xmlNode> {
    /// The line on which the start tag ends, as the parser noted it.
    var line: Int { Int(bitPattern: pointee._private) }

    /// The first child that is an element.
    var firstElement: xmlNodePtr? { Self.element(from: pointee.children) }

    /// The next sibling that is an element.
    var nextElement: xmlNodePtr? { Self.element(from: pointee.next) }

    private static func element(from start: xmlNodePtr?) -> xmlNodePtr? {
        var node = start
        while let current = node, current.pointee.type != XML_ELEMENT_NODE { node = current.pointee.next }
        return node
    }

    /// Joins the text directly inside; beside child elements, runs of white space alone are layout and give nothing.
    func joinText(into joined: inout [UInt8]) {
        joined.removeAll(keepingCapacity: true)
        let hasElements = firstElement != nil
        var child = pointee.children
        while let current = child {
            if current.pointee.type == XML_TEXT_NODE {
                let text = XMLDocument.bytes(current.pointee.content)
                if !hasElements || !text.allSatisfy({ $0 <= 0x20 }) { joined.append(contentsOf: text) }
            }
            child = current.pointee.next
        }
    }

    /// Prefix, colon and local name, as written.
    var rawName: String {
        let local = String(cString: pointee.name)
        guard let prefix = pointee.ns?.pointee.prefix else { return local }
        return String(cString: prefix) + ":" + local
    }

    /// The path of `RecordTree.path(of:)`: names as written, `[n]` only where several siblings share the name.
    var path: String {
        var parts: [String] = []
        var node: xmlNodePtr? = self
        while let current = node, current.pointee.type == XML_ELEMENT_NODE {
            parts.append(current.rawName + (current.ordinal.map { "[\($0)]" } ?? ""))
            node = current.pointee.parent
        }
        return "/" + parts.reversed().joined(separator: "/")
    }

    /// Its number, from 1, among siblings of its name; nil when it is the only one, or the root.
    private var ordinal: Int? {
        guard let parent = pointee.parent, parent.pointee.type == XML_ELEMENT_NODE else { return nil }
        var position = 0
        var total = 0
        var sibling = parent.firstElement
        while let current = sibling {
            if hasSameName(as: current) {
                total += 1
                if current == self { position = total }
            }
            sibling = current.nextElement
        }
        return total > 1 ? position : nil
    }

    private func hasSameName(as other: xmlNodePtr) -> Bool {
        xmlStrEqual(pointee.name, other.pointee.name) == 1
            && xmlStrEqual(pointee.ns?.pointee.prefix, other.pointee.ns?.pointee.prefix) == 1
    }
}

extension UnsafeMutablePointer<xmlAttr> {
    /// Lends the value. Without entities of its own a document's attribute has one text node, or none when it is empty.
    func withText(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        guard let first = pointee.children else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
        if first.pointee.next == nil { return body(XMLDocument.bytes(first.pointee.content)) }
        var joined: [UInt8] = []
        var child: xmlNodePtr? = first
        while let current = child {
            joined.append(contentsOf: XMLDocument.bytes(current.pointee.content))
            child = current.pointee.next
        }
        joined.withUnsafeBufferPointer(body)
    }
}
