internal import ExchangeModel
internal import JSON

/// Turns a schema and everything it leads to into a plan: numbered schemas without text that must be looked up.
struct SchemaCompiler {
    typealias Site = SchemaLibrary.Site

    var library: SchemaLibrary
    private var numbers: [String: Int32] = [:]
    private var queue: [Site] = []
    var schemas: [CompiledSchema] = []
    private var sites: [Site] = []
    private var dynamicNames: [String] = []

    /// Compiles; fails with every finding.
    static func plan(
        _ bytes: [UInt8], address: String, shownAs name: String, registry: JSONSchemaRegistry, options: JSONSchemaOptions
    ) throws(JSONSchemaFailure) -> SchemaPlan {
        var compiler = SchemaCompiler(library: SchemaLibrary(registry: registry, options: options))
        guard let document = compiler.library.add(bytes, address: address, shownAs: name),
            let root = compiler.library.site(document: document, pointer: "")
        else { throw JSONSchemaFailure(compiler.library.findings) }
        _ = compiler.number(of: root)
        compiler.drain()
        let dynamic = compiler.dynamicTargets()
        compiler.refuseCycles()
        guard compiler.library.findings.isEmpty else { throw JSONSchemaFailure(compiler.library.findings) }
        let sources = compiler.library.documents.filter { !JSONSchemaRegistry.isBuiltIn($0.address) }.map {
            JSONSchema.Source(name: $0.address, bytes: $0.bytes)
        }
        return SchemaPlan(
            schemas: compiler.schemas, dynamicTargets: dynamic, limits: options.limits,
            sources: sources.prefix(1) + sources.dropFirst().sorted { $0.name < $1.name })
    }

    private init(library: SchemaLibrary) { self.library = library }

    /// The number of a schema in the plan; it is compiled later when it is new.
    mutating func number(of site: Site) -> Int32 {
        let key = "\(site.document)#\(site.pointer)"
        if let known = numbers[key] { return known }
        let number = Int32(schemas.count)
        numbers[key] = number
        let resource = library.resources[site.resource]
        let inside = site.pointer.utf8.dropFirst(resource.pointer.utf8.count)
        schemas.append(
            CompiledSchema(location: resource.address.text() + "#" + (String(inside) ?? ""), resource: Int32(site.resource)))
        sites.append(site)
        queue.append(site)
        return number
    }

    private mutating func drain() {
        while let site = queue.popLast() {
            guard schemas.count <= library.options.limits.schemasMax else {
                library.note(
                    site, "", code: .countOverLimit, "more than \(library.options.limits.schemasMax) schemas",
                    "模式超过 \(library.options.limits.schemasMax) 个")
                return
            }
            compile(site, number: Int(number(of: site)))
        }
    }

    /// For each dynamic name the schema that each resource gives it.
    private mutating func dynamicTargets() -> [[Int32: Int32]] {
        var targets: [[Int32: Int32]] = []
        // Compiling a target can bring new resources and names: until nothing is new.
        while true {
            let before = (schemas.count, dynamicNames.count)
            targets = []
            for name in dynamicNames {
                var byResource: [Int32: Int32] = [:]
                for (resource, anchors) in library.anchors.enumerated() {
                    guard let anchor = anchors[name], anchor.isDynamic,
                        let site = library.site(document: anchor.document, pointer: anchor.pointer)
                    else { continue }
                    byResource[Int32(resource)] = number(of: site)
                }
                targets.append(byResource)
            }
            drain()
            if before == (schemas.count, dynamicNames.count) { return targets }
        }
    }

    func dynamicNumber(_ name: String) -> Int32? { dynamicNames.firstIndex(of: name).map(Int32.init) }

    mutating func dynamicNumber(adding name: String) -> Int32 {
        if let known = dynamicNumber(name) { return known }
        dynamicNames.append(name)
        return Int32(dynamicNames.count - 1)
    }

    // MARK: References that lead to themselves

    /// A schema that applies itself to the same value would never come to an end.
    private mutating func refuseCycles() {
        enum Mark { case new, open, done }
        var marks = [Mark](repeating: .new, count: schemas.count)
        let targets = schemas.map { schema in
            (schema.inPlace?.targets ?? []) + (schema.object?.dependentSchemas.map(\.schema) ?? [])
        }
        for start in schemas.indices where marks[start] == .new {
            var path: [(schema: Int, next: Int)] = [(start, 0)]
            marks[start] = .open
            while let (schema, next) = path.last {
                guard next < targets[schema].count else {
                    marks[schema] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let target = Int(targets[schema][next])
                switch marks[target] {
                case .done: break
                case .new:
                    marks[target] = .open
                    path.append((target, 0))
                case .open:
                    library.note(
                        sites[target], "", code: .referenceBroken, "this schema refers to itself for the same value, without end",
                        "该模式对同一个值无限引用自身")
                }
            }
        }
    }
}

/// A schema with everything it leads to, compiled. Immutable.
struct SchemaPlan: Sendable {
    /// The first is where validation begins.
    let schemas: [CompiledSchema]
    /// For each dynamic name the schema that each resource gives it.
    let dynamicTargets: [[Int32: Int32]]
    let limits: JSONSchemaLimits
    /// The documents it was made from, the first one first.
    let sources: [JSONSchema.Source]
}
