internal import CLibXML2
internal import ExchangeModel
internal import Glibc

// Elements: their namespaces, whether they are records, their nodes.
extension XMLRecordScan {
    private static let schemaInstance = Array("http://www.w3.org/2001/XMLSchema-instance".utf8)

    /// Takes a start tag that was read; whether it is an empty element that is a record.
    mutating func enter(_ name: XMLTagName, from start: Int, to end: Int, isEmpty: Bool) throws(Stop) -> Bool {
        if end - (isInRecord ? recordStart : start) > limits.bytesMax {
            finding = tooLong
            throw isInRecord ? .limit : .fault
        }
        let scopeMark = scope.count
        if attributes.count > limits.attributesMax {
            // Before any is compared with any other.
            if !isInRecord, leads(name, namespace: nil), open.count == path.steps.count - 1 { beginRecord(at: start) }
            let max = limits.attributesMax
            throw limit(.countOverLimit, "an element has more than \(max) attributes", "单个元素的属性超过 \(max) 个", at: start)
        }
        if !attributes.isEmpty { try declare(at: start) }
        guard let namespace = scope.number(ofPrefix: bytes(name.offset, name.prefix)) else {
            throw fault(XML_NS_ERR_UNDEFINED_NAMESPACE, at: start)
        }
        if !isInRecord { try findRecord(name, namespace, at: start, isEmpty: isEmpty, scopeMark) }
        if !attributes.isEmpty { try resolve(at: start) }
        try checkLimits(at: start)
        countLines(to: end - 1)
        if let last = open.indices.last { open[last].hasChildren = true }
        let node = Int32(truncatingIfNeeded: nodes.count)
        if isInRecord { appendNodes(name, namespace) }
        position = end
        runStart = end
        isRunInScratch = false
        retry = 0
        guard isEmpty else {
            open.append(Open(nameOffset: openNames.count, nameCount: name.count, scopeMark: scopeMark, node: node))
            openNames.append(contentsOf: bytes(name.offset, name.count))
            return false
        }
        scope.removeLast(downTo: scopeMark)
        if isInRecord {
            guard open.count == recordDepth else { return false }
            try endRecord()
            return true
        }
        if open.isEmpty { hasRoot = true }
        return false
    }

    private func bytes(_ offset: Int, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text + offset, count: count)
    }

    private func bytes(of run: XMLRun) -> [UInt8] {
        run.isInScratch ? Array(scratch[run.offset..<run.offset + run.count]) : Array(bytes(run.offset, run.count))
    }

    private func localName(_ name: XMLTagName) -> UnsafeBufferPointer<UInt8> {
        name.prefix == 0 ? bytes(name.offset, name.count) : bytes(name.offset + name.prefix + 1, name.count - name.prefix - 1)
    }

    // MARK: Records

    private mutating func findRecord(
        _ name: XMLTagName, _ namespace: Int32, at start: Int, isEmpty: Bool, _ scopeMark: Int
    ) throws(Stop) {
        guard leads(name, namespace: namespace) else {
            if open.isEmpty {
                throw fault(
                    .datasetUnknown, "the root element is not the one that \(path.text) begins with", "根元素与 \(path.text) 的第一级不符",
                    at: start)
            }
            return
        }
        guard open.count == path.steps.count - 1 else {
            if !isEmpty { matched = open.count + 1 }
            return
        }
        beginRecord(at: start)
        if number <= recordsPassed {
            isPassing = true
            throw .limit
        }
        if keepsDeclarations { collectDeclarations(scopeMark) }
    }

    /// Whether an element is on the path; without a namespace only its local name counts.
    private func leads(_ name: XMLTagName, namespace: Int32?) -> Bool {
        let depth = open.count
        guard matched == depth, depth < path.steps.count else { return false }
        switch path.steps[depth] {
        case .any: return true
        case .name(let wanted): return localName(name).elementsEqual(wanted.utf8)
        case .qualified(let uri, let wanted):
            guard localName(name).elementsEqual(wanted.utf8) else { return false }
            return namespace.map { scope.names[Int($0)].elementsEqual(uri.utf8) } ?? true
        }
    }

    private mutating func checkLimits(at start: Int) throws(Stop) {
        if scope.count > limits.namespacesMax {
            let max = limits.namespacesMax
            throw limit(
                .countOverLimit, "more than \(max) namespace declarations are in force at once", "同时有效的命名空间声明超过 \(max) 个",
                at: start)
        }
        guard isInRecord else {
            if open.count >= Self.openMax {
                throw limit(
                    .depthOverLimit, "elements around the records nest deeper than \(Self.openMax) levels",
                    "记录之外的元素嵌套超过 \(Self.openMax) 层", at: start)
            }
            return
        }
        nodeCount += 1 + attributes.count
        if nodeCount > limits.nodesMax {
            let max = limits.nodesMax
            throw limit(
                .countOverLimit, "the record has more than \(max) elements and attributes", "该记录中的元素和属性超过 \(max) 个", at: start)
        }
        if open.count - recordDepth >= limits.depthMax {
            let max = limits.depthMax
            throw limit(.depthOverLimit, "elements nest deeper than \(max) levels", "元素的嵌套超过 \(max) 层", at: start)
        }
    }

    // MARK: Namespaces

    private mutating func declare(at start: Int) throws(Stop) {
        for attribute in attributes where attribute.isDeclaration {
            let prefix = attribute.name.prefix == 0 ? [] : Array(localName(attribute.name))
            let value = bytes(of: attribute.value)
            let isXML = prefix.elementsEqual("xml".utf8)
            guard isXML == (value == XMLNamespaceScope.xmlName), value != XMLNamespaceScope.xmlnsName,
                !prefix.elementsEqual("xmlns".utf8), prefix.isEmpty || !value.isEmpty
            else { throw fault(XML_NS_ERR_XML_NAMESPACE, at: start) }
            if isXML { continue }
            guard value.isEmpty || scope.knows(value) || Self.isURI(value) else {
                throw fault(XML_WAR_NS_URI, at: start)
            }
            scope.declare(prefix, value)
        }
    }

    /// Whether libxml2 takes a namespace name for a URI reference (RFC 3986).
    private static func isURI(_ name: [UInt8]) -> Bool {
        let uri = (name + [0]).withUnsafeBufferPointer { buffer in
            // One byte at least, the last one zero.
            buffer.baseAddress.flatMap { xmlParseURI(UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self)) }
        }
        guard let uri else { return false }
        xmlFreeURI(uri)
        return true
    }

    private mutating func resolve(at start: Int) throws(Stop) {
        for index in attributes.indices {
            let name = attributes[index].name
            if name.prefix > 0, !attributes[index].isDeclaration {
                guard let namespace = scope.number(ofPrefix: bytes(name.offset, name.prefix)) else {
                    throw fault(XML_NS_ERR_UNDEFINED_NAMESPACE, at: start)
                }
                attributes[index].namespace = namespace
            }
            for other in 0..<index {
                let known = attributes[other].name
                if known.count == name.count, memcmp(text + known.offset, text + name.offset, name.count) == 0 {
                    throw fault(XML_ERR_ATTRIBUTE_REDEFINED, at: start)
                }
                if attributes[index].namespace != 0, attributes[other].namespace == attributes[index].namespace,
                    localName(known).elementsEqual(localName(name))
                {
                    throw fault(XML_NS_ERR_ATTRIBUTE_REDEFINED, at: start)
                }
            }
        }
    }

    /// What is declared around the record and not by its own start tag, as attributes.
    private mutating func collectDeclarations(_ scopeMark: Int) {
        declarations.removeAll(keepingCapacity: true)
        let all = scope.declarations
        for index in 0..<scopeMark {
            let declaration = all[index]
            if declaration.number == XMLNamespaceScope.none { continue }
            // An inner one hides it.
            if all[(index + 1)...].contains(where: { $0.prefix == declaration.prefix }) { continue }
            declarations +=
                Array(" xmlns".utf8) + (declaration.prefix.isEmpty ? [] : [0x3A] + declaration.prefix) + Array("=\"".utf8)
            scope.names[Int(declaration.number)].withUnsafeBufferPointer { name in
                // The name came out of a document, so it can be written in one.
                _ = XMLEscape.append(name, to: &declarations, as: .attribute)
            }
            declarations.append(0x22)
        }
    }

    // MARK: Nodes

    private mutating func appendNodes(_ name: XMLTagName, _ namespace: Int32) {
        let line = UInt32(clamping: line)
        let element = Int32(truncatingIfNeeded: nodes.count)
        nodes.append(
            XMLRecordNode(
                nameOffset: Int32(truncatingIfNeeded: name.offset - recordStart),
                nameCount: Int32(truncatingIfNeeded: name.count),
                prefixCount: Int32(truncatingIfNeeded: name.prefix), nameNumber: name.number, namespace: namespace,
                valueOffset: 0,
                valueCount: 0, isValueInScratch: false, isAttribute: false, line: line,
                parent: open.count > recordDepth ? open[open.count - 1].node : -1))
        for attribute in attributes where !attribute.isDeclaration && !isSchemaLocation(attribute) {
            let value = attribute.value
            nodes.append(
                XMLRecordNode(
                    nameOffset: Int32(truncatingIfNeeded: attribute.name.offset - recordStart),
                    nameCount: Int32(truncatingIfNeeded: attribute.name.count),
                    prefixCount: Int32(truncatingIfNeeded: attribute.name.prefix), nameNumber: attribute.name.number,
                    namespace: attribute.namespace,
                    valueOffset: Int32(truncatingIfNeeded: value.isInScratch ? value.offset : value.offset - recordStart),
                    valueCount: Int32(truncatingIfNeeded: value.count), isValueInScratch: value.isInScratch, isAttribute: true,
                    line: line, parent: element))
        }
    }

    /// What says where a schema is, is left out, as `XMLParser` does.
    private func isSchemaLocation(_ attribute: XMLTagAttribute) -> Bool {
        guard attribute.namespace > XMLNamespaceScope.xml, scope.names[Int(attribute.namespace)] == Self.schemaInstance else {
            return false
        }
        let name = localName(attribute.name)
        return name.elementsEqual("schemaLocation".utf8) || name.elementsEqual("noNamespaceSchemaLocation".utf8)
    }
}
