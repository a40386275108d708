public import ExchangeModel
public import Store
internal import StrictYAML

extension ConfigurationReader {
    /// What `store` says: the file, and the master keys, current one first.
    struct StoreSection {
        var path: String?
        var masterKeys: [MasterKey] = []
        var isEncrypted = false
        var attachments = GatewayConfiguration.AttachmentKeeping()
    }

    /// Former master keys beside the current one at most.
    static let masterKeysMax = 8

    func storeSection(_ section: YAMLMappingReader) -> StoreSection {
        var store = StoreSection(path: section.required("path")?.text())
        store.attachments = attachmentKeeping(section)
        _ = section.optional("encryption")?.mapping { encryption in
            store.isEncrypted = true
            let references = encryption.required("masterKey")?.listOrOne() ?? []
            if references.isEmpty, encryption.has("masterKey") {
                encryption.report("masterKey", "masterKey names no key", "masterKey 未指定任何密钥")
            }
            for reference in references.prefix(Self.masterKeysMax) {
                if let key = masterKey(reference) {
                    if store.masterKeys.contains(where: { $0.fingerprint == key.fingerprint }) {
                        reference.report("this master key stands in the list twice", "该主密钥在列表中重复")
                    }
                    store.masterKeys.append(key)
                }
            }
            if references.count > Self.masterKeysMax {
                encryption.report(
                    "masterKey", "at most \(Self.masterKeysMax) master keys; take out those that wrap nothing any more",
                    "主密钥最多 \(Self.masterKeysMax) 个；请移除已不再使用的密钥")
            }
        }
        return store
    }

    private func masterKey(_ value: YAMLValueReader) -> MasterKey? {
        guard let secret = guardedSecret(value), !secrets.givesStandIns else { return nil }
        guard let key = MasterKey(secret: secret) else {
            value.report(Self.notAMasterKey.text, Self.notAMasterKey.textZH)
            return nil
        }
        return key
    }

    private static let notAMasterKey = SecretSource.Failure(
        text: "a master key is 32 random bytes as 64 hexadecimal digits or base64; make one with: openssl rand -hex 32",
        textZH: "主密钥为 32 字节随机数，写成 64 位十六进制或 base64；可用 openssl rand -hex 32 生成")

    /// A secret that opens everything else: its file must be for its user alone.
    private func guardedSecret(_ value: YAMLValueReader) -> [UInt8]? {
        guard let secret = secret(value) else { return nil }
        if let reference = value.node.text, let failure = secrets.weakness(of: reference) {
            value.report(failure.text, failure.textZH)
            return nil
        }
        return secret
    }

    /// The section `evidence`.
    func evidenceSection(_ value: YAMLValueReader, gateway: String) -> EvidenceSigning? {
        value.mapping { evidence in evidence.optional("sign")?.mapping { signing($0, gateway: gateway) }.flatMap { $0 } }.flatMap
        { $0 }
    }

    private func signing(_ section: YAMLMappingReader, gateway: String) -> EvidenceSigning? {
        let key = section.required("key").flatMap { guardedSecret($0) }
        let certificate = section.required("certificate")?.text()
        let interval = section.optional("every")?.duration(in: .seconds(1) ... .seconds(30 * 86_400)) ?? .seconds(3600)
        let file = section.required("file")?.text()
        let history = section.optional("history")?.text()
        if let file, file == history {
            section.report("history", "history and file are the same file", "history 与 file 不能是同一文件")
        }
        if gateway.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            section.report(
                "key", "the gateway's name holds control characters and cannot stand in a signed text",
                "网关名称包含控制字符，不能写入签名文本")
        }
        guard let key, let certificate, let file, !secrets.givesStandIns else { return nil }
        return EvidenceSigning(
            key: key, certificatePath: FileBytes.resolve(certificate, in: folder), interval: interval,
            filePath: FileBytes.resolve(file, in: folder), historyPath: history.map { FileBytes.resolve($0, in: folder) },
            position: section.position)
    }

    /// Reads a master key by a reference that does not stand in a configuration: for `store rotate-key`.
    ///
    /// - Parameter folder: where relative paths start.
    /// Throws `.configuration`. Blocking.
    public static func masterKey(
        _ reference: String, environment: [String: String], folder: String
    ) throws(GatewayError) -> MasterKey {
        func failure(_ text: String) -> GatewayError {
            GatewayError(
                .configuration, attempted: "read the master key", subject: reference.hasPrefix("file:") ? reference : "",
                happened: text, remedy: "name it as credential:NAME, env:NAME or file:PATH")
        }
        let source = SecretSource(environment: environment, folder: folder)
        let secret: [UInt8]
        do { secret = try source.resolve(reference) } catch { throw failure(error.text) }
        if let weakness = source.weakness(of: reference) { throw failure(weakness.text) }
        guard let key = MasterKey(secret: secret) else { throw failure(notAMasterKey.text) }
        return key
    }
}
