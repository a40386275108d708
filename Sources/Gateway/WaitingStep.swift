internal import ExchangeModel
internal import Store

extension NextStep {
    /// What happens next with a delivery as it is reported: a wait names what it is for and when it ends.
    static func text(of report: DeliveryReport) -> String {
        let state = report.delivery.state
        switch state {
        case .waiting(let cause):
            let what =
                switch (cause, report.waitingSubject) {
                case (.parent, let subject?): "is sent after \(subject) was confirmed by \(report.delivery.destination)"
                case (_, let subject?): "waits for \(cause.rawValue): \(subject)"
                case (_, nil): text(of: state, cause: report.cause)
                }
            return what + (report.delivery.dueAt.map { "; if that does not happen until \($0), it expires unsent" } ?? "")
        case .superseded: return "nothing more happens: a newer version took its place, it was never sent"
        case .expired: return "nothing more happens: its time passed, it was never sent"
        default: return text(of: state, cause: report.cause)
        }
    }

    /// The same in Chinese.
    static func textZH(of report: DeliveryReport) -> String {
        let state = report.delivery.state
        switch state {
        case .waiting(let cause):
            let what =
                switch (cause, report.waitingSubject) {
                case (.parent, let subject?): "等待 \(report.delivery.destination) 确认 \(subject) 后发送"
                case (_, let subject?): "等待条件 \(cause.rawValue)：\(subject)"
                case (_, nil): textZH(of: state, cause: report.cause)
                }
            return what + (report.delivery.dueAt.map { "；若至 \($0) 仍未满足，则过期不再发送" } ?? "")
        case .superseded: return "已结束：被更高版本取代，未曾发送"
        case .expired: return "已结束：超过期限，未曾发送"
        default: return textZH(of: state, cause: report.cause)
        }
    }
}
