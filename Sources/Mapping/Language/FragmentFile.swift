internal import ExchangeModel
internal import StrictYAML

/// `Mappings/fragments/<name>.yaml`: fields that several mappings share by `use: <name>`.
///
/// A fragment is part of the mappings that use it: it is compiled in each of them, and its words mean what they mean at the
/// place where it is used. It may use no further fragment, so there is no cycle.
struct FragmentFile: Sendable {
    /// Its name, which is the file's.
    var name: String
    /// What it brings.
    var body: MappingFile.Group
    /// The file, for the digest of what made a record.
    var bytes: [UInt8]

    /// Reads a file; nil with findings when it is not usable.
    static func read(name: String, bytes: [UInt8]) -> (fragment: FragmentFile?, findings: [Finding]) {
        let yaml = YAMLReader(parsing: bytes)
        let body = yaml.mapping { mapping -> MappingFile.Group in
            let given = mapping.required("fragment")
            if let text = given?.text(), text != name {
                given?.report("the fragment is named \"\(text)\", but its file \"\(name)\"", "片段名为“\(text)”，与文件名“\(name)”不符")
            }
            _ = mapping.optional("note")?.text()
            if mapping.has("use") {
                mapping.report("use", "a fragment uses no other fragment", "片段不能再使用其他片段")
                _ = mapping.optional("use")
            }
            var reader = MappingFieldsReader()
            var body = reader.body(mapping).body
            body.uses = []
            return body
        }
        guard let body, !yaml.findings.contains(where: { $0.severity == .error }) else { return (nil, yaml.findings) }
        if let use = body.firstUse {
            return (
                nil,
                yaml.findings + [
                    Finding(
                        .fileInvalid, path: use.text, position: use.position, text: "a fragment uses no other fragment",
                        textZH: "片段不能再使用其他片段")
                ]
            )
        }
        return (FragmentFile(name: name, body: body, bytes: bytes), yaml.findings)
    }
}

extension MappingFile.Group {
    /// The first `use:` in a group below this one.
    fileprivate var firstUse: MappingFile.Text? {
        for field in fields {
            if let use = field.content.firstUse { return use }
        }
        return nil
    }
}

extension MappingFile.Field.Content {
    fileprivate var firstUse: MappingFile.Text? {
        switch self {
        case .value: return nil
        case .group(let group): return group.uses.first ?? group.firstUse
        case .choice(let branches): return branches.lazy.compactMap(\.content.firstUse).first
        }
    }
}
