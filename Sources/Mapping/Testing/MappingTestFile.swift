internal import ExchangeModel
internal import StrictYAML

/// Reads `<dataset>.tests.yaml`.
struct MappingTestFile {
    /// Reads a file; `folder` is where `inputFile` and `outputFile` are looked for.
    static func read(_ bytes: [UInt8], mapping: String, folder: String) -> (tests: [MappingTest], findings: [Finding]) {
        let yaml = YAMLReader(parsing: bytes, limits: YAMLLimits(bytesMax: 8 << 20))
        var tests: [MappingTest] = []
        _ = yaml.mapping { root in
            if let name = root.required("mapping"), let text = name.text(), text != mapping {
                name.report("the tests are of \"\(text)\", but stand beside \"\(mapping)\"", "测试属于“\(text)”，却位于“\(mapping)”旁")
            }
            for entry in root.required("tests")?.list() ?? [] {
                _ = entry.mapping { reader in
                    if let test = test(reader, folder: folder) { tests.append(test) }
                }
            }
        }
        return (tests, yaml.findings)
    }

    private static func test(_ reader: YAMLMappingReader, folder: String) -> MappingTest? {
        let name = reader.required("name")?.text() ?? ""
        let input = document(reader, "input", folder: folder)
        if input == nil, !reader.has("input"), !reader.has("inputFile") {
            reader.report("input", "a test needs input or inputFile", "测试需要 input 或 inputFile")
        }
        let output = document(reader, "output", folder: folder)
        var options = MappingOptions()
        if let faults = reader.optional("identifierFaults")?.oneOf(MappingOptions.IdentifierFaults.self) {
            options.identifierFaults = faults
        }
        if let time = reader.optional("recordTime"), var text = time.text() {
            options.recordTime = text.withUTF8 { ZonedTime($0)?.instant }
            if options.recordTime == nil {
                time.report(
                    "recordTime is a time with offset, 2026-05-01T09:00:00+08:00",
                    "recordTime 应为带时区的时间，如 2026-05-01T09:00:00+08:00")
            }
        }
        let expected = pairs(reader.optional("expect"))
        let keys = pairs(reader.optional("keys"))
        for key in keys where !MappingFileReader.identifyKeys.contains(where: { $0.0 == key.path }) {
            reader.report("keys", "\"\(key.path)\" is no key of a message", "“\(key.path)”不是消息的键")
        }
        let findings = (reader.optional("findings")?.list() ?? []).compactMap { value in
            value.mapping { finding in
                MappingTest.ExpectedFinding(
                    code: finding.required("code")?.text() ?? "", path: finding.optional("path")?.text(mayBeEmpty: true),
                    line: finding.optional("line")?.integer(in: 0...1_000_000))
            }
        }
        guard let input else { return nil }
        return MappingTest(
            name: name, position: reader.position, input: input, options: options, expected: expected, output: output,
            keys: keys.map { ($0.path, $0.value) }, findings: findings)
    }

    /// `input: |` or `inputFile:` relative to the folder; no way leads out of it.
    private static func document(_ reader: YAMLMappingReader, _ key: String, folder: String) -> [UInt8]? {
        let inline = reader.optional(key)
        let file = reader.optional(key + "File")
        if inline != nil, let file { file.report("\(key) and \(key)File are both given", "\(key) 与 \(key)File 不能同时给出") }
        if let inline { return inline.text().map { Array($0.utf8) } }
        guard let file, let path = file.text() else { return nil }
        guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
            file.report("the file must lie beside the tests or below them", "文件必须位于测试文件所在目录或其下")
            return nil
        }
        guard let bytes = FolderReader.bytes(of: folder + "/" + path) else {
            file.report("the file \(path) cannot be read", "文件 \(path) 无法读取")
            return nil
        }
        return bytes
    }

    private static func pairs(_ value: YAMLValueReader?) -> [(path: String, value: String)] {
        guard let mapping = value?.mapping() else { return [] }
        return mapping.entries().compactMap { entry in entry.value.text(mayBeEmpty: true).map { (entry.key, $0) } }
    }
}
