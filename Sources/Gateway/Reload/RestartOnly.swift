public import ExchangeModel
internal import Platforms
internal import Store

/// What a running gateway cannot change: each difference is a finding, and the whole configuration is refused with it.
enum RestartOnly {
    /// What differs between the configuration that the gateway works under and another one.
    static func findings(from old: GatewayConfiguration, to new: GatewayConfiguration) -> [FileFinding] {
        var findings: [FileFinding] = []
        func require(_ isSame: Bool, _ key: String, at position: SourcePosition = .unknown) {
            if isSame { return }
            findings.append(
                FileFinding(
                    file: new.file,
                    Finding(
                        .restartNeeded, position: position,
                        text: "\(key) is another than the running gateway's and needs a restart; nothing was changed",
                        textZH: "\(key) 与运行中的网关不同，需要重启后生效；未作任何更改")))
        }
        require(old.name == new.name, "name")
        require(old.storePath == new.storePath, "store.path")
        require(old.attachments.folder == new.attachments.folder, "store.attachments")
        require(
            old.isEncrypted == new.isEncrypted && old.masterKeys.map(\.fingerprint) == new.masterKeys.map(\.fingerprint),
            "store.encryption")
        require(old.controlSocket == new.controlSocket, "control.socket")
        require(old.signing.map(unplaced) == new.signing.map(unplaced), "evidence", at: new.signing?.position ?? .unknown)
        for (section, before, after) in [
            ("data", old.dataListener, new.dataListener), ("operators", old.operatorListener, new.operatorListener),
        ] {
            require(before.address == after.address, "\(section).address", at: after.position)
            require(before.port == after.port, "\(section).port", at: after.position)
            require(before.tls == after.tls, "\(section).tls", at: after.position)
        }
        func polls(_ configuration: GatewayConfiguration) -> [String: ReceiptSettings.Poll] {
            Dictionary(
                configuration.destinations.compactMap { destination in
                    destination.receipts?.poll.map { (destination.name, $0) }
                }, uniquingKeysWith: { first, _ in first })
        }
        let (before, after) = (polls(old), polls(new))
        for name in Set(before.keys).union(after.keys).sorted() {
            let position = new.destinations.first { $0.name == name }?.position ?? .unknown
            require(before[name] == after[name], "destinations.\(name).receipts.poll", at: position)
        }
        func doors(_ configuration: GatewayConfiguration) -> [String: GatewayConfiguration.Channel] {
            Dictionary(
                configuration.channels.filter { $0.directory != nil || $0.poll != nil }.map { ($0.name, $0) },
                uniquingKeysWith: { first, _ in first })
        }
        let (doorsBefore, doorsAfter) = (doors(old), doors(new))
        for name in Set(doorsBefore.keys).union(doorsAfter.keys).sorted() {
            let position = new.channels.first { $0.name == name }?.position ?? .unknown
            let (before, after) = (doorsBefore[name], doorsAfter[name])
            require(before?.directory == after?.directory, "channels.\(name).directory", at: position)
            require(before?.poll == after?.poll, "channels.\(name).poll", at: position)
        }
        require(old.limits.connections == new.limits.connections, "limits.connections")
        require(old.limits.shutdown == new.limits.shutdown, "limits.shutdown")
        return findings
    }

    /// Files that the running gateway has read and will not read again: a warning, since nothing in the configuration changed.
    static func warnings(from old: GatewayAssembly, to new: GatewayAssembly) -> [FileFinding] {
        guard let tls = new.configuration.dataListener.tls else { return [] }
        return [("data.tls.certificate", tls.certificatePath), ("data.tls.key", tls.keyPath)].compactMap { key, path in
            guard let before = old.sources.certificates[path], before != new.sources.certificates[path] else { return nil }
            return FileFinding(
                file: new.configuration.file,
                Finding(
                    .restartNeeded, severity: .warning, position: new.configuration.dataListener.position,
                    text: "the file of \(key) has changed; the listener keeps the former one until a restart",
                    textZH: "\(key) 的文件已更改；监听端口在重启之前仍使用原文件"))
        }
    }

    private static func unplaced(_ signing: EvidenceSigning) -> EvidenceSigning {
        var signing = signing
        signing.position = .unknown
        return signing
    }
}

extension Finding.Code {
    /// A running gateway cannot change it.
    public static let restartNeeded: Self = "configuration.needs-restart"
}
