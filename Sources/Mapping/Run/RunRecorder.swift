/// Notes of what runs of one program did: which paths led somewhere, which codes were translated, which ways were taken. Coverage
/// sums them over many runs; an explanation asks for the story of one run as well.
///
/// Belongs to one program and one thread. A runner without a recorder notes nothing and pays a comparison for each path and expression.
final class RunRecorder {
    /// A place where a mapping goes one way or another. A further kind of place is a further case here, its ways in `CoveragePlan`, and
    /// one call of `branch(_:took:)` where the runner decides.
    enum Branch: Hashable, Sendable {
        /// `required` or `default`, by its place among the program's functions: 0 a value was there, 1 none was.
        case function(Int32)
        /// `first(...)`, by its first part: the part that was there, counted from 0; behind the last part: none was.
        case first(Int32)
        /// `each:` or `zip:`, by its entry: 0 no item, 1 some.
        case each(Int32)
        /// `when:`, by its entry: 0 it does not hold, 1 it does.
        case condition(Int32)
        /// `choose:`, by its entry: the branch taken, from 0; behind the last one: none was.
        case choice(Int32)
    }

    /// Paths that led to a node with content.
    private(set) var pathsRead: Set<Int32> = []
    /// Rows of code tables that translated a code.
    private(set) var rowsUsed: Set<Int32> = []
    /// The ways taken at each place.
    private(set) var ways: [Branch: Set<Int32>] = [:]
    /// What became of each field, one by one; nil when only coverage is wanted.
    let story: RunStory?

    /// - Parameter tellsStory: whether values are noted as well; then the recorder is for one run.
    init(tellsStory: Bool = false) { story = tellsStory ? RunStory() : nil }

    /// Notes a way taken.
    func branch(_ branch: Branch, took way: Int32) { ways[branch, default: []].insert(way) }

    /// Notes a path that led to a node with content.
    func read(path: Int32) { pathsRead.insert(path) }

    /// Notes a row that translated a code.
    func translated(row: Int) {
        rowsUsed.insert(Int32(row))
        story?.translated(row: row)
    }

    /// A group begins; `leave` ends it.
    func enter(group entry: Int) { story?.enter(group: entry) }

    /// The innermost group or item ends.
    func leave() { story?.leave() }
}
