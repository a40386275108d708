internal import CLibXML2
internal import ExchangeModel

/// A push parser of libxml2 for one document. One thread at a time.
final class XMLEventContext {
    private let raw: xmlParserCtxtPtr
    private let state: UnsafeMutablePointer<State>

    /// What the callbacks need, behind a pointer that libxml2 hands them.
    struct State {
        /// The handler of the present call of `read`; none outside of it.
        unowned(unsafe) var handler: (any XMLEventHandler)?
        var limits: XMLEventLimits
        var depth = 0
        var errorCode: Int32 = 0
        var line = 0
        var column = 0
        var names: (String, String)?
        var isTooDeep = false
        var hasTooManyAttributes = false
        var hasDoctype = false
        var parser: xmlParserCtxtPtr?
        var isStopped: Bool { errorCode != 0 || isTooDeep || hasTooManyAttributes || hasDoctype }
    }

    init(limits: XMLEventLimits) {
        precondition(XMLLibrary.ready)
        state = .allocate(capacity: 1)
        state.initialize(to: State(limits: limits))
        var sax = xmlSAXHandler()
        sax.initialized = UInt32(XML_SAX2_MAGIC)
        sax.startElementNs = XMLEventCallbacks.start
        sax.endElementNs = XMLEventCallbacks.end
        sax.characters = XMLEventCallbacks.characters
        sax.ignorableWhitespace = XMLEventCallbacks.characters
        sax.cdataBlock = XMLEventCallbacks.characters
        sax.internalSubset = XMLEventCallbacks.doctype
        sax.serror = XMLEventCallbacks.error
        guard let made = xmlCreatePushParserCtxt(&sax, nil, nil, 0, nil) else { fatalError("out of memory for an XML parser") }
        raw = made
        made.pointee.userData = UnsafeMutableRawPointer(state)
        state.pointee.parser = made
        // The five entities are replaced in attributes too; others cannot be declared without a document type.
        xmlCtxtUseOptions(made, Int32(XML_PARSE_NONET.rawValue | XML_PARSE_IGNORE_ENC.rawValue | XML_PARSE_NOENT.rawValue))
    }

    deinit {
        xmlFreeParserCtxt(raw)
        state.deinitialize(count: 1)
        state.deallocate()
    }

    static var doctype: Finding {
        XMLRefusal(.xmlDoctype, "a document type declaration is not accepted", "不接受文档类型声明(DOCTYPE)").finding
    }

    /// Parses the next bytes; what is wrong with the document, once that is known.
    func parse(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, to handler: any XMLEventHandler) -> Finding? {
        state.pointee.handler = handler
        defer { state.pointee.handler = nil }
        bytes.withMemoryRebound(to: CChar.self) { chars in
            // A chunk is a piece of what this program read, far below 2 GiB.
            _ = xmlParseChunk(raw, chars.baseAddress, Int32(chars.count), isLast ? 1 : 0)
        }
        let state = state.pointee
        let position = SourcePosition(line: max(1, state.line), column: max(0, state.column))
        if state.hasDoctype { return Self.doctype }
        if state.isTooDeep {
            let max = state.limits.depthMax
            return XMLRefusal(.depthOverLimit, "elements nest deeper than \(max) levels", "元素的嵌套超过 \(max) 层", at: position)
                .finding
        }
        if state.hasTooManyAttributes {
            let max = state.limits.attributesMax
            return XMLRefusal(
                .countOverLimit, "an element has more than \(max) attributes", "单个元素的属性超过 \(max) 个", at: position
            ).finding
        }
        guard state.errorCode != 0 else { return nil }
        let words = XMLSyntaxMessage.words(code: state.errorCode, names: state.names, followsAmpersand: false)
        return XMLRefusal(.xmlSyntax, words.text, words.textZH, at: position).finding
    }
}

/// What libxml2 calls while it parses. Each finds its state through the context; none may throw or suspend.
private enum XMLEventCallbacks {
    private static func state(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<XMLEventContext.State>? {
        guard let state = context?.assumingMemoryBound(to: XMLEventContext.State.self), !state.pointee.isStopped else {
            return nil
        }
        return state
    }

    private static func stop(_ state: UnsafeMutablePointer<XMLEventContext.State>) {
        if let parser = state.pointee.parser {
            state.pointee.line = Int(xmlSAX2GetLineNumber(parser))
            xmlStopParser(parser)
        }
    }

    static let start: startElementNsSAX2Func = {
        context, localName, _, uri, _, _, attributeCount, _, attributes in
        guard let state = state(context), let localName else { return }
        state.pointee.depth += 1
        state.pointee.isTooDeep = state.pointee.depth > state.pointee.limits.depthMax
        state.pointee.hasTooManyAttributes = Int(attributeCount) > state.pointee.limits.attributesMax
        if state.pointee.isStopped { return stop(state) }
        state.pointee.handler?.startElement(
            XMLStartTag(name: localName, namespace: uri, fields: attributes, count: Int(attributeCount)))
    }

    static let end: endElementNsSAX2Func = { context, _, _, _ in
        guard let state = state(context) else { return }
        state.pointee.depth -= 1
        state.pointee.handler?.endElement()
    }

    static let characters: charactersSAXFunc = { context, text, length in
        guard let state = state(context), let text, length > 0 else { return }
        state.pointee.handler?.text(UnsafeBufferPointer(start: text, count: Int(length)))
    }

    static let doctype: internalSubsetSAXFunc = { context, _, _, _ in
        guard let state = state(context) else { return }
        state.pointee.hasDoctype = true
        stop(state)
    }

    static let error: xmlStructuredErrorFunc = { context, error in
        guard let error, let state = state(context), error.pointee.level.rawValue >= XML_ERR_ERROR.rawValue else { return }
        state.pointee.errorCode = error.pointee.code
        state.pointee.line = Int(error.pointee.line)
        state.pointee.column = Int(error.pointee.int2)
        if error.pointee.code == Int32(XML_ERR_TAG_NAME_MISMATCH.rawValue), let first = error.pointee.str1,
            let second = error.pointee.str2
        {
            state.pointee.names = (String(cString: first), String(cString: second))
        }
    }
}
