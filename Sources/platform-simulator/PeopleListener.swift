internal import ExchangeModel
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOPosix

/// A plain HTTP face for people and scripts: `/` a page, `/received` and `/faults` as JSON. Loopback only.
struct PeopleListener: Sendable {
    /// The platform to look at.
    let platform: ProvincialPlatform

    /// Answers one request.
    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        guard request.method == .get || request.method == .head else { return Self.response(.methodNotAllowed, "text/plain", []) }
        switch request.uri.path {
        case "/received":
            let json = try await NIOThreadPool.singleton.runIfActive { platform.receivedJSON() }
            return Self.response(.ok, "application/json", json)
        case "/faults":
            let json = try await NIOThreadPool.singleton.runIfActive { platform.faultsJSON() }
            return Self.response(.ok, "application/json", json)
        case "/":
            let page = try await NIOThreadPool.singleton.runIfActive { Self.page(platform.counts()) }
            return Self.response(.ok, "text/html; charset=utf-8", Array(page.utf8))
        default:
            return Self.response(.notFound, "text/plain", Array("see /, /received and /faults\n".utf8))
        }
    }

    private static func response(_ status: HTTPResponse.Status, _ contentType: String, _ body: [UInt8]) -> Response {
        Response(status: status, headers: [.contentType: contentType], body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// Numbers and fixed words only: nothing of a payload can get into the page.
    private static func page(_ counts: [(name: String, count: Int)]) -> String {
        let rows = counts.map { "<tr><td>\($0.name)</td><td>\($0.count)</td></tr>" }.joined(separator: "\n")
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Provincial platform (simulated)</title></head>
            <body><h1>省级平台（模拟） Provincial platform (simulated)</h1>
            <table>
            \(rows)
            </table>
            <p><a href="/received">/received</a>: every request, as written down before it was answered</p>
            <p><a href="/faults">/faults</a>: the faults of the script, and which occurred</p>
            </body></html>

            """
    }
}
