internal import ExchangeModel

/// A page that shows what the tests of mappings prove: well-formed XHTML in one file, nothing fetched from anywhere, no script.
public struct CoveragePage {
    private let coverage: [MappingCoverage]
    /// The text of a file named by an item.
    private let source: (String) -> [UInt8]?
    private var html = ""

    /// - Parameters:
    ///   - coverage: the mappings, in the order of the page.
    ///   - source: the bytes of a mapping's file; nil leaves its text out.
    public init(_ coverage: [MappingCoverage], source: @escaping (String) -> [UInt8]?) {
        self.coverage = coverage
        self.source = source
    }

    /// The page as UTF-8.
    public func bytes() -> [UInt8] {
        var page = self
        page.write()
        return Array(page.html.utf8)
    }

    private static let style = """
        body { font-family: sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #1b1b1b; background: #fff; }
        table { border-collapse: collapse; margin: 1em 0; }
        th, td { border: 1px solid #bbb; padding: 0.3em 0.7em; text-align: left; vertical-align: top; }
        td.number { text-align: right; white-space: nowrap; }
        td.full { background: #e2f4e2; }
        td.part { background: #fdf3d0; }
        td.none { background: #fbdfdc; }
        pre { border: 1px solid #bbb; margin: 1em 0; overflow-x: auto; line-height: 1.45; }
        pre span.line { display: block; padding-left: 0.5em; border-left: 0.5em solid transparent; }
        pre span.full { background: #e2f4e2; border-left-color: #3d8b40; }
        pre span.part { background: #fdf3d0; border-left-color: #c49000; }
        pre span.none { background: #fbdfdc; border-left-color: #c0392b; }
        pre a { color: #666; text-decoration: none; display: inline-block; width: 4em; }
        :target { outline: 2px solid #1b4f9c; }
        .zh { color: #444; }
        """

    private mutating func write() {
        html = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE html>
            <html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en">
            <head>
            <meta charset="UTF-8"/>
            <title>映射测试覆盖 Coverage of mapping tests</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <h1>映射测试覆盖 Coverage of mapping tests</h1>
            <p><span class="zh">目标字段：有测试比较其值才算。</span> A target field counts when a test compares its value.
            <span class="zh">绿：已证明；黄：部分；红：未证明。</span> Green: proved; yellow: in part; red: not proved.</p>

            """
        table()
        for (number, mapping) in coverage.enumerated() { section(mapping, "m\(number + 1)") }
        html += "</body>\n</html>\n"
    }

    // MARK: Figures

    private mutating func table() {
        html += "<table>\n<tr><th>映射 Mapping</th><th>测试 Tests</th>"
        for kind in MappingCoverage.Kind.allCases { html += "<th>\(kind.words.zh) \(kind.words.en)</th>" }
        html += "</tr>\n"
        for (number, mapping) in coverage.enumerated() {
            html +=
                "<tr><td><a href=\"#m\(number + 1)\">\(Self.escaped(mapping.mapping))</a></td><td class=\"number\">\(mapping.tests)</td>"
            for kind in MappingCoverage.Kind.allCases { cell(mapping.share(kind)) }
            html += "</tr>\n"
        }
        html += "<tr><th>合计 All</th><td class=\"number\">\(coverage.reduce(0) { $0 + $1.tests })</td>"
        for kind in MappingCoverage.Kind.allCases {
            cell(coverage.map { $0.share(kind) }.reduce(MappingCoverage.Share(covered: 0, total: 0), +))
        }
        html += "</tr>\n</table>\n"
    }

    private mutating func cell(_ share: MappingCoverage.Share) {
        html +=
            "<td class=\"number \(Self.colour(share))\">\(share.covered) / \(share.total) = \(share.percent) %</td>"
    }

    private static func colour(_ share: MappingCoverage.Share) -> String {
        share.covered == share.total ? "full" : share.covered == 0 ? "none" : "part"
    }

    // MARK: One mapping

    private mutating func section(_ mapping: MappingCoverage, _ anchor: String) {
        html += "<h2 id=\"\(anchor)\">\(Self.escaped(mapping.mapping))</h2>\n"
        let bytes = source(mapping.file)
        if mapping.gaps.isEmpty {
            html += "<p><span class=\"zh\">没有缺口。</span> No gap.</p>\n"
        } else {
            html += "<table>\n<tr><th>位置 Place</th><th>种类 Kind</th><th>缺口 Gap</th></tr>\n"
            for gap in mapping.gaps {
                let place = Self.escaped("\(gap.file):\(gap.position.line):\(gap.position.column)")
                let isOwn = gap.file == mapping.file && bytes != nil && gap.position.line > 0
                html += "<tr><td>"
                html += isOwn ? "<a href=\"#\(anchor)-\(gap.position.line)\">\(place)</a>" : place
                html += "</td><td>\(gap.kind.words.zh) \(gap.kind.words.en)</td><td>"
                html += "<span class=\"zh\">\(Self.escaped(gap.textZH))</span><br/>\(Self.escaped(gap.text))</td></tr>\n"
            }
            html += "</table>\n"
        }
        if let bytes { listing(bytes, mapping, anchor) }
    }

    private mutating func listing(_ bytes: [UInt8], _ mapping: MappingCoverage, _ anchor: String) {
        var shares: [Int: MappingCoverage.Share] = [:]
        for item in mapping.items where item.file == mapping.file {
            let share = MappingCoverage.Share(covered: item.isCovered ? 1 : 0, total: 1)
            shares[item.position.line] = shares[item.position.line].map { $0 + share } ?? share
        }
        html += "<pre>"
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where index < lines.count - 1 || !line.isEmpty {
            let number = index + 1
            let colour = shares[number].map { " " + Self.colour($0) } ?? ""
            let text = Self.escaped(String(decoding: line, as: UTF8.self))
            html +=
                "<span class=\"line\(colour)\" id=\"\(anchor)-\(number)\"><a href=\"#\(anchor)-\(number)\">\(number)</a>\(text)</span>"
        }
        html += "</pre>\n"
    }

    /// Text as it may stand between tags and in quotation marks; what XML 1.0 has no place for becomes U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\u{9}", "\u{A}", "\u{D}": result.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
