internal import CLibXML2
internal import ExchangeModel
internal import Glibc

/// One libxml2 parser context, used for one document after another.
///
/// It belongs to one document at a time: the document shares its dictionary of names, so a context goes back to the
/// pool only when its document is freed. One thread at a time; `XMLParserPool` hands it on.
final class XMLParserContext {
    /// What the callbacks need, behind a pointer: no class field is touched inside libxml2.
    struct State {
        var next: UnsafePointer<UInt8>?
        var left = 0
        var namespacesMax: Int32 = 0
        var namespacesExceeded = false
        /// The first error, the byte at which libxml2 noticed it, and the line and column it gave.
        var errorCode: Int32 = 0
        var errorOffset = 0
        var errorLine = 0
        var errorColumn = 0
        /// Names of the two tags of a mismatch.
        var names: (String, String)?
    }

    private let raw: xmlParserCtxtPtr
    private let state: UnsafeMutablePointer<State>

    /// Bytes of names after which a context is not used again: its dictionary never shrinks, and names come from outside.
    private static let dictionaryBytesMax = 256 << 10

    init() {
        precondition(XMLLibrary.ready)
        guard let raw = xmlNewParserCtxt(), let sax = raw.pointee.sax else { fatalError("out of memory for an XML parser") }
        self.raw = raw
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        raw.pointee._private = UnsafeMutableRawPointer(state)
        sax.pointee.startElementNs = XMLCallbacks.startElement
        sax.pointee.characters = XMLCallbacks.characters
        sax.pointee.ignorableWhitespace = XMLCallbacks.characters
        sax.pointee.comment = nil
        sax.pointee.processingInstruction = nil
        sax.pointee.serror = XMLCallbacks.error
    }

    deinit {
        xmlFreeParserCtxt(raw)
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Whether its dictionary is still small enough for another document.
    var isReusable: Bool { xmlDictGetUsage(raw.pointee.dict) < Self.dictionaryBytesMax }

    /// Parses checked UTF-8. Exactly one of the two results is set; the document belongs to the caller.
    func parse(_ text: UnsafeBufferPointer<UInt8>, limits: XMLLimits) -> (document: xmlDocPtr?, refusal: XMLRefusal?) {
        state.pointee = State()
        state.pointee.next = text.baseAddress
        state.pointee.left = text.count
        state.pointee.namespacesMax = Int32(limits.namespacesMax)
        // No XML_PARSE_NOENT, DTDLOAD, DTDATTR, XINCLUDE or HUGE. The encoding was settled before, so that of the
        // declaration is ignored. CDATA becomes text.
        let options =
            XML_PARSE_NONET.rawValue | XML_PARSE_IGNORE_ENC.rawValue | XML_PARSE_NOCDATA.rawValue | XML_PARSE_COMPACT.rawValue
        let document = xmlCtxtReadIO(raw, XMLCallbacks.read, nil, UnsafeMutableRawPointer(state), nil, nil, Int32(options))
        if state.pointee.namespacesExceeded || state.pointee.errorCode != 0 || document == nil
            || document?.pointee.intSubset != nil
        {
            if let document { xmlFreeDoc(document) }
            return (nil, refusal(in: text, limits: limits))
        }
        return (document, nil)
    }

    private func refusal(in text: UnsafeBufferPointer<UInt8>, limits: XMLLimits) -> XMLRefusal {
        let code = state.pointee.errorCode
        var offset = state.pointee.errorOffset
        // In a run of text libxml2 moves its cursor only at the end of the run.
        if code == Int32(XML_ERR_MISPLACED_CDATA_END.rawValue) {
            offset = XMLMarkupScan.find("]]>", in: text, from: offset) ?? offset
        }
        var position = UTF8Scan.position(of: offset, in: text)
        if state.pointee.namespacesExceeded {
            let max = limits.namespacesMax
            return XMLRefusal(
                .countOverLimit, "more than \(max) namespace declarations are in force at once", "同时有效的命名空间声明超过 \(max) 个",
                at: position)
        }
        if state.pointee.errorLine > 0, state.pointee.errorLine != position.line {
            // Its column counts characters in places; better than none.
            position = SourcePosition(line: state.pointee.errorLine, column: max(1, state.pointee.errorColumn))
        }
        let isBareAmpersand = offset > 0 && offset <= text.count && text[offset - 1] == UInt8(ascii: "&")
        let words = XMLSyntaxMessage.words(code: code, names: state.pointee.names, followsAmpersand: isBareAmpersand)
        return XMLRefusal(.xmlSyntax, words.text, words.textZH, at: position)
    }
}

/// What libxml2 calls while it parses. Each finds its state through the context; none may throw or suspend.
private enum XMLCallbacks {
    /// Hands out the bytes piece by piece, and nothing more once the document is known to be bad: libxml2 would otherwise
    /// go on to the end of it, looking for more errors.
    static let read: xmlInputReadCallback = { context, buffer, length in
        guard let state = context?.assumingMemoryBound(to: XMLParserContext.State.self), let buffer,
            let next = state.pointee.next,
            state.pointee.errorCode == 0, !state.pointee.namespacesExceeded
        else { return 0 }
        let count = min(Int(length), state.pointee.left)
        guard count > 0 else { return 0 }
        memcpy(buffer, next, count)
        state.pointee.next = next + count
        state.pointee.left -= count
        return Int32(count)
    }

    static let error: xmlStructuredErrorFunc = { context, error in
        guard let parser = context?.assumingMemoryBound(to: xmlParserCtxt.self), let error,
            let state = parser.pointee._private?.assumingMemoryBound(to: XMLParserContext.State.self)
        else { return }
        guard state.pointee.errorCode == 0, error.pointee.level.rawValue >= XML_ERR_ERROR.rawValue else { return }
        state.pointee.errorCode = error.pointee.code
        state.pointee.errorOffset = XMLCallbacks.offset(parser)
        state.pointee.errorLine = Int(error.pointee.line)
        state.pointee.errorColumn = Int(error.pointee.int2)
        if error.pointee.code == Int32(XML_ERR_TAG_NAME_MISMATCH.rawValue), let first = error.pointee.str1,
            let second = error.pointee.str2
        {
            state.pointee.names = (String(cString: first), String(cString: second))
        }
    }

    static let startElement: startElementNsSAX2Func = {
        context, localName, prefix, uri, namespaceCount, namespaces, attributeCount, defaultedCount, attributes in
        guard let context else { return }
        let parser = context.assumingMemoryBound(to: xmlParserCtxt.self)
        guard let state = parser.pointee._private?.assumingMemoryBound(to: XMLParserContext.State.self) else { return }
        // `nsTab` holds a prefix and a name for each declaration in force.
        if parser.pointee.nsNr / 2 > state.pointee.namespacesMax, !state.pointee.namespacesExceeded {
            state.pointee.namespacesExceeded = true
            state.pointee.errorOffset = XMLCallbacks.offset(parser)
        }
        if attributeCount > 0, let attributes, XMLCallbacks.hasSchemaLocation(attributes, count: Int(attributeCount)) {
            XMLCallbacks.withoutSchemaLocations(attributes, count: Int(attributeCount)) { kept, count in
                xmlSAX2StartElementNs(
                    context, localName, prefix, uri, namespaceCount, namespaces, Int32(count), defaultedCount, kept)
            }
        } else {
            xmlSAX2StartElementNs(
                context, localName, prefix, uri, namespaceCount, namespaces, attributeCount, defaultedCount, attributes)
        }
        // A node's own `line` has 16 bits; `_private` is ours and keeps the whole number.
        if let node = parser.pointee.node, let input = parser.pointee.input {
            node.pointee._private = UnsafeMutableRawPointer(bitPattern: Int(input.pointee.line))
        }
    }

    /// Leaves out white space alone between tags of an element that has child elements: layout, a third of all nodes.
    /// Text of an element without children is kept as it is.
    static let characters: charactersSAXFunc = { context, text, length in
        guard let context, let text else { return }
        if text[0] <= 0x20 {
            let parser = context.assumingMemoryBound(to: xmlParserCtxt.self)
            if let cursor = parser.pointee.input?.pointee.cur, cursor[0] == UInt8(ascii: "<"), let node = parser.pointee.node {
                let last = node.pointee.last
                let followsElement = last?.pointee.type == XML_ELEMENT_NODE
                let isLayout =
                    switch cursor[1] {
                    case UInt8(ascii: "/"): followsElement
                    case UInt8(ascii: "!"), UInt8(ascii: "?"), 0: false
                    default: followsElement || last == nil
                    }
                if isLayout, XMLCallbacks.isBlank(text, count: Int(length)) { return }
            }
        }
        xmlSAX2Characters(context, text, length)
    }

    private static func isBlank(_ text: UnsafePointer<xmlChar>, count: Int) -> Bool {
        for index in 0..<count where text[index] > 0x20 { return false }
        return true
    }

    /// Bytes read before the parser's cursor; the input is not converted, so they are bytes of the text given.
    private static func offset(_ parser: xmlParserCtxtPtr) -> Int {
        guard let input = parser.pointee.input, let cursor = input.pointee.cur, let base = input.pointee.base else { return 0 }
        return Int(input.pointee.consumed) + (cursor - base)
    }

    // MARK: xsi:schemaLocation

    // A document may not say where its schema is: libxml2's validator would try to load it, and would note it in the
    // compiled schema that all threads share. SAX2 gives five pointers for an attribute: local name, prefix, namespace,
    // and begin and end of the value.

    private typealias AttributeFields = UnsafeMutablePointer<UnsafePointer<xmlChar>?>

    private static func isSchemaLocation(_ fields: AttributeFields) -> Bool {
        guard let name = fields[0], let uri = fields[2] else { return false }
        return xmlStrEqual(uri, "http://www.w3.org/2001/XMLSchema-instance") == 1
            && (xmlStrEqual(name, "schemaLocation") == 1 || xmlStrEqual(name, "noNamespaceSchemaLocation") == 1)
    }

    private static func hasSchemaLocation(_ attributes: AttributeFields, count: Int) -> Bool {
        for index in 0..<count where isSchemaLocation(attributes + index * 5) { return true }
        return false
    }

    /// Lends a copy of the attributes without them; the original stays as it is, since libxml2 frees values through it.
    private static func withoutSchemaLocations(
        _ attributes: AttributeFields, count: Int, _ body: (AttributeFields, Int) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<xmlChar>?.self, capacity: count * 5) { copy in
            // The capacity is 5 or more, so there is a base address.
            guard let base = copy.baseAddress else { return }
            var kept = 0
            for index in 0..<count where !isSchemaLocation(attributes + index * 5) {
                (base + kept * 5).initialize(from: attributes + index * 5, count: 5)
                kept += 1
            }
            body(base, kept)
        }
    }
}
