internal import ExchangeModel

// Exact decimals and lists of them.
extension Runner {
    /// Calculates with the value and an argument; nothing is rounded unless it is asked for.
    mutating func calculate(_ op: Program.Op, scope: RecordTree.NodeIndex) -> Applied {
        let own = value
        do throws(ExactDecimal.Problem) {
            var result = try ExactDecimal(Self.trimmed(own.bytes))
            if op.code == .round {
                result = try result.rounded(to: Int(op.a))
            } else {
                let kept = (values, missing)
                let outcome = part(tables.parts[Int(op.a)], scope: scope)
                (values, missing) = kept
                guard case .single = outcome else {
                    value = own
                    if case .failed = outcome { return .failed }
                    return fail(.fieldRequired, "the number that it is calculated with is missing", "缺少用于计算的数")
                }
                let other = try ExactDecimal(Self.trimmed(value.bytes))
                value = own
                switch op.code {
                case .add: result = try result.adding(other)
                case .subtract: result = try result.adding(other.negated)
                case .multiply: result = try result.multiplied(by: other)
                default:
                    guard !other.isZero else {
                        return fail(.fieldInvalid, "it is divided by zero", "除数为零")
                    }
                    result = try result.divided(by: other, decimals: Int(op.b))
                }
            }
            written.removeAll(keepingCapacity: true)
            try result.write(to: &written)
        } catch {
            value.node = value.node == RecordTree.none ? own.node : value.node
            return failDecimal(error, .fieldInvalid)
        }
        value = Value(bytes: scratch.keep(written), node: own.node)
        return .done
    }

    /// Makes one value of several, or fewer of them.
    mutating func reduce(_ op: Program.Op, _ outcome: Outcome) -> Outcome {
        switch (op.code, outcome) {
        case (_, .failed): return .failed
        case (.numberOf, _):
            var count = 0
            if case .many = outcome { count = values.count }
            if case .single = outcome { count = 1 }
            let node = count > 0 ? values.first?.node ?? RecordTree.none : RecordTree.none
            value = Value(bytes: scratch.keep(Array(String(count).utf8)), node: node)
            return .single
        case (_, .absent): return .absent
        case (.unique, .many):
            var kept: [Value] = []
            for value in values {
                visitsLeft -= kept.count
                if visitsLeft < 0 {
                    stop(
                        "mapping this record takes more than \(options.visitsMax) steps (visitsMax)",
                        "映射本记录的步数超过 \(options.visitsMax)(visitsMax)", .countOverLimit)
                    return .failed
                }
                if !kept.contains(where: { Self.areEqual($0.bytes, value.bytes) }) { kept.append(value) }
            }
            values = kept
            return .many
        default: return combine(op)
        }
    }

    /// The sum, the least or the greatest of the decimals in `values`.
    private mutating func combine(_ op: Program.Op) -> Outcome {
        var result: ExactDecimal?
        var node = RecordTree.none
        for item in values {
            value = item
            do throws(ExactDecimal.Problem) {
                let number = try ExactDecimal(Self.trimmed(item.bytes))
                guard let known = result else {
                    (result, node) = (number, item.node)
                    continue
                }
                switch op.code {
                case .sum: result = try known.adding(number)
                case .least: if number.isLess(than: known) { (result, node) = (number, item.node) }
                default: if known.isLess(than: number) { (result, node) = (number, item.node) }
                }
            } catch {
                _ = failDecimal(error, .fieldInvalid)
                return .failed
            }
        }
        guard let result else { return .absent }
        value = Value(bytes: scratch.keep(Array(result.text.utf8)), node: node)
        return .single
    }
}
