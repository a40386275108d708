public import ExchangeModel
internal import JSON

extension Finding.Code {
    /// A JSON document has no array where its records should stand.
    public static let jsonPointer: Self = "json.pointer"
}

/// What is wrong with a stream of JSON, where the reader of one document has no words for it. Never a value of the stream.
enum JSONStreamFinding {
    static func wideEncoding() -> Finding {
        Finding(
            .encodingInvalid, position: SourcePosition(line: 1, column: 1),
            text: "the file is not UTF-8 (it looks like UTF-16 or UTF-32); save it as UTF-8",
            textZH: "文件不是 UTF-8 编码(疑似 UTF-16 或 UTF-32)；请按 UTF-8 另存")
    }

    static func lineTooLong(_ max: Int, at position: SourcePosition) -> Finding {
        Finding(
            .bytesOverLimit, position: position,
            text: "the line is longer than the limit of \(max) bytes for a record; is a line end missing?",
            textZH: "该行超过单条记录 \(max) 字节的上限；请检查是否缺少换行")
    }

    static func elementTooLong(_ max: Int, path: String, at position: SourcePosition) -> Finding {
        Finding(
            .bytesOverLimit, path: path, position: position,
            text: "the element is longer than the limit of \(max) bytes for a record; is a quotation mark or bracket not closed?",
            textZH: "该元素超过单条记录 \(max) 字节的上限；请检查引号或括号是否未闭合")
    }

    static func keyTooLong(_ max: Int, at position: SourcePosition) -> Finding {
        Finding(
            .bytesOverLimit, position: position, text: "the key is longer than the limit of \(max) bytes",
            textZH: "该键超过 \(max) 字节的上限")
    }

    static func tooDeep(_ max: Int, path: String, at position: SourcePosition) -> Finding {
        Finding(
            .depthOverLimit, path: path, position: position,
            text: "objects and arrays nest deeper than \(max) levels; the file cannot be followed further",
            textZH: "对象和数组的嵌套超过 \(max) 层，无法继续读取文件")
    }

    static func missing(_ pointer: String, at position: SourcePosition) -> Finding {
        Finding(
            .jsonPointer, path: pointer, position: position,
            text: "no array stands at \(pointer.isEmpty ? "the root" : pointer); name the array of the records in split:",
            textZH: "\(pointer.isEmpty ? "文档根部" : pointer) 处没有数组；请在 split: 中写明记录所在的数组")
    }

    static func twice(_ pointer: String, at position: SourcePosition) -> Finding {
        Finding(
            .jsonDuplicateKey, path: pointer, position: position, text: "a key on the way to \(pointer) is given a second time",
            textZH: "通向 \(pointer) 的键重复出现")
    }

    static func empty() -> Finding {
        Finding(.jsonSyntax, position: SourcePosition(line: 1, column: 1), text: "the file is empty", textZH: "文件为空")
    }

    static func cut(at position: SourcePosition) -> Finding {
        Finding(
            .jsonSyntax, position: position, text: "the file ends too early; send it whole", textZH: "文件不完整，提前结束；请重新发送完整文件")
    }

    static func elementMissing(path: String, at position: SourcePosition) -> Finding {
        Finding(
            .jsonSyntax, path: path, position: position,
            text: "a comma stands where an element is expected; one comma is too many",
            textZH: "此处应为元素，但出现了逗号；多了一个逗号")
    }

    static func commaAtEnd(at position: SourcePosition) -> Finding {
        Finding(
            .jsonSyntax, position: position, text: "a comma before the closing bracket is not allowed",
            textZH: "结束括号之前不允许有逗号")
    }

    /// A place where only some characters may stand.
    static func expected(_ what: String, _ whatZH: String, at position: SourcePosition) -> Finding {
        Finding(
            .jsonSyntax, position: position, text: "\(what) is expected here; the rest of the file cannot be read",
            textZH: "此处应为\(whatZH)；文件其余部分无法读取")
    }
}
