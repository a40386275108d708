internal import CLibXML2
internal import Glibc

/// A well-formed document in memory, owned by this object and freed with it.
///
/// Not `Sendable`: a document stays on the thread (or task) that parsed it. What is taken out are Swift values.
public final class XMLDocument {
    let raw: xmlDocPtr
    private let context: XMLParserContext
    private let pool: XMLParserPool

    init(raw: xmlDocPtr, context: XMLParserContext, pool: XMLParserPool) {
        self.raw = raw
        self.context = context
        self.pool = pool
    }

    deinit {
        // The document first: its names lie in the context's dictionary.
        xmlFreeDoc(raw)
        pool.give(context)
    }

    /// The root element.
    public var root: XMLElement {
        // A document without a root is not well-formed and never becomes an `XMLDocument`.
        guard let root = xmlDocGetRootElement(raw) else { preconditionFailure("a well-formed document has a root element") }
        return XMLElement(document: self, raw: root)
    }

    /// Shows every element and attribute to a visitor, in document order, without recursion and without copying.
    public func walk<Visitor: XMLVisitor>(_ visitor: inout Visitor) {
        guard let root = xmlDocGetRootElement(raw) else { return }
        var joined: [UInt8] = []
        var node = root
        while true {
            Self.show(node, to: &visitor, &joined)
            if let child = node.firstElement {
                node = child
                continue
            }
            visitor.endElement()
            while node != root {
                if let sibling = node.nextElement {
                    node = sibling
                    break
                }
                // Every node but the root has an element as its parent.
                guard let parent = node.pointee.parent else { return }
                node = parent
                visitor.endElement()
            }
            if node == root { return }
        }
    }

    private static func show<Visitor: XMLVisitor>(_ node: xmlNodePtr, to visitor: inout Visitor, _ joined: inout [UInt8]) {
        let namespace = node.pointee.ns
        var element = XMLElementView(
            prefix: bytes(namespace?.pointee.prefix), localName: bytes(node.pointee.name),
            namespace: bytes(namespace?.pointee.href),
            text: UnsafeBufferPointer(start: nil, count: 0), line: node.line)
        if let first = node.pointee.children {
            if first.pointee.next == nil {
                if first.pointee.type == XML_TEXT_NODE { element.text = bytes(first.pointee.content) }
                visitor.startElement(element)
            } else {
                node.joinText(into: &joined)
                joined.withUnsafeBufferPointer {
                    element.text = $0
                    visitor.startElement(element)
                }
            }
        } else {
            visitor.startElement(element)
        }
        var attribute = node.pointee.properties
        while let current = attribute {
            current.withText { text in
                let namespace = current.pointee.ns
                visitor.attribute(
                    XMLAttributeView(
                        prefix: bytes(namespace?.pointee.prefix), localName: bytes(current.pointee.name),
                        namespace: bytes(namespace?.pointee.href), text: text))
            }
            attribute = current.pointee.next
        }
    }

    /// A C string as bytes; nothing for NULL.
    @inline(__always)
    static func bytes(_ string: UnsafePointer<xmlChar>?) -> UnsafeBufferPointer<UInt8> {
        guard let string else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: string, count: strlen(UnsafeRawPointer(string).assumingMemoryBound(to: CChar.self)))
    }
}

@available(*, unavailable)
extension XMLDocument: Sendable {}

/// Receives a walk over a document. The buffers are valid during the call only.
public protocol XMLVisitor {
    /// An element begins; its attributes follow, then its child elements.
    mutating func startElement(_ element: XMLElementView)
    /// An attribute of the element that began last; namespace declarations are none.
    mutating func attribute(_ attribute: XMLAttributeView)
    /// The element that began last and has not ended, ends.
    mutating func endElement()
}

/// An element as a walk shows it: borrowed bytes of UTF-8.
public struct XMLElementView {
    /// The prefix as written, or nothing.
    public var prefix: UnsafeBufferPointer<UInt8>
    /// The name without prefix.
    public var localName: UnsafeBufferPointer<UInt8>
    /// The namespace name, or nothing.
    public var namespace: UnsafeBufferPointer<UInt8>
    /// The text directly inside it, pieces joined. Nothing when it has child elements and only white space beside them.
    public var text: UnsafeBufferPointer<UInt8>
    /// The line, from 1, on which its start tag ends.
    public var line: Int
}

/// An attribute as a walk shows it: borrowed bytes of UTF-8.
public struct XMLAttributeView {
    /// The prefix as written, or nothing.
    public var prefix: UnsafeBufferPointer<UInt8>
    /// The name without prefix.
    public var localName: UnsafeBufferPointer<UInt8>
    /// The namespace name, or nothing.
    public var namespace: UnsafeBufferPointer<UInt8>
    /// The value, after attribute-value normalisation (XML 1.0, 3.3.3).
    public var text: UnsafeBufferPointer<UInt8>
}
