internal import ExchangeModel

/// A compiled mapping: flat tables of small integers, no name compared as text, no closure, no existential.
///
/// Immutable after compiling; safe to share between threads.
struct Program: Sendable {
    /// A run of bytes in `constants`.
    struct Constant: Sendable {
        var offset: Int32
        var count: Int32
        static let empty = Constant(offset: 0, count: 0)
    }

    /// A run of rows in a table.
    struct Run: Sendable {
        var first: Int32
        var count: Int32
        static let empty = Run(first: 0, count: 0)
    }

    /// One step of a path.
    struct Step: Sendable {
        /// What is asked of a child or attribute.
        enum Predicate: UInt8, Sendable {
            case none, equals, differs, exists

            init(_ test: SourcePath.Predicate.Test) {
                switch test {
                case .equals: self = .equals
                case .differs: self = .differs
                case .exists: self = .exists
                }
            }
        }

        var name: NameID
        var isAttribute: Bool
        var takesAll: Bool
        /// Which of those that fit, from 1; -1 is the last, 0 the first.
        var place: Int32 = 0
        /// A child of any name.
        var isAny = false
        var predicate = Predicate.none
        /// The predicate's child or attribute.
        var predicateName = NameID.unknown
        var predicateIsAttribute = false
        var predicateValue = Constant.empty
    }

    /// Where a path begins.
    enum Anchor: UInt8, Sendable {
        case current, root, parent, key
        /// The node that the value of the expression came from (`@unit` as an argument).
        case value
        /// The node of a variable.
        case variable
        /// Every item of the current group.
        case group
    }

    /// One path.
    struct Path: Sendable {
        var anchor: Anchor
        /// Levels up for `.parent`; index into `keys` for `.key`; slot for `.variable`.
        var anchorArgument: Int32
        /// The path inside the parentheses of `.key`.
        var keyPath: Int32
        var firstStep: Int32
        var stepCount: Int32
        var takesAll: Bool
    }

    /// A part of `concat`, `first` or a template, a side of a comparison, or an argument: a path, a variable, an expression
    /// or a text. Only one of the numbers is not -1; without any it is the text.
    struct Part: Sendable {
        var path: Int32 = -1
        var slot: Int32 = -1
        var expression: Int32 = -1
        var constant = Constant.empty

        /// The same for every record.
        var isConstant: Bool { path < 0 && slot < 0 && expression < 0 }
    }

    /// Where a value comes from.
    enum Source: UInt8, Sendable {
        case path, constant, concat, first, dateTime, variable, template
    }

    /// What a function does.
    enum OpCode: UInt8, Sendable {
        case required, trim, upper, lower, max, maxBytes, join, split, codeIn, codeOut, timeIn, timeOut, dateIn, dateOut
        case zonedDateIn, epochIn, epochOut, amountIn, amountOut, mask, `default`, decimal, count, identifier, check
        case collapse, halfWidth, substring, before, after, replace, padLeft, hash
        case add, subtract, multiply, divide, round, sum, least, greatest, numberOf, unique
        case timeAny, plusDays
    }

    /// One function of one expression; the meaning of the arguments is the op's.
    struct Op: Sendable {
        var code: OpCode
        var a: Int32 = 0
        var b: Int32 = 0
        var constant = Constant.empty
    }

    /// One expression.
    struct Expression: Sendable {
        var source: Source
        /// Path, first part, index of a constant part, or slot.
        var sourceIndex: Int32
        var partCount: Int32
        var firstOp: Int32
        var opCount: Int32
        /// The value is several values.
        var isMany: Bool
        /// Nothing of the record goes into it; it opens no group.
        var isConstant: Bool
        /// A list keeps the places of values that are not there (`zip:`).
        var keepsBlanks = false
    }

    /// How a value is written into the canonical record.
    enum Emit: UInt8, Sendable {
        case text, list, identifier, identifierList, money
    }

    /// One entry of the output's plan; groups hold the entries up to `end`.
    struct Entry: Sendable {
        /// A choice holds its branches; the first whose condition holds is written.
        enum Kind: UInt8, Sendable { case value, group, repeated, choice }
        var kind: Kind
        var emit: Emit
        /// JSON: `"name":`. XML: the element's name.
        var name: Constant
        var expression: Int32
        /// The path of `each:`; -1 when a group has none.
        var each: Int32
        var end: Int32
        /// The condition of `when:`, asked of each item of a repeated group; -1 when there is none.
        var condition: Int32 = -1
        /// The condition of a repeated group is asked before its items are looked for: it is a branch of a choice.
        var isAskedOnce = false
        /// What holds inside a group; -1 when there is nothing.
        var level: Int32 = -1
    }

    /// A variable of a level: an expression, or a path to a node.
    struct Variable: Sendable {
        var slot: Int32
        var expression: Int32
        var path: Int32
    }

    /// What holds inside a group.
    struct Level: Sendable {
        /// The expression of `by:`, or -1.
        var key: Int32 = -1
        /// The lists of `zip:`.
        var lists = Run.empty
        /// The variables of `let:`.
        var variables = Run.empty

        var isEmpty: Bool { key < 0 && lists.count == 0 && variables.count == 0 }
    }

    /// A row of a condition: two parts compared, or other rows joined.
    struct Condition: Sendable {
        enum Kind: UInt8, Sendable {
            case exists, equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
            case not, and, or
        }

        var kind: Kind
        /// Part or row.
        var first: Int32
        /// Part or row, or -1.
        var second: Int32
    }

    /// Several ways in which a time may be written; the first that fits is taken.
    struct TimeForm: Sendable {
        var patterns: [Int32]
        /// RFC 3339 and XML Schema, with or without offset.
        var takesISO: Bool
        /// Offset of what is written without one.
        var offsetSeconds: Int32
        /// Gives the day.
        var isDate: Bool
        /// For findings.
        var text: String
    }

    /// An entry of `keys:`.
    struct Key: Sendable {
        var each: Int32
        var key: Int32
    }

    /// One row of a code table.
    struct CodeRow: Sendable {
        var from: Constant
        var to: Constant
        var validFrom: Int32
        var validTo: Int32
    }

    /// A code table in one direction for one partner.
    struct CodeTable: Sendable {
        var firstRow: Int32
        var rowCount: Int32
        /// Index into `listNames`.
        var list: Int32
    }

    /// How an amount is read or written.
    struct Amount: Sendable {
        /// Places from the unit to the currency's own unit.
        var places: Int32 = 0
        /// Outbound: decimals written, or -1 for as many as needed.
        var decimals: Int32 = -1
        /// A unit is named, as a word or as a path; else the amount counts in the currency's own unit.
        var hasUnit = false
        var unit = Constant.empty
        var unitPath: Int32 = -1
        var unitTable: Int32 = -1
        var currency = Constant.empty
        var currencyPath: Int32 = -1
        var currencyTable: Int32 = -1
        var kind = Constant.empty
    }

    var names = NameTable()
    var constants: [UInt8] = []
    var steps: [Step] = []
    var paths: [Path] = []
    var parts: [Part] = []
    var ops: [Op] = []
    var expressions: [Expression] = []
    var entries: [Entry] = []
    var keys: [Key] = []
    var codeRows: [CodeRow] = []
    var codeTables: [CodeTable] = []
    var amounts: [Amount] = []
    var patterns: [TimePattern] = []
    var timeForms: [TimeForm] = []
    var conditions: [Condition] = []
    var levels: [Level] = []
    var lets: [Variable] = []
    /// Variables of the whole record.
    var variables = Run.empty
    /// Variables that can hold at the same time have slots of their own.
    var slotCount = 0
    /// Names of a canonical amount's and identifier's members, for mappings that read them.
    var moneyNames: (value: NameID, currency: NameID, receivedUnit: NameID, kind: NameID) = (
        .unknown, .unknown, .unknown, .unknown
    )
    /// The scheme of an identifier whose form is wrong and that passed with a warning.
    var otherScheme = Constant.empty
    /// Expressions of `identify:`, or -1.
    var businessKey: Int32 = -1
    var orderingKey: Int32 = -1
    var version: Int32 = -1
    var sourceTime: Int32 = -1

    // For findings and explanations only, never on the way of a good record.
    var stepTexts: [String] = []
    var pathTexts: [String] = []
    var expressionTexts: [String] = []
    var entryTargets: [String] = []
    var listNames: [String] = []
    var keyNames: [String] = []
    var notes = ProgramNotes()

    /// Keeps bytes.
    mutating func constant(_ text: String) -> Constant { constant(Array(text.utf8)) }

    /// Keeps bytes.
    mutating func constant(_ bytes: [UInt8]) -> Constant {
        let result = Constant(offset: Int32(constants.count), count: Int32(bytes.count))
        constants.append(contentsOf: bytes)
        return result
    }
}
