/// Which elements of a large document are its records: every one at a path from the root, such as `/NOTICES/GCJS_NOTICE`.
///
/// A step is a local name of any namespace, `{namespace}name`, or `*` for any element. Value type.
public struct XMLRecordPath: Sendable, Hashable {
    /// One level of the path.
    public enum Step: Sendable, Hashable {
        /// Any element.
        case any
        /// An element of a local name, whatever its namespace.
        case name(String)
        /// An element of a local name in a namespace; an empty one means none.
        case qualified(namespace: String, name: String)
    }

    /// The steps from the root element on; at least one.
    public let steps: [Step]

    /// Steps that a path may have.
    public static let stepsMax = 32

    /// Reads `/a/*/{urn:x}b`; nil when it is no such path.
    public init?(_ text: String) {
        guard text.utf8.first == 0x2F else { return nil }
        var steps: [Step] = []
        var rest = text.dropFirst()[...]
        while true {
            let step: Step
            if rest.first == "{" {
                // A namespace holds slashes.
                guard let close = rest.firstIndex(of: "}") else { return nil }
                let namespace = String(rest[rest.index(after: rest.startIndex)..<close])
                rest = rest[rest.index(after: close)...]
                let name = String(rest.prefix { $0 != "/" })
                guard Self.isName(name), !namespace.contains("{") else { return nil }
                rest = rest.dropFirst(name.count)
                step = .qualified(namespace: namespace, name: name)
            } else {
                let name = String(rest.prefix { $0 != "/" })
                rest = rest.dropFirst(name.count)
                guard name == "*" || Self.isName(name) else { return nil }
                step = name == "*" ? .any : .name(name)
            }
            steps.append(step)
            if rest.isEmpty { break }
            rest = rest.dropFirst()
        }
        guard steps.count <= Self.stepsMax else { return nil }
        self.steps = steps
    }

    /// The path as it is written.
    public var text: String {
        steps.map { step in
            switch step {
            case .any: "/*"
            case .name(let name): "/" + name
            case .qualified(let namespace, let name): "/{\(namespace)}\(name)"
            }
        }.joined()
    }

    private static func isName(_ text: String) -> Bool {
        !text.utf8.contains(0x3A) && Array(text.utf8).withUnsafeBufferPointer { XMLName.isQualifiedName($0) }
    }
}
