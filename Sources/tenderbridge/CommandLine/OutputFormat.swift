internal import ArgumentParser

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// For programs; members keep their names and meaning across versions.
    case json
}

/// The language of findings and reports printed as text. JSON has both.
enum TextLanguage: String, ExpressibleByArgument, CaseIterable {
    /// English.
    case en
    /// Chinese.
    case zh
}

/// The option that every command has.
struct FormatOption: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How results are printed: text or json.", valueName: "format"))
    var format = OutputFormat.text
}

/// The option of commands that print findings or reports.
struct LanguageOption: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("TextLanguage of the text: en or zh.", valueName: "language"))
    var language = TextLanguage.en
}
