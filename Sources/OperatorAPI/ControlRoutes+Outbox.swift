internal import ExchangeModel
internal import Gateway
internal import Hummingbird
internal import JSON
internal import NIOCore
internal import Outbox
internal import Store

/// Holds, acts on many deliveries, and the figures of the outbox.
extension ControlRoutes {
    /// Octets of a request's body.
    static let bodyBytesMax = 64 << 10

    func addOutbox(to router: Router<ControlContext>) {
        let gateway = gateway
        router.get("/v1/gateway") { _, context in
            try await Self.guarded(context) { _ in
                Self.json { json in
                    json.object { json in
                        json.member("name", gateway.configuration.name)
                        json.member("owner", gateway.owner)
                        json.member("version", GatewayVersion.current)
                    }
                }
            }
        }
        router.get("/v1/outbox/stats") { request, context in
            try await Self.guarded(context) { _ in
                let only = request.uri.queryParameters.get("destination")
                let figures = try await OutboxFigures.read(gateway, destination: only)
                return Self.json { OutboxJSON.write(figures, to: &$0) }
            }
        }
        router.get("/v1/holds") { request, context in
            try await Self.guarded(context) { _ in
                let holds = try await gateway.store.holds(destination: request.uri.queryParameters.get("destination"))
                return Self.json { Self.write(holds, to: &$0) }
            }
        }
        router.post("/v1/holds") { request, context in
            try await Self.guarded(context) { peer in
                let order = try await Self.body(request)
                let reason = try OperatorReason(order["reason"]?.string ?? "")
                let hold = try await gateway.outbox.hold(try Self.selector(order), reason: reason, actor: peer.actor)
                return Self.json { Self.write([hold], to: &$0) }
            }
        }
        router.post("/v1/holds/release") { request, context in
            try await Self.guarded(context) { peer in
                let order = try await Self.body(request)
                let released = try await gateway.outbox.release(
                    try Self.selector(order), reason: try Self.reason(order), actor: peer.actor)
                return Self.json { Self.write(released, to: &$0) }
            }
        }
        for verb in Outbox.BulkAct.Verb.allCases {
            router.post("/v1/deliveries/\(verb.rawValue)") { request, context in
                try await Self.guarded(context) { peer in try await Self.many(verb, try await Self.body(request), peer, gateway) }
            }
        }
    }

    /// One page of an act on many, or with `dryRun` the count of all that are meant.
    private static func many(
        _ verb: Outbox.BulkAct.Verb, _ order: JSONValue, _ peer: ControlPeer, _ gateway: GatewayService
    ) async throws -> Response {
        let filter = DeliveryFilter(
            destination: order["destination"]?.string, states: order["states"]?.elements?.compactMap(\.string) ?? [],
            businessKey: order["businessKey"]?.string, cause: order["cause"]?.string,
            after: order["after"]?.number.flatMap { Int64($0) } ?? 0, limit: order["limit"]?.integer ?? Outbox.actsPerPage)
        if order["dryRun"]?.boolean == true {
            let count = try await gateway.store.deliveryCount(filter)
            return json { json in json.object { $0.member("count", count) } }
        }
        let reason = try OperatorReason(order["reason"]?.string ?? "")
        let outcome = try await gateway.outbox.perform(
            Outbox.BulkAct(verb: verb, filter: filter, reason: reason, actor: peer.actor))
        return json { json in
            json.object { json in
                json.member("done", outcome.done)
                json.member("refused", outcome.refused)
                if let next = outcome.next { json.member("next", next) }
                json.array("refusals") { json in
                    for (id, error) in outcome.refusals {
                        json.object { json in
                            json.member("id", id.description)
                            json.member("error", error.description)
                        }
                    }
                }
            }
        }
    }

    /// The JSON object of a request; an empty body is an empty object.
    static func body(_ request: Request) async throws -> JSONValue {
        func refused(_ happened: String) -> GatewayError {
            GatewayError(
                .usage, attempted: "read", subject: "the request", happened: happened,
                remedy: "send a JSON object of at most \(bodyBytesMax) octets")
        }
        let buffer: ByteBuffer
        do { buffer = try await request.body.collect(upTo: bodyBytesMax) } catch { throw refused("its body is too long") }
        if buffer.readableBytes == 0 { return .object([]) }
        guard let value = try? JSONValue(parsing: Array(buffer.readableBytesView)), value.members != nil else {
            throw refused("its body is no JSON object")
        }
        return value
    }

    /// The reason in a request, if one is given.
    static func reason(_ order: JSONValue) throws -> OperatorReason? {
        try order["reason"]?.string.map { try OperatorReason($0) }
    }

    private static func selector(_ order: JSONValue) throws -> HoldSelector {
        guard let destination = order["destination"]?.string else {
            throw GatewayError(
                .usage, attempted: "act on", subject: "a destination", happened: "none is named", remedy: "name the destination")
        }
        return HoldSelector(destination: destination, orderingKey: order["orderingKey"]?.string)
    }

    private static func write(_ holds: [LaneHold], to json: inout JSONWriter) {
        json.object { json in json.array("holds") { json in for hold in holds { ReportJSON.write(hold, to: &json) } } }
    }
}
