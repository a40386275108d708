internal import ExchangeModel
public import JSON

/// What a row of evidence tells, in one sentence for people. A row of a kind that this program does not know is told by its own
/// members, so that nothing is left out.
public enum EvidenceWords {
    /// In English.
    public static func text(_ content: JSONValue) -> String { sentence(content, english) }

    /// In Chinese.
    public static func textZH(_ content: JSONValue) -> String { sentence(content, chinese) }

    /// The words of one language; `{name}` stands for a member of the row.
    private struct Language: Sendable {
        var events: [String: String]
        var transitions: [String: String]
        /// Members that are told behind the sentence when they are there.
        var details: [(member: String, text: String)]
        var transition: String
        var list: String
    }

    private static func sentence(_ content: JSONValue, _ language: Language) -> String {
        let event = content["event"]?.string ?? "?"
        var used: Set<String> = ["event", "message", "delivery", "trace", "from", "to", "by"]
        var text: String
        if event == "delivery.changed", let by = content["by"]?.string {
            let words = language.transitions[by] ?? by
            text = filled(language.transition, content, &used, language).replacing("{words}", with: words)
        } else if let template = language.events[event] {
            text = filled(template, content, &used, language)
        } else {
            text = event
            used = ["event", "message"]
            for member in content.members ?? [] where !used.contains(member.name) {
                text += language.list + member.name + " " + shown(member.value, language)
            }
            return text
        }
        for (member, template) in language.details where !used.contains(member) && content[member] != nil {
            text += language.list + filled(template, content, &used, language)
        }
        return text
    }

    /// A template with its members filled in.
    private static func filled(
        _ template: String, _ content: JSONValue, _ used: inout Set<String>, _ language: Language
    ) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            result += rest[..<open]
            if name == "words" {
                result += "{words}"
            } else {
                used.insert(name)
                result += content[name].map { shown($0, language) } ?? ""
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private static func shown(_ value: JSONValue, _ language: Language) -> String {
        if let text = value.string { return oneLine(text) }
        if let number = value.number { return number }
        if let boolean = value.boolean { return boolean ? "true" : "false" }
        if let elements = value.elements {
            // A list of deliveries or findings is told by what names them.
            return elements.map { element in
                element["destination"]?.string ?? element["code"]?.string ?? shown(element, language)
            }.joined(separator: language.list)
        }
        return (value.members ?? []).map { "\($0.name) \(shown($0.value, language))" }.joined(separator: " ")
    }

    /// Reasons come from people and may hold anything: control characters must not reach a terminal.
    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0 }))
    }

    private static let english = Language(
        events: [
            "message.accepted":
                "accepted from {sender} on channel {channel}: {dataset} {businessKey}, version {version}; goes to {deliveries}",
            "message.refused":
                "refused with status {status} from {sender} on channel {channel}: {findingCount} finding(s) {findings}",
            "attachment.stored":
                "{sender} handed in an attachment on channel {channel}: {bytes} bytes, SHA-256 {sha256}, SM3 {sm3}",
            "attachment.removed": "an attachment that no message named was removed: {bytes} bytes, SHA-256 {sha256}, SM3 {sm3}",
            "attachment.read": "{actor} looked at the attachment with SHA-256 {sha256}; reason: {reason}",
            "payload.read": "{actor} looked at the {kind} bytes; reason: {reason}",
            "case.exported": "{actor} made a recording of it with identities replaced; reason: {reason}",
            "keys.destroyed": "{actor} destroyed the data keys of {dayCount} day(s) before {before}; reason: {reason}",
            "masterKey.rotated": "{actor} changed the master key from {from} to {to}; {dataKeys} data key(s) wrapped anew",
            "gateway.started": "the gateway {gateway} started, version {version}",
            "gateway.stopped": "the gateway {gateway} stopped",
            "configuration.reloaded":
                "{actor} reloaded the configuration (SHA-256 {sha256}): {changeCount} change(s): {changes}",
            "store.probed": "the store was tried and took a row",
            "delivery.steppedAside":
                "{destination}: lets those behind it pass, as its parent {parent} was accepted after it",
            "receipt.received": "{destination}: a receipt from {source} says {verdict} ({effect}, the delivery is {state})",
            "receipt.contradicts":
                "{destination}: a receipt from {source} says {verdict}, and the delivery is {state}: nothing was changed",
            "receipt.kept": "{destination}: a receipt from {source} says {verdict} and waits for its delivery",
            "receipt.expired": "{destination}: a receipt of {receivedAt} found no delivery in its time and was dropped",
            "outbox.held": "{actor} held {destination} {orderingKey}; reason: {reason}",
            "outbox.released": "{actor} released {destination} {orderingKey}; reason: {reason}",
            "lane.parked": "{destination}: the lane is parked, its head is dead",
            "lane.unparked": "{destination}: the lane is parked no longer",
            "backfill.begun":
                "{actor} began to send past messages, received from {from} to {to}, to {destination}; reason: {reason}",
            "delivery.backfilled": "{actor} had it sent to {destination} as well, by the backfill {backfill}",
            "backfill.ended":
                "past messages to {destination}: {added} added; left out: {present} have a delivery there, {noRoute} without a route, {outdated} with a higher version, {behind} behind a newer message, {unreadable} unreadable, {refused} refused",
            "turnedAway.quotaReached": "the quota of kept refusals of channel {channel} is reached for this hour",
        ],
        transitions: [
            "preconditionMet": "what was missing is there", "leased": "sent", "accepted": "confirmed by the destination",
            "handedOver": "taken by the destination, which answers later",
            "refusedPermanently": "refused by the destination for good",
            "failedTransiently": "not taken by the destination now", "neverSent": "certainly not sent",
            "lostTrack": "no verdict: the destination may have it", "foundAbsent": "the destination never got it",
            "resendDeclaredSafe": "may be sent again, as the destination is idempotent",
            "limitReached": "attempts or time are used up", "preparationFailed": "could not be prepared",
            "retriedByPerson": "a person sends it again", "cancelledByPerson": "a person ended it",
            "supersededByNewer": "a newer version took its place", "timeLimitPassed": "its time limit passed",
            "movedAsideByPerson": "a person moved it aside",
        ],
        details: [
            ("attempt", "attempt {attempt}"), ("outcome", "taken for {outcome}"), ("status", "HTTP {status}"),
            ("milliseconds", "{milliseconds} ms"), ("cause", "cause {cause}"), ("receipt", "receipt {receipt}"),
            ("source", "from {source}"), ("attachments", "attachments: {attachments}"),
            ("warningCount", "{warningCount} warning(s)"),
            ("warnings", "{warnings}"),
            ("actor", "by {actor}"), ("reason", "reason: {reason}"),
        ], transition: "{destination}: {words} ({from} to {to})", list: ", ")

    private static let chinese = Language(
        events: [
            "message.accepted": "已接收：发送方 {sender}，通道 {channel}，{dataset} {businessKey}，版本 {version}；目的地 {deliveries}",
            "message.refused": "已拒收：状态 {status}，发送方 {sender}，通道 {channel}；问题 {findingCount} 项：{findings}",
            "attachment.stored": "{sender} 经通道 {channel} 提交了附件：{bytes} 字节，SHA-256 {sha256}，SM3 {sm3}",
            "attachment.removed": "未被任何报文引用的附件已清除：{bytes} 字节，SHA-256 {sha256}，SM3 {sm3}",
            "attachment.read": "{actor} 查看了附件(SHA-256 {sha256})；原因：{reason}",
            "payload.read": "{actor} 查看了 {kind} 报文内容；原因：{reason}",
            "case.exported": "{actor} 将其导出为回放用例(身份信息已替换)；原因：{reason}",
            "keys.destroyed": "{actor} 销毁了 {before} 之前 {dayCount} 天的数据密钥；原因：{reason}",
            "masterKey.rotated": "{actor} 将主密钥由 {from} 更换为 {to}；重新封装数据密钥 {dataKeys} 个",
            "gateway.started": "网关 {gateway} 启动，版本 {version}",
            "gateway.stopped": "网关 {gateway} 停止",
            "configuration.reloaded": "{actor} 重新加载了配置(SHA-256 {sha256})，变更 {changeCount} 项：{changes}",
            "store.probed": "试写数据库成功",
            "delivery.steppedAside": "{destination}：其上级记录 {parent} 在其后接收，后续投递可先行",
            "receipt.received": "{destination}：来自 {source} 的回执，结论 {verdict}({effect}，投递状态 {state})",
            "receipt.contradicts": "{destination}：来自 {source} 的回执结论为 {verdict}，与投递状态 {state} 矛盾，状态未作更改",
            "receipt.kept": "{destination}：来自 {source} 的回执，结论 {verdict}，等待对应投递",
            "receipt.expired": "{destination}：{receivedAt} 收到的回执在期限内未找到对应投递，已丢弃",
            "outbox.held": "{actor} 暂停了 {destination} {orderingKey}；理由：{reason}",
            "outbox.released": "{actor} 恢复了 {destination} {orderingKey}；理由：{reason}",
            "lane.parked": "{destination}：队首投递失败，队列已停驻",
            "lane.unparked": "{destination}：队列不再停驻",
            "backfill.begun": "{actor} 开始向 {destination} 补发 {from} 至 {to} 接收的历史报文；理由：{reason}",
            "delivery.backfilled": "{actor} 经补发任务 {backfill} 将其另送 {destination}",
            "backfill.ended":
                "向 {destination} 补发历史报文：新增 {added} 条；未补发：已有投递 {present}，无路由 {noRoute}，已有更高版本 {outdated}，晚于较新报文 {behind}，不可读 {unreadable}，已拒收 {refused}",
            "turnedAway.quotaReached": "通道 {channel} 本小时留存的拒收记录已达上限",
        ],
        transitions: [
            "preconditionMet": "前置条件已满足", "leased": "已发送", "accepted": "对方已确认", "handedOver": "对方已接收，稍后回执",
            "refusedPermanently": "对方永久拒收", "failedTransiently": "对方暂时未能接收", "neverSent": "确认未发出",
            "lostTrack": "结果不明，对方可能已收到", "foundAbsent": "经查询对方从未收到", "resendDeclaredSafe": "对方声明幂等，允许重发",
            "limitReached": "次数或时限已用尽", "preparationFailed": "无法生成报文", "retriedByPerson": "人工重发",
            "cancelledByPerson": "人工取消", "supersededByNewer": "已被新版本取代", "timeLimitPassed": "已超过时限",
            "movedAsideByPerson": "人工移出队列",
        ],
        details: [
            ("attempt", "第 {attempt} 次"), ("outcome", "判定 {outcome}"), ("status", "HTTP {status}"),
            ("milliseconds", "用时 {milliseconds} 毫秒"), ("cause", "原因 {cause}"), ("receipt", "回执 {receipt}"),
            ("source", "来自 {source}"), ("attachments", "附件：{attachments}"), ("warningCount", "警告 {warningCount} 项"),
            ("warnings", "{warnings}"),
            ("actor", "操作人 {actor}"), ("reason", "理由：{reason}"),
        ], transition: "{destination}：{words}({from} → {to})", list: "，")
}
