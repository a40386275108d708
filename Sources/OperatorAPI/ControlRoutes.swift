internal import ExchangeModel
internal import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import NIOCore
internal import Outbox
internal import Store

/// What the control socket answers: deliveries to look at, and a person's acts on them.
struct ControlRoutes {
    let gateway: GatewayService

    /// Rows that one answer holds at most.
    static let rowsMax = 1000

    func add(to router: Router<ControlContext>) {
        addKeeping(to: router)
        addExplaining(to: router)
        addAttachments(to: router)
        addOutbox(to: router)
        addBackfills(to: router)
        addReload(to: router)
        addCases(to: router)
        let gateway = gateway
        router.get("/v1/deliveries") { request, context in
            try await Self.guarded(context) { _ in
                let query = request.uri.queryParameters
                let filter = DeliveryFilter(
                    destination: query.get("destination"), states: query.getAll("state").map { String($0) },
                    businessKey: query.get("businessKey"), cause: query.get("cause"),
                    after: query.get("after").flatMap { Int64($0) } ?? 0,
                    limit: min(query.get("limit").flatMap { Int($0) } ?? 100, Self.rowsMax))
                let reports = try await gateway.store.deliveries(filter)
                let circumstances = Dictionary(
                    uniqueKeysWithValues: Set(reports.map(\.delivery.destination)).map { ($0, gateway.circumstances(of: $0)) })
                return Self.json { json in
                    json.beginObject()
                    json.key("deliveries")
                    json.beginArray()
                    for report in reports {
                        ReportJSON.write(
                            report, isForOperators: true,
                            circumstances: circumstances[report.delivery.destination] ?? DeliveryCircumstances(), to: &json)
                    }
                    json.endArray()
                    json.member("last", reports.last?.delivery.sequence ?? filter.after)
                    json.endObject()
                }
            }
        }
        router.get("/v1/forecast") { request, context in
            try await Self.guarded(context) { _ in
                let destination = request.uri.queryParameters.get("destination").map { String($0) }
                if let destination, !gateway.configuration.destinations.contains(where: { $0.name == destination }) {
                    throw GatewayError(
                        .notFound, attempted: "forecast", subject: "destination \(destination)", happened: "there is none",
                        remedy: "name a destination of the configuration")
                }
                let forecasts = try await gateway.outbox.forecast(destination: destination)
                return Self.json { ReportJSON.write(forecasts, to: &$0) }
            }
        }
        router.get("/v1/deliveries/{id}") { _, context in
            try await Self.guarded(context) { _ in
                try await Self.show(try await Self.delivery(context, gateway), gateway)
            }
        }
        router.post("/v1/deliveries/{id}/retry") { request, context in
            try await Self.guarded(context) { peer in
                let report = try await Self.delivery(context, gateway)
                let reason = try Self.reason(try await Self.body(request))
                _ = try await gateway.outbox.retry(report.delivery.id, actor: peer.actor, reason: reason)
                return try await Self.show(report.delivery.id, gateway)
            }
        }
        router.post("/v1/deliveries/{id}/cancel") { request, context in
            try await Self.guarded(context) { peer in
                let report = try await Self.delivery(context, gateway)
                let reason = try Self.reason(try await Self.body(request))
                _ = try await gateway.outbox.cancel(report.delivery.id, actor: peer.actor, reason: reason)
                return try await Self.show(report.delivery.id, gateway)
            }
        }
        router.post("/v1/deliveries/{id}/aside") { request, context in
            try await Self.guarded(context) { peer in
                let report = try await Self.delivery(context, gateway)
                let order = try await Self.body(request)
                let reason = try OperatorReason(order["reason"]?.string ?? "")
                _ = try await gateway.outbox.moveAside(report.delivery.id, reason: reason, actor: peer.actor)
                return try await Self.show(report.delivery.id, gateway)
            }
        }
    }

    private static func delivery(_ context: ControlContext, _ gateway: GatewayService) async throws -> DeliveryReport {
        let text = context.parameters.get("id") ?? ""
        guard let id = DeliveryID(text), let report = try await gateway.store.delivery(id) else {
            throw GatewayError(
                .notFound, attempted: "find", subject: "delivery \(text)", happened: "there is none",
                remedy: "see: tenderbridge outbox list")
        }
        return report
    }

    private static func show(_ id: DeliveryID, _ gateway: GatewayService) async throws -> Response {
        guard let report = try await gateway.store.delivery(id) else { return Response(status: .notFound) }
        return try await show(report, gateway)
    }

    private static func show(_ report: DeliveryReport, _ gateway: GatewayService) async throws -> Response {
        let circumstances = try await gateway.circumstances(of: report.delivery)
        return json { ReportJSON.write(report, isForOperators: true, circumstances: circumstances, to: &$0) }
    }

    static func json(status: HTTPResponse.Status = .ok, _ body: (inout JSONWriter) -> Void) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSONWriter.bytes(body))))
    }

    /// Lets in who may act, and turns what could not be done into an answer with code and remedy.
    static func guarded(
        _ context: ControlContext, _ body: (ControlPeer) async throws -> Response
    ) async throws -> Response {
        let peer = await ControlPeer.of(context.channel)
        guard peer.mayAct else {
            return failure(
                GatewayError(
                    .usage, attempted: "use the control socket", subject: "as \(peer.actor)", happened: "this user may not",
                    remedy: "run the command as root or as the daemon's user"), status: .forbidden)
        }
        do { return try await body(peer) } catch let error as GatewayError {
            return failure(error, status: error.code == .notFound ? .notFound : .conflict)
        }
    }

    private static func failure(_ error: GatewayError, status: HTTPResponse.Status) -> Response {
        json(status: status) { json in
            json.beginObject()
            json.member("code", error.code.name)
            json.member("exitCode", Int(error.code.exitCode))
            json.member("attempted", error.attempted)
            json.member("subject", error.subject)
            json.member("happened", error.happened)
            json.member("remedy", error.remedy)
            json.endObject()
        }
    }
}
