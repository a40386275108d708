public import ExchangeModel
internal import Yams

/// One YAML file, read strictly.
///
/// Refused, each with line and column: syntax errors, bytes that are not UTF-8, keys given twice, keys that are no
/// scalars, anchors, aliases, tags, merge keys, more than one document, and whatever exceeds the limits. A byte order
/// mark, which editors on Windows write, is passed over. Nothing is typed by its looks. For files of the gateway's own
/// people: bytes of a sender are not read with this (libyaml and Yams compare whole nodes when an alias is a key).
public struct YAMLDocument: Sendable {
    /// The tree; nil when the file cannot be read as YAML. With findings it is partial and serves only to find more.
    public let root: YAMLNode?
    /// What is wrong; empty when the file is good.
    public let findings: [Finding]

    /// Reads a file's bytes.
    public init(parsing bytes: [UInt8], limits: YAMLLimits = .default) {
        (root, findings) = Self.read(bytes, limits: limits)
    }

    /// Reads a file's text.
    public init(parsing text: String, limits: YAMLLimits = .default) {
        self.init(parsing: Array(text.utf8), limits: limits)
    }

    private static func read(_ bytes: [UInt8], limits: YAMLLimits) -> (YAMLNode?, [Finding]) {
        guard bytes.count <= limits.bytesMax else {
            return (nil, [problem(.unknown, "the file is larger than \(limits.bytesMax) bytes", "文件超过 \(limits.bytesMax) 字节的上限")])
        }
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        let lines = LineTable(body)
        guard let text = String(validating: body, as: UTF8.self) else {
            return (nil, [problem(lines.firstInvalidByte(), "the bytes here are not valid UTF-8", "此处的字节不是有效的 UTF-8")])
        }
        do {
            // The basic resolver gives no scalar a type, so keys are compared as text.
            guard let node = try Yams.compose(yaml: text, .basic, .default, .utf8) else {
                return (nil, [problem(SourcePosition(line: 1, column: 1), "the file holds no YAML document", "文件中没有 YAML 文档")])
            }
            var converter = NodeConverter(lines: lines, limits: limits)
            let root = converter.node(node, depth: 0)
            return (root, converter.findings)
        } catch let error as YamlError {
            return (nil, [SyntaxFinding.make(error, lines: lines)])
        } catch {
            return (nil, [problem(.unknown, "the file cannot be read as YAML", "文件无法按 YAML 读取")])
        }
    }

    static func problem(_ position: SourcePosition, path: String = "", _ text: String, _ textZH: String) -> Finding {
        Finding(.fileInvalid, path: path, position: position, text: text, textZH: textZH)
    }
}
