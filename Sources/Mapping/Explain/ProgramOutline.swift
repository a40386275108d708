internal import ExchangeModel

/// The fields of a program with their full names and the place in the source that their paths begin at.
struct ProgramOutline: Sendable {
    /// A field that holds a value.
    struct Field: Sendable {
        /// Its entry of the plan.
        var entry: Int
        /// The names from the root of the output to it, without prefixes of XML.
        var names: [String]
        /// `sections[].code`.
        var target: String
        /// The steps from the root of the source to the node that its paths begin at.
        var scope: [String]
        /// The repeated groups that it stands in, outer ones first.
        var repeats: [Int]
    }

    /// In the order of the file.
    let fields: [Field]
    /// What joins steps of the source.
    let separator: String
    private let program: Program
    /// The steps to the node that the expression of a variable begins at, by slot.
    private let slotScopes: [Int32: [String]]

    init(_ program: Program, separator: String) {
        var walk = Walk(program: program)
        walk.declare(program.variables, scope: [])
        walk.run(0..<program.entries.count, Place())
        fields = walk.fields
        slotScopes = walk.slotScopes
        self.program = program
        self.separator = separator
    }

    /// A mapping's own.
    init(_ mapping: InboundMapping) { self.init(mapping.tables.program, separator: mapping.sourceFormat == .xml ? "/" : ".") }

    /// A mapping's own.
    init(_ mapping: OutboundMapping) { self.init(mapping.tables.program, separator: ".") }

    /// A path from the root of the source, where it does not begin with a look-up.
    func fullPath(_ number: Int32, scope: [String]) -> String {
        let path = program.paths[Int(number)]
        let steps = Self.steps(of: path, program)
        switch path.anchor {
        case .current, .group: return joined(scope + steps)
        case .parent: return joined(scope.dropLast(Int(path.anchorArgument)) + steps)
        case .root: return joined(steps)
        case .variable:
            guard let variable = program.lets.first(where: { $0.slot == path.anchorArgument }), variable.path >= 0 else {
                return program.pathTexts[Int(number)]
            }
            return joined([fullPath(variable.path, scope: slotScopes[variable.slot] ?? [])] + steps)
        case .key, .value: return program.pathTexts[Int(number)]
        }
    }

    /// The paths from the root that an expression reads, those of its variables among them, and the code lists that it names.
    func sources(of number: Int32, scope: [String]) -> (paths: [String], lists: [String]) {
        var found: (paths: [String], lists: [String]) = ([], [])
        collect(number, scope: scope, depth: 0, into: &found)
        return found
    }

    private func collect(_ number: Int32, scope: [String], depth: Int, into found: inout (paths: [String], lists: [String])) {
        // A variable names only those before it, so that this ends; the limit is a fence.
        guard number >= 0, depth < 64 else { return }
        let note = program.notes.expressions[Int(number)]
        for path in note.paths {
            let full = fullPath(path, scope: scope)
            if !found.paths.contains(full) { found.paths.append(full) }
        }
        for table in note.tables {
            let list = program.listNames[Int(program.codeTables[Int(table)].list)]
            if !found.lists.contains(list) { found.lists.append(list) }
        }
        for slot in note.slots {
            guard let variable = program.lets.first(where: { $0.slot == slot }), variable.path < 0 else { continue }
            collect(variable.expression, scope: slotScopes[slot] ?? [], depth: depth + 1, into: &found)
        }
    }

    /// The path of an `each:` as it may be written: all of its last step are meant anyway.
    static func eachText(_ each: Int32, _ program: Program) -> String {
        guard each >= 0 else { return "" }
        let text = program.pathTexts[Int(each)]
        return text.hasSuffix("[]") ? String(text.dropLast(2)) : text
    }

    private func joined(_ steps: some Collection<String>) -> String { steps.isEmpty ? "." : steps.joined(separator: separator) }

    static func steps(of path: Program.Path, _ program: Program) -> [String] {
        (Int(path.firstStep)..<Int(path.firstStep + path.stepCount)).map {
            program.stepTexts[$0] + (program.steps[$0].takesAll ? "[]" : "")
        }
    }

    /// The group that is being walked.
    private struct Place {
        var names: [String] = []
        var target = ""
        var scope: [String] = []
        var repeats: [Int] = []
    }

    private struct Walk {
        let program: Program
        var fields: [Field] = []
        var slotScopes: [Int32: [String]] = [:]

        mutating func declare(_ run: Program.Run, scope: [String]) {
            for variable in program.lets[Int(run.first)..<Int(run.first + run.count)] { slotScopes[variable.slot] = scope }
        }

        mutating func run(_ range: Range<Int>, _ place: Place) {
            var index = range.lowerBound
            while index < range.upperBound {
                let entry = program.entries[index]
                if entry.kind == .choice {
                    // Each branch has the name of the choice.
                    run(index + 1..<Int(entry.end), place)
                    index = Int(entry.end)
                    continue
                }
                let bytes = program.constants[Int(entry.name.offset)..<Int(entry.name.offset + entry.name.count)]
                let name = String(decoding: bytes, as: UTF8.self)
                var inner = place
                inner.names.append(name.split(separator: ":").last.map(String.init) ?? name)
                inner.target += (place.target.isEmpty ? "" : ".") + name
                switch entry.kind {
                case .value:
                    if entry.emit == .list || entry.emit == .identifierList { inner.target += "[]" }
                    fields.append(
                        Field(entry: index, names: inner.names, target: inner.target, scope: place.scope, repeats: place.repeats))
                case .choice: break
                case .group:
                    if entry.level >= 0 { declare(program.levels[Int(entry.level)].variables, scope: inner.scope) }
                    run(index + 1..<Int(entry.end), inner)
                case .repeated:
                    inner.target += "[]"
                    inner.repeats.append(index)
                    inner.scope = scope(of: entry.each, below: place.scope)
                    if entry.level >= 0 {
                        declare(program.levels[Int(entry.level)].lists, scope: place.scope)
                        declare(program.levels[Int(entry.level)].variables, scope: inner.scope)
                    }
                    run(index + 1..<Int(entry.end), inner)
                }
                index = Int(entry.end)
            }
        }

        private func scope(of each: Int32, below scope: [String]) -> [String] {
            guard each >= 0 else { return scope }
            let path = program.paths[Int(each)]
            let steps = ProgramOutline.steps(of: path, program)
            switch path.anchor {
            case .current, .value, .group: return scope + steps
            case .parent: return scope.dropLast(Int(path.anchorArgument)) + steps
            case .root: return steps
            case .key, .variable: return [program.pathTexts[Int(each)]]
            }
        }
    }
}

/// The functions of an expression as they are written.
enum ExpressionText {
    /// The source, then each function: the parts between `|` that stand in no quotation marks and no parentheses.
    static func parts(_ text: String) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        var mark: UInt8?
        var depth = 0
        for byte in text.utf8 {
            if let open = mark {
                if byte == open { mark = nil }
            } else if byte == 0x22 || byte == 0x27 {
                mark = byte
            } else if byte == 0x28 {
                depth += 1
            } else if byte == 0x29 {
                depth -= 1
            } else if byte == 0x7C, depth == 0 {
                parts.append(trimmed(part))
                part = []
                continue
            }
            part.append(byte)
        }
        parts.append(trimmed(part))
        return parts
    }

    /// The name of each function of an expression, as written where the text has as many; else the runner's own words.
    static func functions(of number: Int32, in program: Program) -> [String] {
        let expression = program.expressions[Int(number)]
        let written = parts(program.expressionTexts[Int(number)]).dropFirst()
        return (0..<Int(expression.opCount)).map { index in
            // What the compiler adds (the keys of a message are always required) follows what is written.
            if index < written.count, written.count <= Int(expression.opCount) { return written[written.startIndex + index] }
            return "\(program.ops[Int(expression.firstOp) + index].code)"
        }
    }

    private static func trimmed(_ bytes: [UInt8]) -> String {
        var slice = bytes[...]
        while let first = slice.first, first <= 0x20 { slice.removeFirst() }
        while let last = slice.last, last <= 0x20 { slice.removeLast() }
        return String(decoding: slice, as: UTF8.self)
    }
}
