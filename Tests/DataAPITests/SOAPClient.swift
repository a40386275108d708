import ExchangeModel
import Testing
import Transport

/// Envelopes as senders write them, and what comes back.
struct SOAPClient {
    let gateway: RunningGateway

    /// An answer in parts, read without any of the product's readers.
    struct Answer {
        var status: Int
        var contentType: String
        var retryAfter: String?
        var text: String

        /// The text of the only element of a name; nil when there is none.
        func field(_ name: String) -> String? {
            guard let open = text.range(of: "<\(name)"), let start = text[open.upperBound...].firstIndex(of: ">"),
                let end = text[start...].range(of: "</\(name)>")
            else { return nil }
            return String(text[text.index(after: start)..<end.lowerBound])
                .replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
        }

        var isSuccess: Bool? { field("success").map { $0 == "true" } }
        var code: String? { field("errorCode") }
        var message: String { field("errorMessage") ?? "" }
        var time: String? { field("receiveTime") }
        /// The message's id, out of the Chinese text.
        var id: String? { message.range(of: "报文编号 ").map { String(message[$0.upperBound...].prefix(36)) } }
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\r", with: "&#13;")
    }

    /// A text in CDATA sections; the end of one inside it is cut in two.
    static func sections(_ text: String) -> String {
        "<![CDATA[" + text.replacing("]]>", with: "]]]]><![CDATA[>") + "]]>"
    }

    /// The nine arguments as Axis 1.x sends them; `content` is put in as it is.
    static func envelope(
        user: String = "a", key: String = "key-of-a", serial: String = "SX0000000120260501000001",
        code: String = "TENDER_ANN_QUA_INQUERY_ANN", content: String, requestTime: String = "2026-05-01 09:30:00",
        namespace: String = "http://schemas.xmlsoap.org/soap/envelope/"
    ) -> String {
        let arguments = [
            user, key, serial, code, nil, requestTime, "20260501093000", "DATA-0001", "12440100TE2T00053B",
        ].enumerated().map { index, text in
            "<in\(index) xsi:type=\"xsd:string\">\(text.map(escaped) ?? content)</in\(index)>"
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="\(namespace)" \
            xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>\
            <ns1:receiveInfo soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:ns1="http://pspde.example">\
            \(arguments.joined())</ns1:receiveInfo></soapenv:Body></soapenv:Envelope>
            """
    }

    func send(
        _ envelope: String, channel: String = "local-a", key: String? = nil,
        contentType: String = "text/xml; charset=utf-8"
    ) async throws -> Answer {
        var headers = [(name: "Content-Type", value: contentType), (name: "SOAPAction", value: "\"\"")]
        if let key { headers.append(("Authorization", "Bearer \(key)")) }
        let response = try await gateway.client.send(
            HTTPRequest(
                endpoint: gateway.endpoint, method: "POST", url: "http://127.0.0.1:\(gateway.port)/v1/channels/\(channel)/soap",
                headers: headers, body: Array(envelope.utf8)))
        return Answer(
            status: response.status, contentType: response.header("Content-Type") ?? "",
            retryAfter: response.header("Retry-After"), text: String(decoding: response.body, as: UTF8.self))
    }

    func describe(_ query: String = "?wsdl", channel: String = "local-a", host: String? = nil) async throws -> Answer {
        let response = try await gateway.client.send(
            HTTPRequest(
                endpoint: gateway.endpoint, url: "http://127.0.0.1:\(gateway.port)/v1/channels/\(channel)/soap\(query)",
                headers: host.map { [(name: "Host", value: $0)] } ?? []))
        return Answer(
            status: response.status, contentType: response.header("Content-Type") ?? "", retryAfter: nil,
            text: String(decoding: response.body, as: UTF8.self))
    }
}

extension StringProtocol {
    /// The first place of a text.
    fileprivate func range(of part: String) -> Range<Index>? { ranges(of: part).first }
}
