public import ExchangeModel
public import XML

/// Cuts an XML document into records: every element at a path is one, and its tree is the one that `XMLRecordReader` makes of the
/// same element as a document of its own, with the lines of the whole stream.
///
/// With a schema each record is checked as such a document too; the paths of findings begin at the record. A record that breaks a
/// limit or the schema is refused by itself; a fault of syntax makes the rest unreadable, since nobody can say what it belongs to.
/// In UTF-16, GB 18030, GBK and GB 2312 the offsets of a place count bytes of the UTF-8 that was made of the stream.
/// Throws nothing; see `RecordCutter` for how it is used.
public final class XMLRecordCutter: RecordCutter {
    /// The schema that records are checked against.
    public let schema: XMLSchema?

    private let names: NameTable
    private let parser: XMLParser
    private let window = ByteWindow()
    private let path: XMLRecordPath
    private let keepsDocuments: Bool
    private var decoder = XMLStreamDecoder()
    private var scan: XMLRecordScan
    private var ids: XMLNameIDs
    private var isFinished = false
    /// Whether the last record is in memory from its first byte to its last.
    private var isHeld = false
    private var isEnded = false

    /// A cutter at the beginning of a document. `names` are the names that the mapping reads.
    ///
    /// - Parameter keepsDocuments: whether `heldDocument` will be asked for.
    public init(
        path: XMLRecordPath, limits: XMLLimits = .default, schema: XMLSchema? = nil, names: NameTable,
        keepsDocuments: Bool = false
    ) {
        self.path = path
        self.keepsDocuments = keepsDocuments
        self.schema = schema
        self.names = names
        // The record as a document has the declarations of namespaces around it too.
        var limitsOfDocument = limits
        limitsOfDocument.bytesMax = limits.bytesMax + (1 << 20)
        limitsOfDocument.nodesMax = limits.nodesMax + limits.namespacesMax
        limitsOfDocument.attributesMax = limits.attributesMax + limits.namespacesMax
        parser = XMLParser(limits: limitsOfDocument)
        scan = XMLRecordScan(path: path, limits: limits, keepsDeclarations: keepsDocuments || schema != nil)
        ids = XMLNameIDs()
    }

    /// The elements around the records must be read again.
    public var resumption: RecordResumption { .fromBeginning }
    /// Always: `resume` comes before the first byte.
    public var isHeadRead: Bool { true }

    /// The record with the declarations of namespaces around it, in UTF-8.
    public var heldDocument: [UInt8]? { keepsDocuments && isHeld ? scan.recordDocument : nil }

    /// Adds bytes of the document.
    public func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        if isEnded { return }
        decoder.decode(bytes, isLast: false) { window.append($0) }
    }

    /// Says that the document ends here.
    public func finish() {
        isFinished = true
        decoder.decode(UnsafeBufferPointer(start: nil, count: 0), isLast: true) { window.append($0) }
    }

    /// Begins again: the document must be appended from its beginning, and records up to the place are passed over.
    public func resume(behind place: RecordPlace) {
        window.removeAll()
        decoder = XMLStreamDecoder()
        scan = XMLRecordScan(path: path, limits: scan.limits, keepsDeclarations: keepsDocuments || schema != nil)
        scan.recordsPassed = place.number
        ids = XMLNameIDs()
        (isFinished, isEnded) = (false, false)
    }

    /// Cuts the next record.
    public func next(into tree: inout RecordTree) -> RecordCut {
        if isEnded { return .end }
        isHeld = false
        if let refusal = decoder.refusal { return end(with: refusal) }
        let end: XMLRecordScan.TextEnd =
            decoder.brokenEncoding.map { .broken($0) } ?? (isFinished ? .finished : .open)
        switch scan.advance(window.bytes, count: window.count, end: end) {
        case .needsBytes:
            window.drop(scan.release())
            return .needsBytes
        case .record:
            isHeld = true
            fill(&tree)
            let findings = schema.map { check($0) } ?? []
            return findings.isEmpty ? .record(place) : .refused(place, findings)
        case .refused(let finding): return .refused(place, [finding])
        case .unreadable(let finding): return self.end(with: finding)
        case .end:
            isEnded = true
            return .end
        }
    }

    private func end(with finding: Finding) -> RecordCut {
        isEnded = true
        window.removeAll()
        return .unreadable([finding])
    }

    private var place: RecordPlace {
        let end = scan.recordEnd
        return RecordPlace(
            number: scan.number, offset: scan.recordOffset, end: end.offset, line: scan.recordPosition.line,
            endLine: end.position.line, endColumn: end.position.column)
    }

    /// What the schema says of the record, in lines of the stream.
    private func check(_ schema: XMLSchema) -> [Finding] {
        var findings: [Finding]
        switch parser.parse(scan.recordDocument) {
        case .refused(let finding): findings = [finding]
        case .document(let document): findings = schema.validate(document)
        }
        for index in findings.indices where findings[index].position.line > 0 {
            if findings[index].position.line == 1, findings[index].position.column > 0 {
                findings[index].position.column += scan.recordPosition.column - 1
            }
            findings[index].position.line += scan.recordPosition.line - 1
        }
        return findings
    }

    private func fill(_ tree: inout RecordTree) {
        tree.removeAll()
        ids.begin(generation: scan.namespaceGeneration)
        scan.withRecord { nodes, record, scratch in
            for node in nodes {
                let name = UnsafeBufferPointer(start: record + Int(node.nameOffset), count: Int(node.nameCount))
                let id =
                    ids.known(node)
                    ?? ids.look(up: node, name, names, namespace: node.namespace == 0 ? [] : scan.namespace(node.namespace))
                let rawName = tree.store(name)
                var value = RecordTree.Slice.empty
                if node.valueCount > 0 {
                    // A value in the scratch has bytes, so the scratch has an address.
                    let base = node.isValueInScratch ? scratch.baseAddress ?? record : record
                    value = tree.store(UnsafeBufferPointer(start: base + Int(node.valueOffset), count: Int(node.valueCount)))
                }
                _ = tree.append(
                    name: id, kind: node.isAttribute ? .attribute : .group, rawName: rawName, value: value,
                    position: SourcePosition(line: Int(node.line)), to: node.parent)
            }
        }
    }
}

/// The ids of names in a mapping's table, by the numbers that the scan gives to names, so that each is looked up once.
struct XMLNameIDs {
    private struct Known {
        var namespace: Int32
        var id: NameID
    }

    private var known: [Known] = []
    private var generation = 0

    /// Forgets what numbers of namespaces meant before.
    mutating func begin(generation: Int) {
        if generation == self.generation { return }
        self.generation = generation
        known.removeAll()
    }

    @inline(__always)
    func known(_ node: XMLRecordNode) -> NameID? {
        let number = Int(node.nameNumber)
        guard number < known.count, known[number].namespace == node.namespace else { return nil }
        return known[number].id
    }

    mutating func look(
        up node: XMLRecordNode, _ name: UnsafeBufferPointer<UInt8>, _ names: NameTable, namespace: [UInt8]
    ) -> NameID {
        let local = node.prefixCount > 0 ? UnsafeBufferPointer(rebasing: name[(Int(node.prefixCount) + 1)...]) : name
        var id = NameID.unknown
        if node.namespace == 0 {
            id = names.id(of: local)
        } else if let number = namespace.withUnsafeBufferPointer({ names.namespaceNumber($0) }) {
            id = names.id(of: local, namespace: number)
        }
        let number = Int(node.nameNumber)
        guard number > 0 else { return id }
        // Number 0 is no name, and -1 no namespace: neither is ever found.
        while known.count <= number { known.append(Known(namespace: -1, id: .unknown)) }
        known[number] = Known(namespace: node.namespace, id: id)
        return id
    }
}
