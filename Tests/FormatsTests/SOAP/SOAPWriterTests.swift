import ExchangeModel
import Testing
import XML

@testable import Formats

@Suite("Answers in SOAP")
struct SOAPWriterTests {
    private func call(_ version: SOAPVersion, namespace: String = "urn:op", isEncoded: Bool = false) -> SOAPCall {
        SOAPCall(version: version, operation: "receiveInfo", namespace: namespace, isEncoded: isEncoded, arguments: [])
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("an answer is written exactly, whatever its values hold")
    func answer() {
        let fields = [
            SOAPWriter.Field(name: "errorMessage", value: "<a> & \"桥\"\u{1}"),
            SOAPWriter.Field(name: "success", value: "false", isBoolean: true),
        ]
        #expect(
            text(SOAPWriter.answer(to: call(.soap11), element: "receiveInfoReturn", fields: fields))
                == """
                <?xml version="1.0" encoding="UTF-8"?>
                <soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>\
                <op:receiveInfoResponse xmlns:op="urn:op"><receiveInfoReturn>\
                <errorMessage>&lt;a&gt; &amp; "桥"\u{FFFD}</errorMessage><success>false</success>\
                </receiveInfoReturn></op:receiveInfoResponse></soap:Body></soap:Envelope>
                """)
        let encoded = text(
            SOAPWriter.answer(to: call(.soap12, namespace: "", isEncoded: true), element: "r", fields: fields))
        #expect(encoded.contains("xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\""))
        #expect(encoded.contains("<receiveInfoResponse xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""))
        #expect(encoded.contains("<success xsi:type=\"xsd:boolean\">false</success>"))
    }

    @Test("a fault of SOAP 1.1 has code, text in both languages, and the place in its detail")
    func fault11() {
        let finding = Finding(
            .soapOperation, path: "/e/o", position: SourcePosition(line: 7, column: 2), text: "no <o>", textZH: "没有该操作")
        let written = text(SOAPWriter.fault(SOAPFault(.sender, version: .soap11, finding: finding)))
        #expect(written.contains("<soap:Fault><faultcode>soap:Client</faultcode>"))
        #expect(written.contains("<faultstring xml:lang=\"zh\">没有该操作 (no &lt;o&gt;)</faultstring>"))
        #expect(
            written.contains(
                "<detail><f:finding xmlns:f=\"urn:tenderbridge:soap:finding\" code=\"soap.operation\" path=\"/e/o\" line=\"7\" column=\"2\"/></detail>"
            ))
        for (kind, code) in [
            (SOAPFault.Kind.receiver, "soap:Server"), (.mustUnderstand, "soap:MustUnderstand"),
            (.versionMismatch, "soap:VersionMismatch"),
        ] {
            let fault = SOAPFault(kind, version: .soap11, finding: finding)
            #expect(text(SOAPWriter.fault(fault)).contains("<faultcode>\(code)</faultcode>") && fault.status == 500)
        }
        // A fault of a header entry carries no detail (SOAP 1.1, 4.4).
        let header = SOAPFault(.mustUnderstand, version: .soap11, finding: finding)
        #expect(!text(SOAPWriter.fault(header)).contains("<detail>"))
    }

    @Test("a fault of SOAP 1.2 has code, a reason in each language, and what was not understood")
    func fault12() {
        let finding = Finding(.soapMustUnderstand, text: "not understood", textZH: "无法理解")
        var fault = SOAPFault(.mustUnderstand, version: .soap12, finding: finding)
        fault.notUnderstood = [.init(local: "Security", namespace: "urn:w"), .init(local: "h", namespace: "")]
        let written = text(SOAPWriter.fault(fault))
        #expect(written.contains("<soap:NotUnderstood xmlns:h=\"urn:w\" qname=\"h:Security\"/><soap:NotUnderstood qname=\"h\"/>"))
        #expect(written.contains("<soap:Code><soap:Value>soap:MustUnderstand</soap:Value></soap:Code>"))
        #expect(
            written.contains("<soap:Text xml:lang=\"zh\">无法理解</soap:Text><soap:Text xml:lang=\"en\">not understood</soap:Text>"))
        #expect(SOAPFault(.sender, version: .soap12, finding: finding).status == 400)
        #expect(SOAPFault(.receiver, version: .soap12, finding: finding).status == 500)
    }

    @Test("whatever is written is read again")
    func roundTrip() throws {
        let written = SOAPWriter.answer(
            to: call(.soap12), element: "r", fields: [.init(name: "a", value: "  <![CDATA[ ]]> &\r\n")])
        guard case .document(let document) = XMLParser().parse(written) else {
            Issue.record("not well-formed")
            return
        }
        let field = document.root.children[0].children[0].children[0].children[0]
        #expect(field.name == "a" && field.text == "  <![CDATA[ ]]> &\r\n")
        let fault = SOAPFault(.sender, version: .soap12, finding: Finding("a.b", text: "\u{0}\u{FFFF}", textZH: "\u{8}"))
        guard case .document = XMLParser().parse(SOAPWriter.fault(fault)) else {
            Issue.record("a fault with characters that XML does not have is not well-formed")
            return
        }
    }

    @Test("the description is well-formed, names the address, and escapes what it is given")
    func wsdl() {
        let wsdl = WSDLDocument(
            service: "S", operation: "receiveInfo", namespace: "urn:a&b",
            arguments: [.init(name: "x", documentation: "<一>", isOptional: true)],
            answerElement: "r", answerFields: [.init(name: "success", value: "", isBoolean: true)], documentation: "d")
        let bytes = wsdl.bytes(address: "https://h/?a&b")
        guard case .document(let document) = XMLParser().parse(bytes) else {
            Issue.record("not well-formed")
            return
        }
        #expect(document.root.name == "definitions" && document.root.attribute("targetNamespace") == "urn:a&b")
        let services = document.root.children("service")
        #expect(services.count == 1 && services[0].children.count == 2)
        #expect(services[0].children[0].children[0].attribute("location") == "https://h/?a&b")
        #expect(text(bytes).contains("<xsd:element name=\"x\" type=\"xsd:string\" minOccurs=\"0\" nillable=\"true\">"))
    }
}
