/// What the exit codes of every command mean (`sysexits.h`); shown in `--help`.
enum ExitCodes {
    static let good: Int32 = 0
    static let findings: Int32 = 1
    static let configuration: Int32 = 78
    static let software: Int32 = 70

    /// The list for help texts.
    static let help = """
        Exit codes: 0 good; 1 findings, a failed check, or nothing there; 64 the command line; 69 an address or a destination; \
        73 an output that cannot be written; 74 the disk or the store; 75 try again later; 78 the configuration, a mapping or a \
        schema.
        """
}
