internal import JSON

// Keywords that look at one kind of value.
extension Evaluation {
    mutating func check(_ rules: NumberRules, _ number: Int32, _ entry: Int) -> Bool {
        let text = view.text(entry)
        var accepts = true
        for (index, bound) in rules.bounds.enumerated() {
            let order = bound.value.order(of: text)
            let isWithin =
                switch bound.keyword {
                case .minimum: order >= 0
                case .exclusiveMinimum: order > 0
                case .maximum: order <= 0
                default: order < 0
                }
            if isWithin { continue }
            add(bound.keyword, number, entry, index)
            accepts = false
        }
        if let divisor = rules.multipleOf, !divisor.divides(text) {
            add(.multipleOf, number, entry)
            accepts = false
        }
        return accepts
    }

    mutating func check(_ rules: StringRules, _ number: Int32, _ entry: Int) -> Bool {
        let text = view.text(entry)
        var accepts = true
        if rules.minLength > 0 || rules.maxLength < text.count {
            var length = 0
            for byte in text where byte & 0xC0 != 0x80 { length &+= 1 }
            if length < rules.minLength {
                add(.minLength, number, entry, length)
                accepts = false
            }
            if length > rules.maxLength {
                add(.maxLength, number, entry, length)
                accepts = false
            }
        }
        if let pattern = rules.pattern {
            guard spend(pattern.effort(octets: text.count), number, entry) else { return false }
            if !pattern.matches(text) {
                add(.pattern, number, entry)
                accepts = false
            }
        }
        if let format = rules.format, !format.accepts(text) {
            add(.format, number, entry)
            accepts = false
        }
        return accepts
    }

    // MARK: Objects

    mutating func check(_ rules: ObjectRules, _ number: Int32, _ entry: Int, _ tracker: Int) -> Bool {
        var accepts = true
        let count = Int(view.entries[entry].children)
        if count < rules.minProperties {
            add(.minProperties, number, entry, count)
            accepts = false
        }
        if count > rules.maxProperties {
            add(.maxProperties, number, entry, count)
            accepts = false
        }
        if !accepts, stopsEarly { return false }
        if rules.looksAtMembers, !checkMembers(rules, number, entry, tracker, &accepts) { return false }
        for (index, dependent) in rules.dependentRequired.enumerated() where hasMember(dependent.name, entry) {
            for (position, needed) in dependent.needed.enumerated() where !hasMember(needed, entry) {
                add(.dependentRequired, number, entry, index << 20 | position)
                if stopsEarly { return false }
                accepts = false
            }
        }
        for dependent in rules.dependentSchemas where hasMember(dependent.name, entry) {
            if apply(dependent.schema, to: entry, tracker: tracker) { continue }
            if stopsEarly { return false }
            accepts = false
        }
        return accepts
    }

    private func hasMember(_ name: [UInt8], _ entry: Int) -> Bool {
        let end = Int(view.entries[entry].next)
        var key = entry + 1
        while key < end {
            if view.text(key).elementsEqual(name) { return true }
            key = Int(view.entries[key + 1].next)
        }
        return false
    }

    /// Applies what is said of the members; false when nothing more is wanted.
    private mutating func checkMembers(
        _ rules: ObjectRules, _ number: Int32, _ entry: Int, _ tracker: Int, _ accepts: inout Bool
    ) -> Bool {
        let end = Int(view.entries[entry].next)
        // The first 64 required names are met by a bit; words for more of them are lent from `met`.
        let words = (rules.required.count + 63) / 64
        let lent = met.count
        var bits: UInt64 = 0
        if words > 1 { met.append(contentsOf: repeatElement(0, count: words)) }
        defer { if words > 1 { met.removeLast(met.count - lent) } }
        var key = entry + 1
        var ordinal = 0
        while key < end {
            let value = key + 1
            let name = view.text(key)
            let known = rules.names.count > 0 ? rules.names.index(of: name) : -1
            var isKnown = false
            if known >= 0 {
                let needed = Int(rules.requiredNumber[known])
                if needed >= 0 {
                    if words > 1 { met[lent + needed / 64] |= 1 << UInt64(needed % 64) } else { bits |= 1 << UInt64(needed) }
                }
                let schema = rules.schemas[known]
                if schema >= 0 {
                    isKnown = true
                    if !apply(schema, to: value, tracker: -1) {
                        if stopsEarly { return false }
                        accepts = false
                    }
                }
            }
            if !checkOthers(rules, number, key, &isKnown) {
                if stopsEarly { return false }
                accepts = false
            }
            if isKnown, tracker >= 0 { marks[tracker + ordinal] = true }
            ordinal &+= 1
            key = Int(view.entries[value].next)
        }
        for index in rules.required.indices {
            let word = words > 1 ? met[lent + index / 64] : bits
            if word >> UInt64(index % 64) & 1 == 1 { continue }
            add(.required, number, entry, Int(rules.required[index]))
            if stopsEarly { return false }
            accepts = false
        }
        return true
    }

    /// What is said of a member by its name's form, and of those that nothing else is said of.
    @inline(__always) private mutating func checkOthers(
        _ rules: ObjectRules, _ number: Int32, _ key: Int, _ isKnown: inout Bool
    ) -> Bool {
        var accepts = true
        for index in rules.patterns.indices {
            let name = view.text(key)
            guard spend(rules.patterns[index].pattern.effort(octets: name.count), number, key) else { return false }
            guard rules.patterns[index].pattern.matches(name) else { continue }
            isKnown = true
            if !apply(rules.patterns[index].schema, to: key + 1, tracker: -1) { accepts = false }
        }
        if rules.additional >= 0, !isKnown {
            isKnown = true
            if plan[Int(rules.additional)].verdict == false {
                add(.additionalProperties, number, key)
                accepts = false
            } else if !apply(rules.additional, to: key + 1, tracker: -1) {
                accepts = false
            }
        }
        if rules.propertyNames >= 0, !apply(rules.propertyNames, to: key, tracker: -1) { accepts = false }
        return accepts
    }

    // MARK: Arrays

    mutating func check(_ rules: ArrayRules, _ number: Int32, _ entry: Int, _ tracker: Int) -> Bool {
        var accepts = true
        let count = Int(view.entries[entry].children)
        if count < rules.minItems {
            add(.minItems, number, entry, count)
            accepts = false
        }
        if count > rules.maxItems {
            add(.maxItems, number, entry, count)
            accepts = false
        }
        if !accepts, stopsEarly { return false }
        var child = entry + 1
        var holds = 0
        for index in 0..<count {
            let schema = index < rules.prefix.count ? rules.prefix[index] : rules.items
            if schema >= 0 {
                let isMet = apply(schema, to: child, tracker: -1)
                if tracker >= 0 { marks[tracker + index] = true }
                if !isMet {
                    if stopsEarly { return false }
                    accepts = false
                }
            }
            if rules.contains >= 0 {
                quiet += 1
                if apply(rules.contains, to: child, tracker: -1) {
                    holds += 1
                    if tracker >= 0 { marks[tracker + index] = true }
                }
                quiet -= 1
            }
            child = Int(view.entries[child].next)
        }
        if rules.contains >= 0 {
            if holds < rules.minContains {
                add(rules.minContains == 1 ? .contains : .minContains, number, entry, holds)
                accepts = false
            }
            if holds > rules.maxContains {
                add(.maxContains, number, entry, holds)
                accepts = false
            }
        }
        if rules.isUnique, count > 1, let repeated = firstRepeated(number, entry, count) {
            add(.uniqueItems, number, repeated.entry, repeated.first)
            accepts = false
        }
        return accepts
    }

    /// The first element that is equal to one before it, and the place of that one.
    private mutating func firstRepeated(_ number: Int32, _ entry: Int, _ count: Int) -> (entry: Int, first: Int)? {
        guard spend(count + Int(view.entries[entry].next) - entry, number, entry) else { return nil }
        if count <= 8 { return firstRepeatedOfFew(entry, count) }
        var known: [Int: [(entry: Int, ordinal: Int)]] = [:]
        var child = entry + 1
        for ordinal in 0..<count {
            let hash = JSONEquality.hash(child, in: view)
            for other in known[hash] ?? [] where JSONEquality.areEqual(other.entry, child, in: view) {
                return (child, other.ordinal)
            }
            known[hash, default: []].append((child, ordinal))
            child = Int(view.entries[child].next)
        }
        return nil
    }

    /// The same without a table.
    private func firstRepeatedOfFew(_ entry: Int, _ count: Int) -> (entry: Int, first: Int)? {
        var child = entry + 1
        for ordinal in 0..<count {
            var other = entry + 1
            for before in 0..<ordinal {
                if JSONEquality.areEqual(other, child, in: view) { return (child, before) }
                other = Int(view.entries[other].next)
            }
            child = Int(view.entries[child].next)
        }
        return nil
    }
}
