internal import ExchangeModel
internal import Outbox
internal import Store

/// What a ready delivery waits for when its destination is not served at this moment: one sentence, shown by `outbox show`
/// and `outbox list`.
enum PaceSentence {
    /// The sentence in English and in Chinese; nil where the obstacle is not what the delivery waits for.
    static func of(_ obstacle: PaceObstacle?, for delivery: OpenDelivery) -> (text: String, textZH: String)? {
        guard let obstacle else { return nil }
        switch delivery.state {
        case .pending: break
        case .retryWait:
            // Its own time comes later than the destination's: that is what it waits for.
            if let dueAt = delivery.dueAt, let until = obstacle.until, dueAt >= until { return nil }
        case .waiting, .inFlight, .awaitingReceipt, .unknown, .dead, .delivered, .cancelled, .superseded, .expired:
            return nil
        }
        guard let until = obstacle.until?.description else {
            return (
                "waits for the breaker of its destination: one probe is under way, its answer decides",
                "等待目的地熔断恢复：正在发送一次探测，由其结果决定"
            )
        }
        return switch obstacle.cause {
        case .rate:
            ("waits for the rate of its destination: the next attempt may leave at \(until)", "受目的地速率限制：最早于 \(until) 继续发送")
        case .quota:
            (
                "waits because its destination's quota of the day is used up: sending goes on at \(until)",
                "目的地当日配额已用完：\(until) 起继续发送"
            )
        case .openingHours:
            ("waits until its destination opens at \(until)", "目的地当前不在开放时间：\(until) 起继续发送")
        case .breaker:
            (
                "waits because the breaker of its destination is open after failures: one probe is sent at \(until)",
                "目的地多次失败已熔断：\(until) 发送一次探测"
            )
        case .retryAfter:
            (
                "waits because its destination asked to be left alone (Retry-After) until \(until)",
                "目的地要求暂停发送(Retry-After)：\(until) 起继续"
            )
        }
    }
}
