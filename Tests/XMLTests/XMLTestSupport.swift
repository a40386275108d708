import ExchangeModel
import Testing
import XML

/// The finding that refuses bytes; nil when they are taken.
func refusal(_ bytes: [UInt8], _ limits: XMLLimits = .default) -> Finding? {
    switch XMLParser(limits: limits).parse(bytes) {
    case .document: nil
    case .refused(let finding): finding
    }
}

func refusal(_ text: String, _ limits: XMLLimits = .default) -> Finding? { refusal(Array(text.utf8), limits) }

/// The document of bytes that must be taken.
func document(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws -> XMLDocument {
    switch XMLParser().parse(bytes) {
    case .document(let document): return document
    case .refused(let finding):
        Issue.record("refused: \(finding)", sourceLocation: sourceLocation)
        throw TestFailure()
    }
}

func document(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> XMLDocument {
    try document(Array(text.utf8), sourceLocation: sourceLocation)
}

struct TestFailure: Error {}

/// SplitMix64: a random source that a seed replays.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// A schema with most kinds of rules, and a document that keeps them.
enum Sample {
    static let schema = """
        <?xml version="1.0" encoding="UTF-8"?>
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
          <xs:element name="NOTICE">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="CODE"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[A-Z][0-9]{4}"/></xs:restriction></xs:simpleType></xs:element>
                <xs:element name="TITLE"><xs:simpleType><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="10"/></xs:restriction></xs:simpleType></xs:element>
                <xs:element name="NATURE"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="1"/><xs:enumeration value="2"/></xs:restriction></xs:simpleType></xs:element>
                <xs:element name="PRICE" minOccurs="0"><xs:simpleType><xs:restriction base="xs:decimal"><xs:minInclusive value="0"/><xs:maxExclusive value="1000"/><xs:totalDigits value="5"/><xs:fractionDigits value="2"/></xs:restriction></xs:simpleType></xs:element>
                <xs:element name="CONTACT_PHONE" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string"><xs:length value="11"/><xs:pattern value="[0-9]*"/></xs:restriction></xs:simpleType></xs:element>
                <xs:element name="EMPTY" minOccurs="0"><xs:complexType/></xs:element>
                <xs:element name="SECTION" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:sequence><xs:element name="DAYS" type="xs:int"/></xs:sequence>
                    <xs:attribute name="id" use="required" type="xs:int"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
            </xs:complexType>
            <xs:unique name="section"><xs:selector xpath="SECTION"/><xs:field xpath="@id"/></xs:unique>
          </xs:element>
        </xs:schema>
        """

    static let valid = """
        <?xml version="1.0" encoding="UTF-8"?>
        <NOTICE>
          <CODE>A1234</CODE>
          <TITLE>招标公告</TITLE>
          <NATURE>1</NATURE>
          <PRICE>12.50</PRICE>
          <CONTACT_PHONE>13800000000</CONTACT_PHONE>
          <SECTION id="1"><DAYS>30</DAYS></SECTION>
          <SECTION id="2"><DAYS>60</DAYS></SECTION>
        </NOTICE>
        """
}
