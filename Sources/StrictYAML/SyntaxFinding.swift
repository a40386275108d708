internal import ExchangeModel
internal import Yams

/// Turns an error of Yams into a finding with a place and words of our own where we know better ones.
enum SyntaxFinding {
    static func make(_ error: YamlError, lines: LineTable) -> Finding {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            let text = [context?.text, problem].compactMap { $0 }.joined(separator: ": ")
            return finding(lines.position(line: mark.line, character: mark.column), text)
        case .composer(_, let problem, let mark, _):
            let position = lines.position(line: mark.line, character: mark.column)
            if problem.contains("another document") {
                return YAMLDocument.problem(position, "a second document begins here; a file holds one", "此处开始了第二个文档，一个文件只能有一个文档")
            }
            if problem.contains("alias") {
                return YAMLDocument.problem(position, "an alias (*) is not allowed; write the value out", "不允许使用别名(*)，请写出完整的值")
            }
            return finding(position, problem)
        case .reader(let problem, let offset, _, let yaml):
            // The offset counts characters of the string.
            let bytes = offset.map { yaml.prefix($0).utf8.count }
            return finding(bytes.map { lines.position(offset: $0) } ?? .unknown, problem)
        case .duplicatedKeysInMapping(let keys, let context):
            return duplicate(keys, first: context.mark, lines: lines)
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return YAMLDocument.problem(.unknown, "the file cannot be read as YAML", "文件无法按 YAML 读取")
        }
    }

    private static func finding(_ position: SourcePosition, _ text: String) -> Finding {
        YAMLDocument.problem(position, "not well-formed YAML: \(text)", "YAML 语法错误：\(text)")
    }

    /// Yams names the first of the equal keys; a person looks for the second.
    private static func duplicate(_ keys: [String], first: Mark, lines: LineTable) -> Finding {
        let key = keys.first ?? ""
        let second = secondLine(of: key, first: first, lines: lines)
        let position = lines.position(line: second ?? first.line, character: first.column)
        return YAMLDocument.problem(
            position, "the key \"\(key)\" is given twice in one mapping, first on line \(first.line)",
            "同一映射中键“\(key)”重复，第一次在第 \(first.line) 行")
    }

    /// In a block mapping all keys stand in one column, and a line that begins further left ends the mapping. In a flow
    /// mapping the search finds nothing, and the first place has to do.
    private static func secondLine(of key: String, first: Mark, lines: LineTable) -> Int? {
        guard first.line < lines.count else { return nil }
        let spellings = [key, "\"\(key)\"", "'\(key)'"].map { Array($0.utf8) }
        for number in first.line + 1...lines.count {
            let line = lines.line(number)
            guard let start = line.firstIndex(where: { $0 != 0x20 }) else { continue }
            if [0x0A, 0x0D, 0x23].contains(line[start]) { continue }
            let indent = start - line.startIndex
            if indent < first.column - 1 { return nil }
            guard indent == first.column - 1 else { continue }
            for spelling in spellings where line[start...].starts(with: spelling) {
                let rest = line[(start + spelling.count)...].drop { $0 == 0x20 }
                if rest.first == 0x3A { return number }
            }
        }
        return nil
    }
}
