internal import Cryptography
public import ExchangeModel
internal import Mapping
internal import Platforms
internal import Store
internal import StrictYAML

/// Reads a configuration file into a `GatewayConfiguration`, with every finding at once.
///
/// What it checks by itself: form, unknown keys, references between sections, secrets that can be resolved, listeners that
/// would speak plain text beyond loopback. Mappings, schemas and certificates are checked by `GatewayAssembly`.
public struct ConfigurationReader {
    let file: String
    let folder: String
    let secrets: SecretSource
    let yaml: YAMLReader

    /// Largest configuration file.
    public static let fileBytesMax = 1 << 20

    /// A configuration and what is wrong with the file; no configuration when an error was found.
    public struct Outcome: Sendable {
        /// The configuration, when nothing refuses it.
        public var configuration: GatewayConfiguration?
        /// All findings.
        public var findings: [FileFinding]
    }

    /// What is done with references to secrets.
    public enum Secrets: Sendable, Hashable {
        /// They are resolved; one that cannot be is a finding.
        case resolved
        /// Only their form is checked, and each gets a stand-in: for commands that sign in nowhere (`replay`, `evidence`),
        /// so that they run where no secret is.
        case standIns
    }

    /// Reads the file. Blocking: for start-up and commands.
    public static func read(file: String, environment: [String: String], secrets: Secrets = .resolved) -> Outcome {
        let bytes: [UInt8]
        switch FileBytes.read(file, limit: fileBytesMax) {
        case .success(let content): bytes = content
        case .failure(let failure):
            let finding = Finding(
                .fileInvalid, text: "cannot read the configuration: \(failure.text)", textZH: "无法读取配置文件：\(failure.text)")
            return Outcome(configuration: nil, findings: [FileFinding(file: file, finding)])
        }
        let folder = FileBytes.folder(of: file)
        let reader = ConfigurationReader(
            file: file, folder: folder,
            secrets: SecretSource(environment: environment, folder: folder, givesStandIns: secrets == .standIns),
            yaml: YAMLReader(parsing: bytes))
        var configuration = reader.yaml.mapping { reader.configuration($0) }.flatMap { $0 }
        configuration?.fileDigest = Hex.encode(SHA256.digest(bytes))
        let findings = reader.yaml.findings.map { FileFinding(file: file, $0) }
        return Outcome(configuration: reader.yaml.hasErrors ? nil : configuration, findings: findings)
    }

    private func configuration(_ top: YAMLMappingReader) -> GatewayConfiguration? {
        let name = top.optional("name")?.text() ?? "tenderbridge"
        let store = top.required("store")?.mapping { storeSection($0) }
        let signing = top.optional("evidence").flatMap { evidenceSection($0, gateway: name) }
        let socket = top.optional("control")?.mapping { control -> String? in
            guard let value = control.required("socket"), let text = value.text() else { return nil }
            let path = FileBytes.resolve(text, in: folder)
            if path.utf8.count > 107 {
                value.report(
                    "control.socket is \(path.utf8.count) bytes long; a Unix socket's path takes 107 at most",
                    "control.socket 长度为 \(path.utf8.count) 字节；Unix 套接字路径最多 107 字节")
            }
            return path
        }.flatMap { $0 }
        let data = top.required("data").flatMap { listener($0, port: 8440, mayUseTLS: true) }
        let operators = top.required("operators").flatMap { listener($0, port: 8441, mayUseTLS: false) }
        let mappings = top.required("mappings")?.text()
        let schemas = top.required("schemas")?.text()
        let isEncrypted = store?.isEncrypted ?? true
        let names = senderNames(top)
        let channels =
            top.required("channels")?.mapping {
                $0.entries().compactMap { channel($0.key, $0.value, isEncrypted: isEncrypted, senders: names) }
            } ?? []
        let destinations =
            top.required("destinations")?.mapping { $0.entries().compactMap { destination($0.key, $0.value, names) } } ?? []
        let principals = destinations.flatMap { $0.receipts?.callback?.principals ?? [] }
        let senders =
            top.required("senders")?.mapping { $0.entries().compactMap { sender($0.key, $0.value, channels, principals) } } ?? []
        checkDoors(top, channels, senders)
        let routes = top.required("routes").map { self.routes($0, channels, destinations) } ?? []
        let deadlines = top.optional("deadlines")?.list().compactMap { deadline($0, channels, destinations) } ?? []
        let limits = serviceLimits(top.optional("limits"))
        guard let store, let storePath = store.path, let data, let operators, let mappings, let schemas else { return nil }
        return GatewayConfiguration(
            file: file, name: name, storePath: FileBytes.resolve(storePath, in: folder), attachments: store.attachments,
            masterKeys: store.masterKeys,
            isEncrypted: store.isEncrypted, signing: signing, controlSocket: socket,
            dataListener: data, operatorListener: operators, mappingsFolder: FileBytes.resolve(mappings, in: folder),
            schemasFolder: FileBytes.resolve(schemas, in: folder), senders: senders, channels: channels,
            destinations: destinations.map {
                var destination = $0
                destination.http.receiptBytes = limits.receiptBytes
                return destination
            }, routes: routes, limits: limits, deadlines: deadlines)
    }

    // MARK: Listeners

    private func listener(_ value: YAMLValueReader, port: Int, mayUseTLS: Bool) -> GatewayConfiguration.Listener? {
        value.mapping { section in
            let address = section.optional("address")?.text() ?? "127.0.0.1"
            let port = section.optional("port")?.integer(in: 0...65535) ?? port
            var tls: GatewayConfiguration.ServerIdentity?
            if mayUseTLS, let tlsValue = section.optional("tls") {
                tls = tlsValue.mapping { identity in
                    guard let certificate = identity.required("certificate")?.text(), let key = identity.required("key")?.text()
                    else { return nil }
                    return .init(
                        certificatePath: FileBytes.resolve(certificate, in: folder), keyPath: FileBytes.resolve(key, in: folder))
                }.flatMap { $0 }
            }
            if !Self.isLoopback(address), tls == nil, !section.has("tls") {
                section.report(
                    "address",
                    "\(address) is not a loopback address and there is no TLS here; \(mayUseTLS ? "add tls: {certificate, key}, or" : "") listen on 127.0.0.1 behind a TLS proxy",
                    "\(address) 不是环回地址且未启用 TLS；\(mayUseTLS ? "请添加 tls: {certificate, key}，或" : "")仅监听 127.0.0.1 并在前面放置 TLS 代理")
            }
            return GatewayConfiguration.Listener(address: address, port: port, tls: tls, position: section.position)
        }
    }

    /// 127.0.0.0/8 and ::1, as numbers; a name could resolve to anything.
    static func isLoopback(_ address: String) -> Bool {
        if address == "::1" { return true }
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    // MARK: Senders, channels, routes

    private func sender(
        _ name: String, _ value: YAMLValueReader, _ channels: [GatewayConfiguration.Channel], _ principals: [String]
    ) -> GatewayConfiguration.Sender? {
        value.mapping { section in
            let digest = section.required("key").flatMap { secret($0) }.map { SecretDigest.of($0) }
            // A platform that only posts receipts needs no channel.
            let mayHaveNone = principals.contains(name)
            let named = (mayHaveNone ? section.optional("channels") : section.required("channels"))?.listOrOne() ?? []
            let names = named.compactMap { known($0, among: channels.map(\.name), kind: "channel", kindZH: "通道") }
            let user = section.optional("user")?.text()
            return digest.map { .init(name: name, keyDigest: $0, channels: names, user: user) }
        }.flatMap { $0 }
    }

    func route(
        _ value: YAMLValueReader, _ channels: [GatewayConfiguration.Channel],
        _ destinations: [GatewayConfiguration.DestinationConfiguration]
    ) -> GatewayConfiguration.Route? {
        value.mapping { section in
            let dataset = section.required("dataset")?.text()
            let from = (section.optional("channels")?.listOrOne() ?? []).compactMap {
                known($0, among: channels.map(\.name), kind: "channel", kindZH: "通道")
            }
            let to = (section.required("to")?.listOrOne() ?? []).compactMap {
                known($0, among: destinations.map(\.name), kind: "destination", kindZH: "目的地")
            }
            let order = self.order(section)
            return dataset.map {
                .init(
                    dataset: Dataset($0), channels: from, destinations: to, supersedes: order.supersedes, after: order.after)
            }
        }.flatMap { $0 }
    }

    private func serviceLimits(_ value: YAMLValueReader?) -> GatewayConfiguration.ServiceLimits {
        var limits = GatewayConfiguration.ServiceLimits(
            acceptConcurrency: 256, shutdown: .seconds(20), receiptBytes: StoreLimits.receiptBytes, connections: 512,
            turnedAwayPerHour: 1000, refusedPayloadsPerHour: 1000)
        _ = value?.mapping { section in
            if let count = section.optional("acceptConcurrency")?.integer(in: 1...65536) { limits.acceptConcurrency = count }
            if let bound = section.optional("shutdown")?.duration(in: .seconds(1) ... .seconds(600)) { limits.shutdown = bound }
            if let bytes = section.optional("receipt")?.byteCount(in: 0...StoreLimits.receiptBytes) {
                limits.receiptBytes = bytes
            }
            if let count = section.optional("connections")?.integer(in: 1...65536) { limits.connections = count }
            if let count = section.optional("turnedAwayPerHour")?.integer(in: 0...1_000_000) { limits.turnedAwayPerHour = count }
            if let count = section.optional("refusedPayloadsPerHour")?.integer(in: 0...1_000_000) {
                limits.refusedPayloadsPerHour = count
            }
            limits.pressure = pressureLimits(section)
            limits.attachments = attachmentLimits(section)
        }
        return limits
    }

    // MARK: Shared readings

    /// A name that must be declared in another section.
    func known(_ value: YAMLValueReader, among names: [String], kind: String, kindZH: String) -> String? {
        guard let name = value.text() else { return nil }
        if names.contains(name) { return name }
        let suggestion = Suggestion.nearest(to: name, among: names)
        value.report(
            "there is no \(kind) \"\(name)\"" + (suggestion.map { "; did you mean \"\($0)\"?" } ?? ""),
            "没有名为“\(name)”的\(kindZH)" + (suggestion.map { "；是否应为“\($0)”？" } ?? ""))
        return nil
    }

    /// A secret by reference; the value stays out of every message.
    func secret(_ value: YAMLValueReader) -> [UInt8]? {
        guard let reference = value.text() else { return nil }
        do { return try secrets.resolve(reference) } catch {
            value.report(error.text, error.textZH)
            return nil
        }
    }
}
