internal import ExchangeModel
internal import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import JSON

/// An error answer (RFC 9457, `application/problem+json`).
struct Problem {
    /// A stable word that names the kind; it becomes `urn:tenderbridge:problem:KIND`.
    var kind: String
    var status: HTTPResponse.Status
    var title: String
    var detail: String
    /// The id under which a refusal can be read again.
    var id: MessageID?
    var findings: [Finding] = []
    /// What differs from the record that came first.
    var conflict: RecordConflict?
    /// For 429 and 503.
    var retryAfterSeconds: Int?
    /// Whether the connection ends after this answer (`SenderContext.closeSoon`).
    var endsConnection = false

    var response: Response {
        let bytes = JSONWriter.bytes { json in
            json.beginObject()
            json.member("type", "urn:tenderbridge:problem:\(kind)")
            json.member("title", title)
            json.member("status", status.code)
            json.member("detail", detail)
            if let id { json.member("id", id.description) }
            json.key("findings")
            ReportJSON.write(findings, to: &json)
            if let conflict { Self.write(conflict, to: &json) }
            json.endObject()
        }
        var headers: HTTPFields = [.contentType: "application/problem+json; charset=utf-8"]
        if let retryAfterSeconds { headers[.retryAfter] = "\(retryAfterSeconds)" }
        if endsConnection { headers[.connection] = "close" }
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"tenderbridge\"" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private static func write(_ conflict: RecordConflict, to json: inout JSONWriter) {
        json.key("differences")
        json.beginArray()
        for difference in conflict.differences {
            json.beginObject()
            json.member("path", difference.path)
            json.member("first", difference.first)
            json.member("now", difference.now)
            json.endObject()
        }
        json.endArray()
        json.member("differenceCount", conflict.differenceCount)
    }
}
