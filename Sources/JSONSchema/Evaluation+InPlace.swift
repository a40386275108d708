// Keywords that apply other schemas to the same value.
extension Evaluation {
    mutating func check(_ rules: InPlaceRules, _ number: Int32, _ entry: Int, _ tracker: Int) -> Bool {
        var accepts = true
        if rules.reference >= 0, !apply(rules.reference, to: entry, tracker: tracker) {
            if stopsEarly { return false }
            accepts = false
        }
        if rules.dynamicReference >= 0, !apply(dynamicTarget(rules), to: entry, tracker: tracker) {
            if stopsEarly { return false }
            accepts = false
        }
        for target in rules.allOf where !apply(target, to: entry, tracker: tracker) {
            if stopsEarly { return false }
            accepts = false
        }
        if !rules.anyOf.isEmpty, !applyAny(rules.anyOf, number, entry, tracker) {
            if stopsEarly { return false }
            accepts = false
        }
        if !rules.oneOf.isEmpty, !applyOne(rules.oneOf, number, entry, tracker) {
            if stopsEarly { return false }
            accepts = false
        }
        if rules.not >= 0 {
            quiet += 1
            let isMet = apply(rules.not, to: entry, tracker: -1)
            quiet -= 1
            if isMet {
                add(.not, number, entry)
                if stopsEarly { return false }
                accepts = false
            }
        }
        if rules.condition >= 0 {
            quiet += 1
            let branch = openBranch(entry, tracker)
            let isMet = apply(rules.condition, to: entry, tracker: branch)
            closeBranch(branch, entry, into: tracker, keeps: isMet)
            quiet -= 1
            let next = isMet ? rules.then : rules.otherwise
            if next >= 0, !apply(next, to: entry, tracker: tracker) { accepts = false }
        }
        return accepts
    }

    private func dynamicTarget(_ rules: InPlaceRules) -> Int32 {
        guard rules.dynamicName >= 0 else { return rules.dynamicReference }
        let targets = dynamicTargets[Int(rules.dynamicName)]
        for resource in scope { if let target = targets[resource] { return target } }
        return rules.dynamicReference
    }

    private mutating func applyAny(_ ways: [Int32], _ number: Int32, _ entry: Int, _ tracker: Int) -> Bool {
        let start = found.count
        var accepts = false
        var ends: [Int] = []
        for way in ways {
            let branch = openBranch(entry, tracker)
            let isMet = apply(way, to: entry, tracker: branch)
            closeBranch(branch, entry, into: tracker, keeps: isMet)
            if isMet {
                accepts = true
                if tracker < 0 { break }
            }
            if quiet == 0 { ends.append(found.count) }
        }
        conclude(.anyOf, start, ends, accepts: accepts, number, entry, detail: ways.count)
        return accepts
    }

    private mutating func applyOne(_ ways: [Int32], _ number: Int32, _ entry: Int, _ tracker: Int) -> Bool {
        let start = found.count
        var met: [Int] = []
        var ends: [Int] = []
        for (index, way) in ways.enumerated() {
            let branch = openBranch(entry, tracker)
            let isMet = apply(way, to: entry, tracker: branch)
            closeBranch(branch, entry, into: tracker, keeps: isMet)
            if isMet {
                met.append(index)
                if met.count > 1 { break }
            }
            if quiet == 0 { ends.append(found.count) }
        }
        if met.count > 1 {
            if !gaveUp { found.removeLast(found.count - start) }
            add(.oneOf, number, entry, -(met[0] << 20 | met[1]) - 1)
            return false
        }
        conclude(.oneOf, start, ends, accepts: met.count == 1, number, entry, detail: ways.count)
        return met.count == 1
    }

    /// Drops what the alternatives found; when none is met, says so and keeps the findings of the one that was meant: the only
    /// one whose type and constants fit the value.
    private mutating func conclude(
        _ keyword: Keyword, _ start: Int, _ ends: [Int], accepts: Bool, _ number: Int32, _ entry: Int, detail: Int
    ) {
        guard quiet == 0, !gaveUp else { return }
        var kept: [Raw] = []
        if !accepts {
            var from = start
            var near: [Range<Int>] = []
            for end in ends {
                let isFar = found[from..<end].contains {
                    Int($0.entry) == entry && [.type, .const, .enum, .falseSchema].contains($0.keyword)
                }
                if !isFar, end > from { near.append(from..<end) }
                from = end
            }
            if near.count == 1 { kept = Array(found[near[0]]) }
        }
        found.removeLast(found.count - start)
        guard !accepts else { return }
        add(keyword, number, entry, detail)
        found += kept
    }
}
