internal import ExchangeModel
internal import Formats
internal import JSON
internal import XML

/// Reads a partner's form from a schema or from a sample of what it sends.
enum DraftFormReader {
    /// Rows of a sheet or a CSV file, elements and items that a sample is judged by.
    static let samplesMax = 50
    /// Levels of a sample.
    static let depthMax = 24

    /// Why a form cannot be read.
    struct Problem: Error {
        var text: String
        var remedy: String
    }

    /// - Parameters:
    ///   - files: schemas by name, for what an XSD includes.
    ///   - root: the root element, where a schema has several.
    static func read(
        _ name: String, bytes: [UInt8], root: String?, files: FormModelFolder
    ) throws(Problem) -> (form: DraftForm, isSchema: Bool) {
        let kind = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        switch kind {
        case "xsd":
            guard let model = files.model(name) else {
                throw Problem(text: "it is no XML Schema that can be read", remedy: "name an .xsd")
            }
            return (try form(ofSchema: model, root), true)
        case "json":
            guard let value = try? JSONValue(parsing: bytes) else {
                throw Problem(text: "it is no JSON", remedy: "name a JSON Schema or a JSON document")
            }
            if isSchema(value), let model = files.model(name), let root = model.roots.first {
                return (DraftForm(format: "json", model: model, root: root), true)
            }
            return (sample(value), false)
        case "xml": return (try sample(xml: bytes), false)
        case "csv", "txt": return (try rows(csv: bytes), false)
        case "xlsx": return (try rows(of: SheetRecordCutter(names: NameTable()), bytes, format: "xlsx", dialect: []), false)
        default:
            throw Problem(
                text: "its name does not say what it is",
                remedy: "name a schema (.xsd, .json) or a sample (.xml, .json, .csv, .xlsx)")
        }
    }

    private static func isSchema(_ value: JSONValue) -> Bool {
        value["$schema"] != nil || value["$defs"] != nil
            || (value["properties"]?.members != nil && value["type"]?.string == "object")
    }

    private static func form(ofSchema model: FormModel, _ wanted: String?) throws(Problem) -> DraftForm {
        let named = wanted.map { name in model.roots.filter { $0.name == name.split(separator: ":").last.map(String.init) } }
        let roots = named ?? model.roots
        guard let root = roots.count == 1 ? roots.first : nil else {
            let list = model.roots.map(\.name).joined(separator: ", ")
            throw Problem(
                text: roots.isEmpty ? "it has no root element \(wanted ?? "")" : "it has several root elements",
                remedy: "name one with --root: \(list)")
        }
        var form = DraftForm(format: "xml", model: model, root: root)
        for member in [root] + model.leaves(of: root).flatMap({ $0 })
        where !member.namespace.isEmpty && !form.prefixes.contains(where: { $0.uri == member.namespace }) {
            form.prefixes.append(("n\(form.prefixes.count + 1)", member.namespace))
        }
        return form
    }

    // MARK: Samples

    /// A model that grows with what is seen.
    private struct Growth {
        var form: DraftForm

        init(format: String, root: FormModel.Member) {
            form = DraftForm(format: format, model: FormModel(), root: root)
            form.model.shapes.append(FormModel.Shape())
            form.root.shape = 1
            form.model.roots = [form.root]
        }

        /// The member of a name, made when it is new.
        mutating func member(_ member: FormModel.Member, in shape: Int, repeats: Bool) -> FormModel.Member {
            if let index = form.model.shapes[shape].members.firstIndex(where: {
                $0.name == member.name && $0.namespace == member.namespace && $0.isAttribute == member.isAttribute
            }) {
                if repeats { form.model.shapes[shape].members[index].repeats = true }
                return form.model.shapes[shape].members[index]
            }
            var new = member
            form.model.shapes.append(FormModel.Shape())
            new.shape = form.model.shapes.count - 1
            new.repeats = repeats
            new.rank = form.model.shapes[shape].members.count
            form.model.shapes[shape].members.append(new)
            return new
        }

        mutating func value(_ text: String, in shape: Int, at path: [String]) {
            form.model.shapes[shape].takesText = true
            if form.samples[path, default: []].count < DraftFormReader.samplesMax { form.samples[path, default: []].append(text) }
        }
    }

    private static func sample(_ value: JSONValue) -> DraftForm {
        var growth = Growth(format: "json", root: FormModel.Member(name: ""))
        func add(_ value: JSONValue, in shape: Int, _ path: [String], _ depth: Int) {
            guard depth < depthMax else { return }
            switch value {
            case .object(let members):
                for member in members {
                    var values = [member.value]
                    var repeats = false
                    if let elements = member.value.elements { (values, repeats) = (Array(elements.prefix(samplesMax)), true) }
                    let inner = growth.member(FormModel.Member(name: member.name), in: shape, repeats: repeats)
                    for value in values { add(value, in: inner.shape, path + [member.name], depth + 1) }
                }
            case .array(let elements): for element in elements.prefix(samplesMax) { add(element, in: shape, path, depth + 1) }
            case .null: break
            default:
                growth.value(
                    value.string ?? value.number ?? value.boolean.map { $0 ? "true" : "false" } ?? "", in: shape, at: path)
            }
        }
        add(value, in: 1, [], 0)
        return growth.form
    }

    private static func sample(xml bytes: [UInt8]) throws(Problem) -> DraftForm {
        let document: XMLDocument
        switch XMLParser().parse(bytes) {
        case .document(let parsed): document = parsed
        case .refused(let finding):
            throw Problem(text: "it is no XML: \(finding.text)", remedy: "name a good document, or a schema")
        }
        let root = document.root
        var growth = Growth(format: "xml", root: FormModel.Member(name: root.name, namespace: root.namespace))
        func note(_ element: XMLElement) {
            let prefix = element.rawName.split(separator: ":").dropLast().first.map(String.init)
            guard !element.namespace.isEmpty, !growth.form.prefixes.contains(where: { $0.uri == element.namespace }) else {
                return
            }
            let name = prefix.flatMap { prefix in growth.form.prefixes.contains { $0.prefix == prefix } ? nil : prefix }
            growth.form.prefixes.append((name ?? "n\(growth.form.prefixes.count + 1)", element.namespace))
        }
        struct Attributes: XMLVisitor {
            var all: [[(name: String, namespace: String, text: String)]] = []
            mutating func startElement(_ element: XMLElementView) { all.append([]) }
            mutating func attribute(_ attribute: XMLAttributeView) {
                func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
                all[all.count - 1].append((text(attribute.localName), text(attribute.namespace), text(attribute.text)))
            }
            mutating func endElement() {}
        }
        var attributes = Attributes()
        document.walk(&attributes)
        // Attributes come in the order of their elements, as they are visited below.
        var number = 0
        func add(_ element: XMLElement, in shape: Int, _ path: [String], _ depth: Int) {
            note(element)
            let own = attributes.all.indices.contains(number) ? attributes.all[number] : []
            number += 1
            for attribute in own where attribute.namespace.isEmpty {
                let member = growth.member(FormModel.Member(name: attribute.name, isAttribute: true), in: shape, repeats: false)
                growth.value(attribute.text, in: member.shape, at: path + [attribute.name])
            }
            let children = element.children
            if children.isEmpty { growth.value(element.text, in: shape, at: path) }
            for child in children {
                let repeats = children.count { $0.name == child.name && $0.namespace == child.namespace } > 1
                let member = growth.member(
                    FormModel.Member(name: child.name, namespace: child.namespace), in: shape, repeats: repeats)
                add(child, in: member.shape, path + [child.name], depth + 1)
            }
        }
        add(root, in: 1, [], 0)
        return growth.form
    }

    // MARK: Rows

    private static func rows(csv bytes: [UInt8]) throws(Problem) -> DraftForm {
        let encoding: CSVDialect.Encoding = String(validating: bytes, as: UTF8.self) == nil ? .gb18030 : .utf8
        var best: (form: DraftForm, columns: Int)?
        for (separator, explained) in [CSVDialect.Separator.comma, .semicolon, .tab].flatMap({ [($0, 0), ($0, 1)] }) {
            var dialect: [String] = []
            if separator != .comma { dialect.append("separator: \(separator.rawValue)") }
            if encoding != .utf8 { dialect.append("encoding: \(encoding.rawValue)") }
            if explained > 0 { dialect.append("rowsAfterHeader: \(explained)") }
            let cutter = CSVRecordCutter(
                dialect: CSVDialect(separator: separator, encoding: encoding, rowsAfterHeader: explained), names: NameTable())
            guard let form = try? rows(of: cutter, bytes, format: "csv", dialect: dialect) else { continue }
            // A row of explanation below the header shows in that no column is of times or numbers until it is passed over.
            let forms = form.leaves().count { $0.form.time != nil || $0.form.isNumber }
            let columns = form.model.shapes[1].members.count * 1000 + forms
            if columns > best?.columns ?? 0 { best = (form, columns) }
        }
        guard let best else {
            throw Problem(text: "no header and rows are found in it", remedy: "name a file whose first row names the columns")
        }
        return best.form
    }

    private static func rows(
        of cutter: any RecordCutter, _ bytes: [UInt8], format: String, dialect: [String]
    ) throws(Problem) -> DraftForm {
        bytes.withUnsafeBufferPointer { cutter.append($0) }
        cutter.finish()
        var growth = Growth(format: format, root: FormModel.Member(name: ""))
        growth.form.dialect = dialect
        var tree = RecordTree()
        var count = 0
        reading: while count < samplesMax {
            switch cutter.next(into: &tree) {
            case .record:
                count += 1
                var node = tree.root == RecordTree.none ? RecordTree.none : tree[tree.root].firstChild
                while node != RecordTree.none {
                    let title = tree.text(tree[node].rawName)
                    let name = column(title, in: &growth.form)
                    let member = growth.member(
                        FormModel.Member(name: name, label: title == name ? "" : title), in: 1, repeats: false)
                    growth.value(tree.text(tree[node].value), in: member.shape, at: [name])
                    node = tree[node].nextSibling
                }
            case .refused: count += 1
            case .unreadable(let findings):
                throw Problem(text: findings.first?.text ?? "it cannot be read", remedy: "name a good file, or a schema")
            case .needsBytes, .end: break reading
            }
        }
        guard !growth.form.model.shapes[1].members.isEmpty else {
            throw Problem(text: "it holds no row below its header", remedy: "name a file with at least one row")
        }
        return growth.form
    }

    /// The name for a column: its title, or the title's letters where no path can be written with it.
    private static func column(_ title: String, in form: inout DraftForm) -> String {
        if let known = form.columns.first(where: { $0.title == title }) { return known.name }
        if isStep(title) { return title }
        let letters = title.filter { $0.isLetter || $0.isNumber || $0 == "_" }
        let name = isStep(letters) ? letters : "column\(form.columns.count + 1)"
        form.columns.append((title, name))
        return name
    }

    /// Whether a path can name it.
    static func isStep(_ name: String) -> Bool {
        guard let path = try? ExpressionParser.path(name, dotJoins: true) else { return false }
        return path.word == name
    }
}
