internal import ExchangeModel

// `when:`.
extension Runner {
    /// Whether a condition holds.
    mutating func holds(_ number: Int32, scope: RecordTree.NodeIndex) -> Bool {
        let condition = tables.conditions[Int(number)]
        switch condition.kind {
        case .and: return holds(condition.first, scope: scope) && holds(condition.second, scope: scope)
        case .or: return holds(condition.first, scope: scope) || holds(condition.second, scope: scope)
        case .not: return !holds(condition.first, scope: scope)
        case .exists: return exists(tables.parts[Int(condition.first)], scope: scope)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard case .single = part(tables.parts[Int(condition.first)], scope: scope) else {
                return condition.kind == .notEqual
            }
            let left = Self.trimmed(value.bytes)
            let node = value.node
            guard case .single = part(tables.parts[Int(condition.second)], scope: scope) else {
                return condition.kind == .notEqual
            }
            let right = Self.trimmed(value.bytes)
            switch condition.kind {
            case .equal: return Self.areEqual(left, right)
            case .notEqual: return !Self.areEqual(left, right)
            default:
                guard let order = Self.order(left, right) else {
                    report(
                        .fieldInvalid, at: node == RecordTree.none ? value.node : node,
                        "it is compared by size, for which both sides must be decimals, times or days",
                        "此处按大小比较，两边须同为数值、时间或日期")
                    return false
                }
                return switch condition.kind {
                case .less: order < 0
                case .lessOrEqual: order <= 0
                case .greater: order > 0
                default: order >= 0
                }
            }
        }
    }

    /// Whether there is anything: text, or a group with something in it.
    private mutating func exists(_ part: Program.Part, scope: RecordTree.NodeIndex) -> Bool {
        guard part.path >= 0 else {
            return switch self.part(part, scope: scope) {
            case .single, .many: true
            case .absent, .failed: false
            }
        }
        let node = find(part.path, scope: scope, valueNode: RecordTree.none)
        return node != RecordTree.none && isFilled(node)
    }

    /// -1, 0 or 1 for decimals, times or days; nil when the two are not of one kind.
    private static func order(_ left: Bytes, _ right: Bytes) -> Int? {
        if let left = try? ExactDecimal(left), let right = try? ExactDecimal(right) {
            return left.isLess(than: right) ? -1 : right.isLess(than: left) ? 1 : 0
        }
        if let left = ZonedTime(left)?.instant.milliseconds, let right = ZonedTime(right)?.instant.milliseconds {
            return left < right ? -1 : left > right ? 1 : 0
        }
        guard left.count == 10, right.count == 10, ZonedTime.date(left) != nil, ZonedTime.date(right) != nil else { return nil }
        return precedes(left, right) ? -1 : precedes(right, left) ? 1 : 0
    }
}
