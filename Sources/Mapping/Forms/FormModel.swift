internal import ExchangeModel

/// What a partner's form may hold, read from its schema: elements or members with their names, occurrence, order and values.
///
/// Shapes are shared and may lead back to themselves, as the types of a schema do; whoever walks the whole model stops at
/// `depthMax`. Where the schema says something that is not understood here, the shape is open: anything may stand there, and no
/// finding comes of it. Immutable, safe to share.
struct FormModel: Sendable {
    /// Levels below the root that a walk over a model goes down; deeper is taken for open.
    static let depthMax = 24
    /// Elements, attributes and members that a walk visits.
    static let visitsMax = 20_000

    /// An element, an attribute or a member of a JSON object.
    struct Member: Sendable, Hashable {
        var name: String
        /// Empty for none, and in JSON.
        var namespace = ""
        var isAttribute = false
        /// It stands wherever its parent does.
        var isRequired = false
        /// More than one may stand there.
        var repeats = false
        /// What is said of `isRequired` and `repeats` holds for every document.
        var isClear = true
        /// What the schema calls it: its documentation, title, or the comment behind it.
        var label = ""
        /// Index into `shapes`.
        var shape = 0
        /// Place in the sequence; members of one rank stand in any order.
        var rank = 0
    }

    /// What stands in an element or value.
    struct Shape: Sendable, Hashable {
        var members: [Member] = []
        /// Other names may stand there as well.
        var isOpen = false
        /// It may be a text.
        var takesText = false
        var rules = ValueRules()

        /// Anything.
        static let anything = Shape(isOpen: true, takesText: true)

        /// Elements or attributes of a name, merged to one where a sequence has it several times.
        func member(_ name: String, namespace: String, isAttribute: Bool) -> Member? {
            let found = members.filter { $0.name == name && $0.namespace == namespace && $0.isAttribute == isAttribute }
            guard var first = found.first else { return nil }
            if found.count > 1 {
                first.isClear = false
                first.repeats = true
                if found.contains(where: { $0.shape != first.shape }) { first.shape = 0 }
            }
            return first
        }
    }

    /// The first is `Shape.anything`.
    var shapes: [Shape] = [.anything]
    /// What a document may begin with; in JSON one without a name.
    var roots: [Member] = []

    /// The shape of a member.
    func shape(of member: Member) -> Shape { shapes[member.shape] }

    /// A root by name.
    func root(_ name: String, namespace: String) -> Member? {
        roots.first { $0.name == name && $0.namespace == namespace }
    }

    /// Every place below a root that can hold a text, with the members that lead to it, in the order of the schema.
    func leaves(of root: Member) -> [[Member]] {
        var result: [[Member]] = []
        var visits = 0
        func walk(_ member: Member, _ path: [Member], _ ways: [Int]) {
            visits += 1
            guard visits <= Self.visitsMax, path.count < Self.depthMax else { return }
            let shape = shapes[member.shape]
            if shape.takesText, !path.isEmpty { result.append(path) }
            // A type inside itself ends the way: its inner fields have the names of the outer ones.
            guard member.shape == 0 || !ways.contains(member.shape) else { return }
            for child in shape.members { walk(child, path + [child], ways + [member.shape]) }
        }
        walk(root, [], [])
        return result
    }
}
