internal import ExchangeModel
internal import JSON

/// The documents that one schema leads to: where each resource and anchor lies, and which words it may use.
struct SchemaLibrary {
    /// Where a schema stands.
    struct Site {
        var document: Int
        var pointer: String
        var value: JSONValue
        var resource: Int
    }

    struct Document {
        var address: String
        var bytes: [UInt8]
        var content: JSONDocument
    }

    /// A schema with an identity of its own: a document, or a part of it with `$id`.
    struct Resource {
        var address: SchemaURI
        var document: Int
        var pointer: String
        var vocabularies: Set<Vocabulary>
    }

    struct Anchor {
        var pointer: String
        var document: Int
        var isDynamic: Bool
    }

    let registry: JSONSchemaRegistry
    let options: JSONSchemaOptions
    private(set) var documents: [Document] = []
    private(set) var resources: [Resource] = []
    private var resourceAt: [String: Int] = [:]
    /// Anchors of each resource, by name.
    private(set) var anchors: [[String: Anchor]] = []
    private var sites: [String: Site] = [:]
    private var dialects: [String: Set<Vocabulary>] = [Vocabulary.metaschema: Vocabulary.standard]
    private(set) var findings: [FileFinding] = []

    init(registry: JSONSchemaRegistry, options: JSONSchemaOptions) {
        self.registry = registry
        self.options = options
    }

    // MARK: Findings

    /// Keeps a finding at the member `name` of a schema; at the schema itself when that is empty.
    mutating func note(
        _ site: Site, _ name: String, code: Finding.Code = .fileInvalid, _ text: String, _ textZH: String
    ) {
        note(site.document, site.pointer + (name.isEmpty ? "" : "/" + JSONPointer.segment(name)), code: code, text, textZH)
    }

    private mutating func note(
        _ document: Int, _ pointer: String, code: Finding.Code = .fileInvalid, _ text: String, _ textZH: String
    ) {
        guard findings.count < options.limits.findingsMax else { return }
        let finding = FileFinding(
            file: documents[document].address,
            Finding(code, path: pointer, position: documents[document].content.position(at: pointer), text: text, textZH: textZH))
        if !findings.contains(finding) { findings.append(finding) }
    }

    // MARK: Documents

    /// Reads a document; its number, or nil with a finding.
    mutating func add(_ bytes: [UInt8], address: String, shownAs name: String) -> Int? {
        guard documents.count < options.limits.documentsMax else {
            findings.append(
                FileFinding(
                    file: name,
                    Finding(
                        .countOverLimit, text: "references lead to more than \(options.limits.documentsMax) documents",
                        textZH: "引用涉及的文档超过 \(options.limits.documentsMax) 个")))
            return nil
        }
        let content: JSONDocument
        do throws(JSONError) {
            content = try JSONDocument(parsing: bytes, limits: options.limits.document)
        } catch {
            findings.append(FileFinding(file: name, error.finding))
            return nil
        }
        let number = documents.count
        documents.append(Document(address: name, bytes: bytes, content: content))
        let base = SchemaURI(address)
        let resource = makeResource(base, document: number, pointer: "", value: content.root, outer: nil)
        enter(Site(document: number, pointer: "", value: content.root, resource: resource), isRoot: true)
        return number
    }

    private static func key(_ document: Int, _ pointer: String) -> String { "\(document)#\(pointer)" }

    private mutating func makeResource(
        _ address: SchemaURI, document: Int, pointer: String, value: JSONValue, outer: Int?
    ) -> Int {
        let number = resources.count
        resources.append(
            Resource(
                address: address, document: document, pointer: pointer,
                vocabularies: outer.map { resources[$0].vocabularies } ?? Vocabulary.standard))
        anchors.append([:])
        if resourceAt[address.text()] == nil { resourceAt[address.text()] = number }
        return number
    }

    /// Finds the resources and anchors of a schema and of those inside it. Recursion is bounded by the depth of the document.
    private mutating func enter(_ start: Site, isRoot: Bool = false) {
        var site = start
        guard let members = site.value.members else {
            sites[Self.key(site.document, site.pointer)] = site
            return
        }
        if let id = site.value["$id"] { identify(&site, id, isRoot: isRoot) }
        sites[Self.key(site.document, site.pointer)] = site
        if let dialect = site.value["$schema"] { chooseDialect(site, dialect) }
        for name in ["$anchor", "$dynamicAnchor"] {
            guard let value = site.value[name] else { continue }
            guard let text = value.string, Self.isAnchor(text) else {
                note(
                    site, name, "\(name) must be a name of letters, digits, - _ . that begins with a letter or _",
                    "\(name) 须为以字母或下划线开头的名称")
                continue
            }
            if let known = anchors[site.resource][text], known.pointer != site.pointer {
                note(site, name, "the anchor \"\(text)\" is there twice", "锚点“\(text)”重复")
            }
            anchors[site.resource][text] = Anchor(
                pointer: site.pointer, document: site.document, isDynamic: name == "$dynamicAnchor")
        }
        for member in members {
            guard let inside = Keyword.named(member.name)?.inside else { continue }
            let pointer = site.pointer + "/" + JSONPointer.segment(member.name)
            func inner(_ pointer: String, _ value: JSONValue) -> Site {
                Site(document: site.document, pointer: pointer, value: value, resource: site.resource)
            }
            switch inside {
            case .one: enter(inner(pointer, member.value))
            case .list:
                for (index, value) in (member.value.elements ?? []).enumerated() { enter(inner("\(pointer)/\(index)", value)) }
            case .named:
                for named in member.value.members ?? [] {
                    enter(inner("\(pointer)/\(JSONPointer.segment(named.name))", named.value))
                }
            }
        }
    }

    private mutating func identify(_ site: inout Site, _ id: JSONValue, isRoot: Bool) {
        guard let text = id.string else { return note(site, "$id", "$id must be a string", "$id 须为字符串") }
        let reference = SchemaURI(text)
        guard reference.fragment ?? "" == "" else { return note(site, "$id", "$id may have no fragment", "$id 不得带片段(#)") }
        let address = resources[site.resource].address.resolving(reference)
        if let known = resourceAt[address.text()],
            resources[known].document != site.document || resources[known].pointer != site.pointer
        {
            return note(site, "$id", "the address \"\(address.text())\" is there twice", "地址“\(address.text())”重复")
        }
        if isRoot {
            resources[site.resource].address = address
            resourceAt[address.text()] = site.resource
        } else {
            site.resource = makeResource(
                address, document: site.document, pointer: site.pointer, value: site.value, outer: site.resource)
        }
    }

    private static func isAnchor(_ text: String) -> Bool {
        guard let first = text.utf8.first, StringFormat.isLetter(first) || first == 0x5F else { return false }
        return text.utf8.allSatisfy { StringFormat.isLetter($0) || StringFormat.isDigit($0) || [0x2D, 0x5F, 0x2E].contains($0) }
    }

    // MARK: Dialects

    private mutating func chooseDialect(_ site: Site, _ value: JSONValue) {
        guard site.pointer == resources[site.resource].pointer else {
            return note(site, "$schema", "$schema stands only where a schema has its own $id or begins", "$schema 只能出现在模式资源的根部")
        }
        guard let text = value.string else { return note(site, "$schema", "$schema must be a string", "$schema 须为字符串") }
        var address = SchemaURI(text)
        if address.fragment == "" { address.fragment = nil }
        if let known = dialects[address.text()] {
            resources[site.resource].vocabularies = known
            return
        }
        guard let bytes = registry.bytes(at: address.text(), limit: options.limits.document.bytesMax),
            let meta = try? JSONDocument(parsing: bytes, limits: options.limits.document)
        else {
            return note(
                site, "$schema",
                "the meta-schema \"\(text)\" is not supported; this is JSON Schema 2020-12 (\(Vocabulary.metaschema))",
                "不支持元模式“\(text)”；此处使用 JSON Schema 2020-12(\(Vocabulary.metaschema))")
        }
        var chosen: Set<Vocabulary> = Vocabulary.standard
        if let asked = meta.root["$vocabulary"]?.members {
            chosen = [.core]
            for member in asked {
                if let known = Vocabulary.allCases.first(where: { Vocabulary.prefix + $0.rawValue == member.name }) {
                    chosen.insert(known)
                } else if member.value.boolean != false {
                    note(
                        site, "$schema", "the meta-schema needs the vocabulary \"\(member.name)\", which is not supported",
                        "元模式要求不受支持的词汇表“\(member.name)”")
                }
            }
        } else if meta.root["$schema"]?.string.map({ !$0.hasPrefix(Vocabulary.metaschema) }) ?? true {
            return note(site, "$schema", "the meta-schema \"\(text)\" is not one of 2020-12", "元模式“\(text)”不属于 2020-12 版本")
        }
        dialects[address.text()] = chosen
        resources[site.resource].vocabularies = chosen
    }

    // MARK: References

    /// The schema at a place; nil when it is none that can be a schema.
    mutating func site(document: Int, pointer: String) -> Site? {
        if let known = sites[Self.key(document, pointer)] { return known }
        // A place that no keyword leads to: it belongs to the nearest schema around it.
        guard let value = documents[document].content.value(at: pointer) else { return nil }
        var around = pointer
        var outer: Site?
        while outer == nil, let slash = around.lastIndex(of: "/") {
            around = String(around[..<slash])
            outer = sites[Self.key(document, around)]
        }
        guard let outer else { return nil }
        enter(Site(document: document, pointer: pointer, value: value, resource: outer.resource))
        return sites[Self.key(document, pointer)]
    }

    /// What a reference from a schema leads to: the target, and the name when it was a dynamic anchor. Nil with a finding.
    mutating func resolve(_ text: String, from site: Site, keyword: String) -> (site: Site, dynamicName: String?)? {
        let target = resources[site.resource].address.resolving(SchemaURI(text))
        let address = target.text()
        var number = resourceAt[address]
        if number == nil, let bytes = registry.bytes(at: address, limit: options.limits.document.bytesMax) {
            let before = findings.count
            guard let document = add(bytes, address: address, shownAs: address) else {
                if findings.count == before { note(site, keyword, "\"\(address)\" cannot be read", "无法读取“\(address)”") }
                return nil
            }
            number = resources.firstIndex { $0.document == document && $0.pointer == "" }
        }
        guard let number else {
            note(
                site, keyword, "nothing is known under \"\(address)\" (references are looked up locally, never fetched)",
                "找不到“\(address)”(引用只在本地查找，从不联网获取)")
            return nil
        }
        let resource = resources[number]
        guard let fragment = target.decodedFragment else {
            note(site, keyword, "the fragment of \"\(text)\" is no UTF-8", "“\(text)”的片段不是 UTF-8")
            return nil
        }
        if fragment.isEmpty || fragment.hasPrefix("/") {
            if let found = self.site(document: resource.document, pointer: resource.pointer + fragment) { return (found, nil) }
        } else if let anchor = anchors[number][fragment],
            let found = self.site(document: anchor.document, pointer: anchor.pointer)
        {
            return (found, anchor.isDynamic ? fragment : nil)
        }
        note(site, keyword, "\"\(text)\" leads to nothing", "“\(text)”没有指向任何内容")
        return nil
    }
}
