internal import ExchangeModel

extension Runner {
    /// Evaluates an expression; the answer says where its value is.
    mutating func evaluate(_ index: Int32, scope: RecordTree.NodeIndex) -> Outcome {
        let expression = tables.expressions[Int(index)]
        missing = Missing(node: RecordTree.none, path: -1, step: 0)
        let isRecorded = recorder != nil
        if isRecorded { recordBegin(index) }
        var outcome = source(expression, scope: scope)
        if case .failed = outcome { return outcome }
        for number in Int(expression.firstOp)..<Int(expression.firstOp + expression.opCount) {
            let op = tables.ops[number]
            if isRecorded { recordStep(number, outcome) }
            switch op.code {
            case .required:
                if case .absent = outcome {
                    reportMissing()
                    return .failed
                }
            case .default:
                if case .absent = outcome {
                    let bytes = tables.bytes(op.constant)
                    if bytes.count > 0 {
                        value = Value(bytes: bytes, node: RecordTree.none)
                        outcome = .single
                    }
                }
            case .split: outcome = split(op, outcome)
            case .join: outcome = join(op, outcome)
            case .sum, .least, .greatest, .numberOf, .unique: outcome = reduce(op, outcome)
            default:
                switch outcome {
                case .absent, .failed: continue
                case .single:
                    switch apply(op, scope: scope) {
                    case .done: break
                    case .empty: outcome = .absent
                    case .failed: return .failed
                    }
                case .many:
                    var kept = 0
                    var hasFailed = false
                    for position in values.indices where !isStopped {
                        value = values[position]
                        checkMade()
                        if expression.keepsBlanks, !Self.hasContent(value.bytes) {
                            values[kept] = value
                            kept += 1
                            continue
                        }
                        switch apply(op, scope: scope) {
                        case .done:
                            values[kept] = value
                            kept += 1
                        case .empty where expression.keepsBlanks:
                            values[kept] = Value(bytes: Bytes(start: nil, count: 0), node: value.node)
                            kept += 1
                        case .empty: break
                        case .failed: hasFailed = true
                        }
                    }
                    if hasFailed { return .failed }
                    values.removeLast(values.count - kept)
                    if kept == 0 { outcome = .absent }
                }
            }
        }
        return outcome
    }

    mutating func source(_ expression: Program.Expression, scope: RecordTree.NodeIndex) -> Outcome {
        switch expression.source {
        case .path:
            if expression.partCount == 0, tables.paths[Int(expression.sourceIndex)].takesAll {
                guard collect(expression.sourceIndex, scope: scope, valueNode: RecordTree.none) else { return .absent }
                let collected = values
                let groups = collected.filter { isForeignGroup($0.node) }
                for group in groups { reportGroup(at: group.node) }
                if !groups.isEmpty { return .failed }
                values =
                    expression.keepsBlanks ? collected : collected.filter { Self.hasContent($0.bytes) || isFilledGroup($0.node) }
                return values.isEmpty ? .absent : .many
            }
            let node = find(expression.sourceIndex, scope: scope, valueNode: RecordTree.none)
            guard node != RecordTree.none else { return .absent }
            return take(node, path: expression.sourceIndex)
        case .constant:
            let bytes = tables.bytes(tables.parts[Int(expression.sourceIndex)].constant)
            value = Value(bytes: bytes, node: RecordTree.none)
            return bytes.count == 0 ? .absent : .single
        case .concat: return concatenate(expression, scope: scope)
        case .first:
            for number in 0..<expression.partCount {
                let outcome = part(tables.parts[Int(expression.sourceIndex + number)], scope: scope)
                if case .absent = outcome { continue }
                if recorder != nil { recordAlternative(of: expression, number) }
                return outcome
            }
            if recorder != nil { recordAlternative(of: expression, expression.partCount) }
            return .absent
        case .dateTime: return dateTime(expression, scope: scope)
        case .variable: return load(expression.sourceIndex)
        case .template: return template(expression, scope: scope)
        }
    }

    /// Makes a node's text the value; blank text is no value.
    mutating func take(_ node: RecordTree.NodeIndex, path: Int32) -> Outcome {
        let bytes = text(of: node)
        value = Value(bytes: bytes, node: node)
        if isForeignGroup(node) {
            reportGroup(at: node)
            return .failed
        }
        if Self.hasContent(bytes) || isFilledGroup(node) { return .single }
        missing = Missing(node: node, path: path, step: tables.paths[Int(path)].stepCount)
        return .absent
    }

    /// An object or array of a partner's JSON; where a value is wanted it would be lost without a word.
    func isForeignGroup(_ node: RecordTree.NodeIndex) -> Bool {
        nodes[Int(node)].kind == .group && output.form == .json && nodes[0].rawName.count == 0
    }

    mutating func reportGroup(at node: RecordTree.NodeIndex) {
        report(
            .fieldInvalid, at: node, "an object or array stands here; a single value is wanted", "此处是对象或数组；应为单个值")
    }

    /// A JSON object with members (an amount) counts as present though it has no text of its own.
    func isFilledGroup(_ node: RecordTree.NodeIndex) -> Bool {
        output.form == .xml && nodes[Int(node)].kind == .group && nodes[Int(node)].firstChild != RecordTree.none
    }

    mutating func part(_ part: Program.Part, scope: RecordTree.NodeIndex) -> Outcome {
        guard part.path >= 0 else {
            if part.slot >= 0 { return load(part.slot) }
            if part.expression >= 0 { return evaluate(inner: part.expression, scope: scope) }
            value = Value(bytes: tables.bytes(part.constant), node: RecordTree.none)
            return part.constant.count == 0 ? .absent : .single
        }
        let node = find(part.path, scope: scope, valueNode: RecordTree.none)
        return node == RecordTree.none ? .absent : take(node, path: part.path)
    }

    mutating func concatenate(_ expression: Program.Expression, scope: RecordTree.NodeIndex) -> Outcome {
        let start = joined.count
        defer { joined.removeLast(joined.count - start) }
        var node = RecordTree.none
        for number in 0..<expression.partCount {
            let piece = tables.parts[Int(expression.sourceIndex + number)]
            let outcome = part(piece, scope: scope)
            if case .failed = outcome { return .failed }
            if case .single = outcome {
                // Blanks around a part are layout, not key.
                joined.append(contentsOf: piece.isConstant ? value.bytes : Self.trimmed(value.bytes))
                if node == RecordTree.none { node = value.node }
            } else if !piece.isConstant {
                // A key made of half its parts would be another record's.
                return .absent
            }
        }
        value = Value(bytes: keepJoined(from: start), node: node)
        return value.bytes.isEmpty ? .absent : .single
    }

    /// A text with the values of expressions in it; not there when one of them is not.
    private mutating func template(_ expression: Program.Expression, scope: RecordTree.NodeIndex) -> Outcome {
        let start = joined.count
        defer { joined.removeLast(joined.count - start) }
        var node = RecordTree.none
        for number in 0..<expression.partCount {
            let piece = tables.parts[Int(expression.sourceIndex + number)]
            switch part(piece, scope: scope) {
            case .failed: return .failed
            case .absent, .many: if !piece.isConstant { return .absent }
            case .single:
                joined.append(contentsOf: value.bytes)
                if node == RecordTree.none { node = value.node }
            }
        }
        value = Value(bytes: keepJoined(from: start), node: node)
        return value.bytes.isEmpty ? .absent : .single
    }

    private mutating func keepJoined(from start: Int) -> Bytes {
        joined.withUnsafeBufferPointer { scratch.keep(Bytes(rebasing: $0[start...])) }
    }

    mutating func dateTime(_ expression: Program.Expression, scope: RecordTree.NodeIndex) -> Outcome {
        guard case .single = part(tables.parts[Int(expression.sourceIndex)], scope: scope) else { return .absent }
        let date = value
        guard case .single = part(tables.parts[Int(expression.sourceIndex + 1)], scope: scope) else {
            report(.timeInvalid, at: date.node, "a date without its time", "有日期但缺少时间")
            return .failed
        }
        guard let time = ZonedTime(date: Self.trimmed(date.bytes), time: Self.trimmed(value.bytes)) else {
            report(
                .timeInvalid, at: date.node,
                "date and time are no existing moment with one offset (2026-05-01+08:00 and 09:00:00+08:00)",
                "日期和时间不是带同一时区偏移的有效时刻(如 2026-05-01+08:00 与 09:00:00+08:00)")
            return .failed
        }
        written.removeAll(keepingCapacity: true)
        time.write(to: &written)
        value = Value(bytes: scratch.keep(written), node: date.node)
        return .single
    }

    mutating func split(_ op: Program.Op, _ outcome: Outcome) -> Outcome {
        guard case .single = outcome else { return outcome }
        let separator = tables.bytes(op.constant)
        let whole = value
        values.removeAll(keepingCapacity: true)
        var start = 0
        var index = 0
        func matches(at index: Int) -> Bool {
            guard index + separator.count <= whole.bytes.count else { return false }
            for offset in 0..<separator.count where whole.bytes[index + offset] != separator[offset] { return false }
            return true
        }
        while index <= whole.bytes.count {
            if index == whole.bytes.count || matches(at: index) {
                let piece = Self.trimmed(Bytes(rebasing: whole.bytes[start..<index]))
                if piece.count > 0 || op.b == 1 { values.append(Value(bytes: piece, node: whole.node)) }
                if index == whole.bytes.count { break }
                index += separator.count
                start = index
            } else {
                index += 1
            }
        }
        return values.isEmpty ? .absent : .many
    }

    mutating func join(_ op: Program.Op, _ outcome: Outcome) -> Outcome {
        guard case .many = outcome else { return outcome }
        written.removeAll(keepingCapacity: true)
        let separator = tables.bytes(op.constant)
        for (number, piece) in values.enumerated() {
            if number > 0 { written.append(contentsOf: separator) }
            written.append(contentsOf: piece.bytes)
        }
        value = Value(bytes: scratch.keep(written), node: values.first?.node ?? RecordTree.none)
        return .single
    }

}
