internal import ExchangeModel
internal import Platforms
internal import StrictYAML

extension ConfigurationReader {
    /// The names of all senders, before they are read: a destination may name those that post its receipts.
    func senderNames(_ top: YAMLMappingReader) -> [String] {
        top.optional("senders")?.node.members?.map(\.key) ?? []
    }

    /// A destination's `receipts`, with what it must have in common with the rules for answers.
    func receipts(
        _ section: YAMLMappingReader, answer: AnswerRules, senders: [String]
    ) -> ReceiptSettings? {
        let isHandedOver = answer.rules.contains { $0.verdict == .handedOver }
        guard let value = section.optional("receipts") else {
            if isHandedOver {
                section.report(
                    "answer", "a rule says handedOver, so receipts must say how the destination's receipts come",
                    "应答规则包含 handedOver，必须用 receipts 说明回执的获取方式")
            }
            return nil
        }
        return value.mapping { receipts in
            let limit = receipts.optional("timeLimit")?.duration(in: .seconds(1) ... .seconds(90 * 86_400)) ?? .seconds(86_400)
            let form = receiptForm(receipts)
            let callback = receipts.optional("callback").flatMap { self.callback($0, senders) }
            let poll = receipts.optional("poll").flatMap { self.poll($0) }
            if !receipts.has("callback"), !receipts.has("poll") {
                receipts.report(
                    "callback", "receipts come by callback or by poll: say at least one of them",
                    "回执须通过 callback 或 poll 获取，至少填写一项")
            }
            if form?.correlate == .reference, answer.receiptPointer == nil {
                receipts.report(
                    "correlate", "correlate: reference needs answer.receipt, where the answer gives that number",
                    "correlate: reference 需要 answer.receipt 指明应答中的编号位置")
            }
            return form.map { ReceiptSettings(timeLimit: limit, form: $0, callback: callback, poll: poll) }
        }.flatMap { $0 }
    }

    private func receiptForm(_ receipts: YAMLMappingReader) -> ReceiptForm? {
        let correlate = receipts.required("correlate")?.oneOf(ReceiptForm.Correlate.self)
        let items = receipts.optional("items").flatMap { pointer($0) }
        let key = receipts.required("key").flatMap { pointer($0) }
        let version = receipts.optional("version").flatMap { pointer($0) }
        if version != nil, correlate != nil, correlate != .businessKey {
            receipts.report("version", "version goes with correlate: businessKey", "version 仅用于 correlate: businessKey")
        }
        let number = receipts.optional("number").flatMap { pointer($0) }
        let verdict = receipts.required("verdict").flatMap { pointer($0) }
        let reason = receipts.optional("reason").flatMap { pointer($0) }
        let time = receipts.optional("time").flatMap { pointer($0) }
        let accepted = receipts.required("accepted")?.listOrOne().compactMap { $0.text() } ?? []
        let refused = receipts.required("refused")?.listOrOne().compactMap { $0.text() } ?? []
        for word in accepted where refused.contains(word) {
            receipts.report(
                "refused", "\"\(word)\" cannot mean both accepted and refused", "“\(word)”不能同时表示 accepted 与 refused")
        }
        guard let correlate, let key, let verdict else { return nil }
        return ReceiptForm(
            correlate: correlate, items: items, key: key, version: version, number: number, verdict: verdict, reason: reason,
            time: time, accepted: accepted, refused: refused)
    }

    private func callback(_ value: YAMLValueReader, _ senders: [String]) -> ReceiptSettings.Callback? {
        value.mapping { section in
            let names = (section.required("principals")?.listOrOne() ?? []).compactMap {
                known($0, among: senders, kind: "sender", kindZH: "发送方")
            }
            let bytes = section.optional("body")?.byteCount(in: 1...(64 << 20)) ?? 1 << 20
            let time = section.optional("bodyTime")?.duration(in: .milliseconds(100) ... .seconds(600)) ?? .seconds(30)
            return ReceiptSettings.Callback(principals: names, bodyBytesMax: bytes, bodyTimeMax: time)
        }
    }

    private func poll(_ value: YAMLValueReader) -> ReceiptSettings.Poll? {
        value.mapping { section in
            let url = section.required("url").flatMap { address($0) }
            let interval = section.optional("interval")?.duration(in: .milliseconds(100) ... .seconds(86_400)) ?? .seconds(60)
            let start = section.optional("start")?.text(mayBeEmpty: true) ?? ""
            let cursor = section.optional("cursor").flatMap { pointer($0) }
            if let url, url.contains("{since}") != section.has("cursor") {
                section.report(
                    section.has("cursor") ? "cursor" : "url",
                    "{since} in url and cursor go together: the one is replaced by what the other finds in the last answer",
                    "url 中的 {since} 与 cursor 必须同时使用：以上次应答中 cursor 处的值替换 {since}")
            }
            return url.map { ReceiptSettings.Poll(url: $0, interval: interval, start: start, cursor: cursor) }
        }.flatMap { $0 }
    }
}
