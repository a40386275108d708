internal import JSON

/// One validation: applies the schemas of a plan to the entries of a document.
///
/// A finding is three numbers until somebody reads it, so alternatives that are tried and dropped cost nothing. Which
/// members and elements were looked at is marked only where `unevaluatedProperties` or `unevaluatedItems` asks.
struct Evaluation {
    /// A finding before it has words.
    struct Raw {
        var keyword: Keyword
        var schema: Int32
        var entry: Int32
        /// What the keyword needs to say it: the number of a name, a count.
        var detail: Int
    }

    let plan: UnsafeBufferPointer<CompiledSchema>
    let dynamicTargets: [[Int32: Int32]]
    let limits: JSONSchemaLimits
    let view: JSONTape.View

    var found: [Raw] = []
    /// A limit of the validation was reached: its verdict is no.
    private(set) var gaveUp = false

    /// Above zero while only a verdict is wanted.
    var quiet = 0
    private var depth = 0
    private var effort = 0
    /// For each open tracker one mark for each member or element.
    var marks: [Bool] = []
    private(set) var scope: [Int32] = []
    /// Required names that were met; lent to one object after another.
    var met: [UInt64] = []

    init(
        plan: UnsafeBufferPointer<CompiledSchema>, dynamicTargets: [[Int32: Int32]], limits: JSONSchemaLimits, view: JSONTape.View
    ) {
        self.plan = plan
        self.dynamicTargets = dynamicTargets
        self.limits = limits
        self.view = view
    }

    // MARK: Findings

    /// Whether a first failure ends the matter: nobody wants more, or there is no room.
    @inline(__always) var stopsEarly: Bool { quiet > 0 || gaveUp || found.count > limits.findingsMax }

    @inline(__always) mutating func add(_ keyword: Keyword, _ schema: Int32, _ entry: Int, _ detail: Int = 0) {
        guard quiet == 0, found.count <= limits.findingsMax else { return }
        found.append(Raw(keyword: keyword, schema: schema, entry: Int32(truncatingIfNeeded: entry), detail: detail))
    }

    private mutating func giveUp(_ keyword: Keyword, _ schema: Int32, _ entry: Int) {
        guard !gaveUp else { return }
        gaveUp = true
        found.removeAll()
        found.append(Raw(keyword: keyword, schema: schema, entry: Int32(truncatingIfNeeded: entry), detail: 0))
    }

    /// Counts work; false when there was too much of it.
    @inline(__always) mutating func spend(_ work: Int, _ schema: Int32, _ entry: Int) -> Bool {
        effort &+= work
        if effort > limits.effortMax { giveUp(.effort, schema, entry) }
        return !gaveUp
    }

    // MARK: One schema

    /// Applies a schema to an entry; `tracker` is where marks of the entry's members or elements begin, or -1.
    mutating func apply(_ number: Int32, to entry: Int, tracker: Int) -> Bool {
        let schema = plan.baseAddress.unsafelyUnwrapped + Int(number)
        if let verdict = schema.pointee.verdict {
            if !verdict { add(.falseSchema, number, entry) }
            return verdict
        }
        guard spend(1, number, entry) else { return false }
        guard depth < limits.depthMax else {
            giveUp(.depth, number, entry)
            return false
        }
        depth &+= 1
        let isNewScope = !dynamicTargets.isEmpty && scope.last != schema.pointee.resource
        if isNewScope { scope.append(schema.pointee.resource) }
        let accepts =
            schema.pointee.unevaluatedProperties >= 0 || schema.pointee.unevaluatedItems >= 0
            ? applyTracked(schema, number, entry, outer: tracker) : applyRules(schema, number, entry, tracker)
        if isNewScope { scope.removeLast() }
        depth &-= 1
        return accepts && !gaveUp
    }

    private mutating func applyRules(
        _ schema: UnsafePointer<CompiledSchema>, _ number: Int32, _ entry: Int, _ tracker: Int
    ) -> Bool {
        var accepts = true
        let kind = view.kind(entry)
        if let types = schema.pointee.types, !isOfType(types, kind, entry) {
            add(.type, number, entry)
            // What else the schema says of this value would only repeat it.
            return false
        }
        if let constant = schema.pointee.constant, !constant.isEqual(to: entry, in: view) {
            add(.const, number, entry)
            if stopsEarly { return false }
            accepts = false
        }
        if let choices = schema.pointee.choices, !isChoice(choices, kind, entry) {
            add(.enum, number, entry)
            if stopsEarly { return false }
            accepts = false
        }
        let fits: Bool
        switch kind {
        case .number: fits = schema.pointee.number.map { check($0, number, entry) } ?? true
        case .string, .key: fits = schema.pointee.string.map { check($0, number, entry) } ?? true
        case .beginObject: fits = schema.pointee.object.map { check($0, number, entry, tracker) } ?? true
        case .beginArray: fits = schema.pointee.array.map { check($0, number, entry, tracker) } ?? true
        default: fits = true
        }
        if !fits {
            if stopsEarly { return false }
            accepts = false
        }
        if let rules = schema.pointee.inPlace, !check(rules, number, entry, tracker) { accepts = false }
        return accepts
    }

    private func isOfType(_ types: TypeSet, _ kind: JSONToken.Kind, _ entry: Int) -> Bool {
        switch kind {
        case .string, .key: types.contains(.string)
        case .beginObject: types.contains(.object)
        case .beginArray: types.contains(.array)
        case .true, .false: types.contains(.boolean)
        case .null: types.contains(.null)
        case .number: types.contains(.number) || (types.contains(.integer) && JSONDecimal.isInteger(view.text(entry)))
        default: false
        }
    }

    private func isChoice(_ choices: ChoiceRules, _ kind: JSONToken.Kind, _ entry: Int) -> Bool {
        if kind == .string || kind == .key { return choices.strings.index(of: view.text(entry)) >= 0 }
        return choices.others.contains { $0.isEqual(to: entry, in: view) }
    }

    // MARK: Marks of what was looked at

    /// Applies a schema that asks what its other keywords looked at.
    private mutating func applyTracked(
        _ schema: UnsafePointer<CompiledSchema>, _ number: Int32, _ entry: Int, outer: Int
    ) -> Bool {
        let start = marks.count
        let count = Int(view.entries[entry].children)
        guard spend(count, number, entry) else { return false }
        marks.append(contentsOf: repeatElement(false, count: count))
        defer { marks.removeLast(marks.count - start) }
        var accepts = applyRules(schema, number, entry, start)
        if !accepts, stopsEarly { return false }
        let isObject = view.kind(entry) == .beginObject
        let rest = isObject ? schema.pointee.unevaluatedProperties : schema.pointee.unevaluatedItems
        if rest >= 0, isObject || view.kind(entry) == .beginArray {
            var child = entry + 1
            for index in 0..<count {
                let value = isObject ? child + 1 : child
                if !marks[start + index], !applyRest(rest, isObject, number, child, value) {
                    if stopsEarly { return false }
                    accepts = false
                }
                marks[start + index] = true
                child = Int(view.entries[value].next)
            }
        }
        if outer >= 0 { for index in 0..<count where marks[start + index] { marks[outer + index] = true } }
        return accepts
    }

    /// Applies what is said of unevaluated members or elements; `false` is reported in its own words.
    private mutating func applyRest(_ rest: Int32, _ isObject: Bool, _ number: Int32, _ child: Int, _ value: Int) -> Bool {
        if plan[Int(rest)].verdict == false {
            add(isObject ? .unevaluatedProperties : .unevaluatedItems, number, child)
            return false
        }
        return apply(rest, to: value, tracker: -1)
    }

    /// Marks for an alternative, which count only when it is met; -1 when nobody asks.
    mutating func openBranch(_ entry: Int, _ tracker: Int) -> Int {
        guard tracker >= 0 else { return -1 }
        let start = marks.count
        marks.append(contentsOf: repeatElement(false, count: Int(view.entries[entry].children)))
        effort &+= Int(view.entries[entry].children)
        return start
    }

    mutating func closeBranch(_ branch: Int, _ entry: Int, into tracker: Int, keeps: Bool) {
        guard branch >= 0 else { return }
        if keeps {
            for index in 0..<Int(view.entries[entry].children) where marks[branch + index] { marks[tracker + index] = true }
        }
        marks.removeLast(marks.count - branch)
    }
}
