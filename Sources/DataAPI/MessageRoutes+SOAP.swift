internal import ExchangeModel
internal import Formats
internal import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Synchronization

/// `POST /v1/channels/{channel}/soap` and `GET /v1/channels/{channel}/soap?wsdl`.
///
/// A sender gets status 200 with success or failure in the answer, as clients of Axis expect it; a fault where its envelope was
/// no call, or where it is to come again.
extension MessageRoutes {
    func addSOAP(to router: Router<SenderContext>) {
        router.post("/v1/channels/{channel}/soap") { request, context in
            // Before the envelope is read, its version is taken from the media type.
            let version = Self.version(of: request)
            do { return try await self.call(request, context) } catch let failure as ComeAgain {
                return Self.fault(failure.fault, retryAfterSeconds: failure.seconds)
            } catch is CancellationError {
                return Self.fault(Self.notNow(version), retryAfterSeconds: 5)
            } catch let error as GatewayError {
                self.logger.error("request failed", metadata: ["error": "\(error)"])
                return Self.fault(Self.notNow(version), retryAfterSeconds: error.code.isRetryable ? 5 : nil)
            } catch {
                self.logger.warning("request ended early", metadata: ["error": "\(type(of: error))"])
                context.closeSoon()
                return Self.fault(
                    SOAPFault(
                        .sender, version: version,
                        finding: Finding(
                            .soapEnvelope, text: "the request ended before its body was complete", textZH: "请求在报文完整之前中断")),
                    closes: true)
            }
        }
        router.get("/v1/channels/{channel}/soap") { request, context in self.describe(request, context) }
    }

    private static func version(of request: Request) -> SOAPVersion {
        (request.headers[.contentType] ?? "").lowercased().hasPrefix("application/soap+xml") ? .soap12 : .soap11
    }

    /// The gateway cannot take it now.
    private struct ComeAgain: Error {
        var fault: SOAPFault
        var seconds: Int?
    }

    private static func notNow(_ version: SOAPVersion) -> SOAPFault {
        SOAPFault(
            .receiver, version: version,
            finding: Finding(
                "gateway.not-now", text: "nothing was accepted; send it again later", textZH: "暂不能接收，未保存任何数据，请稍后重发"))
    }

    // MARK: Calls

    private func call(_ request: Request, _ context: SenderContext) async throws -> Response {
        // What began under a configuration ends under it, whatever is loaded meanwhile.
        let present = gateway.present
        let name = context.parameters.get("channel") ?? ""
        guard let door = present.soapDoor(of: name),
            let channel = present.configuration.channels.first(where: { $0.name == name })
        else { return Self.noSuchChannel(context) }
        let headers = request.headers
        var arrival = SOAPArrival(
            version: Self.version(of: request), channel: name, contentType: String((headers[.contentType] ?? "").prefix(200)),
            declaredBytes: headers[.contentLength].flatMap { Int($0) },
            traceID: TraceContext.traceID(of: headers[Self.traceparent]) ?? gateway.accepting.makeTraceID())
        if arrival.contentType.lowercased().hasPrefix("multipart/") {
            return try await turnAway(
                415, "content.multipart", "attachments are not taken: send the envelope alone", "不支持附件(multipart)，请只发送信封",
                arrival,
                context)
        }
        let limit = channel.bodyBytesMax
        func tooLarge(_ read: [UInt8]) async throws -> Response {
            arrival.read = read
            return try await turnAway(
                413, .bytesOverLimit, "the envelope is larger than the channel's limit of \(limit) bytes",
                "信封超过通道限制 \(limit) 字节", arrival, context)
        }
        if let declared = arrival.declaredBytes, declared > limit { return try await tooLarge([]) }
        switch try await bodies.read(request.body, bytesMax: limit, within: channel.bodyTimeMax, on: context.channel) {
        case .tooLarge(let read): return try await tooLarge(read)
        case .tooSlow(let read):
            arrival.read = read
            return try await turnAway(408, "limit.time", "the envelope came too slowly", "报文接收超时", arrival, context)
        case .complete(let bytes):
            CrashPoint.received.reached()
            let most = present.configuration.limits.acceptConcurrency
            defer { running.subtract(1, ordering: .relaxed) }
            guard running.add(1, ordering: .relaxed).newValue <= most else {
                throw ComeAgain(fault: Self.notNow(arrival.version), seconds: 1)
            }
            arrival.read = bytes
            return try await take(arrival, door, present, key: bearer(request), context)
        }
    }

    /// An envelope that is there whole.
    private func take(
        _ arrival: SOAPArrival, _ door: SOAPDoor, _ present: ActiveConfiguration, key: [UInt8], _ context: SenderContext
    ) async throws -> Response {
        let now = gateway.clock.now()
        let upload: SOAPUpload
        switch door.open(arrival.read, at: now) {
        case .failure(let fault):
            try await keep(400, fault.finding, arrival)
            return Self.fault(fault)
        case .success(let opened): upload = opened
        }
        let signIn =
            key.isEmpty
            ? present.senders.signIn(key: upload.key ?? [], user: upload.user, channel: arrival.channel)
            : present.senders.signIn(key: key, channel: arrival.channel)
        let sender: String
        switch signIn {
        case .allowed(let known): sender = known
        case .unknown:
            try await keep(
                401, Finding(.senderUnknown, text: "no sender has this user and key", textZH: "没有发送方使用该用户与密钥"), arrival)
            return Self.answer(door.answer(upload, .notSignedIn(at: now)), upload.call.version)
        case .forbidden(let known):
            try await keep(
                403, Finding(.senderNotAllowed, text: "the sender may not use this channel", textZH: "该发送方无权使用此通道"), arrival,
                sender: known)
            return Self.answer(door.answer(upload, .notAllowed(at: now)), upload.call.version)
        }
        let payload = upload.payload(
            channel: arrival.channel, sender: sender, declaredBytes: arrival.declaredBytes, traceID: arrival.traceID,
            receivedAt: now)
        let outcome: AcceptOutcome
        do { outcome = try await gateway.accepting.accept(payload, under: present) } catch let error as GatewayError {
            logger.error("request failed", metadata: ["error": "\(error)"])
            throw ComeAgain(fault: Self.notNow(upload.call.version), seconds: error.code.isRetryable ? 5 : nil)
        }
        guard let verdict = SOAPVerdict(outcome) else {
            let seconds = if case .turnedBack(let pressure) = outcome { pressure.retryAfterSeconds } else { 5 }
            throw ComeAgain(fault: Self.notNow(upload.call.version), seconds: seconds)
        }
        return Self.answer(door.answer(upload, verdict), upload.call.version)
    }

    /// A request before its envelope is understood.
    private struct SOAPArrival {
        var version: SOAPVersion
        var channel, contentType: String
        var declaredBytes: Int?
        var traceID: String
        var read: [UInt8] = []
    }

    /// Keeps a trace; the bytes hold the sender's key, so only their digest is kept.
    private func keep(_ status: Int, _ finding: Finding, _ arrival: SOAPArrival, sender: String = "") async throws {
        _ = try await gateway.accepting.turnAway(
            channel: arrival.channel, sender: sender, status: status, finding: finding, bytesRead: arrival.read,
            declaredBytes: arrival.declaredBytes, traceID: arrival.traceID, contentType: arrival.contentType)
    }

    private func turnAway(
        _ status: Int, _ code: Finding.Code, _ text: String, _ textZH: String, _ arrival: SOAPArrival, _ context: SenderContext
    ) async throws -> Response {
        context.closeSoon()
        let finding = Finding(code, text: text, textZH: textZH)
        try await keep(status, finding, arrival)
        return Self.fault(SOAPFault(.sender, version: arrival.version, finding: finding), closes: true)
    }

    // MARK: Description

    private func describe(_ request: Request, _ context: SenderContext) -> Response {
        let name = context.parameters.get("channel") ?? ""
        guard let door = gateway.present.soapDoor(of: name) else { return Self.noSuchChannel(context) }
        guard
            (request.uri.query ?? "").split(separator: "&").contains(where: {
                $0.lowercased().split(separator: "=").first == "wsdl"
            })
        else {
            return Problem(
                kind: "bad-request", status: .badRequest, title: "Bad request",
                detail: "calls are posted here; the description is at ?wsdl"
            ).response
        }
        let listener = gateway.configuration.dataListener
        let scheme = listener.tls == nil ? "http" : "https"
        let host = request.head.authority.flatMap { Self.isAuthority($0) ? $0 : nil } ?? "\(listener.address):\(listener.port)"
        return Response(
            status: .ok, headers: [.contentType: "text/xml; charset=utf-8"],
            body: ResponseBody(
                byteBuffer: ByteBuffer(bytes: door.wsdl(address: "\(scheme)://\(host)/v1/channels/\(name)/soap"))))
    }

    /// Host and port as a client may name them; anything else is not repeated.
    private static func isAuthority(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 255
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || ".-:[]_".utf8.contains(byte)
            }
    }

    // MARK: Answers

    private static func noSuchChannel(_ context: SenderContext) -> Response {
        context.closeSoon()
        return Problem(
            kind: "not-found", status: .notFound, title: "Not found", detail: "there is no such channel that takes SOAP",
            endsConnection: true
        ).response
    }

    private static func answer(_ bytes: [UInt8], _ version: SOAPVersion) -> Response {
        Response(
            status: .ok, headers: [.contentType: version.contentType], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private static func fault(_ fault: SOAPFault, retryAfterSeconds: Int? = nil, closes: Bool = false) -> Response {
        var headers: HTTPFields = [.contentType: fault.version.contentType]
        if let retryAfterSeconds { headers[.retryAfter] = "\(retryAfterSeconds)" }
        if closes { headers[.connection] = "close" }
        return Response(
            status: .init(code: fault.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: SOAPWriter.fault(fault))))
    }
}
