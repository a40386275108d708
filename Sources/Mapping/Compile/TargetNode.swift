internal import ExchangeModel

/// The output's tree while it is compiled: dotted names (`tenderProject.code`) are merged into their groups, and the fields
/// of fragments stand where they are used.
final class TargetNode {
    /// Where a node that a fragment brought came from.
    struct Origin: Sendable {
        /// The fragment's name.
        var fragment: String
        /// The `use:` of the mapping.
        var use: SourcePosition
    }

    /// A variable of a level.
    struct Variable {
        var variable: MappingFile.Variable
        var origin: Origin?
    }

    let name: String
    let position: SourcePosition
    let isRepeated: Bool
    var origin: Origin?
    var value: MappingFile.Text?
    var when: MappingFile.Text?
    var each: MappingFile.Text?
    var by: MappingFile.Text?
    var zip: [MappingFile.Variable] = []
    var lets: [Variable] = []
    /// The branches of `choose:`; each has this node's name.
    var branches: [TargetNode] = []
    var isUnverified = false
    var children: [TargetNode] = []

    init(name: String, position: SourcePosition, isRepeated: Bool) {
        self.name = name
        self.position = position
        self.isRepeated = isRepeated
    }

    /// A child by name.
    func child(_ name: String) -> TargetNode? { children.first { $0.name == name } }

    /// A group without conditions and variables, into which dotted names may be merged.
    var isPlainGroup: Bool {
        value == nil && branches.isEmpty && !isRepeated && when == nil && each == nil && zip.isEmpty && lets.isEmpty
    }
}
