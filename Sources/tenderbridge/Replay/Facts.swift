internal import ExchangeModel

/// The facts of a case (`facts.csv`): business values written from the payload and the published field tables, before any
/// mapping.
struct Facts: Sendable {
    /// How a value is compared.
    enum Kind: String, Sendable, CaseIterable {
        case text, decimal, instant, code
    }

    /// One line of the file.
    struct Fact: Sendable, Hashable {
        /// The business value in words.
        var words: String
        /// `message`, `canonical`, or a destination.
        var target: String
        /// A key of the message (`/orderingKey`), JSON pointer into the canonical record, or XPath into the destination's
        /// document.
        var path: String
        var kind: Kind
        /// Empty: nothing may be there.
        var value: String
        /// Line in the file, from 1.
        var line: Int
    }

    var facts: [Fact] = []

    private static let header = ["fact", "target", "path", "type", "value"]

    /// Reads the file; a case without one has no facts.
    static func read(_ file: String) -> (facts: Facts, findings: [FileFinding]) {
        guard LocalFiles.exists(file) else { return (Facts(), []) }
        var result = Facts()
        var findings: [FileFinding] = []
        func report(_ line: Int, _ text: String, _ textZH: String) {
            findings.append(
                FileFinding(file: file, Finding(.fileInvalid, position: SourcePosition(line: line), text: text, textZH: textZH)))
        }
        switch FileBytes.read(file, limit: RecordedCase.fileBytesMax) {
        case .failure(let failure): report(0, failure.text, failure.text)
        case .success(let bytes):
            let rows = CSVRows.read(bytes)
            if rows.first?.fields != header {
                report(1, "the first line is not fact,target,path,type,value", "首行应为 fact,target,path,type,value")
            }
            for row in rows.dropFirst() {
                guard row.fields.count == header.count, let kind = Kind(rawValue: row.fields[3]) else {
                    report(
                        row.line, "a fact has five fields, and its type is text, decimal, instant or code",
                        "每条事实有五列，类型为 text、decimal、instant 或 code")
                    continue
                }
                result.facts.append(
                    Fact(
                        words: row.fields[0], target: row.fields[1], path: row.fields[2], kind: kind, value: row.fields[4],
                        line: row.line))
            }
        }
        return (result, findings)
    }

    /// The words of the fact about a place of a document, to name it in differences.
    func words(target: String, path: String) -> String? {
        facts.first { $0.target == target && XMLPath.normalised($0.path) == XMLPath.normalised(path) }?.words
    }
}

extension Facts.Kind {
    /// Whether two values mean the same; nil when the actual one is not of this kind at all.
    func areEqual(_ expected: String, _ actual: String) -> Bool? {
        switch self {
        case .text, .code: return expected == actual
        case .decimal:
            guard let left = Self.digits(expected), let right = Self.digits(actual) else { return nil }
            return left == right
        case .instant:
            guard let left = Self.instant(expected), let right = Self.instant(actual) else { return nil }
            return left == right
        }
    }

    /// A decimal without what means nothing: `050.00` is `50`, `-0` is `0`. No binary floating point.
    private static func digits(_ text: String) -> String? {
        var rest = text[...]
        let isNegative = rest.first == "-"
        if isNegative { rest = rest.dropFirst() }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count),
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        let whole = parts[0].drop { $0 == "0" }
        var fraction = parts.count == 2 ? String(parts[1]) : ""
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let number = (whole.isEmpty ? "0" : String(whole)) + (fraction.isEmpty ? "" : "." + fraction)
        return isNegative && number != "0" ? "-" + number : number
    }

    /// RFC 3339, or fourteen digits, which are China Standard Time (data-standards: `yyyyMMddHHmmss`).
    private static func instant(_ text: String) -> Instant? {
        let digits = Array(text.utf8)
        guard digits.count == 14, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return Instant(rfc3339: text) }
        func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        return Instant(
            rfc3339: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(8..<10)):\(part(10..<12)):\(part(12..<14))+08:00")
    }
}
