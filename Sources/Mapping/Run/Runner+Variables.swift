internal import ExchangeModel

// Variables (`let:`), lists side by side (`zip:`) and groups (`by:`).
extension Runner {
    /// Lets the variables of a level begin at a node; each is worked out when it is first asked for.
    mutating func declare(_ run: Program.Run, scope: RecordTree.NodeIndex) {
        for index in run.first..<run.first + run.count {
            let slot = Int(tables.lets[Int(index)].slot)
            slots[slot].state = .waiting
            slots[slot].scope = scope
            slots[slot].group = groupItems
            slots[slot].variable = index
        }
    }

    /// Makes what a variable holds the value.
    mutating func load(_ number: Int32) -> Outcome {
        let slot = Int(number)
        if slots[slot].state == .waiting {
            // The expression in whose midst it is asked for goes on with what it had.
            let kept = (values, groupItems)
            groupItems = slots[slot].group
            let outcome = evaluate(variable: slots[slot].variable, scope: slots[slot].scope)
            slots[slot].outcome = outcome
            slots[slot].value = value
            slots[slot].values.removeAll()
            if case .many = outcome { slots[slot].values = values }
            slots[slot].missing = missing
            slots[slot].state = .known
            (values, groupItems) = kept
        } else if let recorder {
            recorder.story?.recall(slot: number)
        }
        missing = slots[slot].missing
        value = slots[slot].value
        if case .many = slots[slot].outcome { values = slots[slot].values }
        return slots[slot].outcome
    }

    /// The node that a variable names, or `none`.
    mutating func node(ofSlot number: Int32) -> RecordTree.NodeIndex {
        let slot = Int(number)
        if slots[slot].state == .waiting {
            let variable = tables.lets[Int(slots[slot].variable)]
            let node = find(variable.path, scope: slots[slot].scope, valueNode: RecordTree.none)
            slots[slot].value.node = node
            slots[slot].missing = missing
            slots[slot].state = .known
        }
        if slots[slot].value.node == RecordTree.none { missing = slots[slot].missing }
        return slots[slot].value.node
    }

    // MARK: Lists

    /// Writes one item for each place of lists of one length; false when none was written.
    mutating func zip(_ entry: Program.Entry, _ level: Program.Level, index: Int, scope: RecordTree.NodeIndex) -> Bool {
        var lists: [[Value]] = []
        var place = RecordTree.none
        for number in level.lists.first..<level.lists.first + level.lists.count {
            switch evaluate(variable: number, scope: scope) {
            case .failed: return false
            case .many:
                lists.append(values)
                if place == RecordTree.none { place = values.first?.node ?? RecordTree.none }
            case .absent, .single: lists.append([])
            }
        }
        let count = lists.first?.count ?? 0
        guard lists.allSatisfy({ $0.count == count }) else {
            let counts = lists.map { String($0.count) }
            report(
                .fieldInvalid, at: place,
                "lists that belong together have different lengths: \(counts.joined(separator: ", "))",
                "应一一对应的列表长度不同：\(counts.joined(separator: "、"))")
            return false
        }
        if recorder != nil { recordItems(of: index, count) }
        guard count > 0 else { return false }
        var isAny = false
        let array = output.begin(array: entry.name)
        for position in 0..<count where !isStopped {
            for (list, number) in lists.indices.lazy.map({ ($0, level.lists.first + Int32($0)) }) {
                let value = lists[list][position]
                let slot = Int(tables.lets[Int(number)].slot)
                slots[slot].state = .known
                slots[slot].outcome = Self.hasContent(value.bytes) ? .single : .absent
                slots[slot].value = value
                slots[slot].missing = Missing(node: value.node, path: -1, step: 0)
            }
            if writeItem(entry, level, index: index, scope: scope) { isAny = true }
        }
        output.end(array, isArray: true)
        return isAny
    }

    // MARK: Groups

    /// Writes one item for each group of the nodes in `values` that share a key, in the order in which keys appear.
    mutating func repeatGroups(_ entry: Program.Entry, _ level: Program.Level, index: Int) -> Bool {
        let items = values.map(\.node)
        var keyed: [KeyEntry] = []
        keyed.reserveCapacity(items.count)
        for item in items {
            switch evaluate(groupKey: level.key, scope: item) {
            case .failed: return false
            case .single where Self.hasContent(value.bytes):
                keyed.append(KeyEntry(bytes: Self.trimmed(value.bytes), node: item))
            default:
                report(.fieldRequired, at: item, "the value that items are grouped by is missing", "缺少用于分组的值")
                return false
            }
        }
        // Nodes are numbered in the order of the document.
        keyed.sort { left, right in
            if Self.precedes(left.bytes, right.bytes) { return true }
            return !Self.precedes(right.bytes, left.bytes) && left.node < right.node
        }
        var groups: [[RecordTree.NodeIndex]] = []
        for (number, item) in keyed.enumerated() {
            if number > 0, Self.areEqual(keyed[number - 1].bytes, item.bytes) {
                groups[groups.count - 1].append(item.node)
            } else {
                groups.append([item.node])
            }
        }
        groups.sort { $0[0] < $1[0] }
        if groups.isEmpty { return false }
        let outer = groupItems
        defer { groupItems = outer }
        var isAny = false
        let array = output.begin(array: entry.name)
        for group in groups where !isStopped {
            groupItems = group
            if writeItem(entry, level, index: index, scope: group[0]) { isAny = true }
        }
        output.end(array, isArray: true)
        return isAny
    }
}
