public import ExchangeModel

/// The texts of a source by the paths that explanations of a mapping use.
enum SourceTexts {
    /// Canonical fields with the text of the source that each was made of, as it stood there.
    static func read(_ result: InboundResult, of tree: RecordTree) -> [(target: String, text: String)] {
        // A field without a value names a place of the source only where that place was found faulty.
        let faulty = Set(result.findings.map(\.path))
        let traces = result.traces.filter { $0.value != nil || faulty.contains($0.sourcePath) }
        let wanted = Set(traces.map(\.sourcePath))
        var texts: [String: String] = [:]
        for index in tree.nodes.indices {
            let node = tree.nodes[index]
            guard node.value.count > 0 else { continue }
            let path = path(of: RecordTree.NodeIndex(index), in: tree)
            if wanted.contains(path) { texts[path] = tree.text(node.value) }
        }
        return traces.compactMap { trace in texts[trace.sourcePath].map { (trace.target, $0) } }
    }

    /// An XPath where the record was XML, a JSON pointer where it was JSON or a row.
    private static func path(of node: RecordTree.NodeIndex, in tree: RecordTree) -> String {
        guard tree.root != RecordTree.none, tree[tree.root].rawName.count == 0 else { return tree.path(of: node) }
        var parts: [String] = []
        var index = node
        while index != RecordTree.none, index != tree.root {
            let current = tree[index]
            if current.isArrayElement {
                var number = 0
                var sibling = tree[current.parent].firstChild
                while sibling != RecordTree.none, sibling != index {
                    if tree.text(tree[sibling].rawName) == tree.text(current.rawName) { number += 1 }
                    sibling = tree[sibling].nextSibling
                }
                parts.append(String(number))
            }
            parts.append(tree.text(current.rawName))
            index = current.parent
        }
        return "/" + parts.reversed().joined(separator: "/")
    }
}

extension CaseDisguise {
    /// Learns from a run of a mapping with traces over the tree of a source.
    public mutating func learn(result: InboundResult, of tree: RecordTree, schema: CanonicalSchema) {
        learn(sources: SourceTexts.read(result, of: tree), schema: schema)
    }
}
