internal import ExchangeModel
internal import Gateway
internal import Hummingbird
internal import JSON
internal import Outbox

/// Past messages for a new destination: an order, and then its parts one request after the other.
extension ControlRoutes {
    func addBackfills(to router: Router<ControlContext>) {
        let gateway = gateway
        router.post("/v1/backfills") { request, context in
            try await Self.guarded(context) { peer in
                let order = try Self.backfillOrder(try await Self.body(request), peer)
                let report = try await gateway.backfills.begin(order)
                return Self.json { ReportJSON.write(report, to: &$0) }
            }
        }
        router.post("/v1/backfills/{id}") { _, context in
            try await Self.guarded(context) { _ in
                let text = context.parameters.get("id") ?? ""
                guard let id = UUIDv7(text) else {
                    throw GatewayError(
                        .notFound, attempted: "go on with", subject: "backfill \(text)", happened: "there is none",
                        remedy: "begin one with: tenderbridge outbox backfill")
                }
                let report = try await gateway.backfills.next(id)
                return Self.json { ReportJSON.write(report, to: &$0) }
            }
        }
    }

    private static func backfillOrder(_ order: JSONValue, _ peer: ControlPeer) throws -> BackfillOrder {
        func instant(_ name: String) throws -> Instant {
            guard let milliseconds = order[name]?.number.flatMap({ Int64($0) }) else {
                throw unusable(name, "it is no number of milliseconds since 1970")
            }
            return Instant(milliseconds: milliseconds)
        }
        guard let destination = order["destination"]?.string else { throw unusable("destination", "none is named") }
        return BackfillOrder(
            destination: destination, from: try instant("from"), to: try instant("to"),
            dataset: order["dataset"]?.string.map { Dataset($0) }, channel: order["channel"]?.string,
            isDryRun: order["dryRun"]?.boolean ?? false, reason: try reason(order), actor: peer.actor)
    }
}
