internal import ExchangeModel

extension DraftWriter {
    /// The mapping from the partner's form.
    mutating func inbound() -> String {
        head()
        identify()
        lines.append("")
        lines.append("fields:")
        let first = lines.count
        fields(of: canonical.root.members, depth: 0, group: [])
        for pair in matcher.groups { self.group(pair) }
        if lines.dropFirst(first).allSatisfy({ $0.drop { $0 == " " }.hasPrefix("#") }) {
            // A file without a field is no mapping yet; an empty group says where they go.
            lines.append("  {}")
        }
        unused("Fields of the form that nothing reads:")
        return lines.joined(separator: "\n") + "\n"
    }

    /// The guess for a canonical field by its names.
    func guess(_ names: [String]) -> DraftMatcher.Pair? {
        matcher.guesses.first { targets[$0.canonical].names == names }
    }

    private mutating func identify() {
        func source(_ names: [String]) -> (path: String, pair: DraftMatcher.Pair)? {
            guard let pair = guess(names), leaves[pair.form].group.isEmpty else { return nil }
            return path(leaves[pair.form], from: 0, keepsAll: false).map { ($0, pair) }
        }
        let key = source(["source", "recordKey"]) ?? source(["decision", "number"])
        let order = source(["tenderProject", "code"]) ?? key
        let version = source(["source", "recordedAt"]) ?? source(["source", "version"])
        lines.append("")
        lines.append("identify:")
        for (name, found) in [("businessKey", key), ("orderingKey", order), ("version", version)] {
            if let found {
                lines.append("  \(name): \(Self.scalar(found.path))" + mark(found.pair, called(leaves[found.pair.form])))
            } else {
                lines.append("  # needed: \(name)")
                needed.append("identify.\(name)")
            }
        }
        if let time = source(["source", "recordedAt"]), let pattern = leaves[time.pair.form].form.time,
            !leaves[time.pair.form].form.isDay
        {
            lines.append(
                "  sourceTime: " + Self.scalar("\(time.path) | time(\"\(pattern)\")")
                    + mark(time.pair, called(leaves[time.pair.form])))
        }
        if lines.last?.hasPrefix("  # needed") ?? false, key == nil, version == nil { lines.append("  {}") }
    }

    /// Fields outside repeated groups, or of one of them, in the order of the canonical form.
    private mutating func fields(of members: [CanonicalSchema.Field], depth: Int, group: [String]) {
        let here = targets.indices.filter { targets[$0].group == group }
        let blocked = incomplete(here, depth: group.count)
        let indent = String(repeating: " ", count: depth)
        var schemes: Set<[String]> = []
        for index in here {
            let target = targets[index]
            let name = path(target, from: group.count)
            let isNeeded = isRequired(target, from: group.count)
            guard let pair = matcher.guesses.first(where: { $0.canonical == index }) else {
                open(index, name, indent, isNeeded: isNeeded)
                continue
            }
            let leaf = leaves[pair.form]
            let (expression, remark) = expression(leaf, target, from: leaf.groupDepth)
            let above = Array(target.names.dropLast())
            let reason = blocked[above] ?? (expression == nil ? remark : nil)
            guard let expression, reason == nil else {
                lines.append(
                    "  \(indent)# \(name): \(path(leaf, from: leaf.groupDepth, keepsAll: true) ?? "?")"
                        + mark(pair, called(leaf), reason))
                if isNeeded { need(name, target) }
                continue
            }
            used.insert(pair.form)
            guesses += 1
            // A value of a scheme goes with the scheme's name.
            if let group = target.fields.dropLast().last, let scheme = group.member("scheme"), let word = scheme.allowed.first,
                group.kind == .group, schemes.insert(above).inserted
            {
                let place = name.split(separator: ".").dropLast().joined(separator: ".")
                lines.append(
                    "  \(indent)\(place).scheme: literal(\"\(word)\")   # guess: of \(scheme.allowed.joined(separator: ", "))")
            }
            lines.append(
                "  \(indent)\(name): \(Self.scalar(expression + (isNeeded ? " | required" : "")))"
                    + mark(pair, called(leaf), remark))
        }
    }

    /// A field that was not guessed.
    private mutating func open(_ index: Int, _ name: String, _ indent: String, isNeeded: Bool) {
        let target = targets[index]
        // The name of a scheme is written with its value.
        if target.names.last == "scheme", target.fields.count > 1 { return }
        let near = matcher.candidates(ofCanonical: index)
        guard isNeeded || !near.isEmpty else { return }
        let list = near.map { "\(leaves[$0.form].names.joined(separator: form.separator)) \(Self.shown($0.score))" }.joined(
            separator: ", ")
        let perhaps = list.isEmpty ? "" : "; perhaps \(list)"
        lines.append("  \(indent)# \(isNeeded ? "needed: " : "")\(name) (\(target.label))\(Self.remark(perhaps))")
        if isNeeded { need(name, target) }
    }

    private mutating func need(_ name: String, _ target: DraftLeaf) { needed.append(target.names.joined(separator: ".")) }

    /// Every level from a depth down is required.
    private func isRequired(_ leaf: DraftLeaf, from depth: Int) -> Bool { leaf.required.dropFirst(depth).allSatisfy { $0 } }

    /// Optional groups of which a required field was not guessed, with the reason: nothing of them can be written yet.
    private func incomplete(_ here: [Int], depth: Int) -> [[String]: String] {
        var result: [[String]: String] = [:]
        for index in here {
            let target = targets[index]
            guard target.required.last == true, !isRequired(target, from: depth),
                target.names.last != "scheme" || !hasScheme(target)
            else { continue }
            let pair = matcher.guesses.first { $0.canonical == index }
            if let pair, expression(leaves[pair.form], target, from: leaves[pair.form].groupDepth).text != nil { continue }
            let above = Array(target.names.dropLast())
            result[above] = "\(target.names.last ?? "") is needed with it"
            // A group inside an incomplete one, and one that must be in it, share its fate.
            for other in here where targets[other].names.starts(with: above) {
                result[Array(targets[other].names.dropLast())] = result[above]
            }
        }
        return result
    }

    private func hasScheme(_ target: DraftLeaf) -> Bool { !(target.fields.last?.allowed.isEmpty ?? true) }

    private mutating func group(_ pair: (form: [String], canonical: [String], score: Double)) {
        guard let leaf = leaves.first(where: { $0.group == pair.form }),
            let target = targets.first(where: { $0.group == pair.canonical })
        else { return }
        let here = targets.indices.filter { targets[$0].group == pair.canonical }
        // An item without what it must have cannot be written.
        let missing = here.filter { index in
            isRequired(targets[index], from: pair.canonical.count)
                && !matcher.guesses.contains {
                    $0.canonical == index
                        && expression(leaves[$0.form], targets[index], from: leaves[$0.form].groupDepth).text != nil
                }
        }
        let name = pair.canonical.joined(separator: ".")
        let label = target.labels[pair.canonical.count - 1]
        let steps = leaf.members.prefix(pair.form.count).map { form.written($0) }.joined(separator: form.separator)
        guard form.format == "xml" || pair.form.allSatisfy(DraftFormReader.isStep) else {
            lines.append("  # \(name)[] (\(label)): \(Self.remark(steps)) cannot be written as a path")
            return
        }
        if let first = missing.first {
            lines.append(
                "  # \(name)[] (\(label)): each \(steps); \(targets[first].names.joined(separator: ".")) is needed in it")
            return
        }
        lines.append("  \(name)[]:   # guess: \(Self.remark(label))")
        lines.append("    each: \(steps)")
        lines.append("    fields:")
        fields(of: [], depth: 4, group: pair.canonical)
    }

    // MARK: Expressions

    /// The expression for a canonical field; nil, with the reason, where it cannot be written yet.
    private func expression(_ leaf: DraftLeaf, _ target: DraftLeaf, from depth: Int) -> (text: String?, remark: String?) {
        guard let field = target.fields.last, let path = path(leaf, from: depth, keepsAll: leaf.isMany) else {
            return (nil, "its name cannot be written as a path; give it another with names:")
        }
        var source = path
        if field.isArray, !leaf.isMany { source += " | split(\";\")" }
        if !field.isArray, leaf.isMany { source += " | join(\";\")" }
        switch field.kind {
        case .text: return (field.isArray && !leaf.isMany ? source : source + " | trim", nil)
        case .code:
            guard let list = field.codeList else { return (nil, "the list is not known") }
            guard hasCodes(list) else {
                return (nil, "needs codes of \(request.platform) in codelists/\(list).csv, then code(\(list))")
            }
            return (source + " | code(\(list))", nil)
        case .instant:
            guard let pattern = leaf.form.time, !leaf.form.isDay else {
                let usual = usualTime()
                return (source + " | time(\"\(usual)\")", "the form of the time is not known")
            }
            return (source + " | time(\"\(pattern)\")", nil)
        case .date:
            if leaf.rules.kind == .date { return (source + " | date(\"xml\")", nil) }
            guard let pattern = leaf.form.time else {
                return (source + " | date(\"\(usualDay())\")", "the form of the day is not known")
            }
            if leaf.form.isDay || pattern == EpochMilliseconds.name { return (source + " | date(\"\(pattern)\")", nil) }
            return (source + " | date(\"\(pattern)\")", "a time, read as a day")
        case .decimal: return (source + " | decimal", nil)
        case .count: return (source + " | count", nil)
        case .money:
            let unit = leaf.label.contains("万元") ? "万元" : "元"
            return (source + " | amount(\"\(unit)\")", "the unit is not known")
        case .identifier: return (source + " | trim | " + identifier(field, target, leaf), nil)
        case .group: return (nil, "it is a group")
        }
    }

    /// The pattern of other times of the form, where one does not tell.
    private func usualTime() -> String {
        leaves.lazy.compactMap { $0.form.isDay ? nil : $0.form.time }.first ?? "yyyyMMddHHmmss"
    }

    private func usualDay() -> String {
        if usualTime() == EpochMilliseconds.name { return EpochMilliseconds.name }
        return leaves.lazy.compactMap { $0.form.isDay ? $0.form.time : nil }.first ?? "yyyyMMdd"
    }

    /// The check or scheme of an identifier, by what the canonical field is called.
    private func identifier(_ field: CanonicalSchema.Field, _ target: DraftLeaf, _ leaf: DraftLeaf) -> String {
        let allowed = field.member("scheme")?.allowed ?? []
        func takes(_ scheme: String) -> Bool { allowed.isEmpty || allowed.contains(scheme) }
        let label = target.label
        let checks: [(String, String, String)] = [
            ("统一交易标识码", "CN-DEAL", "deal-code"), ("投资项目", "CN-INVEST", "project-code"),
            ("组织机构代码", "CN-ORGCODE", "organisation-code"),
            ("交易平台或", "CN-PLATFORM11", ""), ("全国统一", "CN-PLATFORM11", ""), ("招标项目编号", "CN-TENDER-PROJECT", ""),
            ("标段", "CN-SECTION", ""),
            ("项目编号", "CN-PROJECT", ""), ("信用代码", "CN-USCC", "uscc"), ("主体代码", "CN-USCC", "uscc"), ("标识码", "CN-USCC", "uscc"),
            ("区域", "CN-REGION", ""),
        ]
        for (word, scheme, check) in checks where label.contains(word) && takes(scheme) {
            return check.isEmpty ? "identifier(\"\(scheme)\")" : check
        }
        if leaf.form.isCreditCode, takes("CN-USCC") { return "uscc" }
        return "identifier(\"\(takes("OTHER") ? "OTHER" : allowed.first ?? "OTHER")\")"
    }
}
