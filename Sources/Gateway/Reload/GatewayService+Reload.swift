internal import Dispatch
public import ExchangeModel
public import JSON
internal import Logging
internal import Outbox
internal import Store

/// What came of a reload.
public struct ReloadReport: Sendable {
    /// In one word.
    public enum Result: String, Sendable, CaseIterable {
        /// The gateway works under the new configuration.
        case applied
        /// Nothing differs from what it works under.
        case unchanged
        /// Something is wrong, so nothing was changed.
        case refused
    }

    /// In one word.
    public var result: Result
    /// What the new configuration changes; empty where it was refused.
    public var changes: [ConfigurationChange.Item]
    /// Everything found, warnings included.
    public var findings: [FileFinding]
    /// SHA-256 of the file that was read, in hexadecimal digits; empty where it could not be read.
    public var fileDigest: String
    /// Destinations whose running attempts still end under the former configuration.
    public var handingOver: [String]
}

extension GatewayService {
    /// Files are read and compiled there: blocking, and not on the cooperative pool.
    private static let reloadQueue = DispatchQueue(label: "tenderbridge.reload")

    /// Reads the configuration file again, with all files that it names, and works under it: whole, or not at all.
    ///
    /// What is under way ends as it began. Throws `GatewayError` when the store does not take the evidence of it (then nothing
    /// was changed), or too many reloads wait.
    ///
    /// - Parameter actor: who asked for it.
    public func reload(actor: String) async throws -> ReloadReport {
        try await reloadTurn.enter()
        defer { reloadTurn.leave() }
        do {
            let report = try await reloadInTurn(actor: actor)
            reloadMetrics.count(report.result)
            return report
        } catch {
            reloadMetrics.count(nil)
            logger.error("the configuration was not reloaded; nothing was changed", metadata: ["error": "\(error)"])
            throw error
        }
    }

    private func reloadInTurn(actor: String) async throws -> ReloadReport {
        let present = slot.present
        let (assembly, findings) = await readAgain(present)
        for finding in findings.prefix(Self.findingsLogged) {
            let isError = finding.finding.severity == .error
            logger.log(level: isError ? .error : .warning, "\(finding)")
        }
        guard let assembly else {
            logger.error(
                "the configuration was refused; the former one stays at work",
                metadata: ["actor": "\(actor)", "findings": "\(findings.count)"])
            return ReloadReport(result: .refused, changes: [], findings: findings, fileDigest: "", handingOver: [])
        }
        let digest = assembly.configuration.fileDigest
        let change = ConfigurationChange(from: present.assembly, to: assembly)
        if change.items.isEmpty {
            logger.notice("the configuration was read again and changes nothing", metadata: ["actor": "\(actor)"])
            reloadMetrics.succeeded(at: clock.now())
            return ReloadReport(
                result: .unchanged, changes: [], findings: findings, fileDigest: digest,
                handingOver: outbox.handingOver.sorted())
        }
        CrashPoint.reloading.reached()
        let content = EvidenceContent.reloaded(change, actor: actor, fileDigest: digest)
        try await store.record(EvidenceEntry(at: clock.now(), messageID: nil, content: content))
        let next = ActiveConfiguration(assembly, after: present, transport: transport, store: store, clock: clock)
        slot.put(next)
        outbox.apply(next.destinations, untouched: change.untouchedDestinations)
        reloadMetrics.succeeded(at: next.since)
        let handingOver = outbox.handingOver.sorted()
        logger.notice(
            "the configuration was reloaded",
            metadata: [
                "actor": "\(actor)", "sha256": "\(digest)", "changes": "\(change.items.map(\.words).joined(separator: ", "))",
                "handingOver": "\(handingOver.joined(separator: ", "))",
            ])
        return ReloadReport(
            result: .applied, changes: change.items, findings: findings, fileDigest: digest, handingOver: handingOver)
    }

    /// Findings that the log gets; the answer has all of them.
    private static let findingsLogged = 100

    /// A new assembly when nothing refuses it, and all findings.
    private func readAgain(_ present: ActiveConfiguration) async -> (GatewayAssembly?, [FileFinding]) {
        let environment = environment
        return await withCheckedContinuation { continuation in
            Self.reloadQueue.async {
                let reading = ConfigurationReader.read(file: present.configuration.file, environment: environment)
                guard let configuration = reading.configuration else {
                    return continuation.resume(returning: (nil, reading.findings.sorted()))
                }
                let outcome = GatewayAssembly.assemble(configuration)
                var findings = reading.findings + outcome.findings
                findings += RestartOnly.findings(from: present.configuration, to: configuration)
                if let assembly = outcome.assembly { findings += RestartOnly.warnings(from: present.assembly, to: assembly) }
                let isRefused = findings.contains { $0.finding.severity == .error }
                continuation.resume(returning: (isRefused ? nil : outcome.assembly, findings.sorted()))
            }
        }
    }
}

extension EvidenceContent {
    /// Changes that a row of evidence names; more are counted.
    static let changesNamed = 200

    static func reloaded(_ change: ConfigurationChange, actor: String, fileDigest: String) -> [UInt8] {
        JSONWriter.bytes { json in
            json.beginObject()
            json.member("event", "configuration.reloaded")
            json.member("actor", actor)
            json.member("sha256", fileDigest)
            json.member("changes", change.items.prefix(changesNamed).map(\.words))
            json.member("changeCount", change.items.count)
            json.endObject()
        }
    }
}

extension ReportJSON {
    /// Writes what came of a reload.
    public static func write(_ report: ReloadReport, to json: inout JSONWriter) {
        json.object { json in
            json.member("result", report.result.rawValue)
            json.member("sha256", report.fileDigest)
            json.array("changes") { json in
                for item in report.changes {
                    json.object { json in
                        json.member("section", item.section)
                        json.member("name", item.name)
                        json.member("kind", item.kind.rawValue)
                    }
                }
            }
            json.member("handingOver", report.handingOver)
            json.array("findings") { json in
                for found in report.findings {
                    json.object { json in
                        json.member("file", found.file)
                        json.member("line", found.finding.position.line)
                        json.member("column", found.finding.position.column)
                        json.member("severity", found.finding.severity.rawValue)
                        json.member("code", found.finding.code.name)
                        json.member("path", found.finding.path)
                        json.member("text", found.finding.text)
                        json.member("textZh", found.finding.textZH)
                    }
                }
            }
        }
    }
}
