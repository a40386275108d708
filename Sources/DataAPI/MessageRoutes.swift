internal import ExchangeModel
internal import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import Logging
internal import NIOCore
internal import Store
internal import Synchronization

/// `POST /v1/channels/{channel}/messages`, `POST /v1/receipts/{destination}`, `GET /v1/messages/{id}`, `GET /v1/messages?businessKey=` (DESIGN section 7).
final class MessageRoutes: Sendable {
    let gateway: GatewayService
    let logger: Logger
    let bodies: BodyReader
    let running = Atomic<Int>(0)

    /// Longest idempotency key, in bytes.
    static let idempotencyKeyBytesMax = 255
    /// Messages that one look-up by business key returns.
    static let lookupMax = 50
    private static let idempotencyKey = HTTPField.Name("Idempotency-Key").unsafelyUnwrapped
    static let replayed = HTTPField.Name("Idempotency-Replayed").unsafelyUnwrapped
    static let traceparent = HTTPField.Name("traceparent").unsafelyUnwrapped

    init(gateway: GatewayService, deadlines: BodyDeadlines, logger: Logger) {
        self.gateway = gateway
        bodies = BodyReader(deadlines: deadlines)
        self.logger = logger
    }

    func add(to router: Router<SenderContext>) {
        addReceipts(to: router)
        addSOAP(to: router)
        addAttachments(to: router)
        router.post("/v1/channels/{channel}/messages") { request, context in
            await self.guarded(context) { try await self.accept(request, context) }
        }
        router.get("/v1/messages/{id}") { request, context in
            await self.guarded(context) { try await self.show(request, id: context.parameters.get("id") ?? "") }
        }
        router.get("/v1/messages") { request, context in
            await self.guarded(context) { try await self.find(request) }
        }
    }

    // MARK: Accepting

    private func accept(_ request: Request, _ context: SenderContext) async throws -> Response {
        // What began under a configuration ends under it, whatever is loaded meanwhile.
        let present = gateway.present
        let name = context.parameters.get("channel") ?? ""
        let traceID = TraceContext.traceID(of: request.headers[Self.traceparent]) ?? gateway.accepting.makeTraceID()
        let contentType = String((request.headers[.contentType] ?? "").prefix(200))
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        func turnAway(_ problem: Problem, sender: String, finding: Finding, read: [UInt8] = []) async throws -> Response {
            var problem = problem
            problem.findings = [finding]
            problem.endsConnection = true
            context.closeSoon()
            problem.id = try await gateway.accepting.turnAway(
                channel: name, sender: sender, status: problem.status.code, finding: finding, bytesRead: read,
                declaredBytes: declared, traceID: traceID, contentType: contentType)
            return problem.response
        }
        let sender: String
        switch present.senders.signIn(key: bearer(request), channel: name) {
        case .allowed(let known): sender = known
        case .unknown:
            return try await turnAway(
                Problem(
                    kind: "not-signed-in", status: .unauthorized, title: "Not signed in",
                    detail: "send the sender's key as Authorization: Bearer KEY"),
                sender: "",
                finding: Finding("sender.unknown", text: "no sender has this key", textZH: "没有发送方使用该密钥"))
        case .forbidden(let known):
            return try await turnAway(
                Problem(
                    kind: "not-allowed", status: .forbidden, title: "Not allowed",
                    detail: "sender \(known) may not use this channel"),
                sender: known,
                finding: Finding("sender.not-allowed", text: "the sender may not use this channel", textZH: "该发送方无权使用此通道"))
        }
        guard let channel = present.configuration.channels.first(where: { $0.name == name }) else {
            context.closeSoon()
            return Problem(
                kind: "not-found", status: .notFound, title: "Not found", detail: "there is no such channel", endsConnection: true
            ).response
        }
        let key = request.headers[Self.idempotencyKey]
        if let key, key.isEmpty || key.utf8.count > Self.idempotencyKeyBytesMax {
            context.closeSoon()
            return Problem(
                kind: "bad-request", status: .badRequest, title: "Bad request",
                detail: "an Idempotency-Key has 1 to \(Self.idempotencyKeyBytesMax) bytes", endsConnection: true
            ).response
        }
        if Self.isMultipart(contentType) {
            if let pressure = gateway.pressure.present {
                context.closeSoon()
                return answer(.turnedBack(pressure))
            }
            let visit = ChannelVisit(
                routes: self, request: request, context: context, present: present, channel: channel, sender: sender,
                traceID: traceID, contentType: contentType)
            return try await acceptMultipart(visit, key: key)
        }
        let limit = channel.bodyBytesMax
        let oversize = Finding(
            .bytesOverLimit, text: "the body is larger than the channel's limit of \(limit) bytes",
            textZH: "报文超过通道限制 \(limit) 字节")
        let tooLarge = Problem(
            kind: "too-large", status: .contentTooLarge, title: "Too large",
            detail: "channel \(name) takes \(limit) bytes at most (channels.\(name).limits.body)")
        if let declared, declared > limit { return try await turnAway(tooLarge, sender: sender, finding: oversize) }
        switch try await bodies.read(request.body, bytesMax: limit, within: channel.bodyTimeMax, on: context.channel) {
        case .tooLarge(let read):
            return try await turnAway(tooLarge, sender: sender, finding: oversize, read: read)
        case .tooSlow(let read):
            return try await turnAway(
                Problem(
                    kind: "too-slow", status: .requestTimeout, title: "Too slow",
                    detail: "the body took longer than \(channel.bodyTimeMax) (channels.\(name).limits.bodyTime)"),
                sender: sender,
                finding: Finding("limit.time", text: "the body came too slowly", textZH: "报文接收超时"), read: read)
        case .complete(let bytes):
            CrashPoint.received.reached()
            var payload = ReceivedPayload(
                channel: name, sender: sender, idempotencyKey: key, contentType: contentType, declaredBytes: declared,
                bytes: bytes, traceID: traceID, receivedAt: gateway.clock.now())
            if let sign = channel.sign { payload.hints = DatasetHints(request.headers, for: sign) }
            addClaims(of: request, to: &payload, limit: present.configuration.limits.attachments.countMax)
            return try await admit(payload, under: present)
        }
    }

    /// Hands a whole payload to the pipeline, within `limits.acceptConcurrency`: a slow sender keeps nobody else out.
    func admit(_ payload: ReceivedPayload, under present: ActiveConfiguration) async throws -> Response {
        let most = present.configuration.limits.acceptConcurrency
        defer { running.subtract(1, ordering: .relaxed) }
        guard running.add(1, ordering: .relaxed).newValue <= most else {
            return Problem(
                kind: "busy", status: .serviceUnavailable, title: "Busy",
                detail: "\(most) requests are being accepted (limits.acceptConcurrency); come again", retryAfterSeconds: 1
            ).response
        }
        return answer(try await gateway.accepting.accept(payload, under: present))
    }

    func answer(_ outcome: AcceptOutcome) -> Response {
        switch outcome {
        case .accepted(let acknowledgement): accepted(acknowledgement, isReplay: false)
        case .replayed(let acknowledgement): accepted(acknowledgement, isReplay: true)
        case .conflict(let conflict) where conflict.isOfVersion:
            Problem(
                kind: "version-conflict", status: .conflict, title: "Version used before",
                detail: "the same version of the record came before with another content", id: conflict.id,
                findings: conflict.findings, conflict: conflict
            ).response
        case .conflict(let conflict):
            Problem(
                kind: "idempotency-conflict", status: .conflict, title: "Idempotency key used before",
                detail: "the same idempotency key came before with another body", id: conflict.id, findings: conflict.findings,
                conflict: conflict
            ).response
        case .refused(let id, let findings):
            Problem(
                kind: "refused", status: .unprocessableContent, title: "Refused",
                detail: "\(findings.count) finding(s); the document is kept and can be read again by its id", id: id,
                findings: findings
            ).response
        case .turnedBack(let pressure):
            Problem(
                kind: "under-pressure", status: pressure.level == .hard ? .serviceUnavailable : .tooManyRequests,
                title: "Not now",
                detail: "the gateway is near a limit (\(pressure.words.joined(separator: ", "))): nothing was accepted; "
                    + "send again in \(pressure.retryAfterSeconds) s",
                retryAfterSeconds: pressure.retryAfterSeconds
            ).response
        }
    }

    private func accepted(_ acknowledgement: Acknowledgement, isReplay: Bool) -> Response {
        var json = JSONWriter(capacity: 384)
        json.beginObject()
        json.member("id", acknowledgement.id.description)
        json.member("dataset", acknowledgement.dataset.name)
        json.member("businessKey", acknowledgement.businessKey)
        json.key("deliveries")
        json.beginArray()
        for delivery in acknowledgement.deliveries {
            json.beginObject()
            json.member("id", delivery.id.description)
            json.member("destination", delivery.destination)
            json.endObject()
        }
        json.endArray()
        ReportJSON.writeMember(acknowledgement.attachments, to: &json)
        json.endObject()
        var headers: HTTPFields = [
            .contentType: "application/json; charset=utf-8", .location: "/v1/messages/\(acknowledgement.id)",
        ]
        if isReplay { headers[Self.replayed] = "true" }
        return Response(status: .accepted, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }

    // MARK: Looking up

    private func show(_ request: Request, id text: String) async throws -> Response {
        guard let sender = gateway.senders.sender(key: bearer(request)) else { return Self.notSignedIn }
        // A message of another sender is as unknown as one that never was.
        guard let id = MessageID(text), let report = try await gateway.store.message(id), report.sender == sender else {
            return Problem(kind: "not-found", status: .notFound, title: "Not found", detail: "you have no message of this id")
                .response
        }
        return Self.json { ReportJSON.write(report, to: &$0) }
    }

    private func find(_ request: Request) async throws -> Response {
        guard let sender = gateway.senders.sender(key: bearer(request)) else { return Self.notSignedIn }
        guard let key = request.uri.queryParameters.get("businessKey"), !key.isEmpty else {
            return Problem(
                kind: "bad-request", status: .badRequest, title: "Bad request", detail: "ask with ?businessKey=KEY"
            ).response
        }
        let reports = try await gateway.store.messages(businessKey: key, sender: sender, limit: Self.lookupMax)
        return Self.json { json in
            json.beginObject()
            json.key("messages")
            json.beginArray()
            for report in reports { ReportJSON.write(report, to: &json) }
            json.endArray()
            json.endObject()
        }
    }

    static let notSignedIn = Problem(
        kind: "not-signed-in", status: .unauthorized, title: "Not signed in",
        detail: "send the sender's key as Authorization: Bearer KEY"
    ).response

    private static func json(_ body: (inout JSONWriter) -> Void) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSONWriter.bytes(body))))
    }

    // MARK: Shared

    /// The key of `Authorization: Bearer KEY`; empty when there is none, which no sender has.
    func bearer(_ request: Request) -> [UInt8] {
        guard let header = request.headers[.authorization], header.utf8.count > 7,
            header.utf8.prefix(7).elementsEqual("Bearer ".utf8, by: { $0 | 0x20 == $1 | 0x20 })
        else { return [] }
        return Array(header.utf8.dropFirst(7))
    }

    /// Turns what the gateway could not do into an answer that says when to come again.
    func guarded(_ context: SenderContext, _ body: () async throws -> Response) async -> Response {
        do { return try await body() } catch is CancellationError {
            return Problem(
                kind: "stopping", status: .serviceUnavailable, title: "Not now",
                detail: "the gateway is stopping: nothing was accepted; send again later", retryAfterSeconds: 5
            ).response
        } catch let error as GatewayError {
            logger.error("request failed", metadata: ["error": "\(error)"])
            return Problem(
                kind: error.code.name, status: error.code.isRetryable ? .serviceUnavailable : .internalServerError,
                title: error.code.isRetryable ? "Not now" : "Failed",
                detail: error.code == .storeFull
                    ? "the gateway's disk is full: nothing was accepted; send again later"
                    : "the gateway could not take it: nothing was accepted; send again later",
                retryAfterSeconds: error.code.isRetryable ? 5 : nil
            ).response
        } catch {
            logger.warning("request ended early", metadata: ["error": "\(type(of: error))"])
            context.closeSoon()
            return Problem(
                kind: "incomplete", status: .badRequest, title: "Incomplete",
                detail: "the request ended before its body was complete",
                endsConnection: true
            ).response
        }
    }
}
