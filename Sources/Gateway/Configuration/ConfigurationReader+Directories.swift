internal import ExchangeModel
internal import Formats
internal import Platforms
internal import StrictYAML

extension ConfigurationReader {
    /// A channel's `directory`.
    func directory(_ channel: YAMLMappingReader, senders: [String]) -> DirectorySettings? {
        channel.optional("directory").flatMap { value in
            value.mapping { section in
                let path = section.required("path")?.text().map { FileBytes.resolve($0, in: folder) }
                let sender = section.required("sender").flatMap { known($0, among: senders, kind: "sender", kindZH: "发送方") }
                let pattern = section.optional("files")?.text() ?? "*"
                let ready = section.optional("ready").map { self.ready($0) } ?? .rename
                let tolerance = section.optional("maxRefused").flatMap { RefusalTolerance.read($0) } ?? .any
                let scan = section.optional("scan")?.duration(in: .seconds(1) ... .seconds(86_400)) ?? .seconds(30)
                let bytes = section.optional("fileSize")?.byteCount(in: 1...(1 << 40)) ?? 4 << 30
                let done = section.optional("done")?.text().map { FileBytes.resolve($0, in: folder) }
                let refused = section.optional("refused")?.text().map { FileBytes.resolve($0, in: folder) }
                guard let path, let sender, let ready else { return DirectorySettings?.none }
                let settings = DirectorySettings(
                    path: path, done: done ?? path + "/done", refused: refused ?? path + "/refused", sender: sender,
                    pattern: pattern,
                    ready: ready, tolerance: tolerance, scan: scan, fileBytesMax: bytes)
                if settings.done == path || settings.refused == path {
                    section.report(
                        settings.done == path ? "done" : "refused", "files would be moved to where they are picked up",
                        "文件会被移动到其接收目录本身")
                }
                return settings
            }.flatMap { $0 }
        }
    }

    private func ready(_ value: YAMLValueReader) -> DirectorySettings.Ready? {
        if value.node.members == nil { return value.oneOf(["rename"]).map { _ in .rename } }
        return value.mapping { section in
            let marker = section.optional("marker")?.text()
            let unchanged = section.optional("unchanged")?.duration(in: .seconds(1) ... .seconds(86_400))
            if let marker, unchanged == nil, !marker.contains("/") { return .marker(marker) }
            if let unchanged, marker == nil { return .unchanged(unchanged) }
            section.report(
                "marker", "ready is rename, or one of marker (an ending such as .ok) and unchanged (a time such as 30s)",
                "ready 为 rename，或 marker(标记文件后缀，如 .ok)与 unchanged(时长，如 30s)之一")
            return nil
        }.flatMap { $0 }
    }

    /// A channel's `split`.
    func split(_ value: YAMLValueReader) -> RecordSplit? {
        guard let text = value.text() else { return nil }
        if let split = RecordSplit(text) { return split }
        let nearest = Suggestion.nearest(to: text, among: RecordSplit.words).map {
            ("; did you mean \"\($0)\"?", "，是否应为“\($0)”？")
        }
        value.report(
            "\(value.path) must be one of \(RecordSplit.words.joined(separator: ", ")), or a path such as /NOTICES/NOTICE or /data/rows"
                + (nearest?.0 ?? ""),
            "\(value.path) 必须是 \(RecordSplit.words.joined(separator: "、")) 之一，或 /NOTICES/NOTICE、/data/rows 等路径"
                + (nearest?.1 ?? ""))
        return nil
    }

    /// A channel's `poll`.
    func poll(_ channel: YAMLMappingReader, senders: [String]) -> PollSettings? {
        channel.optional("poll").flatMap { value in
            value.mapping { section in
                let url = section.required("url").flatMap { address($0) }
                let sender = section.required("sender").flatMap { known($0, among: senders, kind: "sender", kindZH: "发送方") }
                let interval = section.optional("interval")?.duration(in: .milliseconds(100) ... .seconds(86_400)) ?? .seconds(60)
                let start = section.optional("start")?.text(mayBeEmpty: true) ?? ""
                let cursor = section.optional("cursor").flatMap { pointer($0) }
                if let url, url.contains("{cursor}") != section.has("cursor") {
                    section.report(
                        section.has("cursor") ? "cursor" : "url",
                        "{cursor} in url and cursor go together: the one is replaced by what the other finds in the last page",
                        "url 中的 {cursor} 与 cursor 必须同时使用：以上一页中 cursor 处的值替换 {cursor}")
                }
                let signIn = section.optional("signIn").flatMap { self.signIn($0) } ?? .none
                let tls =
                    section.optional("tls").flatMap { self.tls($0) }
                    ?? .init(authoritiesPath: nil, certificatePath: nil, keyPath: nil)
                let total = section.optional("timeout")?.duration(in: .milliseconds(100) ... .seconds(600)) ?? .seconds(30)
                let connect = section.optional("connectTimeout")?.duration(in: .milliseconds(100) ... .seconds(60)) ?? .seconds(5)
                let bytes = section.optional("page")?.byteCount(in: 1...(64 << 20)) ?? 8 << 20
                let tolerance = section.optional("maxRefused").flatMap { RefusalTolerance.read($0) } ?? .any
                guard let url, let sender else { return PollSettings?.none }
                return PollSettings(
                    sender: sender, tolerance: tolerance,
                    settings: .init(
                        url: url, start: start, cursor: cursor, interval: interval, signIn: signIn, tls: tls, totalTimeout: total,
                        connectTimeout: connect, pageBytesMax: bytes))
            }.flatMap { $0 }
        }
    }

    /// What the doors of all channels must have in common: a sender may come through those alone that it is allowed, and no file is
    /// taken by two.
    func checkDoors(
        _ top: YAMLMappingReader, _ channels: [GatewayConfiguration.Channel], _ senders: [GatewayConfiguration.Sender]
    ) {
        var owners: [String: String] = [:]
        for channel in channels {
            for (door, name) in [("directory", channel.directory?.sender), ("poll", channel.poll?.sender)] {
                guard let name, let sender = senders.first(where: { $0.name == name }), !sender.channels.contains(channel.name)
                else { continue }
                top.report(
                    "channels", "channels.\(channel.name).\(door): senders.\(name).channels does not name this channel",
                    "channels.\(channel.name).\(door)：senders.\(name).channels 未包含此通道")
            }
            guard let directory = channel.directory else { continue }
            if let other = owners[directory.path] {
                top.report(
                    "channels", "channels \(other) and \(channel.name) take files from one folder, \(directory.path)",
                    "通道 \(other) 与 \(channel.name) 使用了同一目录 \(directory.path)")
            }
            owners[directory.path] = channel.name
        }
    }

    /// What the ways into a channel must have in common.
    func checkDoors(
        _ channel: YAMLMappingReader, split: RecordSplit?, sign: GatewayConfiguration.DatasetSign?, directory: DirectorySettings?,
        poll: PollSettings?
    ) {
        if split != nil, !channel.has("directory"), !channel.has("poll") {
            channel.report(
                "split", "a message that is posted is one record: split goes with directory or poll",
                "逐条提交的报文即一条记录：split 仅用于 directory 或 poll")
        }
        if let sign, directory != nil, sign != .fileName {
            channel.report(
                "detect", "what lies in a folder is told by the names of its files: set by to fileName",
                "目录通道以文件名识别数据集：请将 by 设为 fileName")
        }
        if sign != nil, poll != nil {
            channel.report("detect", "a poll channel takes one dataset", "轮询通道只接收一个数据集")
        }
    }
}
