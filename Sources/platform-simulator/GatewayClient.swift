internal import ExchangeModel
internal import JSON
internal import Transport

/// What a local system asks of the gateway; a protocol so that the order of sending can be tested without one.
protocol GatewayFace: Sendable {
    /// Sends one payload, once; status and body of the answer.
    func send(
        _ payload: [UInt8], channel: String, contentType: String, idempotencyKey: String?, key: String?
    ) async throws -> (status: Int, body: [UInt8])

    /// What the gateway says about a message; nil when it does not answer with one.
    func message(_ id: String, key: String?) async -> JSONValue?
}

/// The gateway's HTTP, as a sender uses it.
struct GatewayClient: GatewayFace {
    private let transport: HTTPTransport
    private let endpoint: HTTPEndpoint
    private let base: String

    /// - Parameters:
    ///   - gateway: `https://host:port`.
    ///   - authorityFile: PEM of the authority that signed the gateway's certificate.
    init(transport: HTTPTransport, gateway: String, authorityFile: String) {
        self.transport = transport
        base = gateway.hasSuffix("/") ? String(gateway.dropLast()) : gateway
        var limits = HTTPEndpoint.Limits()
        limits.answerBodyBytesMax = 8 << 20
        var timeOuts = HTTPEndpoint.TimeOuts()
        timeOuts.total = .seconds(60)
        endpoint = HTTPEndpoint(
            trust: .authorities(file: authorityFile), timeOuts: timeOuts, limits: limits, userAgent: "platform-simulator")
    }

    func send(
        _ payload: [UInt8], channel: String, contentType: String, idempotencyKey: String?, key: String?
    ) async throws -> (status: Int, body: [UInt8]) {
        var headers = Self.signIn(key) + [(name: "Content-Type", value: contentType)]
        if let idempotencyKey { headers.append((name: "Idempotency-Key", value: idempotencyKey)) }
        let answer = try await transport.send(
            HTTPRequest(
                endpoint: endpoint, method: "POST", url: "\(base)/v1/channels/\(channel)/messages", headers: headers,
                body: payload))
        return (answer.status, answer.body)
    }

    func message(_ id: String, key: String?) async -> JSONValue? {
        await json("\(base)/v1/messages/\(id)", headers: Self.signIn(key))
    }

    private static func signIn(_ key: String?) -> [(name: String, value: String)] {
        key.map { [(name: "Authorization", value: "Bearer " + $0)] } ?? []
    }

    /// A JSON document from an address.
    func json(_ url: String, headers: [(name: String, value: String)] = []) async -> JSONValue? {
        guard
            let answer = try? await transport.send(HTTPRequest(endpoint: endpoint, url: url, headers: headers)),
            answer.status == 200
        else { return nil }
        return try? JSONValue(parsing: answer.body)
    }
}
