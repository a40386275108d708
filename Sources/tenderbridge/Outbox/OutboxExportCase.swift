internal import ArgumentParser
internal import Cryptography
internal import ExchangeModel
internal import Gateway
internal import Glibc
internal import JSON
internal import Mapping

/// `tenderbridge outbox export-case`.
struct OutboxExportCase: Command {
    static let configuration = CommandConfiguration(
        commandName: "export-case",
        abstract:
            "Makes a recording of a real message, with identities replaced consistently; who did it goes into the evidence first.",
        discussion: """
            The folder has the form of Tests/Recordings and passes `tenderbridge replay` with the same configuration, which the \
            command checks. Replaced are the values of fields that the canonical schemas mark with x-identity, and numbers of \
            persons and credit codes in any text; each has the same pseudonym everywhere, codes keep right check characters. Code \
            lists, times, amounts and regions stay. The command looks for every replaced value in what it made, in base64 too, and \
            writes nothing when one is left.

            Sentences are kept but for what other fields name: read the case before you hand it on, and list what else must go in a \
            file for --values. Without --key-file the key is forgotten, and two exports have nothing in common.

              tenderbridge outbox export-case 0197a1b2-... --reason "ticket 4711" --config gateway.yaml -o cases/two-sections
              tenderbridge outbox export-case 0197a1b2-... --reason "corpus" --config gateway.yaml --key-file case.key

            Ends with 1 when a value would be left, or when the disguised message is treated otherwise than the real one.
            \(ExitCodes.help)
            """)

    @Argument(help: ArgumentHelp("The id of a message, refused ones too, or of one of its deliveries.", valueName: "id"))
    var id: String

    @Option(name: .long, help: ArgumentHelp("Why you export it; it stays in the evidence.", valueName: "text"))
    var reason: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The folder of the case, which must not exist; without it case- and the end of the id.", valueName: "folder"))
    var output: String?

    @Option(
        name: .customLong("key-file"),
        help: ArgumentHelp("A secret of at least 32 bytes, mode 0600: exports with one key are consistent.", valueName: "file"))
    var keyFile: String?

    @Option(name: .long, help: ArgumentHelp("Further values to be replaced, one a line.", valueName: "file"))
    var values: String?

    @OptionGroup var control: ControlOptions
    @OptionGroup var format: FormatOption
    @OptionGroup var text: LanguageOption

    func validate() throws {
        if !reason.unicodeScalars.contains(where: { $0.value > 0x20 }) { throw ValidationError("give a reason") }
        if control.config == nil { throw ValidationError("give --config: the case is made and replayed with its mappings") }
    }

    func perform() async throws -> Int32 {
        let folder = FileBytes.resolve(output ?? "case-\(id.suffix(12))", in: "")
        // Said before the message is looked at, which leaves a trace.
        guard !LocalFiles.exists(folder) else {
            throw GatewayError(
                .cannotCreate, attempted: "make", subject: folder, happened: "it exists",
                remedy: "name a folder that is not there")
        }
        let key = try disguiseKey()
        let named = try values.map { try LocalFiles.read($0, limit: RecordedCase.fileBytesMax) } ?? []
        let configuration = try ConfigurationFile.read(
            control.config ?? "", secrets: .standIns, format: format.format, language: text.language)
        let answer = try await control.client(format.format).post(
            "/v1/cases/\(ControlClient.encoded(id))", [("reason", .string(reason))])
        let message = try LiveMessage(answer)
        var maker = CaseMaker(configuration: configuration, message: message, format: format.format, language: text.language)
        maker.namedValues = String(decoding: named, as: UTF8.self).split(whereSeparator: \.isNewline).map { String($0) }
        let made = try await maker.make(key: key)
        try made.write(to: folder)
        do {
            try await replay(folder, configuration)
        } catch {
            LocalFiles.remove(folder)
            throw error
        }
        try report(made, folder)
        return ExitCodes.good
    }

    private func disguiseKey() throws(GatewayError) -> [UInt8] {
        guard let keyFile else { return SecureRandom.bytes(CaseDisguise.keyBytesMin) }
        let bytes = try LocalFiles.read(keyFile, limit: 4096)
        var status = stat()
        let isOpen = stat(keyFile, &status) != 0 || status.st_mode & 0o077 != 0
        guard bytes.count >= CaseDisguise.keyBytesMin, !isOpen else {
            throw GatewayError(
                .usage, attempted: "use the key of", subject: keyFile,
                happened: isOpen ? "others may read it" : "it has fewer than \(CaseDisguise.keyBytesMin) bytes",
                remedy: isOpen ? "set its mode to 0600" : "make one: openssl rand -out \(keyFile) 32")
        }
        return bytes
    }

    /// Plays what was written, from the disk.
    private func replay(_ folder: String, _ configuration: GatewayConfiguration) async throws {
        let (cases, findings) = RecordedCase.readAll(in: folder)
        let (facts, found) = Facts.read(folder + "/facts.csv")
        guard let recorded = cases.first, findings.isEmpty, found.isEmpty else {
            throw CaseMaker.failure(folder, "the case cannot be read back", findings + found)
        }
        let gateway = try RehearsalGateway(configuration, format: format.format, language: text.language)
        let outcome = try await CaseRehearsal(recorded: recorded, facts: facts, vectors: nil) { _ in nil }.run(
            gateway, accepting: false)
        await gateway.close()
        guard outcome.differences.isEmpty else {
            throw GatewayError(
                .refusedCase, attempted: "replay", subject: folder,
                happened: "it differs from itself: "
                    + outcome.differences.map { "\($0.target) \($0.path)" }.joined(separator: ", "),
                remedy: "please report this; nothing was left")
        }
    }

    private func report(_ made: MadeCase, _ folder: String) throws(GatewayError) {
        if format.format == .json {
            return try Terminal.print { json in
                json.object { json in
                    json.member("folder", folder)
                    json.member("replacedValues", made.valueCount)
                    json.member("http", made.status)
                    json.member("facts", made.factCount)
                    json.member("replay", "passed")
                    json.member("notes", made.notes.map(\.en))
                    json.member("notesZh", made.notes.map(\.zh))
                }
            }
        }
        let isChinese = text.language == .zh
        try Terminal.print(
            isChinese
                ? "\(folder)：替换了 \(made.valueCount) 个值，未发现残留，回放通过（HTTP \(made.status)，\(made.factCount) 条事实）"
                : "\(folder): \(made.valueCount) values replaced, none left, replay passed (HTTP \(made.status), \(made.factCount) facts)"
        )
        for note in made.notes { try Terminal.print(isChinese ? "注意：\(note.zh)" : "note: \(note.en)") }
        try Terminal.print(
            isChinese
                ? "移交前请通读：叙述性文字中未被任何字段写明的名称无法识别。"
                : "read it before you hand it on: names that stand in sentences and in no field are not recognised")
    }
}

extension GatewayError.Code {
    /// A case that must not be written: a value would be left, or it shows something else than the message.
    static let refusedCase = Self("case-refused", retryable: false, exitCode: 1)
}
