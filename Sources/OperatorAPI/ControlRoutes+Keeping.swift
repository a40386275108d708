internal import ExchangeModel
internal import Gateway
internal import Hummingbird
internal import JSON
internal import Store

/// Looks at what is kept, and its end.
extension ControlRoutes {
    func addKeeping(to router: Router<ControlContext>) {
        let gateway = gateway
        router.post("/v1/deliveries/{id}/payload") { request, context in
            try await Self.guarded(context) { peer in
                let id = try Self.id(context, of: "delivery")
                return try await Self.payload(.delivery(id), request, peer, gateway)
            }
        }
        router.post("/v1/messages/{id}/payload") { request, context in
            try await Self.guarded(context) { peer in
                let id = try Self.id(context, of: "message")
                return try await Self.payload(.message(id), request, peer, gateway)
            }
        }
        router.post("/v1/store/forget") { request, context in
            try await Self.guarded(context) { peer in
                let query = request.uri.queryParameters
                guard let before = query.get("before", as: Int64.self) else {
                    throw Self.unusable("before", "it is no number of milliseconds")
                }
                let outcome = try await gateway.forget(
                    before: Instant(milliseconds: before), actor: peer.actor, reason: query.get("reason") ?? "")
                return Self.json { ReportJSON.write(outcome, to: &$0) }
            }
        }
    }

    private static func payload(
        _ owner: PayloadOwner, _ request: Request, _ peer: ControlPeer, _ gateway: GatewayService
    ) async throws -> Response {
        let query = request.uri.queryParameters
        guard let kind = PayloadKind(rawValue: query.get("kind").map { String($0) } ?? "") else {
            throw unusable("kind", "it is none of \(PayloadKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let payload = try await gateway.readPayload(
            kind, of: owner, actor: peer.actor, reason: query.get("reason").map { String($0) } ?? "")
        return json { ReportJSON.write(payload, to: &$0) }
    }

    static func id(_ context: ControlContext, of what: String) throws -> UUIDv7 {
        let text = context.parameters.get("id") ?? ""
        guard let id = UUIDv7(text) else {
            throw GatewayError(
                .notFound, attempted: "find", subject: "\(what) \(text)", happened: "there is none",
                remedy: "see: tenderbridge outbox list")
        }
        return id
    }

    static func unusable(_ parameter: String, _ happened: String) -> GatewayError {
        GatewayError(
            .usage, attempted: "read the parameter", subject: parameter, happened: happened,
            remedy: "use the tenderbridge command of this version")
    }
}
