internal import ExchangeModel
internal import Gateway
internal import Hummingbird
internal import JSON
internal import NIOCore
internal import Store

/// Attachments of messages, for operators: the list, and a content piece by piece once the look is in the evidence.
extension ControlRoutes {
    func addAttachments(to router: Router<ControlContext>) {
        let gateway = gateway
        router.get("/v1/messages/{id}/attachments") { _, context in
            try await Self.guarded(context) { _ in
                let id = try Self.id(context, of: "message")
                let attachments = try await gateway.store.attachments.attachments(ofMessage: id)
                return Self.json { json in
                    json.object { json in
                        json.array("attachments") { json in
                            for attachment in attachments {
                                ReportJSON.write(attachment.content, name: attachment.name, to: &json)
                            }
                        }
                    }
                }
            }
        }
        router.post("/v1/messages/{id}/attachments/{digest}/look") { request, context in
            try await Self.guarded(context) { peer in
                let id = try Self.id(context, of: "message")
                let order = try await Self.body(request)
                let (look, attachment) = try await gateway.lookAtAttachment(
                    try await Self.digest(context, of: id, gateway), of: id, actor: peer.actor,
                    reason: order["reason"]?.string ?? "")
                return Self.json { json in
                    json.object { json in
                        json.member("look", look)
                        json.member("bytes", attachment.content.bytes)
                        json.member("sha256", Hex.encode(attachment.content.sha256))
                        json.member("pieceBytes", AttachmentReader.pieceBytes)
                    }
                }
            }
        }
        router.get("/v1/looks/{look}") { request, context in
            let look = context.parameters.get("look") ?? ""
            let offset = request.uri.queryParameters.get("offset", as: Int.self) ?? 0
            guard await ControlPeer.of(context.channel).mayAct,
                let reader = gateway.looks.reader(of: look, at: gateway.clock.now()), offset >= 0, offset <= reader.bytes
            else { return Response(status: .notFound) }
            let piece = try await reader.read(at: offset, count: reader.bytes - offset)
            if offset + piece.count == reader.bytes { gateway.looks.end(look) }
            return Response(
                status: .ok, headers: [.contentType: "application/octet-stream"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: piece)))
        }
    }

    /// 64 digits, of whichever function names one of the message's attachments.
    private static func digest(
        _ context: ControlContext, of message: MessageID, _ gateway: GatewayService
    ) async throws -> AttachmentDigest {
        let text = context.parameters.get("digest") ?? ""
        guard let sha256 = AttachmentDigest(.sha256, hex: Array(text.utf8)),
            let sm3 = AttachmentDigest(.sm3, bytes: sha256.bytes)
        else { throw unusable("digest", "it is not 64 hexadecimal digits") }
        let named = try await gateway.store.attachments.attachments(ofMessage: message)
        return named.contains { $0.content.sm3 == sm3.bytes } ? sm3 : sha256
    }
}
