/// What `when:` says: whether a field, a group or an item is written.
///
///     condition   = conjunction *( "or" conjunction )
///     conjunction = term *( "and" term )
///     term        = "not" "(" condition ")" / "(" condition ")" / comparison
///     comparison  = operand [ ( "=" / "!=" / "<" / "<=" / ">" / ">=" ) operand ] / operand "in" "(" text *( "," text ) ")"
///     operand     = path / text / number
///
/// A path alone holds when there is a value. Equality compares text without blanks around it; order compares decimals,
/// times or days of one kind. What is not there equals nothing, differs from everything and is in no order.
indirect enum Condition: Sendable, Hashable {
    /// How two values are compared.
    enum Comparison: String, Sendable, Hashable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="

        /// Compares by size, not only for being the same.
        var isOrder: Bool { self != .equal && self != .notEqual }
    }

    /// A side of a comparison.
    struct Operand: Sendable, Hashable {
        /// What stands there.
        enum Value: Sendable, Hashable {
            case path(SourcePath)
            /// A text in quotation marks, or a number as written.
            case text(String)
        }

        var value: Value
        /// Byte offset in the condition.
        var offset: Int
    }

    case exists(Operand)
    case compare(Operand, Comparison, Operand)
    case oneOf(Operand, [String])
    case not(Condition)
    case and([Condition])
    case or([Condition])
}
