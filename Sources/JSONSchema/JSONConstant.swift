internal import JSON

/// A value of `const` or `enum`, ready to be compared with a document.
indirect enum JSONConstant: Sendable {
    case null
    case boolean(Bool)
    case string([UInt8])
    case number(JSONDecimal)
    case array([JSONConstant])
    case object(names: ByteTable, values: [JSONConstant])

    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .boolean(let flag): self = .boolean(flag)
        case .string(let text): self = .string(Array(text.utf8))
        case .number(let text): self = .number(JSONDecimal(text))
        case .array(let elements): self = .array(elements.map(JSONConstant.init))
        case .object(let members):
            self = .object(names: ByteTable(members.map { Array($0.name.utf8) }), values: members.map { JSONConstant($0.value) })
        }
    }

    /// Whether an entry of a document is this value: numbers by value, members in any order.
    func isEqual(to index: Int, in view: JSONTape.View) -> Bool {
        let entry = view.entries[index]
        switch self {
        case .null: return entry.kind == .null
        case .boolean(let flag): return entry.kind == (flag ? .true : .false)
        case .string(let bytes): return (entry.kind == .string || entry.kind == .key) && view.text(index).elementsEqual(bytes)
        case .number(let number): return entry.kind == .number && number.order(of: view.text(index)) == 0
        case .array(let elements):
            guard entry.kind == .beginArray, Int(entry.children) == elements.count else { return false }
            var child = index + 1
            for element in elements {
                guard element.isEqual(to: child, in: view) else { return false }
                child = Int(view.entries[child].next)
            }
            return true
        case .object(let names, let values):
            guard entry.kind == .beginObject, Int(entry.children) == values.count else { return false }
            var key = index + 1
            while key < Int(entry.next) {
                let known = names.index(of: view.text(key))
                guard known >= 0, values[known].isEqual(to: key + 1, in: view) else { return false }
                key = Int(view.entries[key + 1].next)
            }
            return true
        }
    }
}

/// Comparison of two values of one document, for `uniqueItems`.
enum JSONEquality {
    /// A hash that equal values share.
    static func hash(_ index: Int, in view: JSONTape.View) -> Int {
        var hasher = Hasher()
        let entry = view.entries[index]
        switch entry.kind {
        case .number: JSONDecimal.hash(view.text(index), into: &hasher)
        case .string, .key: hasher.combine(bytes: UnsafeRawBufferPointer(view.text(index)))
        case .beginArray:
            hasher.combine(1)
            var child = index + 1
            while child < Int(entry.next) {
                hasher.combine(hash(child, in: view))
                child = Int(view.entries[child].next)
            }
        case .beginObject:
            hasher.combine(2)
            var sum = 0
            var key = index + 1
            while key < Int(entry.next) {
                var member = Hasher()
                member.combine(hash(key, in: view))
                member.combine(hash(key + 1, in: view))
                sum &+= member.finalize()
                key = Int(view.entries[key + 1].next)
            }
            hasher.combine(sum)
        default: hasher.combine(entry.kind)
        }
        return hasher.finalize()
    }

    /// Whether two values are the same: numbers by value, members in any order.
    static func areEqual(_ left: Int, _ right: Int, in view: JSONTape.View) -> Bool {
        let (one, other) = (view.entries[left], view.entries[right])
        guard one.kind == other.kind, one.children == other.children else { return false }
        switch one.kind {
        case .number: return JSONDecimal.areEqual(view.text(left), view.text(right))
        case .string, .key: return view.text(left).elementsEqual(view.text(right))
        case .beginArray:
            var (first, second) = (left + 1, right + 1)
            while first < Int(one.next) {
                guard areEqual(first, second, in: view) else { return false }
                first = Int(view.entries[first].next)
                second = Int(view.entries[second].next)
            }
            return true
        case .beginObject: return areEqualObjects(left, right, in: view)
        default: return true
        }
    }

    private static func areEqualObjects(_ left: Int, _ right: Int, in view: JSONTape.View) -> Bool {
        // Most equal objects have their members in the same order.
        var (first, second) = (left + 1, right + 1)
        while first < Int(view.entries[left].next), view.text(first).elementsEqual(view.text(second)) {
            guard areEqual(first + 1, second + 1, in: view) else { return false }
            first = Int(view.entries[first + 1].next)
            second = Int(view.entries[second + 1].next)
        }
        guard first < Int(view.entries[left].next) else { return true }
        func sorted(_ start: Int, _ end: Int) -> [Int] {
            var keys: [Int] = []
            var key = start
            while key < end {
                keys.append(key)
                key = Int(view.entries[key + 1].next)
            }
            return keys.sorted { view.text($0).lexicographicallyPrecedes(view.text($1)) }
        }
        let ones = sorted(first, Int(view.entries[left].next))
        let others = sorted(second, Int(view.entries[right].next))
        return zip(ones, others).allSatisfy {
            view.text($0).elementsEqual(view.text($1)) && areEqual($0 + 1, $1 + 1, in: view)
        }
    }
}
