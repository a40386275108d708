internal import ExchangeModel
internal import Gateway
internal import Hummingbird
internal import JSON
internal import Outbox

/// The configuration that the gateway works under, and another one.
extension ControlRoutes {
    func addReload(to router: Router<ControlContext>) {
        let gateway = gateway
        router.post("/v1/reload") { _, context in
            try await Self.guarded(context) { peer in
                let report = try await gateway.reload(actor: peer.actor)
                // 422 as for a refused message: the answer has every finding.
                return Self.json(status: report.result == .refused ? .unprocessableContent : .ok) {
                    ReportJSON.write(report, to: &$0)
                }
            }
        }
        router.get("/v1/configuration") { _, context in
            try await Self.guarded(context) { _ in
                let present = gateway.present
                return Self.json { json in
                    json.object { json in
                        json.member("file", present.configuration.file)
                        json.member("sha256", present.configuration.fileDigest)
                        json.member("since", present.since.description)
                        json.member("handingOver", gateway.outbox.handingOver.sorted())
                    }
                }
            }
        }
    }
}
