internal import ExchangeModel

extension DraftWriter {
    /// The mapping to the partner's form, its elements in the order of the schema.
    mutating func outbound() -> String {
        head()
        lines.append("")
        lines.append("fields:")
        let before = guesses
        elements(of: form.root, path: [], indent: "  ", canonicalDepth: 0, 0)
        if guesses == before { lines.append("  {}") }
        unused("Elements that nothing is guessed for:")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether something below a member is guessed.
    private func isUsed(_ path: [String]) -> Bool {
        matcher.guesses.contains { leaves[$0.form].names.starts(with: path) && text(of: $0).text != nil }
    }

    private mutating func elements(of member: FormModel.Member, path: [String], indent: String, canonicalDepth: Int, _ depth: Int)
    {
        guard depth < DraftFormReader.depthMax else { return }
        for child in form.model.shape(of: member).members {
            let names = path + [child.name]
            let name = form.written(child)
            let label = child.label.isEmpty ? "" : " (\(Self.remark(child.label)))"
            if child.isAttribute {
                if child.isRequired {
                    lines.append("\(indent)# needed: the attribute \(name)\(label); attributes cannot be written")
                    needed.append(names.joined(separator: "."))
                }
                continue
            }
            if let index = leaves.firstIndex(where: { $0.names == names }) {
                element(index, child, name, label, indent)
                continue
            }
            let group = matcher.groups.first { $0.form == names }
            if isUsed(names), !child.repeats || group != nil {
                lines.append("\(indent)\(name)\(child.repeats ? "[]" : ""):\(label.isEmpty ? "" : "   #\(label)")")
                if let group { lines.append("\(indent)  each: \(group.canonical.joined(separator: "."))[]") }
                lines.append("\(indent)  fields:")
                elements(
                    of: child, path: names, indent: indent + "    ", canonicalDepth: group?.canonical.count ?? canonicalDepth,
                    depth + 1)
            } else if child.isRequired {
                lines.append("\(indent)# needed: the group \(name)\(label)")
                needed.append(names.joined(separator: "."))
            }
        }
    }

    private mutating func element(_ index: Int, _ member: FormModel.Member, _ name: String, _ label: String, _ indent: String) {
        let leaf = leaves[index]
        if let pair = matcher.guesses.first(where: { $0.form == index }) {
            let (expression, remark) = text(of: pair)
            let called = called(leaf)
            if let expression {
                used.insert(index)
                guesses += 1
                let many = member.repeats && targets[pair.canonical].isMany
                lines.append(
                    "\(indent)\(name)\(many ? "[]" : ""): \(expression)\(member.isRequired ? " | required" : "")"
                        + mark(pair, called, remark))
                return
            }
            lines.append(
                "\(indent)# \(name): \(targets[pair.canonical].names.joined(separator: "."))" + mark(pair, called, remark))
            if member.isRequired { needed.append(leaf.names.joined(separator: ".")) }
            return
        }
        guard member.isRequired else { return }
        let near = matcher.candidates(ofForm: index)
            .map { "\(targets[$0.canonical].names.joined(separator: ".")) \(Self.shown($0.score))" }.joined(separator: ", ")
        lines.append("\(indent)# needed: \(name)\(label)\(near.isEmpty ? "" : "; perhaps \(near)")")
        used.insert(index)
        needed.append(leaf.names.joined(separator: "."))
    }

    /// The expression that a guess writes; nil, with the reason, where it cannot be written yet.
    private func text(of pair: DraftMatcher.Pair) -> (text: String?, remark: String?) {
        let (leaf, target) = (leaves[pair.form], targets[pair.canonical])
        guard let field = target.fields.last else { return (nil, nil) }
        let depth = leaf.group.isEmpty ? 0 : target.groupDepth
        let isMany = target.repeats.dropFirst(depth).contains(true)
        var source = path(target, from: depth)
        let isList = isMany && (leaf.members.last?.repeats ?? false)
        func joined(_ text: String) -> String { isMany && !isList ? text + " | join(\";\")" : text }
        func limited(_ text: String, _ longest: Int?) -> String {
            guard let most = leaf.rules.maxLength, longest.map({ $0 > most }) ?? true else { return text }
            return text + " | max(\(most))"
        }
        switch field.kind {
        case .text: return (limited(joined(source), isMany && !isList ? nil : field.maxLength), nil)
        case .identifier:
            source += ".value"
            return (limited(joined(source), isMany && !isList ? nil : field.member("value")?.maxLength), nil)
        case .code:
            guard let list = field.codeList else { return (nil, "the list is not known") }
            guard hasCodes(list) else {
                return (nil, "needs codes of \(request.platform) in codelists/\(list).csv, then code(\(list))")
            }
            return (limited(joined(source + " | code(\(list))"), isMany && !isList ? nil : 0), nil)
        case .instant:
            guard let pattern = leaf.form.time, !leaf.form.isDay else {
                if let day = leaf.form.time { return (joined(source + " | date(\"\(day)\")"), "a time, written as a day") }
                return fits(source, "time", ["yyyyMMddHHmmss", "yyyy-MM-dd HH:mm:ss"], leaf).map {
                    (joined($0), "the form of the time is not known")
                }
                    ?? (nil, "no form of time that the schema takes is known")
            }
            return (joined(source + " | time(\"\(pattern)\")"), nil)
        case .date:
            guard let pattern = leaf.form.time, leaf.form.isDay else {
                return fits(source, "date", DraftValueForm.days, leaf).map { (joined($0), "the form of the day is not known") }
                    ?? (nil, "no form of day that the schema takes is known")
            }
            return (joined(source + " | date(\"\(pattern)\")"), nil)
        case .decimal: return (joined(source + " | decimal"), nil)
        case .count: return (joined(source + " | count"), nil)
        case .money:
            let unit = leaf.labels.contains { $0.contains("万元") } ? "万元" : "元"
            return amount(source, unit, leaf)
        case .group: return (nil, "it is a group")
        }
    }

    /// The first pattern whose times the schema takes.
    private func fits(_ source: String, _ function: String, _ patterns: [String], _ leaf: DraftLeaf) -> String? {
        let found = patterns.first { pattern in TimeSamples.written(by: pattern).allSatisfy { leaf.rules.refusal(of: $0) == nil }
        }
        return found.map { "\(source) | \(function)(\"\($0)\")" }
    }

    /// An amount with as many decimals as the schema wants.
    private func amount(_ source: String, _ unit: String, _ leaf: DraftLeaf) -> (text: String?, remark: String?) {
        if leaf.rules.refusal(of: "1") == nil { return ("\(source) | amount(\"\(unit)\")", "the unit is not known") }
        for decimals in [2, 4, 6] where leaf.rules.refusal(of: "1." + String(repeating: "0", count: decimals)) == nil {
            return ("\(source) | amount(\"\(unit)\", \(decimals))", "the unit is not known")
        }
        return (nil, "no form of amount that the schema takes is known")
    }
}
