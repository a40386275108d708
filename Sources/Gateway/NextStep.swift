internal import ExchangeModel
internal import Outbox
internal import Store

/// What a delivery waits for, what happens next and when, or what a person can do: one sentence, shown by `outbox show`.
enum NextStep {
    /// In English.
    static func text(of report: DeliveryReport, in circumstances: DeliveryCircumstances = DeliveryCircumstances()) -> String {
        sentence(of: report, circumstances).text
    }

    /// In Chinese.
    static func textZH(of report: DeliveryReport, in circumstances: DeliveryCircumstances = DeliveryCircumstances()) -> String {
        sentence(of: report, circumstances).textZH
    }

    /// Whether the obstacle of its destination is what a delivery waits for: a person's hold outlasts it.
    static func pace(of report: DeliveryReport, in circumstances: DeliveryCircumstances) -> (text: String, textZH: String)? {
        if !report.holds.isEmpty || blocking(circumstances) != nil { return nil }
        return PaceSentence.of(circumstances.obstacle, for: report.delivery)
    }

    private typealias Sentence = (text: String, textZH: String)

    /// A contradiction comes first: nothing but a person settles it.
    private static func sentence(of report: DeliveryReport, _ circumstances: DeliveryCircumstances) -> Sentence {
        if let reload = circumstances.standing.sentence(for: report) { return reload }
        let next = next(of: report, circumstances)
        guard let receipt = report.contradictions.last else { return next }
        let state = report.delivery.state
        return (
            ReceiptSentence.text(receipt, state: state) + "; " + next.text,
            ReceiptSentence.textZH(receipt, state: state) + "；" + next.textZH
        )
    }

    private static func next(of report: DeliveryReport, _ circumstances: DeliveryCircumstances) -> Sentence {
        if report.delivery.state == .dead, report.confirmation != nil { return confirmed }
        if let hold = standing(report) { return (HoldWords.text(hold), HoldWords.textZH(hold)) }
        if report.delivery.isAside, report.delivery.state == .dead { return aside }
        if let pace = pace(of: report, in: circumstances) { return pace }
        if let ahead = circumstances.ahead { return behind(ahead) }
        let due = report.delivery.dueAt
        switch report.delivery.state {
        case .waiting(let cause): return waiting(report, for: cause)
        case .pending: return ("is sent when its turn in the lane comes", "按通道次序等待发送")
        case .inFlight:
            return (
                "is being sent; the verdict follows" + (due.map { ", at \($0) at the latest" } ?? ""),
                "正在发送，等待结果" + (due.map { "（最迟 \($0)）" } ?? "")
            )
        case .retryWait:
            return (
                "is sent again " + (due.map { "at \($0)" } ?? "when it is due") + "; to send it now: outbox retry",
                (due.map { "\($0) 自动重发" } ?? "到时自动重发") + "；如需立即重发：outbox retry"
            )
        case .awaitingReceipt:
            return (
                "was sent; the destination answers later" + (due.map { ", and without an answer by \($0) it is unknown" } ?? ""),
                "已发送，等待对方稍后回执" + (due.map { "；至 \($0) 无回执则转为结果不明" } ?? "")
            )
        case .unknown: return unknown(due: due, circumstances.settlement)
        case .dead:
            if report.cause?.code.hasPrefix("preparation.") == true {
                return (
                    "mend the mapping or the record, then outbox retry; or outbox cancel",
                    "修正映射或数据后执行 outbox retry，或执行 outbox cancel"
                )
            }
            return (
                "settle the cause with the platform, then outbox retry; or outbox cancel",
                "与对方平台解决原因后执行 outbox retry，或执行 outbox cancel"
            )
        case .delivered: return ("nothing more happens: the destination confirmed it", "已结束：对方已确认")
        case .cancelled: return ("nothing more happens: a person ended it", "已结束：由人工取消")
        case .superseded:
            return ("nothing more happens: a newer version took its place, it was never sent", "已结束：被更高版本取代，未曾发送")
        case .expired: return ("nothing more happens: its time passed, it was never sent", "已结束：超过期限，未曾发送")
        }
    }

    /// The hold that keeps this delivery from moving by itself.
    private static func standing(_ report: DeliveryReport) -> LaneHold? {
        switch report.delivery.state {
        case .pending, .retryWait: HoldWords.first(report.holds)
        // The head that parked its lane is itself what is to be settled.
        case .dead: report.holds.first { $0.kind == .parked && $0.parkedBy == report.delivery.id }
        case .waiting, .inFlight, .awaitingReceipt, .unknown, .delivered, .cancelled, .superseded, .expired: nil
        }
    }

    private static let confirmed: Sentence = (
        "it is not sent again: ask the platform, then outbox cancel; where it has nothing, the sender hands it in again as a new version",
        "不会再次发送：向对方平台核实后执行 outbox cancel；如对方未收到，另请发送方以新版本重新提交"
    )

    private static let aside: Sentence = (
        "stands aside, and those behind it in its lane go on; outbox retry sends it out of order, outbox cancel ends it",
        "已移出队列，后续投递继续；outbox retry 将不按次序发送，outbox cancel 则结束"
    )

    /// A wait names what it is for and when it ends.
    private static func waiting(_ report: DeliveryReport, for cause: WaitingCause) -> Sentence {
        let what: Sentence =
            switch (cause, report.waitingSubject) {
            case (.parent, let subject?):
                (
                    "is sent after \(subject) was confirmed by \(report.delivery.destination)",
                    "等待 \(report.delivery.destination) 确认 \(subject) 后发送"
                )
            case (_, let subject?): ("waits for \(cause.rawValue): \(subject)", "等待条件 \(cause.rawValue)：\(subject)")
            case (_, nil): ("waits for \(cause.rawValue)", "等待条件：\(cause.rawValue)")
            }
        guard let until = report.delivery.dueAt else { return what }
        return (
            what.text + "; if that does not happen until \(until), it expires unsent",
            what.textZH + "；若至 \(until) 仍未满足，则过期不再发送"
        )
    }

    /// One before it in its lane that does not go by itself soon, whatever its destination's pace.
    private static func blocking(_ circumstances: DeliveryCircumstances) -> OpenDelivery? {
        circumstances.ahead.flatMap { $0.state == .pending ? nil : $0 }
    }

    private static func behind(_ ahead: OpenDelivery) -> Sentence {
        let name = ahead.state.name
        return (
            "is sent after delivery \(ahead.id), which goes before it in its lane and is \(name): see outbox show \(ahead.id)",
            "同一队列中须先完成投递 \(ahead.id)（状态 \(name)），详见 outbox show \(ahead.id)"
        )
    }

    /// Where the settlement is not known (its destination is configured no more), every way is named.
    private static func unknown(due: Instant?, _ settlement: UnknownPolicy.Settlement?) -> Sentence {
        let (at, atZH) = (due.map { "at \($0) " } ?? "", due.map { "\($0) " } ?? "")
        let what: Sentence =
            switch settlement {
            case .statusQuery:
                (
                    "it is asked by its status query" + (due.map { ", from \($0) on" } ?? ""),
                    "将通过状态查询确认" + (due.map { "（自 \($0) 起）" } ?? "")
                )
            case .idempotentDeliveryID:
                (
                    at + "the same bytes go again under the same delivery id, while attempts and time are left",
                    atZH + "将以同一投递标识重发相同报文（次数与时限之内）"
                )
            case .idempotentNewID:
                (
                    at + "the same bytes go again under a new id that names the first, while attempts and time are left",
                    atZH + "将以新标识（注明首次标识）重发相同报文（次数与时限之内）"
                )
            case .person:
                (
                    "ask the platform, then outbox retry or outbox cancel"
                        + (due.map { "; without that it is dead at \($0)" } ?? ""),
                    "请向对方平台核实后执行 outbox retry 或 outbox cancel" + (due.map { "；否则 \($0) 转为失败" } ?? "")
                )
            case nil:
                (
                    at + "it is asked by its status query, or the bytes go again where it is idempotent; "
                        + "otherwise ask the platform, then outbox retry or outbox cancel",
                    atZH + "将通过状态查询确认，或在对方声明幂等时重发；否则请向对方平台核实后执行 outbox retry 或 outbox cancel"
                )
            }
        return ("the destination may have it: " + what.text, "对方可能已收到：" + what.textZH)
    }
}
