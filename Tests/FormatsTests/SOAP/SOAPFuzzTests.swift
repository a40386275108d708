import ExchangeModel
import Formats
import GatewayTesting
import Testing
import XML

@Suite("Damaged SOAP envelopes")
struct SOAPFuzzTests {
    private static let rounds = TestSeed.number("TENDERBRIDGE_FUZZ_ROUNDS") ?? 3000

    private static let corpus: [[UInt8]] = [
        """
        <?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>\
        <h xmlns="urn:h" s:mustUnderstand="0"/></s:Header><s:Body><n:receiveInfo xmlns:n="urn:n" s:encodingStyle="x">\
        <in0 xsi:type="xsd:string" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">u</in0><in1>&lt;A&gt;&#26725;&lt;/A&gt;</in1>\
        <in2><![CDATA[<?xml version="1.0" encoding="GBK"?><A/>]]></in2><in3 xmlns:p="urn:p"><p:A><B/></p:A></in3>\
        <in4>PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0iR0JLIj8+PEE+x8U8L0E+</in4></n:receiveInfo></s:Body></s:Envelope>
        """,
        """
        <e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><o><x>{"a":[1]}</x><y href="#1"/></o></e:Body></e:Envelope>
        """,
    ].map { Array($0.utf8) }

    /// Pieces that turn one construct into another.
    private static let pieces: [[UInt8]] =
        [
            "<", ">", "</", "/>", "<![CDATA[", "]]>", "<!--", "-->", "<?", "?>", "&", ";", "\"", "'", " xmlns:p='",
            "<!DOCTYPE a>", "&#0;",
            "&#x10FFFF;", "=", ":", "s:", "encoding='GBK'", "href='#1'", "\u{FEFF}", "桥",
        ].map { Array($0.utf8) } + [[0xC7, 0xC5], [0x00], [0xFF, 0xFE], [0xED, 0xA0, 0x80]]

    @Test("never trap; what is taken can be answered, and its documents be read")
    func damage() {
        let seed = TestSeed.choose()
        print("SOAP fuzz: seed \(seed), \(Self.rounds) rounds")
        var random = SeededRandom(seed: seed)
        let reader = SOAPEnvelopeReader(limits: XMLLimits(bytesMax: 1 << 16))
        let parser = XMLParser()
        var taken = 0
        for round in 0..<Self.rounds {
            let envelope = damaged(Self.corpus[round % Self.corpus.count], &random)
            let written: [UInt8]
            switch reader.read(envelope) {
            case .failure(let fault): written = SOAPWriter.fault(fault)
            case .success(let call):
                taken += 1
                for argument in call.arguments {
                    for form in SOAPContent.Form.allCases {
                        guard case .success(let document) = SOAPContent.document(of: argument, form: form) else { continue }
                        if case .document = argument.content, case .refused(let finding) = parser.parse(document),
                            finding.code != .xmlSyntax
                        {
                            Issue.record(
                                "round \(round) of seed \(seed): a document cut out of an envelope is refused: \(finding)")
                        }
                    }
                }
                written = SOAPWriter.answer(
                    to: call, element: "r", fields: [.init(name: "a", value: call.arguments.first?.text ?? "")])
            }
            guard case .document = parser.parse(written) else {
                Issue.record("round \(round) of seed \(seed): the answer is not well-formed")
                return
            }
        }
        #expect(taken > 0 || Self.rounds < 100)
    }

    private func damaged(_ original: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { break }
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...20, using: &random)))
            case 2, 3: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: at)
            case 4:
                let end = min(bytes.count, at + Int.random(in: 1...60, using: &random))
                bytes.insert(contentsOf: Array(bytes[at..<end]), at: Int.random(in: 0...bytes.count, using: &random))
            default: bytes.removeSubrange(at...)
            }
        }
        return bytes
    }
}
