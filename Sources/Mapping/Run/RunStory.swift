internal import ExchangeModel

/// What became of each field in one run: what was read, what each function made of it, and whether it was written.
///
/// Belongs to the thread of its run. It holds values of the record: for the eyes of whoever may see the record.
final class RunStory {
    /// Fields of one run that are told; those behind them are left out, and `isCut` says so.
    static let fieldsMax = 20_000
    /// Bytes of a value that are noted; a longer one ends in `...`.
    static let valueBytesMax = 64 << 10

    /// A group or an item of a repeated group on the way to a field.
    final class Frame {
        let entry: Int
        let parent: Frame?
        /// Which item of its `each:` it is, from 0, and where that stands; nil for a plain group.
        let item: Int?
        let node: Node?
        /// Something of the record was written in it; until then its literals wait.
        fileprivate(set) var isOpen = false
        /// Its place among the items that were written, from 0.
        fileprivate(set) var place: Int?
        /// Items entered and written so far of each repeated group in it.
        fileprivate var entered: [Int: Int] = [:]
        fileprivate var written: [Int: Int] = [:]

        fileprivate init(entry: Int, parent: Frame?, item: Int?, node: Node?) {
            self.entry = entry
            self.parent = parent
            self.item = item
            self.node = node
        }
    }

    /// A node of the record that was read.
    struct Node: Sendable, Hashable {
        var path: String
        var position: SourcePosition
    }

    /// A path that was followed.
    struct Reading: Sendable {
        var path: Int32
        /// Where it led; where it ended too early when `rest` is not empty.
        var node: Node
        /// What stands there; nil for a group of fields.
        var text: String?
        /// The steps that led no further.
        var rest: [String]
    }

    /// A function at work.
    struct Step: Sendable {
        var op: Int
        /// The expression that it belongs to: the field's, or that of a variable or of braces in a text.
        var expression: Int32
        /// The values that it was given; nil when there was none.
        var before: [String]?
        /// The values that it gave; nil when there is none.
        var after: [String]?
        /// Rows of code tables that it used.
        var rows: [Int]
    }

    /// How a field ended.
    enum Ending: Sendable, Hashable {
        case absent, written, failed
    }

    /// One field, each time that it came up.
    struct Field {
        /// Its entry of the plan; nil for an entry of `identify:`.
        var entry: Int?
        /// The name of the entry of `identify:`.
        var key: String?
        var expression: Int32
        /// The group that it stands in.
        var frame: Frame
        var readings: [Reading] = []
        var steps: [Step] = []
        /// Rows of code tables used before the first function.
        var rows: [Int] = []
        var ending = Ending.absent
        var values: [String]?
        /// It is the same for every record, and waits for its group.
        var isLiteral = false
        var findings: [Finding] = []
        fileprivate var findingsBefore = 0
    }

    /// Entries of the plan that did not come up.
    struct Passed {
        /// Why.
        enum Cause: Sendable, Hashable {
            /// A repeated group without items.
            case noItem
            /// Its `when:` did not hold.
            case condition
            /// Another branch of its `choose:` was taken.
            case otherBranch
        }

        var cause: Cause
        var entry: Int
        var frame: Frame
        var readings: [Reading]
    }

    private(set) var fields: [Field] = []
    /// There were more fields than `fieldsMax`.
    private(set) var isCut = false
    private(set) var passed: [Passed] = []
    private var frame = Frame(entry: -1, parent: nil, item: nil, node: nil)
    /// Expressions that have begun, the outer ones first.
    private var drafts: [Field] = []
    /// What was read outside every expression: by the path of an `each:`, by a condition.
    private var loose: [Reading] = []
    /// What the expressions of variables did, by slot.
    private var variables: [Int32: Field] = [:]
    /// While the tables of `keys:` are built, which read every entry of the document.
    var isQuiet = false

    init() { frame.isOpen = true }

    // MARK: Groups

    func enter(group entry: Int) {
        loose = []
        frame = Frame(entry: entry, parent: frame, item: nil, node: nil)
    }

    func enter(item entry: Int, node: Node) {
        loose = []
        frame = Frame(entry: entry, parent: frame, item: frame.entered[entry, default: 0], node: node)
        frame.parent?.entered[entry, default: 0] += 1
    }

    func leave() { if let parent = frame.parent { frame = parent } }

    func items(of entry: Int, count: Int) {
        if count == 0 { pass(entry, .noItem) }
        loose = []
    }

    /// A condition is about to be asked.
    func ask() { loose = [] }

    /// Entries do not come up, for what was read last.
    func pass(_ entry: Int, _ cause: Passed.Cause) {
        passed.append(Passed(cause: cause, entry: entry, frame: frame, readings: loose))
        loose = []
    }

    /// Something of the record was written: every group on the way to it is open now.
    private func open() {
        var current: Frame? = frame
        while let group = current, !group.isOpen {
            group.isOpen = true
            if group.item != nil, let parent = group.parent {
                group.place = parent.written[group.entry, default: 0]
                parent.written[group.entry, default: 0] += 1
            }
            current = group.parent
        }
    }

    // MARK: Expressions

    func begin(_ expression: Int32, findings: Int) {
        var field = Field(entry: nil, key: nil, expression: expression, frame: frame)
        field.findingsBefore = findings
        drafts.append(field)
    }

    func read(_ reading: Reading) {
        if isQuiet { return }
        if drafts.isEmpty { loose.append(reading) } else { drafts[drafts.count - 1].readings.append(reading) }
    }

    /// The expression of a variable, or one inside another, has its end: what it did belongs to the one around it, and to all who
    /// ask for the variable.
    func keep(slot: Int32?, expression: Int32, values: [String]?) {
        guard let index = drafts.lastIndex(where: { $0.expression == expression }) else { return }
        var draft = closed(from: index)
        if let last = draft.steps.indices.last { draft.steps[last].after = values }
        if let slot { variables[slot] = draft }
        add(draft)
    }

    /// A variable that is known already is asked for.
    func recall(slot: Int32) { if let draft = variables[slot] { add(draft) } }

    private func add(_ draft: Field) {
        for reading in draft.readings { read(reading) }
        guard let last = drafts.indices.last else { return }
        drafts[last].steps += draft.steps
        drafts[last].rows += draft.rows
    }

    /// A draft with what those inside it did.
    private func closed(from index: Int) -> Field {
        var field = drafts[index]
        for inner in drafts[(index + 1)...] {
            field.readings += inner.readings
            field.steps += inner.steps
            field.rows += inner.rows
        }
        drafts.removeSubrange(index...)
        return field
    }

    /// A variable that is known already is asked for.
    /// The expression of a group's key has its end.
    func drop(_ expression: Int32) {
        guard let index = drafts.lastIndex(where: { $0.expression == expression }) else { return }
        drafts.removeSubrange(index...)
    }

    /// A function begins; it belongs to the innermost expression whose functions it is one of.
    func step(_ op: Int, before: [String]?, isOwn: (Int32) -> Bool) {
        guard let index = drafts.lastIndex(where: { isOwn($0.expression) }) else { return }
        // What stands before this function is what the one before it gave.
        if let last = drafts[index].steps.lastIndex(where: { $0.expression == drafts[index].expression }) {
            drafts[index].steps[last].after = before
        }
        drafts[index].steps.append(Step(op: op, expression: drafts[index].expression, before: before, after: nil, rows: []))
    }

    func translated(row: Int) {
        guard let last = drafts.indices.last else { return }
        if let step = drafts[last].steps.indices.last {
            drafts[last].steps[step].rows.append(row)
        } else {
            drafts[last].rows.append(row)
        }
    }

    /// The expression of a field has its end; what expressions inside it read belongs to it.
    func end(
        entry: Int?, key: String?, expression: Int32, ending: Ending, values: [String]?, isLiteral: Bool, findings: [Finding]
    ) {
        guard let index = drafts.lastIndex(where: { $0.expression == expression }) else { return }
        var field = closed(from: index)
        if let last = field.steps.lastIndex(where: { $0.expression == expression }) {
            field.steps[last].after = ending == .written ? values : nil
        }
        field.entry = entry
        field.key = key
        field.ending = ending
        field.values = values
        field.isLiteral = isLiteral
        field.findings = Array(findings.dropFirst(field.findingsBefore))
        if ending == .written, !isLiteral, entry != nil { open() }
        guard fields.count < Self.fieldsMax else {
            isCut = true
            return
        }
        fields.append(field)
    }

    /// The value of the newest field could not be written.
    func fault(_ finding: Finding?) {
        guard let last = fields.indices.last, !isCut else { return }
        fields[last].ending = .failed
        if let finding { fields[last].findings.append(finding) }
    }
}
