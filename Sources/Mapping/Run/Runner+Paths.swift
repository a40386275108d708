internal import ExchangeModel

extension Runner {
    /// An entry of a `keys:` table.
    struct KeyEntry {
        var bytes: Bytes
        var node: RecordTree.NodeIndex
    }

    /// The entries of one key, sorted by their bytes, then by their order in the document.
    struct KeyTable {
        var entries: [KeyEntry]?
    }

    /// The node at the end of a path, or `none`, with `missing` saying where it ended.
    mutating func find(
        _ index: Int32, scope: RecordTree.NodeIndex, valueNode: RecordTree.NodeIndex
    ) -> RecordTree.NodeIndex {
        let path = tables.paths[Int(index)]
        var node = start(path, index: index, scope: scope, valueNode: valueNode)
        guard node != RecordTree.none else { return RecordTree.none }
        for number in path.firstStep..<path.firstStep + path.stepCount {
            let next = firstMatch(tables.steps[Int(number)], of: node)
            guard next != RecordTree.none else {
                missing = Missing(node: node, path: index, step: number - path.firstStep)
                if recorder != nil { recordMiss() }
                return RecordTree.none
            }
            node = next
        }
        if recorder != nil { recordRead(index, node) }
        return node
    }

    /// All nodes at the end of a path, into `values`; false when the path does not even begin.
    mutating func collect(
        _ index: Int32, scope: RecordTree.NodeIndex, valueNode: RecordTree.NodeIndex
    ) -> Bool {
        let path = tables.paths[Int(index)]
        if path.anchor == .group { return collectGroup(path, index: index) }
        let node = start(path, index: index, scope: scope, valueNode: valueNode)
        values.removeAll(keepingCapacity: true)
        guard node != RecordTree.none else { return false }
        missing = Missing(node: node, path: index, step: 0)
        collect(from: node, step: path.firstStep, end: path.firstStep + path.stepCount)
        if recorder != nil { recordReads(index, from: node) }
        return true
    }

    /// The same from every item of the current group.
    private mutating func collectGroup(_ path: Program.Path, index: Int32) -> Bool {
        values.removeAll(keepingCapacity: true)
        guard let first = groupItems.first else { return false }
        missing = Missing(node: first, path: index, step: 0)
        for item in groupItems where !isStopped {
            collect(from: item, step: path.firstStep, end: path.firstStep + path.stepCount)
        }
        if recorder != nil { recordReads(index, from: first) }
        return true
    }

    private mutating func collect(from node: RecordTree.NodeIndex, step number: Int32, end: Int32) {
        guard number < end else {
            values.append(Value(bytes: text(of: node), node: node))
            return
        }
        let step = tables.steps[Int(number)]
        var next = firstMatch(step, of: node)
        while next != RecordTree.none, !isStopped {
            collect(from: next, step: number + 1, end: end)
            guard step.takesAll else { return }
            next = match(step, from: nodes[Int(next)].nextSibling)
        }
    }

    private mutating func start(
        _ path: Program.Path, index: Int32, scope: RecordTree.NodeIndex, valueNode: RecordTree.NodeIndex
    ) -> RecordTree.NodeIndex {
        switch path.anchor {
        case .current: return scope
        case .root: return tree.root
        case .value: return valueNode == RecordTree.none ? scope : valueNode
        case .variable: return node(ofSlot: path.anchorArgument)
        // Compiled only where several values are wanted.
        case .group: return RecordTree.none
        case .parent:
            var node = scope
            for _ in 0..<path.anchorArgument where node != RecordTree.none { node = nodes[Int(node)].parent }
            return node
        case .key:
            let reference = find(path.keyPath, scope: scope, valueNode: valueNode)
            guard reference != RecordTree.none else { return RecordTree.none }
            let bytes = Self.trimmed(text(of: reference))
            guard bytes.count > 0 else {
                missing = Missing(node: reference, path: path.keyPath, step: tables.paths[Int(path.keyPath)].stepCount)
                return RecordTree.none
            }
            let found = lookUp(Int(path.anchorArgument), bytes)
            if found == RecordTree.none {
                let name = tables.program.keyNames[Int(path.anchorArgument)]
                report(
                    .referenceBroken, at: reference, "no \(name) of this document has the key that is named here",
                    "文档中没有此处引用的 \(name)")
                missing = Missing(node: RecordTree.none, path: -1, step: 0)
            }
            return found
        }
    }

    /// The child or attribute that a step leads to: the first that fits, or the one at its place.
    mutating func firstMatch(_ step: Program.Step, of node: RecordTree.NodeIndex) -> RecordTree.NodeIndex {
        var found = match(step, from: step.isAttribute ? nodes[Int(node)].firstAttribute : nodes[Int(node)].firstChild)
        if step.place == 0 { return found }
        var number: Int32 = 1
        while found != RecordTree.none, number != step.place {
            let next = match(step, from: nodes[Int(found)].nextSibling)
            if next == RecordTree.none { return step.place < 0 ? found : RecordTree.none }
            found = next
            number += 1
        }
        return found
    }

    private mutating func match(_ step: Program.Step, from start: RecordTree.NodeIndex) -> RecordTree.NodeIndex {
        var index = start
        var visited = 0
        while index != RecordTree.none {
            visited += 1
            if nodes[Int(index)].name == step.name || step.isAny, step.predicate == .none || holds(step, at: index) { break }
            index = nodes[Int(index)].nextSibling
        }
        visitsLeft -= visited
        if visitsLeft < 0 {
            stop(
                "mapping this record takes more than \(options.visitsMax) steps (visitsMax)",
                "映射本记录的步数超过 \(options.visitsMax)(visitsMax)", .countOverLimit)
            return RecordTree.none
        }
        return index
    }

    /// Whether a predicate holds: of several children of its name one is enough to be equal or to be there, and none may be
    /// equal for `!=`.
    private mutating func holds(_ step: Program.Step, at node: RecordTree.NodeIndex) -> Bool {
        var index = step.predicateIsAttribute ? nodes[Int(node)].firstAttribute : nodes[Int(node)].firstChild
        while index != RecordTree.none {
            visitsLeft -= 1
            if nodes[Int(index)].name == step.predicateName {
                switch step.predicate {
                case .none: return true
                case .exists: if isFilled(index) { return true }
                case .equals: if Self.areEqual(text(of: index), tables.bytes(step.predicateValue)) { return true }
                case .differs: if Self.areEqual(text(of: index), tables.bytes(step.predicateValue)) { return false }
                }
            }
            index = nodes[Int(index)].nextSibling
        }
        return step.predicate == .differs
    }

    /// Whether a node has text or anything in it.
    func isFilled(_ node: RecordTree.NodeIndex) -> Bool {
        Self.hasContent(text(of: node)) || nodes[Int(node)].firstChild != RecordTree.none
    }

    // MARK: Keys

    private mutating func lookUp(_ key: Int, _ bytes: Bytes) -> RecordTree.NodeIndex {
        while keyTables.count < tables.program.keys.count { keyTables.append(KeyTable(entries: nil)) }
        let entries: [KeyEntry]
        if let built = keyTables[key].entries {
            entries = built
        } else {
            entries = build(tables.program.keys[key])
            keyTables[key].entries = entries
        }
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if Self.precedes(entries[middle].bytes, bytes) { low = middle + 1 } else { high = middle }
        }
        guard low < entries.count, Self.areEqual(entries[low].bytes, bytes) else { return RecordTree.none }
        return entries[low].node
    }

    private mutating func build(_ key: Program.Key) -> [KeyEntry] {
        let kept = (values, missing)
        defer { (values, missing) = kept }
        recorder?.story?.isQuiet = true
        defer { recorder?.story?.isQuiet = false }
        guard collect(key.each, scope: tree.root, valueNode: RecordTree.none) else { return [] }
        var entries: [KeyEntry] = []
        for item in values.map(\.node) {
            let node = find(key.key, scope: item, valueNode: RecordTree.none)
            guard node != RecordTree.none else { continue }
            let bytes = Self.trimmed(text(of: node))
            if bytes.count > 0 { entries.append(KeyEntry(bytes: bytes, node: item)) }
        }
        entries.sort { left, right in
            if Self.precedes(left.bytes, right.bytes) { return true }
            return !Self.precedes(right.bytes, left.bytes) && left.node < right.node
        }
        return entries
    }

    static func areEqual(_ left: Bytes, _ right: Bytes) -> Bool {
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }

    static func precedes(_ left: Bytes, _ right: Bytes) -> Bool { left.lexicographicallyPrecedes(right) }
}
