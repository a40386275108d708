import GatewayTesting
import Testing
import Transport

/// Runs the body with a transport that is stopped afterwards.
func withTransport<Value>(_ body: (HTTPTransport) async throws -> Value) async throws -> Value {
    let transport = try HTTPTransport()
    do {
        let value = try await body(transport)
        await transport.stop(gracePeriod: .zero)
        return value
    } catch {
        await transport.stop(gracePeriod: .zero)
        throw error
    }
}

extension HTTPTransport {
    /// Sends a request whose answer must have this status.
    func expect(_ status: Int, _ request: HTTPRequest, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let response = try await send(request)
        #expect(response.status == status, sourceLocation: sourceLocation)
    }

    /// The failure of a request that must fail.
    func failure(of request: HTTPRequest) async throws -> TransportFailure {
        let response: HTTPResponse
        do throws(TransportFailure) {
            response = try await send(request)
        } catch {
            return error
        }
        throw UnexpectedAnswer(status: response.status)
    }
}

/// An answer came where a failure was expected.
struct UnexpectedAnswer: Error {
    let status: Int
}

extension HTTPEndpoint {
    /// HTTP/1.1 with time-outs for loopback.
    static func loopback(
        trust: Trust = .system, identity: ClientIdentity? = nil, version: Version = .http1, limits: Limits = Limits(),
        connect: Duration = .seconds(120), total: Duration = .seconds(120), idle: Duration = .seconds(600), proxy: String? = nil
    ) -> HTTPEndpoint {
        var timeOuts = TimeOuts()
        timeOuts.connect = connect
        timeOuts.total = total
        timeOuts.idleConnection = idle
        return HTTPEndpoint(
            trust: trust, clientIdentity: identity, version: version, timeOuts: timeOuts, limits: limits, proxy: proxy)
    }
}

extension HTTPEndpoint.Limits {
    /// The defaults with some changed.
    static func with(_ change: (inout Self) -> Void) -> Self {
        var limits = Self()
        change(&limits)
        return limits
    }
}

extension HTTPRequest {
    /// A small POST.
    static func post(_ endpoint: HTTPEndpoint, _ url: String, body: String = "<notice/>") -> HTTPRequest {
        HTTPRequest(
            endpoint: endpoint, method: "POST", url: url, headers: [("Content-Type", "application/xml")], body: Array(body.utf8))
    }
}

extension HTTPResponse {
    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }
}
