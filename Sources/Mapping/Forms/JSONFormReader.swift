internal import JSON

/// Reads a model from a JSON Schema 2020-12.
///
/// `properties` says that there is an object and `items` that there is an array, as schemas are written; alternatives are merged to
/// what is possible; what a reference outside the file, a condition or an annotation would add leaves the place open.
struct JSONFormReader {
    /// Schemas inside each other while one is read; deeper is open.
    static let depthMax = 48
    /// Shapes of one model; what lies beyond is open.
    static let shapesMax = 20_000

    private let document: JSONDocument
    private var model = FormModel()
    private var known: [String: Value] = [:]
    /// One of the alternatives read last is an array.
    private var sawArray = false

    /// What a schema says of one value.
    struct Value {
        var shape = 0
        /// The value is an array, and `shape` that of its elements.
        var repeats = false
        var isClear = true
    }

    /// The model of a schema; nil when it is no JSON.
    static func read(_ bytes: [UInt8]) -> FormModel? {
        guard let document = try? JSONDocument(parsing: bytes) else { return nil }
        var reader = JSONFormReader(document: document)
        let root = reader.value(document.root, 0)
        reader.model.roots = [
            FormModel.Member(name: "", repeats: root.repeats, label: label(document.root), shape: root.shape)
        ]
        return reader.model
    }

    private init(document: JSONDocument) { self.document = document }

    private static func label(_ schema: JSONValue) -> String {
        schema["x-label-zh"]?.string ?? schema["title"]?.string ?? schema["description"]?.string ?? ""
    }

    private mutating func value(_ schema: JSONValue, _ depth: Int) -> Value {
        guard depth <= Self.depthMax, model.shapes.count < Self.shapesMax, schema.members != nil else { return Value() }
        if let reference = schema["$ref"]?.string, (schema.members?.count ?? 0) == 1 || isAnnotated(schema) {
            return value(at: reference, depth)
        }
        let types = schema["type"]?.string.map { [$0] } ?? schema["type"]?.elements?.compactMap(\.string) ?? []
        let isArray = types.contains("array") || (types.isEmpty && (schema["items"] != nil || schema["prefixItems"] != nil))
        if isArray {
            let items = schema["prefixItems"] == nil ? schema["items"].map { value($0, depth + 1) } ?? Value() : Value()
            let others = types.contains { $0 != "array" && $0 != "null" } || schema["properties"] != nil
            // An array of arrays is nothing that a path leads through.
            if others || items.repeats { return Value(shape: 0, repeats: true, isClear: false) }
            return Value(shape: items.shape, repeats: true)
        }
        model.shapes.append(.anything)
        let index = model.shapes.count - 1
        let outer = sawArray
        sawArray = false
        model.shapes[index] = shape(schema, types, depth)
        let result = Value(shape: index, isClear: !sawArray)
        sawArray = outer
        return result
    }

    /// A reference and nothing else that rules.
    private func isAnnotated(_ schema: JSONValue) -> Bool {
        (schema.members ?? []).allSatisfy {
            ["$ref", "title", "description", "$comment", "examples", "default", "deprecated"].contains($0.name)
                || $0.name.hasPrefix("x-")
        }
    }

    private mutating func value(at reference: String, _ depth: Int) -> Value {
        if let known = known[reference] { return known }
        guard reference.hasPrefix("#"), reference == "#" || reference.hasPrefix("#/"),
            let target = document.value(at: String(reference.dropFirst()))
        else { return Value() }
        // What leads to itself is open where it does; a place of its own lets paths go down further.
        model.shapes.append(.anything)
        let place = model.shapes.count - 1
        known[reference] = Value(shape: place)
        var result = value(target, depth + 1)
        model.shapes[place] = model.shapes[result.shape]
        result.shape = place
        known[reference] = result
        return result
    }

    private mutating func shape(_ schema: JSONValue, _ types: [String], _ depth: Int) -> FormModel.Shape {
        var shape = FormModel.Shape()
        let isObject = types == ["object"] || (types.isEmpty && schema["properties"] != nil)
        shape.takesText = !isObject
        shape.isOpen = types.isEmpty || types.contains("object")
        if schema["additionalProperties"]?.boolean == false, schema["patternProperties"] == nil { shape.isOpen = false }
        if schema["unevaluatedProperties"]?.boolean == false, schema["patternProperties"] == nil,
            ["if", "dependentSchemas", "$dynamicRef"].allSatisfy({ schema[$0] == nil })
        {
            shape.isOpen = false
        }
        let isClosed = !shape.isOpen && schema["properties"] != nil
        let required = (schema["required"]?.elements ?? []).compactMap(\.string)
        for (number, property) in (schema["properties"]?.members ?? []).enumerated() where property.value.boolean != false {
            let inner = value(property.value, depth + 1)
            var member = FormModel.Member(name: property.name)
            member.isRequired = required.contains(property.name)
            member.repeats = inner.repeats
            member.isClear = inner.isClear && property.value.members != nil
            member.label = label(property.value)
            member.shape = inner.shape
            member.rank = number
            shape.members.append(member)
        }
        shape.rules = rules(schema, types)
        var parts: [[FormModel.Shape]] = []
        var hasArray = false
        if let reference = schema["$ref"]?.string {
            let target = value(at: reference, depth)
            hasArray = target.repeats
            parts.append([model.shapes[target.shape]])
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            guard let elements = schema[key]?.elements else { continue }
            let values = elements.map { value($0, depth + 1) }
            if values.contains(where: \.repeats) { hasArray = true }
            let read = values.map { model.shapes[$0.shape] }
            if key == "allOf" { parts += read.map { [$0] } } else { parts.append(read) }
        }
        for alternatives in parts { merge(alternatives, into: &shape, isClosed: isClosed) }
        if hasArray { sawArray = true }
        return schema["$dynamicRef"] != nil ? .anything : shape
    }

    /// Adds what alternatives allow; one alternative alone is what also holds.
    private func merge(_ alternatives: [FormModel.Shape], into shape: inout FormModel.Shape, isClosed: Bool) {
        let isOne = alternatives.count == 1
        if shape.isOpen, !isClosed, alternatives.allSatisfy({ !$0.isOpen }) {
            shape.isOpen = false
            shape.takesText = shape.takesText && alternatives.contains(where: \.takesText)
        }
        for alternative in alternatives {
            for member in alternative.members where !shape.members.contains(where: { $0.name == member.name }) {
                var member = member
                if !isOne { (member.isRequired, member.isClear) = (false, false) }
                member.rank = shape.members.count
                shape.members.append(member)
            }
        }
        if isOne, let only = alternatives.first, shape.rules == ValueRules() { shape.rules = only.rules }
    }

    private func label(_ schema: JSONValue) -> String {
        let own = Self.label(schema)
        guard own.isEmpty, let reference = schema["$ref"]?.string, reference.hasPrefix("#/"),
            let target = document.value(at: String(reference.dropFirst()))
        else { return own }
        return Self.label(target)
    }

    private func rules(_ schema: JSONValue, _ types: [String]) -> ValueRules {
        var rules = ValueRules()
        switch types.filter({ $0 != "null" }) {
        case ["string"]: rules.kind = schema["format"]?.string == "date" ? .date : .text
        case ["integer"]: rules.kind = .integer
        case ["number"]: rules.kind = .decimal
        case ["boolean"]: rules.kind = .boolean
        default: break
        }
        if let constant = schema["const"].flatMap(Self.text) { rules.enumeration = [constant] }
        if let values = schema["enum"]?.elements {
            let texts = values.filter { !$0.isNull }.map(Self.text)
            if texts.allSatisfy({ $0 != nil }) { rules.enumeration = texts.compactMap { $0 } }
        }
        // Lengths and patterns are of texts alone; other kinds of values are not measured.
        if types.isEmpty || types.contains("string") {
            rules.minLength = schema["minLength"]?.integer
            rules.maxLength = schema["maxLength"]?.integer
            if types == ["string"], let pattern = schema["pattern"]?.string { rules.patterns = [pattern] }
        }
        return rules
    }

    /// A value as a mapping reads it.
    private static func text(_ value: JSONValue) -> String? {
        value.string ?? value.number ?? value.boolean.map { $0 ? "true" : "false" }
    }
}
