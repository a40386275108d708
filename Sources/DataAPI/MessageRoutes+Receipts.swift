internal import ExchangeModel
internal import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import NIOCore
internal import Store

/// `POST /v1/receipts/{destination}`: what a platform tells after it took a record.
extension MessageRoutes {
    /// How long a platform is asked to wait while too many receipts have no delivery.
    private static let noRoomSeconds = 600

    func addReceipts(to router: Router<SenderContext>) {
        router.post("/v1/receipts/{destination}") { request, context in
            await self.guarded(context) { try await self.receive(request, context) }
        }
    }

    private func receive(_ request: Request, _ context: SenderContext) async throws -> Response {
        let destination = String((context.parameters.get("destination") ?? "").prefix(200))
        func turnAway(
            _ kind: String, _ status: HTTPResponse.Status, _ title: String, _ detail: String, _ findings: [Finding] = []
        ) -> Response {
            gateway.receipts.turnedAway(destination: destination)
            context.closeSoon()
            return Problem(
                kind: kind, status: status, title: title, detail: detail, findings: findings, endsConnection: true
            ).response
        }
        guard let principal = gateway.senders.sender(key: bearer(request)) else {
            return turnAway(
                "not-signed-in", .unauthorized, "Not signed in", "send the key as Authorization: Bearer KEY",
                [Finding("sender.unknown", text: "no sender has this key", textZH: "没有发送方使用该密钥")])
        }
        guard let door = gateway.receipts.door(of: destination) else {
            return turnAway("not-found", .notFound, "Not found", "there is no destination of this name that posts receipts")
        }
        guard door.principals.contains(principal) else {
            return turnAway(
                "not-allowed", .forbidden, "Not allowed", "\(principal) may not post receipts of this destination",
                [
                    Finding(
                        "sender.not-allowed", text: "the sender may not post receipts of this destination",
                        textZH: "该发送方无权提交此目的地的回执")
                ])
        }
        let encoding = request.headers[.contentEncoding] ?? "identity"
        guard encoding == "identity",
            gateway.receipts.takes(contentType: request.headers[.contentType] ?? "", destination: destination)
        else {
            return turnAway(
                "unsupported-media-type", .unsupportedMediaType, "Unsupported media type",
                "a receipt is sent as application/json, without a content encoding")
        }
        let limit = door.bodyBytesMax
        let place = "destinations.\(destination).receipts.callback"
        func tooLarge() -> Response {
            turnAway(
                "too-large", .contentTooLarge, "Too large",
                "this destination's receipts have \(limit) bytes at most (\(place).body)",
                [
                    Finding(
                        .bytesOverLimit, text: "the body is larger than the limit of \(limit) bytes", textZH: "报文超过限制 \(limit) 字节"
                    )
                ])
        }
        if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared > limit { return tooLarge() }
        switch try await bodies.read(request.body, bytesMax: limit, within: door.bodyTimeMax, on: context.channel) {
        case .tooLarge: return tooLarge()
        case .tooSlow:
            return turnAway(
                "too-slow", .requestTimeout, "Too slow", "the body took longer than \(door.bodyTimeMax) (\(place).bodyTime)",
                [Finding("limit.time", text: "the body came too slowly", textZH: "报文接收超时")])
        case .complete(let bytes):
            return answer(try await gateway.receipts.post(bytes, destination: destination, principal: principal), destination)
        }
    }

    private func answer(_ answer: ReceiptAnswer, _ destination: String) -> Response {
        if answer.isUnreadable {
            return Problem(
                kind: "refused", status: .unprocessableContent, title: "Refused",
                detail: "\(answer.findings.count) finding(s); nothing of it was kept", findings: answer.findings
            ).response
        }
        if answer.hasNoRoom {
            return Problem(
                kind: "no-room", status: .serviceUnavailable, title: "Not now",
                detail: "too many receipts of this destination wait for deliveries that are not there; send the same again later",
                findings: answer.findings, retryAfterSeconds: Self.noRoomSeconds
            ).response
        }
        var json = JSONWriter(capacity: 256 + 192 * answer.items.count)
        json.beginObject()
        json.member("destination", destination)
        json.array("items") { json in for item in answer.items { Self.write(item, to: &json) } }
        json.key("findings")
        ReportJSON.write(answer.findings, to: &json)
        json.endObject()
        var headers: HTTPFields = [.contentType: "application/json; charset=utf-8"]
        if answer.isRepeat { headers[Self.replayed] = "true" }
        return Response(
            status: answer.waits ? .accepted : .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }

    private static func write(_ item: ReceiptAnswer.Item, to json: inout JSONWriter) {
        json.object { json in
            json.member("item", item.index)
            if !item.number.isEmpty { json.member("receipt", item.number) }
            if let delivery = item.outcome.delivery { json.member("delivery", delivery.description) }
            json.member("verdict", item.outcome.verdict.rawValue)
            // While there is no delivery, the receipt itself is what is kept.
            json.member("state", item.outcome.state?.name ?? "kept")
            json.member("effect", item.outcome.effect.rawValue)
        }
    }
}
