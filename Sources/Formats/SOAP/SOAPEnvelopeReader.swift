internal import ExchangeModel
public import XML

/// Reads SOAP 1.1 and 1.2 envelopes (told apart by namespace) with one operation in their body.
///
/// Taken are document/literal wrapped, RPC/literal and RPC/encoded calls as Axis 1.x writes them: `xsi:type` and
/// `encodingStyle` are read over, an argument is text (escaped or CDATA) or has child elements. Not taken: a document type
/// declaration, values by reference, header entries that must be understood, attachments. Keep one reader per channel; it keeps
/// parser contexts for reuse. Safe to use from several threads.
public struct SOAPEnvelopeReader: Sendable {
    /// Arguments of one call.
    public static let argumentsMax = 64
    /// Entries of one header.
    public static let headerEntriesMax = 64

    static let schemaInstanceNamespaces = [
        "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2000/10/XMLSchema-instance",
        "http://www.w3.org/1999/XMLSchema-instance",
    ]
    static let encodingNamespace12 = "http://www.w3.org/2003/05/soap-encoding"

    private let parser: XMLParser

    /// A reader with limits for the whole envelope.
    public init(limits: XMLLimits = .default) { parser = XMLParser(limits: limits) }

    /// The call of an envelope, or the fault to answer with.
    public func read(_ bytes: [UInt8]) -> Result<SOAPCall, SOAPFault> {
        let document: XMLDocument
        switch parser.parse(bytes) {
        case .refused(let finding): return .failure(SOAPFault(.sender, version: Self.versionSeen(in: bytes), finding: finding))
        case .document(let parsed): document = parsed
        }
        do throws(SOAPFault) { return .success(try call(in: document.root, bytes)) } catch { return .failure(error) }
    }

    /// The version of an envelope that cannot be read to its end, as far as its root shows.
    private static func versionSeen(in bytes: [UInt8]) -> SOAPVersion {
        bytes.withUnsafeBufferPointer { XMLHead.root(of: $0) }.flatMap { SOAPVersion(namespace: $0.namespace) } ?? .soap11
    }

    private func call(in root: XMLElement, _ bytes: [UInt8]) throws(SOAPFault) -> SOAPCall {
        guard root.name == "Envelope" else {
            throw fault(
                .sender, .soap11, root, .soapEnvelope, "this is no SOAP envelope: the root element is not Envelope",
                "不是 SOAP 信封：根元素不是 Envelope")
        }
        guard let version = SOAPVersion(namespace: root.namespace) else {
            throw fault(
                .versionMismatch, .soap11, root, .soapVersion,
                "the envelope's namespace is neither that of SOAP 1.1 nor of SOAP 1.2",
                "信封的命名空间既不是 SOAP 1.1，也不是 SOAP 1.2")
        }
        let parts = root.children
        let header = parts.first.flatMap { $0.isPart("Header", of: version) ? $0 : nil }
        if let header { try understand(header, version) }
        let bodyIndex = header == nil ? 0 : 1
        guard bodyIndex < parts.count, parts[bodyIndex].isPart("Body", of: version) else {
            throw fault(
                .sender, version, root, .soapEnvelope, "an envelope has an optional Header and then a Body; the Body is missing",
                "信封应为可选的 Header 加 Body，缺少 Body")
        }
        // SOAP 1.1 allows elements behind the body (4.1.1) and nobody reads them; 1.2 does not.
        if version == .soap12, parts.count > bodyIndex + 1 {
            throw fault(
                .sender, version, parts[bodyIndex + 1], .soapEnvelope, "nothing may stand behind the Body", "Body 之后不允许有其他元素")
        }
        return try operation(of: parts[bodyIndex], at: bodyIndex, version, bytes)
    }

    /// Nothing in a header is understood here: an entry that must be, and is for this node, is a fault.
    private func understand(_ header: XMLElement, _ version: SOAPVersion) throws(SOAPFault) {
        let entries = header.children
        guard entries.count <= Self.headerEntriesMax else {
            throw fault(
                .sender, version, header, .countOverLimit, "the header has more than \(Self.headerEntriesMax) entries",
                "信封头超过 \(Self.headerEntriesMax) 项")
        }
        let unknown = entries.filter { $0.mustBeUnderstood(version) }
        guard let first = unknown.first else { return }
        var result = fault(
            .mustUnderstand, version, first, .soapMustUnderstand,
            "this header entry must be understood, but no header entry is understood here",
            "该信封头要求必须理解(mustUnderstand)，但本服务不处理任何信封头")
        result.notUnderstood = unknown.map { SOAPFault.Name(local: $0.name, namespace: $0.namespace) }
        throw result
    }

    private func operation(
        of body: XMLElement, at bodyIndex: Int, _ version: SOAPVersion, _ bytes: [UInt8]
    ) throws(SOAPFault) -> SOAPCall {
        let entries = body.children
        guard let operation = entries.first else {
            throw fault(.sender, version, body, .soapEnvelope, "the Body is empty: it must hold an operation", "Body 为空，应包含一个操作")
        }
        let elements = operation.children
        guard elements.count <= Self.argumentsMax else {
            throw fault(
                .sender, version, operation, .countOverLimit, "the operation has more than \(Self.argumentsMax) arguments",
                "操作的参数超过 \(Self.argumentsMax) 个")
        }
        if let reference = elements.first(where: { $0.isReference(version) }) {
            throw fault(
                .sender, version, reference, .soapReference,
                "a value by reference (href) is not followed: write the value into the argument (in Axis: sendMultiRefs=false)",
                "不支持引用取值(href/multiRef)：请把值直接写在参数中(Axis 可设 sendMultiRefs=false)")
        }
        guard entries.count == 1 else {
            throw fault(
                .sender, version, entries[1], .soapEnvelope, "the Body holds more than one element", "Body 中有多个元素")
        }
        let fragments: [XMLFragment]
        if elements.contains(where: { !$0.children.isEmpty }) {
            fragments = bytes.withUnsafeBufferPointer {
                XMLFragment.contents(ofChildrenAt: [bodyIndex, 0], of: $0, limits: parser.limits)
            }
        } else {
            fragments = []
        }
        var arguments: [SOAPArgument] = []
        for (index, element) in elements.enumerated() {
            let content: SOAPArgument.Content
            let text = element.textBytes
            if element.children.isEmpty {
                content = element.isNil ? .none : .text(text)
            } else if text.isEmpty, index < fragments.count {
                content = .document(fragments[index].document)
            } else {
                throw fault(
                    .sender, version, element, .soapArgument, "an argument holds text or one document, not both",
                    "参数应为文本或一个 XML 文档，不能两者混合")
            }
            arguments.append(
                SOAPArgument(name: element.name, path: element.path, line: element.line, content: content))
        }
        return SOAPCall(
            version: version, operation: operation.name, namespace: operation.namespace,
            isEncoded: (operation.attribute("encodingStyle", namespace: version.namespace)
                ?? body.attribute("encodingStyle", namespace: version.namespace)
                ?? body.parent?.attribute("encodingStyle", namespace: version.namespace)).map { !$0.isEmpty } ?? false,
            arguments: arguments)
    }

    private func fault(
        _ kind: SOAPFault.Kind, _ version: SOAPVersion, _ element: XMLElement, _ code: Finding.Code, _ text: String,
        _ textZH: String
    ) -> SOAPFault {
        SOAPFault(
            kind, version: version,
            finding: Finding(
                code, path: element.path, position: SourcePosition(line: element.line), text: text, textZH: textZH))
    }
}

extension XMLElement {
    fileprivate func isPart(_ name: String, of version: SOAPVersion) -> Bool {
        self.name == name && namespace == version.namespace
    }

    /// Whether the entry is marked for this node and must be understood (1.1: 4.2.2 and 4.2.3; 1.2: 5.2.2 and 5.2.3).
    fileprivate func mustBeUnderstood(_ version: SOAPVersion) -> Bool {
        let mark = attribute("mustUnderstand", namespace: version.namespace)
        guard mark == "1" || mark == "true" else { return false }
        switch version {
        case .soap11:
            let actor = attribute("actor", namespace: version.namespace) ?? ""
            return actor.isEmpty || actor == "http://schemas.xmlsoap.org/soap/actor/next"
        case .soap12:
            let role = attribute("role", namespace: version.namespace) ?? ""
            return role.isEmpty || role == version.namespace + "/role/next"
                || role == version.namespace + "/role/ultimateReceiver"
        }
    }

    fileprivate func isReference(_ version: SOAPVersion) -> Bool {
        attribute("href") != nil || attribute("ref", namespace: SOAPEnvelopeReader.encodingNamespace12) != nil
    }

    fileprivate var isNil: Bool {
        SOAPEnvelopeReader.schemaInstanceNamespaces.contains { namespace in
            let mark = attribute("nil", namespace: namespace) ?? attribute("null", namespace: namespace)
            return mark == "1" || mark == "true"
        }
    }
}
