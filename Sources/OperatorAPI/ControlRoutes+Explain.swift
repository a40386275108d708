internal import Gateway
internal import Hummingbird

/// Where the fields of a stored delivery come from.
extension ControlRoutes {
    func addExplaining(to router: Router<ControlContext>) {
        let gateway = gateway
        // It shows values of the record and leaves a trace in the evidence: an act, not a look.
        router.post("/v1/deliveries/{id}/explain") { request, context in
            try await Self.guarded(context) { peer in
                let id = try Self.id(context, of: "delivery")
                let query = request.uri.queryParameters
                let field = query.get("field").map { String($0) }
                let explanation = try await gateway.explain(
                    id, field: field.flatMap { $0.isEmpty ? nil : $0 }, actor: peer.actor,
                    reason: query.get("reason").map { String($0) } ?? "")
                return Self.json { ReportJSON.write(explanation, to: &$0) }
            }
        }
    }
}
