internal import XML

/// Reads a model from an XML Schema 1.0, as it is written: names, occurrence, order, facets and documentation.
///
/// Schemas are read as documents, included and imported ones by their relative place in the folder. Whether the schema is right
/// is judged elsewhere, when it is compiled for validation.
struct XSDFormReader {
    /// Files of one schema.
    static let filesMax = 100
    /// Shapes of one model; what lies beyond is open.
    static let shapesMax = 20_000
    /// Types and groups inside each other while one is read; deeper is open.
    static let depthMax = 48
    static let namespace = "http://www.w3.org/2001/XMLSchema"

    /// A schema document with what its `xs:schema` says of all its names.
    struct Source {
        var name: String
        var target: String
        var qualifiesElements: Bool
        var qualifiesAttributes: Bool
        /// The file's lines, for comments behind declarations.
        var lines: [ArraySlice<UInt8>]
    }

    /// A part of a schema and the document that it stands in.
    struct Part {
        var node: XMLElement
        var source: Int
    }

    /// A name with its namespace.
    struct QName: Hashable {
        var namespace: String
        var name: String
    }

    private let files: (String) -> [UInt8]?
    private let parser = XMLParser(limits: XMLLimits(depthMax: 200, nodesMax: 1_000_000))
    private(set) var sources: [Source] = []
    private var loaded: Set<QName> = []
    private var elements: [QName: Part] = [:]
    private var types: [QName: Part] = [:]
    private var groups: [QName: Part] = [:]
    private var attributes: [QName: Part] = [:]
    private var attributeGroups: [QName: Part] = [:]
    /// Heads of substitution groups and what may stand in their place.
    private var substitutes: [QName: [QName]] = [:]
    /// Complex types that others are derived from: `xsi:type` may put more there.
    private var bases: Set<QName> = []
    /// Complex types whose own content is closed.
    private(set) var closedTypes: Set<QName> = []
    var model = FormModel()
    private var typeShapes: [QName: Int] = [:]
    private var elementShapes: [QName: Int] = [:]
    var depth = 0

    /// The model of a schema file; nil when it is no XML Schema.
    static func read(_ name: String, files: @escaping (String) -> [UInt8]?) -> FormModel? {
        var reader = XSDFormReader(files: files)
        guard reader.load(name, chameleon: nil) else { return nil }
        for (key, part) in reader.elements.sorted(by: { ($0.key.namespace, $0.key.name) < ($1.key.namespace, $1.key.name) }) {
            var member = FormModel.Member(name: key.name, namespace: key.namespace)
            member.label = reader.label(part)
            member.shape = reader.shape(ofGlobal: key, part)
            reader.model.roots.append(member)
        }
        return reader.model
    }

    private init(files: @escaping (String) -> [UInt8]?) { self.files = files }

    // MARK: Files

    /// Reads one document and what it refers to. A schema without a namespace takes over that of the schema that includes it.
    private mutating func load(_ name: String, chameleon: String?) -> Bool {
        guard loaded.insert(QName(namespace: chameleon ?? "", name: name)).inserted else { return true }
        guard loaded.count <= Self.filesMax, FormModelFolder.isInside(name), let bytes = files(name),
            case .document(let document) = parser.parse(bytes), document.root.name == "schema",
            document.root.namespace == Self.namespace
        else { return false }
        let root = document.root
        let source = sources.count
        sources.append(
            Source(
                name: name, target: root.attribute("targetNamespace") ?? chameleon ?? "",
                qualifiesElements: root.attribute("elementFormDefault") == "qualified",
                qualifiesAttributes: root.attribute("attributeFormDefault") == "qualified",
                lines: bytes.split(separator: 0x0A, omittingEmptySubsequences: false)))
        for node in root.children where node.namespace == Self.namespace { declare(Part(node: node, source: source)) }
        return true
    }

    private mutating func declare(_ part: Part) {
        let node = part.node
        let source = sources[part.source]
        let key = QName(namespace: source.target, name: node.attribute("name") ?? "")
        switch node.name {
        case "element":
            elements[key] = part
            if let head = node.attribute("substitutionGroup") {
                substitutes[resolve(head, part), default: []].append(key)
            }
        case "complexType", "simpleType":
            types[key] = part
            if let content = node.firstChild("complexContent") ?? node.firstChild("simpleContent"),
                let base = content.children.first(where: { $0.name == "extension" || $0.name == "restriction" })?.attribute(
                    "base")
            {
                bases.insert(resolve(base, part))
            }
        case "group": groups[key] = part
        case "attribute": attributes[key] = part
        case "attributeGroup": attributeGroups[key] = part
        case "include", "redefine", "import", "override":
            guard let location = node.attribute("schemaLocation"), let name = Self.join(location, to: source.name) else { return }
            _ = load(name, chameleon: node.name == "import" ? nil : source.target)
        default: break
        }
    }

    /// A relative place, seen from a file of the folder; nil when it leads elsewhere.
    static func join(_ location: String, to file: String) -> String? {
        guard !location.contains(":"), !location.hasPrefix("/") else { return nil }
        var parts = file.split(separator: "/").dropLast().map(String.init)
        for part in location.split(separator: "/", omittingEmptySubsequences: false) {
            switch part {
            case ".": break
            case "..":
                guard parts.popLast() != nil else { return nil }
            case "": return nil
            default: parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }

    /// The namespace and name that a value such as `xs:string` means.
    func resolve(_ text: String, _ part: Part) -> QName {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let prefix = parts.count == 2 ? parts[0] : ""
        var namespace = part.node.namespace(ofPrefix: prefix) ?? ""
        // In an included schema without a namespace of its own, names without prefix mean the including one's.
        if prefix.isEmpty, namespace.isEmpty { namespace = sources[part.source].target }
        return QName(namespace: namespace, name: parts.last ?? text)
    }

    /// What a declaration is called: its documentation, the Chinese one first, or the comment at the end of its line.
    func label(_ part: Part) -> String {
        let texts = (part.node.firstChild("annotation")?.children("documentation") ?? []).map { node in
            (
                isChinese: node.attribute("lang", namespace: "http://www.w3.org/XML/1998/namespace")?.hasPrefix("zh") ?? false,
                text: node.text
            )
        }
        if let text = (texts.first(where: \.isChinese) ?? texts.first)?.text { return Self.line(text) }
        let lines = sources[part.source].lines
        guard lines.indices.contains(part.node.line - 1) else { return "" }
        guard let line = String(validating: lines[part.node.line - 1], as: UTF8.self), let start = line.firstRange(of: "<!--"),
            let end = line[start.upperBound...].firstRange(of: "-->")
        else { return "" }
        return Self.line(String(line[start.upperBound..<end.lowerBound]))
    }

    /// A text on one line, without blanks around it, cut to what a label needs.
    private static func line(_ text: String) -> String {
        String(text.split { $0 == "\n" || $0 == "\r" || $0 == "\t" || $0 == " " }.joined(separator: " ").prefix(200))
    }

    // MARK: Declarations by name

    /// A shape that is filled later, so that types may contain themselves; nil when there are too many.
    mutating func newShape() -> Int? {
        guard model.shapes.count < Self.shapesMax else { return nil }
        model.shapes.append(.anything)
        return model.shapes.count - 1
    }

    mutating func shape(ofGlobal key: QName, _ part: Part) -> Int {
        if let known = elementShapes[key] { return known }
        if part.node.attribute("type") != nil { return shape(ofElement: part) }
        guard let index = newShape() else { return 0 }
        elementShapes[key] = index
        model.shapes[index] = model.shapes[shape(ofElement: part)]
        return index
    }

    mutating func shape(ofType key: QName) -> Int {
        if let known = typeShapes[key] { return known }
        if key.namespace == Self.namespace {
            guard key.name != "anyType", let index = newShape() else { return 0 }
            model.shapes[index] = FormModel.Shape(takesText: true, rules: Self.builtin(key.name))
            typeShapes[key] = index
            return index
        }
        guard let part = types[key], let index = newShape() else { return 0 }
        typeShapes[key] = index
        if part.node.name == "simpleType" {
            model.shapes[index] = FormModel.Shape(takesText: true, rules: rules(part))
        } else {
            model.shapes[index] = complex(part)
            if !model.shapes[index].isOpen { closedTypes.insert(key) }
            if bases.contains(key) { model.shapes[index].isOpen = true }
        }
        return index
    }

    func globalElement(_ key: QName) -> Part? { elements[key] }
    func globalType(_ key: QName) -> Part? { types[key] }
    func globalGroup(_ key: QName) -> Part? { groups[key] }
    func globalAttribute(_ key: QName) -> Part? { attributes[key] }
    func globalAttributeGroup(_ key: QName) -> Part? { attributeGroups[key] }

    /// Every element that may stand in the place of another, itself left out.
    func substitutes(of key: QName) -> [QName] {
        var result: [QName] = []
        var waiting = [key]
        while let head = waiting.popLast() {
            for name in substitutes[head] ?? [] where name != key && !result.contains(name) {
                result.append(name)
                waiting.append(name)
            }
        }
        return result
    }
}
