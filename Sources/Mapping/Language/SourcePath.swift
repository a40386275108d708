/// A path as a mapping file writes it, before names are numbered.
///
///     TENDERER/NAME            child steps, from the current node (the root element, or the item of an `each`)
///     /ContractNotice/cbc:ID   from the root; in XML the first step is the root element
///     ../CODE                  from the parent
///     @unit                    an attribute
///     SECTION[]/CODE           all of them, not only the first
///     PARTY[ROLE='02']/NAME    the first whose child (or `@attribute`) has a value; `!=` has another, alone has any
///     ROW[2], ROW[last]        the second, the last
///     */NAME                   in the first child of any name
///     organisation(REF)/NAME   the entry of `keys:` that REF names
///     $lead/NAME               from the node that a variable names
///     group()/PRICE            in every item of the current group (`by:`)
///     .                        the current node itself
///
/// Steps are joined by `/`; where the source is JSON, also by `.`.
struct SourcePath: Sendable, Hashable {
    /// Where the path begins.
    enum Anchor: Sendable, Hashable {
        /// The current node.
        case current
        /// The root of the document.
        case root
        /// So many levels up, at least one.
        case parent(Int)
        /// An entry of `keys:`, found by the value at another path.
        case key(String, nameOffset: Int)
        /// A variable of `let:` or `zip:`.
        case variable(String)
        /// Every item of the current group.
        case group
    }

    /// A name with its prefix.
    struct Name: Sendable, Hashable {
        var prefix: String?
        var local: String
        var offset: Int

        /// As written.
        var text: String { prefix.map { "\($0):\(local)" } ?? local }
    }

    /// `[child='x']`, `[child!='x']` or `[child]`.
    struct Predicate: Sendable, Hashable {
        /// What is asked of the child.
        enum Test: UInt8, Sendable, Hashable {
            case equals, differs, exists
        }

        var name: Name
        var isAttribute: Bool
        var test: Test
        var value: String

        /// As written, with its brackets.
        var text: String {
            let child = (isAttribute ? "@" : "") + name.text
            return switch test {
            case .equals: "[\(child)='\(value)']"
            case .differs: "[\(child)!='\(value)']"
            case .exists: "[\(child)]"
            }
        }
    }

    /// One step.
    struct Step: Sendable, Hashable {
        var name: Name
        var isAttribute: Bool
        var takesAll: Bool
        var predicate: Predicate?
        /// Which of those that fit, from 1; -1 is the last, 0 is not said.
        var place = 0
        /// `*`: a child of any name.
        var isAny = false

        /// As written.
        var text: String {
            var text = (isAttribute ? "@" : "") + name.text
            if let predicate { text += predicate.text }
            if place != 0 { text += place < 0 ? "[last]" : "[\(place)]" }
            if takesAll { text += "[]" }
            return text
        }
    }

    var anchor: Anchor
    /// The path inside the parentheses of a key look-up.
    var keyArgument: [SourcePath]
    var steps: [Step]
    /// Byte offset in the expression.
    var offset: Int

    /// Whether it is the current node itself.
    var isCurrent: Bool { anchor == .current && steps.isEmpty }

    /// The single bare word that it is, if it is one; list names are written so.
    var word: String? {
        guard anchor == .current, steps.count == 1, let step = steps.first, !step.isAttribute, !step.takesAll,
            step.predicate == nil, step.place == 0, !step.isAny, step.name.prefix == nil
        else { return nil }
        return step.name.local
    }

    /// As written, with `.` between the steps of JSON.
    func text(separator: String = "/") -> String {
        let tail = steps.map(\.text).joined(separator: separator)
        switch anchor {
        case .current: return steps.isEmpty ? "." : tail
        case .root: return "/" + tail
        case .parent(let levels):
            let head = Array(repeating: "..", count: levels).joined(separator: "/")
            return steps.isEmpty ? head : head + "/" + tail
        case .variable(let name): return steps.isEmpty ? "$" + name : "$\(name)/" + tail
        case .group: return steps.isEmpty ? "group()" : "group()/" + tail
        case .key(let name, _):
            let argument = keyArgument.first?.text(separator: separator) ?? ""
            return "\(name)(\(argument))" + (steps.isEmpty ? "" : "/" + tail)
        }
    }
}
