internal import ExchangeModel

// `let:`, `zip:` and the names that expressions know them by.
extension Compiler {
    /// Declares the variables of a level; each may name those before it.
    mutating func declare(_ variables: [TargetNode.Variable], in scope: inout SourceScope) -> Program.Run {
        var compiled: [Program.Variable] = []
        for entry in variables {
            let outer = origin
            origin = entry.origin ?? outer
            defer { origin = outer }
            let variable = entry.variable
            guard isFree(variable, in: scope) else { continue }
            let slot = newSlot(variable)
            let before = scope
            // What is faulty is still known by its name, so that it is reported once.
            scope.variables[variable.name] = .faulty(slot)
            defer { if scope.variables[variable.name]?.isFaulty ?? false { self.variables[Int(slot)].isUsed = true } }
            if let path = plainPath(variable.value), !isValue(path, in: before) {
                guard let resolved = compile(path, in: variable.value, scope: before) else { continue }
                let shape = shape(of: resolved)
                guard !shape.isMany else { continue }
                compiled.append(Program.Variable(slot: slot, expression: -1, path: resolved.index))
                scope.variables[variable.name] = SourceScope.Variable(
                    slot: slot, shape: shape,
                    node: SourceScope.Level(
                        fields: resolved.fields, depth: start(of: path, scope: before) + path.steps.count,
                        origin: trace.reads.count - 1))
            } else if let value = expression(variable.value, scope: before, target: nil, targetPath: variable.name) {
                compiled.append(Program.Variable(slot: slot, expression: value.index, path: -1))
                scope.variables[variable.name] = SourceScope.Variable(slot: slot, shape: value.shape, node: nil)
            }
        }
        let run = Program.Run(first: Int32(program.lets.count), count: Int32(compiled.count))
        program.lets += compiled
        return run
    }

    /// Declares the lists of a `zip:`; inside, each name stands for one value of its list.
    mutating func declareLists(_ lists: [MappingFile.Variable], in scope: inout SourceScope) -> Program.Run {
        var compiled: [Program.Variable] = []
        let outer = scope
        for list in lists {
            guard isFree(list, in: scope) else { continue }
            let slot = newSlot(list)
            scope.variables[list.name] = .faulty(slot)
            defer { if scope.variables[list.name]?.isFaulty ?? false { self.variables[Int(slot)].isUsed = true } }
            guard let value = expression(list.value, scope: outer, target: nil, targetPath: list.name, keepsBlanks: true) else {
                continue
            }
            guard value.shape.isMany else {
                report(
                    list.value.position, list.name, "zip: walks lists side by side; use a path with [] or split(\";\")",
                    "zip: 并行遍历多个列表：请用带 [] 的路径或 split(\";\")")
                continue
            }
            var shape = value.shape
            shape.isMany = false
            shape.isCertain = false
            compiled.append(Program.Variable(slot: slot, expression: value.index, path: -1))
            scope.variables[list.name] = SourceScope.Variable(slot: slot, shape: shape, node: nil)
        }
        let run = Program.Run(first: Int32(program.lets.count), count: Int32(compiled.count))
        program.lets += compiled
        return run
    }

    /// A variable by its name, noted as used; nil with a finding when there is none.
    mutating func variable(
        _ name: String, at position: SourcePosition, _ targetPath: String, scope: SourceScope
    ) -> SourceScope.Variable? {
        guard let variable = scope.variables[name] else {
            reportUnknown(position, targetPath, name, kind: "variable", kindZH: "变量", among: Array(scope.variables.keys))
            return nil
        }
        variables[Int(variable.slot)].isUsed = true
        program.notes.slotsNamed.append(variable.slot)
        return variable
    }

    /// Variables that nothing reads are words without meaning.
    mutating func checkVariables() {
        for variable in variables where !variable.isUsed {
            origin = variable.origin
            report(
                variable.position, variable.name, "the variable \"\(variable.name)\" is never used", "变量“\(variable.name)”从未使用",
                severity: .warning)
        }
        origin = nil
    }

    private mutating func isFree(_ variable: MappingFile.Variable, in scope: SourceScope) -> Bool {
        let bytes = variable.name.utf8
        let isName =
            bytes.first.map { ExpressionParser.isNameByte($0) && $0 != 0x2D } ?? false
            && bytes.allSatisfy { ExpressionParser.isNameByte($0) }
        guard isName else {
            report(
                variable.position, variable.name,
                "\"\(variable.name)\" cannot name a variable: letters, digits, _ and - are allowed",
                "“\(variable.name)”不能作变量名：只能用字母、数字、_ 和 -")
            return false
        }
        guard scope.variables[variable.name] == nil else {
            report(
                variable.position, variable.name, "the variable \"\(variable.name)\" is declared already",
                "变量“\(variable.name)”已声明")
            return false
        }
        return true
    }

    private mutating func newSlot(_ variable: MappingFile.Variable) -> Int32 {
        variables.append((variable.name, variable.position, origin, false))
        program.notes.slotNames.append(variable.name)
        program.slotCount += 1
        return Int32(program.slotCount - 1)
    }

    /// A variable that is a value and no place.
    private func isValue(_ path: SourcePath, in scope: SourceScope) -> Bool {
        guard case .variable(let name) = path.anchor, path.steps.isEmpty else { return false }
        return scope.variables[name].map { $0.node == nil } ?? false
    }

    /// The path that an expression is, when it is nothing but a path to one node.
    private func plainPath(_ text: MappingFile.Text) -> SourcePath? {
        guard
            let parsed = try? ExpressionParser.expression(
                text.text, dotJoins: dotJoins, isFunction: MappingFunction.isSource),
            parsed.calls.isEmpty, case .path(let path) = parsed.source, path.anchor != .group,
            !path.steps.contains(where: \.takesAll)
        else { return nil }
        return path
    }
}
