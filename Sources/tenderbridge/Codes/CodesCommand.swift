internal import ArgumentParser

/// `tenderbridge codes`.
struct CodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codes",
        abstract: "Works with code lists; no daemon needed.",
        discussion: """
            Code lists (`Mappings/codelists/*.csv`) say what a partner's code means. Mappings/codelists/README.md has their columns.

              tenderbridge codes gaps
            """,
        subcommands: [CodesGaps.self])
}
