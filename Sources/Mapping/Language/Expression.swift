/// An expression as a mapping file writes it: a source, then functions from left to right.
///
///     expression = source *( "|" call )
///     source     = path / text / call                     ; a path may begin with a variable, `$name`
///     call       = name [ "(" [ argument *( "," argument ) ] ")" ]
///     argument   = [ name "=" ] ( text / number / path )
///     text       = "'" *char "'" / '"' *char '"'          ; a quotation mark is doubled inside
///
/// `template("... {expression} ...")` holds expressions inside its text; a brace that stands for itself is doubled.
struct Expression: Sendable, Hashable {
    /// Where the value comes from.
    enum Source: Sendable, Hashable {
        case path(SourcePath)
        case text(String)
        case call(Call)
    }

    /// A function with its arguments.
    struct Call: Sendable, Hashable {
        var name: String
        var arguments: [Argument]
        /// Byte offset of the name in the expression.
        var offset: Int
    }

    /// One argument.
    struct Argument: Sendable, Hashable {
        var label: String?
        var value: Value
        var offset: Int

        /// What stands there.
        enum Value: Sendable, Hashable {
            case text(String)
            case number(Int)
            case path(SourcePath)
            /// The text of a template, as its pieces.
            case template([Piece])
        }
    }

    /// A piece of a template.
    enum Piece: Sendable, Hashable {
        case text(String)
        case expression(Expression)
    }

    var source: Source
    var calls: [Call]
    /// Byte offset of the source in the scalar.
    var offset: Int
    /// The expression as written.
    var text: String
}

/// Something wrong in an expression, at a byte of it.
struct ExpressionProblem: Error, Sendable, Hashable {
    var offset: Int
    var text: String
    var textZH: String
}
