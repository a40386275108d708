import ExchangeModel
import Testing

@testable import Mapping

@Suite("Models of forms")
struct FormModelTests {
    private func xsd(_ body: String, attributes: String = "", more: [String: String] = [:]) throws -> FormModel {
        let text =
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \(attributes)>\(body)</xs:schema>"
        var files = more.mapValues { Array($0.utf8) }
        files["a/t.xsd"] = Array(text.utf8)
        return try #require(FormModelFolder(files: files).model("a/t.xsd"))
    }

    /// Members of the first root: `name?` optional, `name*` repeated, `@name` attribute, `#n` rank.
    private func members(_ model: FormModel, _ root: String = "R", namespace: String = "") throws -> [String] {
        let root = try #require(model.root(root, namespace: namespace))
        return model.shape(of: root).members.map { member in
            (member.isAttribute ? "@" : "") + (member.namespace.isEmpty ? "" : "{\(member.namespace)}") + member.name
                + (member.isRequired ? "" : "?") + (member.repeats ? "*" : "") + "#\(member.rank)"
        }
    }

    private func type(_ content: String) -> String {
        "<xs:element name=\"R\"><xs:complexType>\(content)</xs:complexType></xs:element>"
    }

    @Test(
        "Content models",
        arguments: [
            (
                "<xs:sequence><xs:element name=\"a\"/><xs:element name=\"b\" minOccurs=\"0\"/><xs:element name=\"c\" maxOccurs=\"2\"/></xs:sequence>",
                ["a#0", "b?#1", "c*#2"]
            ),
            ("<xs:choice><xs:element name=\"a\"/><xs:element name=\"b\"/></xs:choice>", ["a?#0", "b?#1"]),
            ("<xs:choice><xs:element name=\"a\"/></xs:choice>", ["a#0"]),
            ("<xs:all><xs:element name=\"a\"/><xs:element name=\"b\" minOccurs=\"0\"/></xs:all>", ["a#0", "b?#0"]),
            (
                "<xs:sequence><xs:element name=\"a\"/><xs:choice maxOccurs=\"unbounded\"><xs:element name=\"b\"/><xs:element name=\"c\"/></xs:choice><xs:element name=\"d\"/></xs:sequence>",
                ["a#0", "b?*#1", "c?*#1", "d#2"]
            ),
            (
                "<xs:sequence minOccurs=\"0\"><xs:element name=\"a\"/></xs:sequence><xs:attribute name=\"k\" use=\"required\"/>",
                ["a?#0", "@k#0"]
            ),
            (
                "<xs:sequence><xs:element name=\"a\" maxOccurs=\"0\"/><xs:element name=\"b\"/></xs:sequence><xs:attribute name=\"k\" use=\"prohibited\"/>",
                ["b#0"]
            ),
        ])
    func content(_ content: String, _ expected: [String]) throws { #expect(try members(try xsd(type(content))) == expected) }

    @Test("Groups, attribute groups, extension and restriction")
    func derived() throws {
        let body = """
            <xs:group name="g"><xs:sequence><xs:element name="x"/><xs:element name="y" minOccurs="0"/></xs:sequence></xs:group>
            <xs:attributeGroup name="ag"><xs:attribute name="k"/></xs:attributeGroup>
            <xs:complexType name="base"><xs:sequence><xs:element name="a"/></xs:sequence><xs:attribute name="b"/></xs:complexType>
            <xs:element name="R"><xs:complexType><xs:complexContent><xs:extension base="base">
              <xs:sequence><xs:group ref="g"/></xs:sequence><xs:attributeGroup ref="ag"/></xs:extension></xs:complexContent></xs:complexType></xs:element>
            <xs:element name="S"><xs:complexType><xs:complexContent><xs:restriction base="base">
              <xs:sequence><xs:element name="a" minOccurs="0"/></xs:sequence></xs:restriction></xs:complexContent></xs:complexType></xs:element>
            <xs:complexType name="more"><xs:complexContent><xs:extension base="base"/></xs:complexContent></xs:complexType>
            <xs:element name="B" type="base"/>
            """
        let model = try xsd(body)
        #expect(try members(model) == ["a#0", "@b?#0", "x#1", "y?#2", "@k?#0"])
        #expect(try members(model, "S") == ["@b?#0", "a?#1"])
        let root = try #require(model.root("R", namespace: ""))
        #expect(!model.shape(of: root).isOpen)
        // An instance may put a named extension in the place of its base (xsi:type).
        let base = try #require(model.root("B", namespace: ""))
        #expect(model.shape(of: base).isOpen)
    }

    @Test("Namespaces, qualified or not, includes that take them over, imports, and nothing outside the folder")
    func namespaces() throws {
        let body = """
            <xs:include schemaLocation="b.xsd"/><xs:import namespace="urn:c" schemaLocation="../c/c.xsd"/>
            <xs:include schemaLocation="../../etc/passwd"/><xs:include schemaLocation="http://x.example/y.xsd"/>
            <xs:element name="R"><xs:complexType><xs:sequence>
              <xs:element name="own" type="xs:string"/><xs:element name="free" form="unqualified"/><xs:element ref="t:included"/>
              <xs:element ref="c:other"/><xs:element name="typed" type="t:kind"/></xs:sequence></xs:complexType></xs:element>
            """
        let model = try xsd(
            body, attributes: "xmlns:t=\"urn:t\" xmlns:c=\"urn:c\" targetNamespace=\"urn:t\" elementFormDefault=\"qualified\"",
            more: [
                "a/b.xsd": """
                <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="included" type="kind"/>
                <xs:simpleType name="kind"><xs:restriction base="xs:string"><xs:maxLength value="3"/></xs:restriction></xs:simpleType></xs:schema>
                """,
                "c/c.xsd": """
                <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:c"><xs:element name="other" type="xs:int"/></xs:schema>
                """,
            ])
        #expect(
            try members(model, namespace: "urn:t") == [
                "{urn:t}own#0", "free#1", "{urn:t}included#2", "{urn:c}other#3", "{urn:t}typed#4",
            ])
        let root = try #require(model.root("R", namespace: "urn:t"))
        let shape = model.shape(of: root)
        #expect(shape.members.map { model.shape(of: $0).rules.maxLength } == [nil, nil, 3, nil, 3])
        #expect(model.shape(of: shape.members[3]).rules.kind == .integer)
    }

    @Test("Types that contain themselves, and substitution groups")
    func recursion() throws {
        let body = """
            <xs:complexType name="node"><xs:sequence><xs:element name="name" type="xs:string"/><xs:element name="node" type="node" minOccurs="0"/></xs:sequence></xs:complexType>
            <xs:element name="R" type="node"/>
            <xs:element name="head" abstract="true"/><xs:element name="one" substitutionGroup="head" type="xs:string"/>
            <xs:element name="S"><xs:complexType><xs:sequence><xs:element ref="head"/></xs:sequence></xs:complexType></xs:element>
            """
        let model = try xsd(body)
        var member = try #require(model.root("R", namespace: ""))
        for _ in 0..<50 { member = try #require(model.shape(of: member).member("node", namespace: "", isAttribute: false)) }
        #expect(try members(model, "S") == ["head?#0", "one?#0"])
        let root = try #require(model.root("R", namespace: ""))
        #expect(model.leaves(of: root).map { $0.map(\.name).joined(separator: "/") } == ["name"])
    }

    @Test("What is not known leaves its part open")
    func open() throws {
        let body = type("<xs:sequence><xs:element ref=\"gone\"/><xs:element name=\"a\" type=\"missing\"/><xs:any/></xs:sequence>")
        let model = try xsd(body)
        let root = try #require(model.root("R", namespace: ""))
        #expect(model.shape(of: root).isOpen)
        #expect(model.shape(of: root).members.allSatisfy { model.shape(of: $0) == .anything })
        #expect(FormModelFolder(files: ["x.xsd": Array("<a/>".utf8)]).model("x.xsd") == nil)
        #expect(FormModelFolder(files: [:]).model("x.xsd") == nil)
        #expect(FormModelFolder(files: ["x.json": Array("{".utf8)]).model("x.json") == nil)
    }

    @Test("Facets, also those of a base, a union and an empty content")
    func facets() throws {
        let body = """
            <xs:simpleType name="a"><xs:restriction base="xs:token"><xs:maxLength value="9"/><xs:pattern value="[0-9]+"/><xs:pattern value="[A-Z]+"/></xs:restriction></xs:simpleType>
            <xs:simpleType name="b"><xs:restriction base="a"><xs:length value="4"/></xs:restriction></xs:simpleType>
            <xs:simpleType name="e"><xs:restriction base="xs:string"><xs:enumeration value="1"/></xs:restriction></xs:simpleType>
            <xs:simpleType name="u"><xs:union memberTypes="e"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="2"/></xs:restriction></xs:simpleType></xs:union></xs:simpleType>
            <xs:element name="R" type="b"/><xs:element name="U" type="u"/><xs:element name="N"><xs:complexType/></xs:element>
            """
        let model = try xsd(body)
        let rules = try model.shape(of: #require(model.root("R", namespace: ""))).rules
        #expect((rules.minLength, rules.maxLength) == (4, 4))
        #expect(rules.refusal(of: "1234") == nil && rules.refusal(of: "ABCD") == nil)
        #expect(rules.refusal(of: "12345") != nil && rules.refusal(of: "12AB") != nil)
        #expect(try model.shape(of: #require(model.root("U", namespace: ""))).rules.enumeration == ["1", "2"])
        let empty = try model.shape(of: #require(model.root("N", namespace: "")))
        #expect(!empty.takesText && !empty.isOpen && empty.members.isEmpty)
    }

    @Test(
        "Kinds of values",
        arguments: [
            (ValueRules.Kind.decimal, ["1", "-1.50", ".5", "+3."], ["", "1,5", "x", "."]),
            (.integer, ["1", "-12", "+007"], ["1.0", "", "1e3"]),
            (.boolean, ["true", "0"], ["TRUE", "yes"]),
            (.date, ["2026-05-01", "2026-05-01Z", "2026-05-01+08:00"], ["20260501", "2026-5-1", "2026-05-01T09:30:00"]),
            (.dateTime, ["2026-05-01T09:30:00", "2026-05-01T09:30:00.5+08:00"], ["2026-05-01 09:30:00", "20260501093000"]),
            (.any, ["", "x"], []),
        ])
    func kinds(kind: ValueRules.Kind, good: [String], bad: [String]) {
        let rules = ValueRules(kind: kind)
        #expect(good.filter { rules.refusal(of: $0) != nil } == [])
        #expect(bad.filter { rules.refusal(of: $0) == nil } == [])
    }

    @Test("JSON Schema: alternatives are merged, references followed, what is not said is open")
    func json() throws {
        let text = """
            {"type": "object", "allOf": [{"$ref": "#/$defs/head"}], "required": ["a"], "properties": {
              "a": {"type": "integer", "title": "一"}, "b": {"type": ["array", "null"], "items": {"properties": {"c": {"const": 5}}}},
              "never": false, "any": {}, "out": {"$ref": "other.json"}},
             "anyOf": [{"required": ["b"]}, {"properties": {"d": {}}}],
             "$defs": {"head": {"type": "object", "properties": {"h": {"enum": ["x", 1, true, null]}}, "required": ["h"]}}}
            """
        let model = try #require(FormModelFolder(files: ["t.json": Array(text.utf8)]).model("t.json"))
        let root = try #require(model.roots.first)
        let shape = model.shape(of: root)
        #expect(shape.isOpen && !shape.takesText)
        #expect(
            shape.members.map { $0.name + ($0.isRequired ? "" : "?") + ($0.repeats ? "*" : "") } == [
                "a", "b?*", "any?", "out?", "h", "d?",
            ])
        #expect(shape.members[0].label == "一")
        #expect(model.shape(of: shape.members[1]).members.map(\.name) == ["c"])
        #expect(model.shape(of: model.shape(of: shape.members[1]).members[0]).rules.enumeration == ["5"])
        #expect(model.shape(of: shape.members[4]).rules.enumeration == ["x", "1", "true"])
        #expect(model.shape(of: shape.members[3]).isOpen)
    }

    @Test("The schemas of the repository")
    func shipped() throws {
        let folder = FormModelFolder(folder: ShippedFiles.schemas)
        let notice = try #require(folder.model("provincial/tender-notice.xsd"))
        let root = try #require(notice.root("GCJS_NOTICE", namespace: ""))
        let members = notice.shape(of: root).members
        #expect(members.count == 52 && members.filter(\.isRequired).count == 6)
        #expect(members[1].label == "招标项目编号" && notice.shape(of: members[1]).rules.maxLength == 50)
        let sections = try #require(folder.model("local-b/tender-notice.schema.json"))
        #expect(sections.shape(of: sections.roots[0]).members.first { $0.name == "sections" }?.repeats == true)
        #expect(folder.model("../Mappings/audiences.yaml") == nil)
    }
}
