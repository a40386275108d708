internal import ExchangeModel

extension FormChecker {
    /// Compares what an outbound mapping writes with the schema.
    mutating func checkTarget(_ tree: TargetNode, _ root: FormModel.Member) {
        checkGroup(tree, root, path: "", 0)
    }

    private mutating func checkGroup(_ node: TargetNode, _ group: FormModel.Member, path: String, _ depth: Int) {
        guard depth < FormModel.depthMax else { return }
        let shape = model.shape(of: group)
        var ranked: [(node: TargetNode, rank: Int)] = []
        var written: Set<FormModel.Member> = []
        for child in node.children {
            let outer = fragment
            fragment = child.origin ?? outer
            defer { fragment = outer }
            let childPath = path.isEmpty ? child.name : "\(path).\(child.name)"
            let isAttribute = child.name.hasPrefix("@")
            guard let (namespace, local) = resolve(isAttribute ? String(child.name.dropFirst()) : child.name) else { continue }
            let all = shape.members.filter { $0.name == local && $0.namespace == namespace && $0.isAttribute == isAttribute }
            guard let member = shape.member(local, namespace: namespace, isAttribute: isAttribute) else {
                if !shape.isOpen { reportUnknown(child, local, isAttribute, in: group, shape, childPath) }
                continue
            }
            written.formUnion(all)
            // A name that stands in several places of the sequence has no one place.
            if all.count == 1, !isAttribute, !shape.isOpen { ranked.append((child, all[0].rank)) }
            check(child, member, path: childPath, depth)
        }
        if file.to.format?.text == "xml" { checkOrder(ranked, in: group, path) }
        for member in shape.members where member.isRequired && member.isClear && !written.contains(member) {
            let name = path.isEmpty ? self.written(member) : "\(path).\(self.written(member))"
            report(
                node.position, name,
                "\(member.isAttribute ? "the attribute" : "the element") \(labelled(member)) is required in \(place(group)) by \(schemaName) and never set",
                "\(schemaName) 要求\(placeZH(group))中必须有\(member.isAttribute ? "属性" : "元素")\(labelledZH(member))，但从未设置")
        }
    }

    private func place(_ group: FormModel.Member) -> String { group.name.isEmpty ? "the record" : "\"\(group.name)\"" }
    private func placeZH(_ group: FormModel.Member) -> String { group.name.isEmpty ? "记录" : "“\(group.name)”" }
    private func labelledZH(_ member: FormModel.Member) -> String {
        member.label.isEmpty ? "“\(member.name)”" : "“\(member.name)”（\(member.label)）"
    }

    private mutating func reportUnknown(
        _ child: TargetNode, _ local: String, _ isAttribute: Bool, in group: FormModel.Member, _ shape: FormModel.Shape,
        _ path: String
    ) {
        let among = shape.members.filter { $0.isAttribute == isAttribute }
        let (hint, hintZH) = hint(
            isAttribute ? "@" + local : local, among.map { written($0) }, sameName: among.first { $0.name == local })
        report(
            child.position, path, "\(schemaName) has no \"\(child.name)\" in \(place(group))\(hint)",
            "\(schemaName) 的\(placeZH(group))中没有“\(child.name)”\(hintZH)", code: .keyUnknown)
    }

    private mutating func check(_ node: TargetNode, _ member: FormModel.Member, path: String, _ depth: Int) {
        guard node.branches.isEmpty else {
            for branch in node.branches { check(branch, member, path: path, depth) }
            return
        }
        let shape = model.shape(of: member)
        if node.isRepeated, !member.repeats, member.isClear {
            report(
                node.position, path, "\(labelled(member)) stands once in \(schemaName); a second item would be refused",
                "\(schemaName) 中“\(member.name)”只能出现一次，第二项会被拒绝", severity: .warning)
        }
        if let value = node.value {
            if !shape.takesText, !shape.isOpen {
                let inner = shape.members.filter { !$0.isAttribute }.map { written($0) }
                report(
                    node.position, path,
                    "\(labelled(member)) takes no text; it is a group" + (inner.isEmpty ? "" : " of \(Self.listed(inner))"),
                    "“\(member.name)”不接受文本，它是字段组" + (inner.isEmpty ? "" : "：\(Self.listed(inner))"))
                return
            }
            checkFit(value, member, shape.rules, path: path)
        } else if !shape.isOpen, shape.members.allSatisfy(\.isAttribute), shape.takesText,
            node.children.contains(where: { !$0.name.hasPrefix("@") })
        {
            report(
                node.position, path, "\(labelled(member)) is a text in \(schemaName), not a group",
                "“\(member.name)”在 \(schemaName) 中是文本，不是字段组")
        } else {
            checkGroup(node, member, path: path, depth + 1)
        }
    }

    /// Reports the fewest elements whose move puts all in the order of the schema.
    private mutating func checkOrder(_ ranked: [(node: TargetNode, rank: Int)], in group: FormModel.Member, _ path: String) {
        let kept = Self.longestRising(ranked.map(\.rank))
        guard kept.count < ranked.count else { return }
        let inPlace = Set(kept)
        for (index, entry) in ranked.enumerated() where !inPlace.contains(index) {
            let next = kept.first { ranked[$0].rank > entry.rank }
            let before = kept.last { ranked[$0].rank <= entry.rank }
            let name = path.isEmpty ? entry.node.name : "\(path).\(entry.node.name)"
            let (hint, hintZH) =
                if let next {
                    (" before \"\(ranked[next].node.name)\"", "应位于“\(ranked[next].node.name)”之前")
                } else if let before {
                    (" behind \"\(ranked[before].node.name)\"", "应位于“\(ranked[before].node.name)”之后")
                } else { ("", "顺序不符") }
            report(
                entry.node.position, name,
                "\(schemaName) has \"\(entry.node.name)\"\(hint); elements are written in the order of the file",
                "按 \(schemaName)，“\(entry.node.name)”\(hintZH)；元素按文件中的顺序写出")
        }
    }

    /// Indexes of a longest part of the numbers that never falls.
    static func longestRising(_ numbers: [Int]) -> [Int] {
        var tails: [Int] = []
        var before = [Int](repeating: -1, count: numbers.count)
        for index in numbers.indices {
            var low = 0
            var high = tails.count
            while low < high {
                let middle = (low + high) / 2
                if numbers[tails[middle]] <= numbers[index] { low = middle + 1 } else { high = middle }
            }
            if low > 0 { before[index] = tails[low - 1] }
            if low == tails.count { tails.append(index) } else { tails[low] = index }
        }
        var result: [Int] = []
        var next = tails.last ?? -1
        while next >= 0 {
            result.append(next)
            next = before[next]
        }
        return result.reversed()
    }
}
