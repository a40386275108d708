internal import ExchangeModel
internal import Store

/// What happens next with a delivery, or what a person can do: shown by `outbox show`.
enum NextStep {
    /// For a delivery as it stands: also what holds it, and whether it stands aside.
    static func text(of report: DeliveryReport) -> String {
        if let hold = standing(report) { return HoldWords.text(hold) }
        if report.delivery.isAside {
            return "stands aside, and those behind it in its lane go on; outbox retry sends it out of order, outbox cancel ends it"
        }
        return text(of: report.delivery.state, cause: report.cause)
    }

    static func textZH(of report: DeliveryReport) -> String {
        if let hold = standing(report) { return HoldWords.textZH(hold) }
        if report.delivery.isAside { return "已移出队列，后续投递继续；outbox retry 将不按次序发送，outbox cancel 则结束" }
        return textZH(of: report.delivery.state, cause: report.cause)
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

    static func text(of state: DeliveryState, cause: DeliveryCause?) -> String {
        switch state {
        case .waiting(let missing): "waits for \(missing.rawValue)"
        case .pending: "is sent when its turn in the lane comes"
        case .inFlight: "is being sent; the verdict follows"
        case .retryWait: "is sent again when it is due; to send it now: outbox retry"
        case .awaitingReceipt: "the destination answers later"
        case .unknown:
            "the destination may have it: it is asked by its status query, or the bytes go again where it is idempotent; "
                + "otherwise ask the platform, then outbox retry or outbox cancel"
        case .dead:
            cause?.code.hasPrefix("preparation.") == true
                ? "mend the mapping or the record, then outbox retry; or outbox cancel"
                : "settle the cause with the platform, then outbox retry; or outbox cancel"
        case .delivered, .cancelled, .superseded, .expired: "nothing more happens"
        }
    }

    static func textZH(of state: DeliveryState, cause: DeliveryCause?) -> String {
        switch state {
        case .waiting(let missing): "等待条件：\(missing.rawValue)"
        case .pending: "按通道次序等待发送"
        case .inFlight: "正在发送，等待结果"
        case .retryWait: "到时自动重发；如需立即重发：outbox retry"
        case .awaitingReceipt: "等待对方稍后回执"
        case .unknown: "对方可能已收到：将通过状态查询确认，或在对方声明幂等时重发；否则请向对方平台核实后执行 outbox retry 或 outbox cancel"
        case .dead:
            cause?.code.hasPrefix("preparation.") == true
                ? "修正映射或数据后执行 outbox retry，或执行 outbox cancel" : "与对方平台解决原因后执行 outbox retry，或执行 outbox cancel"
        case .delivered, .cancelled, .superseded, .expired: "已结束"
        }
    }
}
