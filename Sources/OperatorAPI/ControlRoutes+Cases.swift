internal import Gateway
internal import Hummingbird
internal import JSON
internal import Store

/// What recordings are made of.
extension ControlRoutes {
    func addCases(to router: Router<ControlContext>) {
        let gateway = gateway
        router.post("/v1/cases/{id}") { request, context in
            try await Self.guarded(context) { peer in
                let id = try Self.id(context, of: "message or delivery")
                let order = try await Self.body(request)
                let source = try await gateway.readForCase(id, actor: peer.actor, reason: order["reason"]?.string ?? "")
                return Self.json { json in
                    json.object { json in
                        json.key("message")
                        ReportJSON.write(source.report, to: &json)
                        json.member("sender", source.report.sender)
                        json.key("payload")
                        ReportJSON.write(source.payload, to: &json)
                    }
                }
            }
        }
    }
}
