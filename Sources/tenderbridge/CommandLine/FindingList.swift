internal import ExchangeModel
internal import JSON

/// Findings in files, as commands print them.
struct FindingList {
    /// In the order in which they are printed.
    var findings: [FileFinding]

    init(_ findings: [FileFinding]) { self.findings = findings }

    /// Findings of one file.
    init(file: String, _ findings: [Finding]) { self.findings = findings.map { FileFinding(file: file, $0) } }

    /// Whether one of them refuses.
    var hasErrors: Bool { findings.contains { $0.finding.severity == .error } }

    /// `file:line:column: error: text`, one a line.
    func lines(_ language: TextLanguage) -> [String] { findings.map { language == .zh ? $0.descriptionZH : $0.description } }

    /// Prints them; JSON is an object with `findings`.
    func print(_ format: OutputFormat, _ language: TextLanguage, toStandardError: Bool = false) throws(GatewayError) {
        switch format {
        case .text:
            for line in lines(language) { if toStandardError { Terminal.complain(line) } else { try Terminal.print(line) } }
        case .json:
            var writer = JSONWriter(pretty: true)
            writer.object { write(to: &$0) }
            if toStandardError { Terminal.complain(writer.text) } else { try Terminal.print(writer.text) }
        }
    }

    /// Writes the member `findings`.
    func write(to writer: inout JSONWriter) {
        writer.array("findings") { writer in
            for entry in findings {
                writer.object { writer in
                    writer.member("file", entry.file)
                    writer.member("line", entry.finding.position.line)
                    writer.member("column", entry.finding.position.column)
                    writer.member("severity", entry.finding.severity.rawValue)
                    writer.member("code", entry.finding.code.name)
                    writer.member("path", entry.finding.path)
                    writer.member("text", entry.finding.text)
                    writer.member("textZh", entry.finding.textZH)
                }
            }
        }
    }
}

/// Files that cannot be worked with: their findings are printed and the command ends.
struct RefusedFiles: Error {
    var findings: FindingList
    var format: OutputFormat
    var language: TextLanguage
    var exitCode: Int32
}
