internal import Cryptography
public import ExchangeModel
internal import Formats
internal import JSON
internal import Mapping
internal import Outbox
internal import Platforms
internal import Transport
internal import XML

/// Compiles everything a configuration names: mappings, schemas, code lists, certificates; or says all that is wrong with it.
///
/// `check` stops here; `serve` goes on with the parts. Blocking: for start-up and commands.
public struct GatewayAssembly: Sendable {
    let configuration: GatewayConfiguration
    let channels: [String: Channel]
    let forms: [String: OutboundForm]
    /// What channels and destinations map with, for explanations.
    let library: MappingLibrary
    /// The rules for deadlines, with their holidays.
    let deadlines: [DeadlineRule]
    /// The files behind it, as they were.
    let sources: AssemblySources
    /// When each certificate that the configuration names ends, for `tenderbridge_certificate_expiry_timestamp_seconds`.
    public let certificateExpiries: [(use: String, expiry: Instant)]

    /// An assembly, when nothing refuses the configuration, and all findings.
    public struct Outcome: Sendable {
        /// The parts.
        public var assembly: GatewayAssembly?
        /// Findings in mappings, schemas, code lists, certificates.
        public var findings: [FileFinding]
    }

    /// Compiles and checks.
    public static func assemble(_ configuration: GatewayConfiguration) -> Outcome {
        var builder = AssemblyBuilder(configuration)
        return builder.build()
    }

    /// The courier of each destination over one transport.
    func destinations(transport: HTTPTransport, clock: any GatewayClock) -> [Outbox.Destination] {
        configuration.destinations.compactMap { destination in
            forms[destination.name].map { form in
                Outbox.Destination(
                    name: destination.name,
                    courier: HTTPDestination(
                        name: destination.name, settings: destination.http, form: form, transport: transport, clock: clock),
                    policy: destination.policy)
            }
        }
    }
}

/// The steps of assembling; collects findings on the way.
private struct AssemblyBuilder {
    let configuration: GatewayConfiguration
    let schemas: FormSchemas
    let library: MappingLibrary
    var findings: [FileFinding]
    var expiries: [(use: String, expiry: Instant)] = []
    var deadlines: [DeadlineRule] = []
    var calendars: [String: WorkingCalendar] = [:]
    var sources: AssemblySources

    init(_ configuration: GatewayConfiguration) {
        self.configuration = configuration
        // Before the files are compiled: one that is changed meanwhile is found changed the next time, never taken for known.
        sources = AssemblySources(reading: configuration)
        schemas = FormSchemas(folder: configuration.schemasFolder)
        (library, findings) = MappingLibrary.load(mappings: configuration.mappingsFolder, schemas: configuration.schemasFolder)
    }

    mutating func build() -> GatewayAssembly.Outcome {
        deadlines = configuration.deadlines.map { deadline($0) }
        var channels: [String: Channel] = [:]
        for channel in configuration.channels { channels[channel.name] = self.channel(channel) }
        var forms: [String: OutboundForm] = [:]
        for destination in configuration.destinations { forms[destination.name] = form(destination) }
        if let identity = configuration.dataListener.tls {
            certificate(identity.certificatePath, key: identity.keyPath, use: "data", at: configuration.dataListener.position)
        }
        if let signing = configuration.signing { self.signing(signing) }
        let refuses = findings.contains { $0.finding.severity == .error }
        let assembly = GatewayAssembly(
            configuration: configuration, channels: channels, forms: forms, library: library, deadlines: deadlines,
            sources: sources, certificateExpiries: expiries)
        return .init(assembly: refuses ? nil : assembly, findings: findings.sorted())
    }

    /// A rule with its holidays; each file is read once.
    private mutating func deadline(_ rule: DeadlineRule) -> DeadlineRule {
        guard let file = rule.holidayFile else { return rule }
        if calendars[file] == nil {
            let (calendar, faults) = HolidayFile.read(file)
            findings += faults
            calendars[file] = calendar ?? WorkingCalendar()
        }
        var rule = rule
        rule.calendar = calendars[file] ?? WorkingCalendar()
        return rule
    }

    private mutating func channel(_ channel: GatewayConfiguration.Channel) -> Channel? {
        var ways: [DatasetWay] = []
        for entry in channel.datasets {
            guard let way = way(entry, of: channel) else { continue }
            ways.append(way)
        }
        guard ways.count == channel.datasets.count else { return nil }
        for problem in DatasetSignCheck.problems(of: channel, mappings: ways.map(\.mapping)) {
            report(at: problem.position, problem.text, problem.textZH)
        }
        return Channel(configuration: channel, ways: ways)
    }

    private mutating func way(
        _ entry: GatewayConfiguration.ChannelDataset, of channel: GatewayConfiguration.Channel
    ) -> DatasetWay? {
        guard let mapping = library.inbound(entry.mapping) else {
            missing(entry.mapping, at: entry.position, among: library.names.filter { $0.contains("/in/") })
            return nil
        }
        guard mapping.dataset == entry.dataset else {
            report(
                at: entry.position, "mapping \(entry.mapping) makes \(mapping.dataset), the channel says \(entry.dataset)",
                "映射 \(entry.mapping) 生成的数据集为 \(mapping.dataset)，与通道声明的 \(entry.dataset) 不符")
            return nil
        }
        let schema = self.schema(mapping.schemaName, at: entry.position)
        // Rows of a sheet have the shape of rows of CSV, so one mapping serves both.
        let format = entry.sheet != nil && mapping.sourceFormat == .csv ? RecordFormat.xlsx : mapping.sourceFormat
        let reader = self.reader(of: mapping, format, schema: schema, for: entry, of: channel)
        let isOfRows = format == .csv || format == .xlsx
        let split = channel.split ?? (isOfRows ? .rows : .document)
        if let problem = split.problem(with: format.splitForm) {
            report(at: entry.position, problem.text, problem.textZH)
        }
        var options = MappingOptions()
        options.identifierFaults = entry.checkDigits == .refuse ? .refuse : .warn
        let versions = FormVersions(
            mapping: "\(mapping.name)@\(mapping.version)", schema: digest(schema),
            codeLists: Self.digest(mapping.codeListDigestInput))
        sources.note(mapping.name, schemaName: mapping.schemaName, versions)
        return DatasetWay(
            entry, reader: reader, mapping: mapping, format: format, options: options, versions: versions,
            destinations: configuration.routes.destinations(of: entry.dataset, from: channel.name),
            deadlines: deadlines.filter { $0.dataset == entry.dataset },
            duplicateScope: entry.dataset == channel.datasets[0].dataset ? "" : entry.dataset.name, split: split,
            cutting: cutting(reader))
    }

    /// What cutters take over from the reader of single documents.
    private func cutting(_ reader: RecordReader) -> RecordSplit.Options {
        var options = RecordSplit.Options()
        switch reader {
        case .xml(let reader): (options.xmlLimits, options.xmlSchema) = (reader.limits, reader.schema)
        case .json(let reader): (options.jsonLimits, options.jsonCheck) = (reader.limits, reader.check)
        case .csv(let reader): (options.csv, options.csvLimits) = (reader.dialect, reader.limits)
        // The limits of a whole file: those of the reader are of a message with one row.
        case .sheet(let reader): options.sheet = reader.dialect
        }
        return options
    }

    private mutating func reader(
        of mapping: InboundMapping, _ format: RecordFormat, schema: FormSchema?, for entry: GatewayConfiguration.ChannelDataset,
        of channel: GatewayConfiguration.Channel
    ) -> RecordReader {
        // Beside other datasets the channel's `csv` is meant for those that are CSV.
        if entry.csv != nil, mapping.sourceFormat != .csv, channel.sign == nil {
            report(
                at: entry.position,
                "the channel says how CSV is written, but mapping \(entry.mapping) reads \(mapping.sourceFormat)",
                "通道设置了 csv，但映射 \(entry.mapping) 读取的是 \(mapping.sourceFormat)")
        }
        if entry.sheet != nil, format != .xlsx, channel.sign == nil {
            report(
                at: entry.position,
                "the channel says where the records of a workbook are, but mapping \(entry.mapping) reads \(mapping.sourceFormat)",
                "通道设置了 sheet，但映射 \(entry.mapping) 读取的是 \(mapping.sourceFormat)")
        }
        switch format {
        case .xml:
            var limits = XMLLimits.default
            limits.bytesMax = channel.bodyBytesMax
            limits.depthMax = channel.depthMax
            return .xml(XMLRecordReader(limits: limits, schema: schema?.xml))
        case .json:
            var limits = JSONRecordReader().limits
            limits.bytesMax = channel.bodyBytesMax
            limits.depthMax = channel.depthMax
            return .json(JSONRecordReader(limits: limits, check: schema?.json))
        case .csv:
            let dialect = (entry.csv ?? CSVDialectSettings()).applied(to: mapping.csvDialect)
            return .csv(CSVRecordReader(dialect: dialect, limits: CSVLimits(rowBytesMax: channel.bodyBytesMax)))
        case .xlsx:
            var limits = SheetLimits()
            limits.fileBytesMax = channel.bodyBytesMax
            // One record needs little: a body cannot make the gateway unfold hundreds of times its size.
            limits.unpackedBytesMax = min(limits.unpackedBytesMax, max(1 << 20, 32 * channel.bodyBytesMax))
            limits.sharedStringBytesMax = min(limits.sharedStringBytesMax, max(1 << 20, 8 * channel.bodyBytesMax))
            return .sheet(
                SheetRecordReader(
                    dialect: (entry.sheet ?? SheetDialectSettings()).applied(to: Self.sheetDialect(of: mapping)), limits: limits))
        }
    }

    /// Where a mapping says that the records of a workbook are: one of CSV says it of its rows.
    private static func sheetDialect(of mapping: InboundMapping) -> SheetDialect {
        guard mapping.sourceFormat == .csv else { return mapping.sheetDialect }
        let rows = mapping.csvDialect
        return SheetDialect(rowsBeforeHeader: rows.rowsBeforeHeader, rowsAfterHeader: rows.rowsAfterHeader, names: rows.names)
    }

    private mutating func form(_ destination: GatewayConfiguration.DestinationConfiguration) -> OutboundForm? {
        let tls = destination.http.tls
        if let certificatePath = tls.certificatePath, let keyPath = tls.keyPath {
            certificate(certificatePath, key: keyPath, use: "destination:\(destination.name)", at: destination.position)
        }
        if let authorities = tls.authoritiesPath {
            do throws(GatewayError) {
                expiries.append(("authorities:\(destination.name)", try PEMCertificate(path: authorities).notAfter))
            } catch { report(error, at: destination.position) }
        }
        guard let mapping = library.outbound(destination.mapping) else {
            missing(destination.mapping, at: destination.position, among: library.names.filter { $0.contains("/out/") })
            return nil
        }
        for field in mapping.fieldsNotPermitted(for: destination.audience) {
            report(
                at: destination.position,
                "mapping \(destination.mapping) sends \(field), which audience \(destination.audience) may not see",
                "映射 \(destination.mapping) 发送字段 \(field)，但受众 \(destination.audience) 无权查看")
        }
        var options = MappingOptions()
        options.personalText = PersonalTextRule.stricter(destination.personalText, library.personalText(of: destination.audience))
        let schema = self.schema(mapping.schemaName, at: destination.position)
        let versions = FormVersions(
            mapping: "\(mapping.name)@\(mapping.version)", schema: digest(schema),
            codeLists: Self.digest(mapping.codeListDigestInput))
        sources.note(mapping.name, schemaName: mapping.schemaName, versions)
        return OutboundForm(
            mapping: mapping, schema: schema, contentType: destination.http.contentType, versions: versions,
            options: options)
    }

    private mutating func schema(_ name: String?, at position: SourcePosition) -> FormSchema? {
        guard let name else { return nil }
        do throws(GatewayError) { return try schemas.schema(name) } catch {
            report(error, at: position)
            return nil
        }
    }

    private mutating func certificate(_ path: String, key: String, use: String, at position: SourcePosition) {
        do throws(GatewayError) {
            expiries.append((use, try PEMCertificate(path: path).notAfter))
            try PEMCertificate.requireMatch(certificatePath: path, keyPath: key)
        } catch { report(error, at: position) }
    }

    private mutating func signing(_ signing: EvidenceSigning) {
        do throws(GatewayError) {
            let certificate = try EvidenceHeadSigner.certificate(of: signing)
            expiries.append(("evidence", certificate.notAfter))
        } catch { report(error, at: signing.position) }
    }

    private func digest(_ schema: FormSchema?) -> String { schema.map { Self.digest($0.sourceBytes) } ?? "" }

    private static func digest(_ bytes: [UInt8]) -> String { bytes.isEmpty ? "" : Hex.encode(SHA256.digest(bytes)) }

    private mutating func missing(_ mapping: String, at position: SourcePosition, among names: [String]) {
        let suggestion = Suggestion.nearest(to: mapping, among: names)
        report(
            at: position,
            "there is no mapping \"\(mapping)\" in \(configuration.mappingsFolder)"
                + (suggestion.map { "; did you mean \"\($0)\"?" } ?? ""),
            "\(configuration.mappingsFolder) 中没有映射“\(mapping)”" + (suggestion.map { "；是否应为“\($0)”？" } ?? ""))
    }

    private mutating func report(_ error: GatewayError, at position: SourcePosition) {
        report(at: position, error.description, error.description)
    }

    private mutating func report(at position: SourcePosition, _ text: String, _ textZH: String) {
        findings.append(
            FileFinding(file: configuration.file, Finding(.fileInvalid, position: position, text: text, textZH: textZH)))
    }
}
