internal import ExchangeModel
internal import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Store

/// A sender on a channel that brings contents: who it is, and how it is turned away.
struct ChannelVisit {
    let routes: MessageRoutes
    let request: Request
    let context: SenderContext
    /// What began under a configuration ends under it.
    let present: ActiveConfiguration
    let channel: GatewayConfiguration.Channel
    let sender: String
    let traceID: String
    let contentType: String

    var limits: GatewayConfiguration.AttachmentLimits { present.configuration.limits.attachments }

    /// Content-Length as declared.
    var declared: Int? { request.headers[.contentLength].flatMap { Int($0) } }

    /// Octets that contents leave free on the disk: what is left then is for messages.
    var reserve: Int {
        let marks = present.configuration.limits.pressure.freeDisk
        return marks.soft == 0 ? 0 : marks.hard
    }

    /// Ends the request with a trace in the evidence, as for every input that is not let in.
    func turnAway(_ problem: Problem, finding: Finding) async throws -> Response {
        var problem = problem
        problem.findings = [finding]
        problem.endsConnection = true
        context.closeSoon()
        problem.id = try await routes.gateway.accepting.turnAway(
            channel: channel.name, sender: sender, status: problem.status.code, finding: finding, bytesRead: [],
            declaredBytes: declared, traceID: traceID, contentType: contentType)
        return problem.response
    }

    func tooLarge() async throws -> Response {
        routes.gateway.attachmentMetrics.count(.refused, channel: channel.name, bytes: 0)
        return try await turnAway(
            Problem(
                kind: "too-large", status: .contentTooLarge, title: "Too large",
                detail: "an attachment has \(limits.bytesMax) bytes at most (limits.attachment)"),
            finding: Finding(
                .bytesOverLimit, text: "an attachment is larger than the limit of \(limits.bytesMax) bytes",
                textZH: "附件超过限制 \(limits.bytesMax) 字节"))
    }

    func tooSlow() async throws -> Response {
        routes.gateway.attachmentMetrics.count(.refused, channel: channel.name, bytes: 0)
        return try await turnAway(
            Problem(
                kind: "too-slow", status: .requestTimeout, title: "Too slow",
                detail: "the body took longer than \(limits.timeMax) (limits.attachmentTime)"),
            finding: Finding("limit.time", text: "the body came too slowly", textZH: "报文接收超时"))
    }

    /// A request that cannot be understood; nothing is kept of it.
    func badRequest(_ detail: String) -> Response {
        context.closeSoon()
        return Problem(
            kind: "bad-request", status: .badRequest, title: "Bad request", detail: detail, endsConnection: true
        ).response
    }

    /// A content that is not what its digest says.
    func mismatch(_ finding: Finding, bytes: Int) -> Response {
        routes.gateway.attachmentMetrics.count(.refused, channel: channel.name, bytes: bytes)
        return Problem(
            kind: "digest-mismatch", status: .badRequest, title: "Not what its digest says",
            detail: "nothing of it was kept; send it again", findings: [finding]
        ).response
    }

    /// Reads the body piece by piece. What the taker throws ends the reading, and the connection soon.
    func pour(_ take: ([UInt8]) async throws -> Bool) async throws -> BodyReader.Pouring {
        do {
            let outcome = try await routes.bodies.pour(
                request.body, within: limits.timeMax, on: context.channel, into: take)
            return outcome
        } catch let fault as MultipartFault {
            // It is refused and kept first, which on a slow disk takes its time; then the connection ends.
            throw fault
        } catch {
            context.closeSoon()
            throw error
        }
    }
}

extension MessageRoutes {
    /// A visit, or the answer for who is not let in.
    enum Door {
        case open(ChannelVisit)
        case closed(Response)
    }

    /// Signs a sender in on the channel of the address, for contents.
    ///
    /// - Parameter fills: whether the request brings octets; near a limit such ones are to come later.
    func door(_ request: Request, _ context: SenderContext, fills: Bool = true) async throws -> Door {
        let present = gateway.present
        let name = context.parameters.get("channel") ?? ""
        let traceID = TraceContext.traceID(of: request.headers[Self.traceparent]) ?? gateway.accepting.makeTraceID()
        let contentType = String((request.headers[.contentType] ?? "").prefix(200))
        func closed(_ problem: Problem, sender: String, _ finding: Finding) async throws -> Door {
            var problem = problem
            problem.findings = [finding]
            problem.endsConnection = true
            context.closeSoon()
            problem.id = try await gateway.accepting.turnAway(
                channel: name, sender: sender, status: problem.status.code, finding: finding, bytesRead: [],
                declaredBytes: request.headers[.contentLength].flatMap { Int($0) }, traceID: traceID, contentType: contentType)
            return .closed(problem.response)
        }
        let sender: String
        switch present.senders.signIn(key: bearer(request), channel: name) {
        case .allowed(let known): sender = known
        case .unknown:
            return try await closed(
                Problem(
                    kind: "not-signed-in", status: .unauthorized, title: "Not signed in",
                    detail: "send the sender's key as Authorization: Bearer KEY"), sender: "",
                Finding(.senderUnknown, text: "no sender has this key", textZH: "没有发送方使用该密钥"))
        case .forbidden(let known):
            return try await closed(
                Problem(
                    kind: "not-allowed", status: .forbidden, title: "Not allowed",
                    detail: "sender \(known) may not use this channel"),
                sender: known,
                Finding(.senderNotAllowed, text: "the sender may not use this channel", textZH: "该发送方无权使用此通道"))
        }
        guard let channel = present.configuration.channels.first(where: { $0.name == name }) else {
            context.closeSoon()
            return .closed(
                Problem(
                    kind: "not-found", status: .notFound, title: "Not found", detail: "there is no such channel",
                    endsConnection: true
                ).response)
        }
        // Contents fill the disk faster than messages: they are the first to wait.
        if fills, let pressure = gateway.pressure.present {
            context.closeSoon()
            return .closed(answer(.turnedBack(pressure)))
        }
        return .open(
            ChannelVisit(
                routes: self, request: request, context: context, present: present, channel: channel, sender: sender,
                traceID: traceID, contentType: contentType))
    }
}
