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

    /// One step of a path.
    struct Step: Sendable {
        var name: NameID
        var isAttribute: Bool
        var takesAll: Bool
        /// The predicate's child or attribute; `.unknown` when there is none.
        var predicateName: NameID
        var predicateIsAttribute: Bool
        var predicateValue: Constant
        var hasPredicate: Bool
    }

    /// Where a path begins.
    enum Anchor: UInt8, Sendable {
        case current, root, parent, key
        /// The node that the value of the expression came from (`@unit` as an argument).
        case value
    }

    /// One path.
    struct Path: Sendable {
        var anchor: Anchor
        /// Levels up for `.parent`; index into `keys` for `.key`.
        var anchorArgument: Int32
        /// The path inside the parentheses of `.key`.
        var keyPath: Int32
        var firstStep: Int32
        var stepCount: Int32
        var takesAll: Bool
    }

    /// A part of `concat` or `first`, or an argument that may be a path or a text.
    struct Part: Sendable {
        /// -1 when it is a constant.
        var path: Int32
        var constant: Constant
    }

    /// Where a value comes from.
    enum Source: UInt8, Sendable {
        case path, constant, concat, first, dateTime
    }

    /// What a function does.
    enum OpCode: UInt8, Sendable {
        case required, trim, upper, lower, max, maxBytes, join, split, codeIn, codeOut, timeIn, timeOut, dateIn, dateOut
        case zonedDateIn, epochIn, epochOut, amountIn, amountOut, mask, `default`, decimal, count, identifier, check
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
        /// Path, first part, or index of a constant part.
        var sourceIndex: Int32
        var partCount: Int32
        var firstOp: Int32
        var opCount: Int32
        /// The value is several values.
        var isMany: Bool
        /// Nothing of the record goes into it; it opens no group.
        var isConstant: Bool
    }

    /// How a value is written into the canonical record.
    enum Emit: UInt8, Sendable {
        case text, list, identifier, identifierList, money
    }

    /// One entry of the output's plan; groups hold the entries up to `end`.
    struct Entry: Sendable {
        enum Kind: UInt8, Sendable { case value, group, repeated }
        var kind: Kind
        var emit: Emit
        /// JSON: `"name":`. XML: the element's name.
        var name: Constant
        var expression: Int32
        /// The path of `each:`; -1 when a group has none.
        var each: Int32
        var end: Int32
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

    /// Keeps bytes.
    mutating func constant(_ text: String) -> Constant { constant(Array(text.utf8)) }

    /// Keeps bytes.
    mutating func constant(_ bytes: [UInt8]) -> Constant {
        let result = Constant(offset: Int32(constants.count), count: Int32(bytes.count))
        constants.append(contentsOf: bytes)
        return result
    }
}
