internal import ExchangeModel

/// Where the parts of a program stand in their files: for explanations, lineage and coverage, never read while a record is mapped.
///
/// Each table runs beside the program's table of the same name.
struct ProgramNotes: Sendable {
    /// A place in the mapping's file, or in a fragment that it uses.
    struct Place: Sendable, Hashable {
        /// The fragment's name; nil for the mapping itself.
        var fragment: String?
        var position: SourcePosition

        /// The file, below the folder of mappings.
        func file(mapping: String, in folder: String) -> String {
            fragment.map { "\(folder)/fragments/\($0).yaml" } ?? "\(folder)/\(mapping).yaml"
        }
    }

    /// One expression.
    struct Expression: Sendable {
        var place: Place
        /// The paths that it reads, those inside key look-ups, arguments and braces among them.
        var paths: Range<Int32>
        /// The tables of codes that it names, in the order of its functions.
        var tables: [Int32]
        /// The variables that it names.
        var slots: [Int32]
    }

    /// One entry of the plan.
    struct Entry: Sendable {
        /// Where the field's name stands.
        var place: Place
        /// Whether the field says `basis: unverified`.
        var isUnverified: Bool
        /// Its `when:` as written, and where.
        var condition: (text: String, place: Place)?
    }

    /// One row of a code table.
    struct CodeRow: Sendable {
        /// The line of the list's file.
        var line: Int
        /// What the code means, in Chinese.
        var labelZH: String
    }

    var paths: [Place] = []
    var expressions: [Expression] = []
    var entries: [Entry] = []
    var codeRows: [CodeRow] = []
    /// Places of the entries of `identify:`, by name.
    var identify: [String: Place] = [:]
    /// Names of variables by slot.
    var slotNames: [String] = []
    /// Tables and variables named by the expression that is being compiled.
    var tablesNamed: [Int32] = []
    var slotsNamed: [Int32] = []
}

extension Compiler {
    /// What an expression around this one had named, and where its paths begin.
    struct Noting {
        var firstPath: Int32
        var tables: [Int32]
        var slots: [Int32]
    }

    func place(_ position: SourcePosition) -> ProgramNotes.Place {
        ProgramNotes.Place(fragment: origin?.fragment, position: position)
    }

    /// Notes the newest entry of the plan.
    mutating func note(_ node: TargetNode) {
        program.notes.entries.append(
            ProgramNotes.Entry(
                place: place(node.position), isUnverified: node.isUnverified,
                condition: node.when.map { ($0.text, place($0.position)) }))
    }

    mutating func beginNote() -> Noting {
        defer { (program.notes.tablesNamed, program.notes.slotsNamed) = ([], []) }
        return Noting(
            firstPath: Int32(program.paths.count), tables: program.notes.tablesNamed, slots: program.notes.slotsNamed)
    }

    /// Notes the newest expression; the one around it names what this one names.
    mutating func endNote(_ noting: Noting, at position: SourcePosition) {
        program.notes.expressions.append(
            ProgramNotes.Expression(
                place: place(position), paths: noting.firstPath..<Int32(program.paths.count), tables: program.notes.tablesNamed,
                slots: program.notes.slotsNamed))
        program.notes.tablesNamed = noting.tables + program.notes.tablesNamed
        program.notes.slotsNamed = noting.slots + program.notes.slotsNamed
    }
}
