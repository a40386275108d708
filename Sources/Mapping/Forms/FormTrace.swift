/// What the compiler noted of a mapping's paths and expressions while it compiled them, for the comparison with the form's schema.
struct FormTrace: Sendable {
    /// Where paths of a scope begin that belongs to no `each:`: the root element or object.
    static let root = -1
    /// A scope of which nothing is known, since its own path is faulty.
    static let unknown = -2

    /// A path.
    struct Read: Sendable {
        var path: SourcePath
        var text: MappingFile.Text
        /// The read that leads to the level where it begins, or `root` or `unknown`.
        var origin: Int
        /// An attribute of the node that the value of its expression came from.
        var isOfValue: Bool
        /// The fragment that it stands in.
        var fragment: TargetNode.Origin?
        /// Its last step stands for all nodes, since it is the path of an `each:`.
        var isEach = false
    }

    /// An expression.
    struct Value: Sendable {
        var expression: Expression
        var text: MappingFile.Text
        var scope: SourceScope
        var targetPath: String
        /// The fragment that it stands in.
        var fragment: TargetNode.Origin?
    }

    var reads: [Read] = []
    var values: [Value] = []
    /// Where the entries of each key are: the read of its `each:`.
    var keyOrigins: [String: Int] = [:]

    mutating func note(
        _ path: SourcePath, in text: MappingFile.Text, scope: SourceScope, isArgument: Bool, fragment: TargetNode.Origin?
    ) {
        let isOfValue = isArgument && path.anchor == .current && path.steps.count == 1 && path.steps[0].isAttribute
        let origin =
            switch path.anchor {
            case .variable(let name): scope.variables[name]?.node?.origin ?? Self.unknown
            case .group: scope.group?.origin ?? Self.unknown
            case .current, .root, .parent, .key: scope.origin
            }
        reads.append(Read(path: path, text: text, origin: origin, isOfValue: isOfValue, fragment: fragment))
    }

    /// The newest path is that of an `each:`; answers its number.
    mutating func noteEach() -> Int {
        guard !reads.isEmpty else { return Self.unknown }
        reads[reads.count - 1].isEach = true
        return reads.count - 1
    }
}
