internal import XML

extension XSDFormReader {
    /// Where in a content model a particle stands.
    private struct Position {
        var isRequired: Bool
        var repeats: Bool
        /// The rank that all members share, inside what comes in any order.
        var rank: Int?
    }

    /// The shape of an element's declaration.
    mutating func shape(ofElement part: Part) -> Int {
        if let type = part.node.attribute("type") { return shape(ofType: resolve(type, part)) }
        guard let inner = part.node.children.first(where: { $0.name == "complexType" || $0.name == "simpleType" }) else {
            return 0
        }
        guard let index = newShape() else { return 0 }
        let type = Part(node: inner, source: part.source)
        model.shapes[index] =
            inner.name == "simpleType" ? FormModel.Shape(takesText: true, rules: rules(type)) : complex(type)
        return index
    }

    /// What a complex type holds.
    mutating func complex(_ part: Part) -> FormModel.Shape {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { return .anything }
        var shape = FormModel.Shape()
        if part.node.attribute("mixed") == "true" { shape.takesText = true }
        let content = part.node.firstChild("complexContent") ?? part.node.firstChild("simpleContent")
        guard let content else {
            addContent(part, to: &shape)
            return shape
        }
        if content.attribute("mixed") == "true" { shape.takesText = true }
        guard let derivation = content.children.first(where: { $0.name == "extension" || $0.name == "restriction" }),
            let baseName = derivation.attribute("base")
        else { return .anything }
        let own = Part(node: derivation, source: part.source)
        let base = self.resolve(baseName, own)
        if content.name == "simpleContent" {
            shape = model.shapes[self.shape(ofType: base)]
            shape.isOpen = false
            shape.takesText = true
            if derivation.name == "restriction" { shape.rules = facets(own, on: shape.rules) }
            addContent(own, to: &shape)
            return shape
        }
        let isAnyType = base == QName(namespace: Self.namespace, name: "anyType")
        let inherited = isAnyType ? FormModel.Shape() : model.shapes[self.shape(ofType: base)]
        // A base that is not known, or is being read, is open; so is what extends it.
        let isKnown = isAnyType || (globalType(base) != nil && inherited != .anything)
        if derivation.name == "extension" {
            shape.members = inherited.members
            shape.takesText = shape.takesText || inherited.takesText
            shape.isOpen = !isKnown || (!isAnyType && !closedTypes.contains(base))
        } else {
            shape.members = inherited.members.filter(\.isAttribute)
            shape.isOpen = !isKnown
        }
        addContent(own, to: &shape)
        return shape
    }

    /// Particles and attributes of a type, an extension, or a restriction.
    private mutating func addContent(_ part: Part, to shape: inout FormModel.Shape) {
        var rank = (shape.members.map(\.rank).max() ?? -1) + 1
        for node in part.node.children where node.namespace == Self.namespace {
            let inner = Part(node: node, source: part.source)
            switch node.name {
            case "sequence", "choice", "all", "group":
                addParticle(inner, Position(isRequired: true, repeats: false, rank: nil), &rank, to: &shape, 0)
            case "attribute", "attributeGroup", "anyAttribute": addAttribute(inner, to: &shape, 0)
            case "openContent", "defaultOpenContent": shape.isOpen = true
            default: break
            }
        }
    }

    private mutating func addParticle(
        _ part: Part, _ outer: Position, _ rank: inout Int, to shape: inout FormModel.Shape, _ level: Int
    ) {
        guard level <= Self.depthMax else {
            shape.isOpen = true
            return
        }
        let node = part.node
        var position = outer
        let most = node.attribute("maxOccurs") ?? "1"
        if most == "0" { return }
        if node.attribute("minOccurs") == "0" { position.isRequired = false }
        if most != "1" { position.repeats = true }
        switch node.name {
        case "element":
            addElement(part, position, &rank, to: &shape)
            return
        case "any":
            shape.isOpen = true
            return
        case "group":
            guard let reference = node.attribute("ref"), let group = globalGroup(resolve(reference, part)) else {
                shape.isOpen = true
                return
            }
            for child in group.node.children where ["sequence", "choice", "all"].contains(child.name) {
                var inner = position
                if position.repeats, inner.rank == nil { inner.rank = rank }
                addParticle(Part(node: child, source: group.source), inner, &rank, to: &shape, level + 1)
                if inner.rank != nil { rank += 1 }
            }
            return
        case "sequence", "choice", "all": break
        default:
            if node.name != "annotation" { shape.isOpen = true }
            return
        }
        let children = node.children.filter { $0.name != "annotation" }
        if node.name == "choice", children.count > 1 { position.isRequired = false }
        // What comes again and again, or in any order, has no place before or behind its neighbours.
        let isFree = position.rank == nil && (node.name == "all" || (most != "1" && children.count > 1))
        if isFree { position.rank = rank }
        for child in children {
            addParticle(Part(node: child, source: part.source), position, &rank, to: &shape, level + 1)
        }
        if isFree { rank += 1 }
    }

    private mutating func addElement(_ part: Part, _ position: Position, _ rank: inout Int, to shape: inout FormModel.Shape) {
        let node = part.node
        func place(_ member: FormModel.Member) {
            var member = member
            member.isRequired = position.isRequired
            member.repeats = position.repeats
            member.rank = position.rank ?? rank
            shape.members.append(member)
        }
        defer { if position.rank == nil { rank += 1 } }
        if let reference = node.attribute("ref") {
            let key = resolve(reference, part)
            guard let global = globalElement(key) else {
                // Declared in a file that is not here: the name may stand there, and anything in it.
                place(FormModel.Member(name: key.name, namespace: key.namespace, label: label(part)))
                return
            }
            var member = FormModel.Member(name: key.name, namespace: key.namespace)
            member.label = label(part)
            if member.label.isEmpty { member.label = label(global) }
            member.shape = self.shape(ofGlobal: key, global)
            let others = substitutes(of: key)
            guard !others.isEmpty else { return place(member) }
            for name in [key] + others {
                guard let substitute = globalElement(name) else { continue }
                var member = FormModel.Member(name: name.name, namespace: name.namespace)
                member.label = label(substitute)
                member.shape = self.shape(ofGlobal: name, substitute)
                member.repeats = position.repeats
                member.isClear = false
                member.rank = position.rank ?? rank
                shape.members.append(member)
            }
            return
        }
        guard let name = node.attribute("name") else { return }
        let source = sources[part.source]
        let isQualified = node.attribute("form").map { $0 == "qualified" } ?? source.qualifiesElements
        var member = FormModel.Member(name: name, namespace: isQualified ? source.target : "")
        member.label = label(part)
        depth += 1
        member.shape = depth <= Self.depthMax ? self.shape(ofElement: part) : 0
        depth -= 1
        place(member)
    }

    private mutating func addAttribute(_ part: Part, to shape: inout FormModel.Shape, _ level: Int) {
        let node = part.node
        switch node.name {
        case "anyAttribute": shape.isOpen = true
        case "attributeGroup":
            guard level <= Self.depthMax, let reference = node.attribute("ref"),
                let group = globalAttributeGroup(resolve(reference, part))
            else {
                shape.isOpen = true
                return
            }
            for child in group.node.children { addAttribute(Part(node: child, source: group.source), to: &shape, level + 1) }
        case "attribute":
            var member = FormModel.Member(name: node.attribute("name") ?? "")
            var declaration = part
            if let reference = node.attribute("ref") {
                let key = resolve(reference, part)
                (member.name, member.namespace) = (key.name, key.namespace)
                if let global = globalAttribute(key) { declaration = global }
            } else {
                let source = sources[part.source]
                let isQualified = node.attribute("form").map { $0 == "qualified" } ?? source.qualifiesAttributes
                if isQualified { member.namespace = source.target }
            }
            member.isAttribute = true
            member.label = label(part)
            shape.members.removeAll { $0.isAttribute && $0.name == member.name && $0.namespace == member.namespace }
            if node.attribute("use") == "prohibited" { return }
            member.isRequired = node.attribute("use") == "required"
            member.shape = self.shape(ofElement: declaration)
            shape.members.append(member)
        default: break
        }
    }
}
