import ExchangeModel
import Testing

@testable import Mapping

/// Schemas of a small partner's form, to try the comparison of mappings with them.
enum FormWorkshop {
    static let xsd = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
          <xs:include schemaLocation="parts/common.xsd"/>
          <xs:simpleType name="name"><xs:restriction base="xs:string"><xs:maxLength value="20"/></xs:restriction></xs:simpleType>
          <xs:simpleType name="stamp"><xs:restriction base="xs:string"><xs:pattern value="[0-9]{14}"/></xs:restriction></xs:simpleType>
          <xs:simpleType name="hue"><xs:restriction base="xs:string">
            <xs:enumeration value="R"/><xs:enumeration value="G"/><xs:enumeration value="B"/></xs:restriction></xs:simpleType>
          <xs:element name="T">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="NAME" type="name"/>                     <!-- 名称 -->
                <xs:element name="STAMP" type="stamp" minOccurs="0"><xs:annotation><xs:documentation>时间</xs:documentation></xs:annotation></xs:element>
                <xs:element name="HUE" type="hue" minOccurs="0"/>
                <xs:element name="DAY" type="xs:date" minOccurs="0"/>
                <xs:element name="PRICE" type="money" minOccurs="0"/>
                <xs:element name="NUMBER" type="xs:int" minOccurs="0"/>
                <xs:element name="PLACE" minOccurs="0"><xs:complexType>
                  <xs:sequence>
                    <xs:element name="CITY" type="name"/>
                    <xs:element name="STREET" type="name" minOccurs="0"/>
                  </xs:sequence>
                  <xs:attribute name="kind" type="hue" use="required"/>
                </xs:complexType></xs:element>
                <xs:element name="SHOP" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="CITY" type="name"/></xs:sequence></xs:complexType></xs:element>
                <xs:element name="ITEM" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
                  <xs:element name="KEY" type="name"/>
                  <xs:element name="VALUE" type="name" minOccurs="0"/>
                </xs:sequence></xs:complexType></xs:element>
                <xs:element name="FREE" minOccurs="0"/>
                <xs:element name="NOTE" type="xs:string" minOccurs="0"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="ALONE" type="xs:string"/>
        </xs:schema>
        """
    static let common = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
          <xs:complexType name="money"><xs:simpleContent><xs:extension base="amount"><xs:attribute name="unit" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType>
          <xs:simpleType name="amount"><xs:restriction base="xs:decimal"><xs:fractionDigits value="2"/></xs:restriction></xs:simpleType>
        </xs:schema>
        """
    static let json = """
        {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
          "name": {"type": "string", "maxLength": 20, "title": "名称"},
          "stamp": {"type": "string", "pattern": "^[0-9]{14}$"},
          "hue": {"enum": ["R", "G", "B"]},
          "place": {"$ref": "#/$defs/place"},
          "items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
          "free": true,
          "either": {"oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}}}]}},
         "$defs": {
          "place": {"type": "object", "additionalProperties": false, "properties": {"city": {"type": "string"}, "inner": {"$ref": "#/$defs/place"}}},
          "item": {"type": "object", "additionalProperties": false, "properties": {"key": {"type": "string"}, "values": {"type": "array", "items": {"type": "string"}}}}}}
        """

    static let input: CompilerInput = {
        var input = Workshop.input
        input.schemaFiles = ["shop/t.xsd", "shop/t.json", "shop/parts/common.xsd"]
        input.forms = FormModelFolder(files: [
            "shop/t.xsd": Array(xsd.utf8), "shop/parts/common.xsd": Array(common.utf8), "shop/t.json": Array(json.utf8),
        ])
        return input
    }()

    static func indented(_ fields: String) -> String {
        fields.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n")
    }

    /// The first field stands on line 7.
    static func inbound(_ fields: String, format: String = "{ format: xml, root: T, schema: shop/t.xsd }", extra: String = "")
        -> [Finding]
    {
        let file = """
            mapping: shop/in/thing
            version: 1
            from: \(format)
            to: { dataset: thing, canonical: 1 }
            identify: { businessKey: literal("k"), orderingKey: literal("o"), version: literal("1") }
            fields:
            \(indented(fields))
            \(extra)
            """
        return MappingCompilation.compile(Array(file.utf8), expectedName: "shop/in/thing", input: input).findings
    }

    /// The first field stands on line 7.
    static func outbound(_ fields: String, root: String = "T") -> [Finding] {
        let file = """
            mapping: shop/out/thing
            version: 1
            audience: public
            from: { dataset: thing, canonical: 1 }
            to: { format: xml, root: \(root), schema: shop/t.xsd }
            fields:
            \(indented(fields))
            """
        return MappingCompilation.compile(Array(file.utf8), expectedName: "shop/out/thing", input: input).findings
    }

    static func show(_ findings: [Finding]) -> [String] {
        findings.map { "\($0.position.line):\($0.position.column) \($0.severity) \($0.text)" }
    }
}
