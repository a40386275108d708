internal import CLibXML2

/// An element of a document, for code that reads a few values out of it (an answer, a signature, a list). It keeps the
/// document alive. Code that reads every element uses `XMLDocument.walk`.
public struct XMLElement {
    /// The document it is part of.
    public let document: XMLDocument
    let raw: xmlNodePtr

    /// The name without prefix.
    public var name: String { String(cString: raw.pointee.name) }

    /// The name as written, prefix included.
    public var rawName: String { raw.rawName }

    /// The namespace name; empty when it has none.
    public var namespace: String { raw.pointee.ns?.pointee.href.map { String(cString: $0) } ?? "" }

    /// The line, from 1, on which its start tag ends.
    public var line: Int { raw.line }

    /// `/GCJS_NOTICE/SECTION[2]/LIMITE_TIME`: names as written, `[n]` only where several siblings share the name.
    public var path: String { raw.path }

    /// The text directly inside it as UTF-8, not trimmed; nothing when it has child elements and only white space beside.
    public var textBytes: [UInt8] {
        var joined: [UInt8] = []
        raw.joinText(into: &joined)
        return joined
    }

    /// The text directly inside it, not trimmed.
    public var text: String { String(decoding: textBytes, as: UTF8.self) }

    /// The value of an attribute; the namespace of one without prefix is empty.
    public func attribute(_ name: String, namespace: String = "") -> String? {
        var attribute = raw.pointee.properties
        while let current = attribute {
            if xmlStrEqual(current.pointee.name, name) == 1, Self.isNamespace(namespace, current.pointee.ns) {
                var value = ""
                current.withText { value = String(decoding: $0, as: UTF8.self) }
                return value
            }
            attribute = current.pointee.next
        }
        return nil
    }

    /// The parent element; nil for the root.
    public var parent: XMLElement? {
        guard let parent = raw.pointee.parent, parent.pointee.type == XML_ELEMENT_NODE else { return nil }
        return XMLElement(document: document, raw: parent)
    }

    /// The child elements in order.
    public var children: [XMLElement] {
        var found: [XMLElement] = []
        var child = raw.firstElement
        while let current = child {
            found.append(XMLElement(document: document, raw: current))
            child = current.nextElement
        }
        return found
    }

    /// The first child element of a name; with a namespace, only of that one (an empty string means none).
    public func firstChild(_ name: String, namespace: String? = nil) -> XMLElement? {
        var child = raw.firstElement
        while let current = child {
            if xmlStrEqual(current.pointee.name, name) == 1, namespace.map({ Self.isNamespace($0, current.pointee.ns) }) ?? true {
                return XMLElement(document: document, raw: current)
            }
            child = current.nextElement
        }
        return nil
    }

    /// All child elements of a name, in order; the namespace as in `firstChild`.
    public func children(_ name: String, namespace: String? = nil) -> [XMLElement] {
        children.filter { $0.name == name && (namespace == nil || $0.namespace == namespace) }
    }

    private static func isNamespace(_ namespace: String, _ found: UnsafeMutablePointer<xmlNs>?) -> Bool {
        guard let href = found?.pointee.href else { return namespace.isEmpty }
        return xmlStrEqual(href, namespace) == 1
    }
}

@available(*, unavailable)
extension XMLElement: Sendable {}
