internal import ExchangeModel
internal import JSON
internal import Store

/// A destination of a channel, with what its routes say of versions and parents.
struct ChannelDestination: Sendable {
    let name: String
    let supersedes: Bool
    let after: GatewayConfiguration.Parent?
}

extension DatasetWay {
    /// What the rules over dates and parents say of a record.
    func plan(_ canonical: [UInt8], ids: some Collection<DeliveryID>, at instant: Instant) -> ([PlannedDelivery], [Finding]) {
        RoutePlan(destinations: destinations, deadlines: deadlines).deliveries(of: canonical, ids: ids, at: instant)
    }
}

/// Where a record goes, and the rules over its dates.
struct RoutePlan: Sendable {
    let destinations: [ChannelDestination]
    let deadlines: [DeadlineRule]

    /// A delivery for each destination, and warnings. The record is read as a tree only where there is a rule over it.
    func deliveries(
        of canonical: [UInt8], ids: some Collection<DeliveryID>, at instant: Instant
    ) -> (planned: [PlannedDelivery], warnings: [Finding]) {
        var planned = zip(ids, destinations).map {
            PlannedDelivery(id: $0, destination: $1.name, state: .pending, supersedes: $1.supersedes)
        }
        // The pipeline's own JSON can be read; if it could not, the record is accepted all the same, without deadline.
        guard !deadlines.isEmpty || destinations.contains(where: { $0.after != nil }),
            let record = try? JSONValue(parsing: canonical)
        else { return (planned, []) }
        var warnings: [Finding] = []
        for rule in deadlines {
            let (deadline, warning) = rule.deadline(of: record)
            if let warning { warnings.append(warning) }
            guard let deadline else { continue }
            for index in planned.indices
            where rule.destinations.isEmpty || rule.destinations.contains(planned[index].destination) {
                planned[index].deadline = min(planned[index].deadline ?? deadline, deadline)
            }
        }
        for (index, destination) in destinations.enumerated() {
            guard let after = destination.after else { continue }
            let place = record.value(at: after.key)
            guard let key = place?.string ?? place?["value"]?.string, !key.isEmpty else {
                warnings.append(
                    Finding(
                        .parentMissing, severity: .warning, path: after.key,
                        text: "the record does not name its \(after.dataset); it is sent to \(destination.name) without waiting",
                        textZH: "记录未给出所属 \(after.dataset)，将直接发送至 \(destination.name)"))
                continue
            }
            planned[index].parent = ParentRecord(
                dataset: after.dataset.name, businessKey: key, until: instant + after.waitLimit)
        }
        return (planned, warnings)
    }
}
