internal import ExchangeModel
internal import JSON
internal import Transport

/// Speaks to the running daemon over its control socket: HTTP/1.1 with JSON (`Schemas/openapi.yaml` has the operators' part).
struct ControlClient {
    private let socket: String
    private let transport: HTTPTransport
    private let endpoint: HTTPEndpoint

    /// Longest time one question may take.
    static let timeOut = Duration.seconds(30)
    /// Largest answer.
    static let answerBytesMax = 64 << 20

    init(socket: String) throws(GatewayError) {
        self.socket = socket
        transport = try HTTPTransport(connectionsKeptMax: 1)
        var times = HTTPEndpoint.TimeOuts()
        times.total = Self.timeOut
        var limits = HTTPEndpoint.Limits()
        limits.answerBodyBytesMax = Self.answerBytesMax
        endpoint = HTTPEndpoint(version: .http1, timeOuts: times, limits: limits, unixSocket: socket)
    }

    /// Asks; a refusal of the daemon is thrown as the error that it describes.
    func get(_ path: String, query: [(name: String, value: String)] = []) async throws(GatewayError) -> JSONValue {
        try await send("GET", path + Self.text(of: query))
    }

    /// Acts; what is not given is left out of the order.
    func post(
        _ path: String, query: [(name: String, value: String)] = [], _ order: [(name: String, value: JSONValue?)] = []
    ) async throws(GatewayError) -> JSONValue {
        let members = order.compactMap { name, value in value.map { JSONValue.Member(name, $0) } }
        return try await send("POST", path + Self.text(of: query), body: members.isEmpty ? [] : JSONValue.object(members).bytes())
    }

    /// Bytes as they are.
    func bytes(_ path: String, query: [(name: String, value: String)]) async throws(GatewayError) -> [UInt8] {
        let response = try await exchange("GET", path + Self.text(of: query), body: [])
        guard response.status == 200 else {
            throw GatewayError(
                .temporary, attempted: "read from the gateway at", subject: socket, happened: "HTTP \(response.status)",
                remedy: "look into the gateway's log, and try again")
        }
        return response.body
    }

    private static func text(of query: [(name: String, value: String)]) -> String {
        let pairs = query.map { "\($0.name)=\(encoded($0.value))" }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    private func send(_ method: String, _ path: String, body bytes: [UInt8] = []) async throws(GatewayError) -> JSONValue {
        let response = try await exchange(method, path, body: bytes)
        guard let body = try? JSONValue(parsing: response.body) else {
            throw GatewayError(
                .temporary, attempted: "read the answer of the gateway at", subject: socket,
                happened: "HTTP \(response.status) without JSON", remedy: "look into the gateway's log")
        }
        // A refusal with findings is an answer: the caller shows them.
        guard response.status == 200 || (response.status == 422 && body["findings"] != nil) else {
            throw Self.refusal(body, status: response.status, path: path)
        }
        return body
    }

    private func exchange(_ method: String, _ path: String, body bytes: [UInt8]) async throws(GatewayError) -> HTTPResponse {
        do {
            return try await transport.send(
                HTTPRequest(endpoint: endpoint, method: method, url: "http://localhost" + path, body: bytes))
        } catch {
            throw GatewayError(
                .addressUnavailable, attempted: "speak to the gateway over", subject: socket, happened: error.text,
                remedy: "see that it runs (systemctl status tenderbridge) and that this user may use the socket")
        }
    }

    private static func refusal(_ body: JSONValue, status: Int, path: String) -> GatewayError {
        let exitCode = body["exitCode"]?.integer.flatMap { Int32(exactly: $0) } ?? ExitCodes.findings
        let code = GatewayError.Code(body["code"]?.string ?? "http-\(status)", retryable: false, exitCode: exitCode)
        return GatewayError(
            code, attempted: body["attempted"]?.string ?? "ask the gateway for", subject: body["subject"]?.string ?? path,
            happened: body["happened"]?.string ?? "HTTP \(status)",
            remedy: body["remedy"]?.string ?? "look into the gateway's log")
    }

    /// RFC 3986, 2.3: everything but unreserved characters is written as percent and two digits.
    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
            default: "%" + Hex.encode([byte]).uppercased()
            }
        }.joined()
    }
}
