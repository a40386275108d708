import ExchangeModel
import Testing
import XML

@testable import Formats

@Suite("SOAP envelopes")
struct SOAPEnvelopeTests {
    static let namespace11 = "http://schemas.xmlsoap.org/soap/envelope/"
    static let namespace12 = "http://www.w3.org/2003/05/soap-envelope"

    private func read(_ text: String, limits: XMLLimits = .default) -> Result<SOAPCall, SOAPFault> {
        SOAPEnvelopeReader(limits: limits).read(Array(text.utf8))
    }

    private func call(_ text: String) throws -> SOAPCall { try read(text).get() }

    private func fault(_ text: String) -> SOAPFault? {
        if case .failure(let fault) = read(text) { return fault }
        return nil
    }

    static func envelope(_ body: String, header: String = "", namespace: String = namespace11) -> String {
        "<e:Envelope xmlns:e=\"\(namespace)\">\(header)<e:Body>\(body)</e:Body></e:Envelope>"
    }

    @Test("the call of Axis 1.x: RPC/encoded with types", arguments: [namespace11, namespace12])
    func axis(namespace: String) throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <soapenv:Envelope xmlns:soapenv="\(namespace)" xmlns:xsd="http://www.w3.org/2001/XMLSchema" \
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
             <soapenv:Body>
              <ns1:receiveInfo soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:ns1="http://service.example">
               <in0 xsi:type="xsd:string">SX00000001</in0>
               <in1 xsi:type="soapenc:string" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/">a&amp;b</in1>
               <in2 xsi:type="xsd:string" xsi:nil="true"/>
               <in3 xsi:type="xsd:string"/>
              </ns1:receiveInfo>
             </soapenv:Body>
            </soapenv:Envelope>
            """
        let call = try call(text)
        #expect(call.version == (namespace == Self.namespace11 ? .soap11 : .soap12))
        #expect(call.operation == "receiveInfo" && call.namespace == "http://service.example" && call.isEncoded)
        #expect(call.arguments.map(\.name) == ["in0", "in1", "in2", "in3"])
        #expect(call.arguments.map(\.text) == ["SX00000001", "a&b", "", ""])
        #expect(call.arguments[2].content == .none && call.arguments[3].content == .text([]))
        #expect(call.arguments[0].line == 5 && call.arguments[0].path == "/soapenv:Envelope/soapenv:Body/ns1:receiveInfo/in0")
    }

    @Test("an argument as escaped text, as CDATA in pieces, and as child elements is the same document")
    func documents() throws {
        let document = "<A k=\"1\"><B>桥 &amp; 路</B></A>"
        let escaped = document.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        let pieces = "<![CDATA[<A k=\"1\"><B>桥 &amp;]]><![CDATA[ 路</B></A>]]>"
        for content in [escaped, "\n  " + pieces, "\n \(document)\n <!-- c -->"] {
            let call = try call(Self.envelope("<o><x>\(content)</x></o>"))
            let found = try SOAPContent.document(of: call.arguments[0], form: .detect).get()
            #expect(String(decoding: found, as: UTF8.self).hasPrefix(document), "\(content)")
        }
    }

    @Test("a document of child elements takes along the prefixes it uses, and no default namespace")
    func fragments() throws {
        let body = """
            <o xmlns="urn:op" xmlns:p="urn:outer" xmlns:q="urn:q"><n>1</n><x xmlns:p="urn:inner"><!-- p: --><p:A p:k="1"><B/></p:A></x></o>
            """
        let call = try call(Self.envelope(body, header: "<e:Header><h xmlns=\"urn:h\"><i><j/></i></h></e:Header>"))
        #expect(call.arguments.map(\.name) == ["n", "x"])
        #expect(call.arguments[1].content == .document(Array("<!-- p: --><p:A xmlns:p=\"urn:inner\" p:k=\"1\"><B/></p:A>".utf8)))
        let own = try self.call(Self.envelope("<o xmlns:p=\"urn:a\"><x><p:A xmlns:p='urn:b'/></x></o>"))
        #expect(own.arguments[0].content == .document(Array("<p:A xmlns:p='urn:b'/>".utf8)))
    }

    @Test("an envelope in GBK is read as one in UTF-8")
    func encodings() throws {
        let head = "<?xml version=\"1.0\" encoding=\"GBK\"?><e:Envelope xmlns:e=\"\(Self.namespace11)\"><e:Body><o><x>"
        let whole =
            Array(head.utf8) + [0xC7, 0xC5] + Array("</x><y><A>".utf8) + [0xC2, 0xB7]
            + Array("</A></y></o></e:Body></e:Envelope>".utf8)
        let call = try SOAPEnvelopeReader().read(whole).get()
        #expect(call.arguments[0].text == "桥")
        #expect(call.arguments[1].content == .document(Array("<A>路</A>".utf8)))
    }

    @Test(
        "what is no call is a fault that says what to mend",
        arguments: [
            ("", Finding.Code.xmlSyntax, SOAPFault.Kind.sender), ("<a/>", .soapEnvelope, .sender),
            ("<Envelope/>", .soapVersion, .versionMismatch), ("<Envelope xmlns='urn:x'/>", .soapVersion, .versionMismatch),
            ("<e:Envelope xmlns:e='\(namespace11)'/>", .soapEnvelope, .sender),
            ("<e:Envelope xmlns:e='\(namespace11)'><Body/></e:Envelope>", .soapEnvelope, .sender),
            (envelope(""), .soapEnvelope, .sender),
            (envelope("text"), .soapEnvelope, .sender), (envelope("<o/><p/>"), .soapEnvelope, .sender),
            (envelope("<o><x href='#1'/></o><m id='1'>v</m>"), .soapReference, .sender),
            (
                envelope("<o><x n:ref='1' xmlns:n='http://www.w3.org/2003/05/soap-encoding'/></o>", namespace: namespace12),
                .soapReference,
                .sender
            ),
            (envelope("<o><x>text<A/></x></o>"), .soapArgument, .sender),
            ("<!DOCTYPE e [<!ENTITY a 'b'>]>" + envelope("<o/>"), .xmlDoctype, .sender),
            (envelope("<o><x>&b;</x></o>"), .xmlSyntax, .sender), (envelope("<o><x>1</o>"), .xmlSyntax, .sender),
            ("<?xml version='1.0' encoding='Big5'?>" + envelope("<o/>"), .encodingUnsupported, .sender),
            (envelope("<o/>", header: "<e:Header><h e:mustUnderstand='1'/></e:Header>"), .soapMustUnderstand, .mustUnderstand),
            (
                envelope(
                    "<o/>",
                    header:
                        "<e:Header><w:Security xmlns:w='urn:w' e:mustUnderstand='true' e:role='\(namespace12)/role/next'/></e:Header>",
                    namespace: namespace12), .soapMustUnderstand, .mustUnderstand
            ),
            (envelope("<o>\(String(repeating: "<x/>", count: 65))</o>"), .countOverLimit, .sender),
            (envelope("<o/>", header: "<e:Header>\(String(repeating: "<x/>", count: 65))</e:Header>"), .countOverLimit, .sender),
            ("<e:Envelope xmlns:e='\(namespace12)'><e:Body><o/></e:Body><x/></e:Envelope>", .soapEnvelope, .sender),
        ])
    func faults(text: String, code: Finding.Code, kind: SOAPFault.Kind) {
        let fault = fault(text)
        #expect(fault?.finding.code == code && fault?.kind == kind, "\(text): \(String(describing: fault))")
        #expect(fault?.finding.textZH.isEmpty == false)
    }

    @Test("header entries for others, or that need no understanding, are passed over")
    func headers() throws {
        for entry in [
            "<h/>", "<h e:mustUnderstand='0'/>", "<h e:mustUnderstand='1' e:actor='urn:other'/>", "<h mustUnderstand='1'/>",
        ] {
            #expect(try call(Self.envelope("<o/>", header: "<e:Header>\(entry)</e:Header>")).operation == "o", "\(entry)")
        }
        // SOAP 1.1 allows elements behind the body.
        #expect(try call("<e:Envelope xmlns:e='\(Self.namespace11)'><e:Body><o/></e:Body><x/></e:Envelope>").operation == "o")
    }

    @Test("limits of the envelope hold")
    func limits() {
        let deep = String(repeating: "<a>", count: 100) + String(repeating: "</a>", count: 100)
        for (text, limits, code) in [
            (Self.envelope("<o><x>\(deep)</x></o>"), XMLLimits.default, Finding.Code.depthOverLimit),
            (Self.envelope("<o/>"), XMLLimits(bytesMax: 50), .bytesOverLimit),
            (Self.envelope("<o>\(String(repeating: "<x/>", count: 200))</o>"), XMLLimits(nodesMax: 100), .countOverLimit),
        ] {
            guard case .failure(let fault) = read(text, limits: limits) else {
                Issue.record("taken")
                continue
            }
            #expect(fault.finding.code == code)
        }
    }

    // MARK: Documents in arguments

    private func argument(_ text: String) -> SOAPArgument {
        SOAPArgument(name: "x", path: "/e/x", line: 3, content: .text(Array(text.utf8)))
    }

    @Test("base64 is taken byte for byte, and GBK declared inside it stays GBK")
    func base64() throws {
        let gbk: [UInt8] = Array("<?xml version=\"1.0\" encoding=\"GBK\"?><A>".utf8) + [0xC7, 0xC5] + Array("</A>".utf8)
        let encoded = "PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0iR0JLIj8+PEE+x8U8L0E+"
        #expect(
            try SOAPContent.document(of: argument(" \(encoded.prefix(20))\r\n\(encoded.dropFirst(20)) "), form: .detect).get()
                == gbk)
        #expect(try SOAPContent.document(of: argument(encoded), form: .base64).get() == gbk)
    }

    @Test("text loses the encoding that it declares, and the space before its declaration")
    func declared() throws {
        for (text, wanted) in [
            ("\n <?xml version='1.0' encoding='GBK'?>\n<A>桥</A>", "<?xml version='1.0' encoding='UTF-8'?>\n<A>桥</A>"),
            ("<?xml version='1.0' encoding='utf-16'?><A/>", "<?xml version='1.0' encoding='UTF-8'?><A/>"),
            ("<?xml version='1.0' encoding='utf-8'?><A/>", "<?xml version='1.0' encoding='utf-8'?><A/>"), ("<A/>", "<A/>"),
            ("{\"a\":1}", "{\"a\":1}"), ("\u{FEFF}<A/>", "\u{FEFF}<A/>"),
        ] {
            #expect(try SOAPContent.document(of: argument(text), form: .detect).get() == Array(wanted.utf8), "\(text)")
        }
        #expect(try SOAPContent.document(of: argument("a;b"), form: .text).get() == Array("a;b".utf8))
    }

    @Test(
        "what is no document says so, with the argument's place",
        arguments: [
            ("", SOAPContent.Form.detect, Finding.Code.soapArgument), (" \n", .detect, .soapArgument),
            ("公告", .detect, .soapContent),
            ("PEE+PC9BP", .detect, .soapContent), ("<A/>", .base64, .soapContent), ("PEE=PC9B", .base64, .soapContent),
        ])
    func noDocument(text: String, form: SOAPContent.Form, code: Finding.Code) {
        guard case .failure(let missing) = SOAPContent.document(of: argument(text), form: form) else {
            Issue.record("taken: \(text)")
            return
        }
        #expect(missing.finding.code == code && missing.finding.path == "/e/x" && missing.finding.position.line == 3)
    }
}
