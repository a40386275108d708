internal import ExchangeModel
internal import Outbox
internal import Store

/// How a destination stands to the present configuration.
public enum DestinationStanding: String, Sendable, Hashable {
    /// It is served.
    case served
    /// Its running attempts end under a former configuration; then it is served under the present one.
    case handingOver
    /// No destination of this name is configured; its deliveries stay in the store.
    case notConfigured
}

extension GatewayService {
    /// How a destination stands at this moment. Cheap: no store, no wait.
    public func standing(of destination: String) -> DestinationStanding {
        if !present.destinations.contains(where: { $0.name == destination }) { return .notConfigured }
        return outbox.isHandingOver(destination) ? .handingOver : .served
    }
}

extension DestinationStanding {
    /// What it means for a delivery, in English and Chinese; nil when it means nothing.
    func sentence(for report: DeliveryReport) -> (text: String, textZH: String)? {
        let name = report.delivery.destination
        switch (self, report.delivery.state) {
        case (.served, _), (_, .inFlight), (_, .delivered), (_, .cancelled), (_, .superseded), (_, .expired): return nil
        case (.notConfigured, _):
            return (
                "its destination \(name) is not configured: it stays in the store, and nothing happens until a destination "
                    + "of this name is added to the configuration again, then: tenderbridge reload",
                "目的地 \(name) 未在配置中：该投递保留在库中；重新配置同名目的地并执行 tenderbridge reload 后方可继续"
            )
        case (.handingOver, .pending), (.handingOver, .retryWait), (.handingOver, .unknown):
            return (
                "its destination \(name) was changed by a reload: it goes on, in its order, when the attempts under way have ended",
                "目的地 \(name) 的配置已重新加载：待正在进行的发送结束后按原次序继续"
            )
        case (.handingOver, _): return nil
        }
    }
}
