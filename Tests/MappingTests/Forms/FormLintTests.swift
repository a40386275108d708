import ExchangeModel
import Testing

@testable import Mapping

@Suite("A mapping beside the schema of its form")
struct FormLintTests {
    private static let head = "NAME: title | max(20) | required\n"

    @Test(
        "What it reads and the schema has not, is found at the step",
        arguments: [
            ("title: NAM", #"7:10 error shop/t.xsd has no "NAM" in "T"; did you mean "NAME"?"#),
            ("title: PLACE/CITTY | trim", #"7:16 error shop/t.xsd has no "CITTY" in "PLACE"; did you mean "CITY"?"#),
            ("title: \"PLACE/CITTY\"", #"7:17 error shop/t.xsd has no "CITTY" in "PLACE""#),
            ("title: /T/NOTES", #"7:13 error shop/t.xsd has no "NOTES" in "T"; did you mean "NOTE"?"#),
            ("title: PLACE/@kinds", #"7:17 error shop/t.xsd has no "@kinds" in "PLACE"; did you mean "@kind"?"#),
            ("title: first(NOTE, REMARK)", #"7:22 error shop/t.xsd has no "REMARK" in "T""#),
            ("title: concat(NAME, \"-\", NUMBR)", #"7:28 error shop/t.xsd has no "NUMBR" in "T"; did you mean "NUMBER"?"#),
            ("title: ITEM[KYE='1']/VALUE", #"7:15 error shop/t.xsd has no "KYE" in "ITEM"; did you mean "KEY"?"#),
            ("price: PRICE | amount(unit=@unite)", #"7:31 error shop/t.xsd has no "@unite" in "PRICE"; did you mean "@unit"?"#),
            ("title: ITEM/KEY", #"7:10 warning "ITEM" repeats in shop/t.xsd, and this takes the first alone; write "ITEM[]""#),
            ("title: PLACE", #"7:10 warning "PLACE" holds fields and no text; name one of them: CITY, STREET"#),
            ("title: PLACE[@kind='X']/CITY", #"7:17 warning "X" is never a value of "kind": it is none of R, G, B"#),
            (
                "at: STAMP | time(\"yyyyMMdd\")",
                #"7:20 error "STAMP" (时间) never looks like "yyyyMMdd": 20260501 does not match the pattern"#
            ),
            ("at: STAMP | trim | time(\"yyyy-MM-dd HH:mm:ss\")", #"7:27 error "STAMP" (时间) never looks like"#),
            ("day: DAY | date(\"yyyyMMdd\")", #"7:19 error "DAY" never looks like "yyyyMMdd": 20260501 is no day"#),
            (
                "colour: HUE | code(colour)",
                #"7:22 warning the list "colour" has no code of "shop" for B, which shop/t.xsd allows in "HUE""#
            ),
            ("items[]:\n  each: NOTE\n  fields:\n    key: . | required", #"8:11 warning "NOTE" never repeats in shop/t.xsd"#),
            (
                "items[]:\n  each: ITEMS\n  fields:\n    key: KEY | required",
                #"8:11 error shop/t.xsd has no "ITEMS" in "T"; did you mean "ITEM"?"#
            ),
            (
                "items[]:\n  each: ITEM\n  fields:\n    key: KYE | required",
                #"10:12 error shop/t.xsd has no "KYE" in "ITEM"; did you mean "KEY"?"#
            ),
            (
                "items[]:\n  each: ITEM\n  fields:\n    key: KEY | required\n    value: ../NAM",
                #"11:17 error shop/t.xsd has no "NAM" in "T""#
            ),
            ("title: FREE/what/ever\nplace.name: NAM", #"8:15 error shop/t.xsd has no "NAM""#),
        ])
    func source(fields: String, expected: String) {
        let found = FormWorkshop.show(FormWorkshop.inbound(fields))
        #expect(found.count == 1 && found[0].hasPrefix(expected), "\(found)")
    }

    @Test(
        "What the schema has, or leaves open, is not reported",
        arguments: [
            "title: NAME | trim", "title: PLACE/CITY", "title: PLACE/@kind", "title: FREE/any/thing",
            "title: ITEM[KEY='1']/VALUE", "tags[]: ITEM[]/VALUE", "at: STAMP | time(\"yyyyMMddHHmmss\")",
            "day: DAY | date(\"xml\")",
            "day: DAY | date(\"yyyy-MM-dd\")", "price: PRICE | amount(unit=@unit)", "title: /T/PLACE/CITY",
            "items[]:\n  each: ITEM\n  fields:\n    key: KEY | required\n    value: ../NAME", "colour: NOTE | code(colour)",
            "number: NUMBER | count", "title: FREE",
        ])
    func sourceGood(fields: String) { #expect(FormWorkshop.show(FormWorkshop.inbound(fields)) == []) }

    @Test(
        "JSON sources",
        arguments: [
            ("title: nmae", #"7:10 error shop/t.json has no "nmae" in the record; did you mean "name"?"#),
            ("title: place.citi", #"7:16 error shop/t.json has no "citi" in "place"; did you mean "city"?"#),
            ("title: place.inner.inner.inner.citi", #"7:34 error shop/t.json has no "citi" in "inner""#),
            ("title: items.key", #"7:10 warning "items" repeats in shop/t.json"#),
            (
                "items[]:\n  each: items\n  fields:\n    key: kye | required",
                #"10:12 error shop/t.json has no "kye" in "items"; did you mean "key"?"#
            ),
            (
                "items[]:\n  each: place\n  fields:\n    key: city | required",
                #"8:11 warning "place" never repeats in shop/t.json"#
            ),
            ("at: stamp | time(\"epoch-milliseconds\")", #"7:20 error "stamp" never looks like "epoch-milliseconds""#),
            ("title: either.b", #"7:17 error shop/t.json has no "b" in "either""#),
            ("tags[]: items[].values", #"7:19 warning "values" repeats in shop/t.json"#),
        ])
    func jsonSource(fields: String, expected: String) {
        let found = FormWorkshop.show(FormWorkshop.inbound(fields, format: "{ format: json, schema: shop/t.json }"))
        #expect(found.count == 1 && found[0].hasPrefix(expected), "\(found)")
    }

    @Test(
        "Good JSON sources",
        arguments: [
            "title: name", "title: free.what.ever", "title: place.inner.inner.city", "tags[]: items[].values[]", "title: either",
            "title: either.a", "items[]:\n  each: items\n  fields:\n    key: key | required\n    value: ../name",
        ])
    func jsonSourceGood(fields: String) {
        #expect(FormWorkshop.show(FormWorkshop.inbound(fields, format: "{ format: json, schema: shop/t.json }")) == [])
    }

    @Test(
        "What it writes and the schema refuses",
        arguments: [
            ("NAM: title | max(20)\n", #"8:3 error shop/t.xsd has no "NAM" in "T"; did you mean "NAME"?"#),
            (
                "PLACE:\n  fields:\n    CITTY: title | max(20)\n",
                #"10:7 error shop/t.xsd has no "CITTY" in "PLACE"; did you mean "CITY"?"#
            ),
            (
                "SHOP:\n  fields:\n    STREET: title | max(20)\n",
                #"10:7 error shop/t.xsd has no "STREET" in "SHOP" (known: CITY)"#
            ),
            ("HUE: literal(\"X\")\n", #"8:8 error "HUE" refuses "X": it is none of R, G, B"#),
            ("HUE: title | default(\"X\")\n", #"8:24 warning "HUE" refuses the default "X""#),
            ("NOTE: title\nHUE: literal(\"R\")\n", #"8:3 error shop/t.xsd has "NOTE" behind "HUE""#),
            (
                "STAMP: at | time(\"yyyyMMdd\")\n",
                #"8:20 error "STAMP" (时间) refuses "yyyyMMdd", such as 20260501: it does not match"#
            ),
            ("DAY: day | date(\"yyyyMMdd\")\n", #"8:19 error "DAY" refuses "yyyyMMdd", such as 20260501: it is no day"#),
            ("NUMBER: measure | decimal(2)\n", #"8:29 error "NUMBER" refuses decimals, such as 1.00: it is no whole number"#),
            ("HUE: number | count\n", #"8:17 error "HUE" refuses whole numbers, such as 1"#),
            ("PLACE: title\n", #"8:3 error "PLACE" takes no text; it is a group of CITY, STREET"#),
            ("NOTE:\n  fields:\n    X: title\n", #"8:3 error "NOTE" is a text in shop/t.xsd, not a group"#),
            ("NOTE[]: tags[]\n", #"8:3 warning "NOTE" stands once in shop/t.xsd; a second item would be refused"#),
            (
                "SHOP:\n  fields:\n    CITY: title\n",
                #"10:13 warning "CITY" takes at most 20 characters, and this may have any number"#
            ),
            (
                "SHOP:\n  fields:\n    CITY: title | max(30)\n",
                #"10:13 warning "CITY" takes at most 20 characters, and this may have up to 30 characters; add max(20)"#
            ),
            ("SHOP:\n  fields:\n    CITY: tags[] | join(\";\")\n", #"10:13 warning "CITY" takes at most 20"#),
            (
                "SHOP:\n  fields:\n    CITY: literal(\"a city whose name is too long\")\n",
                #"10:13 error "CITY" refuses "a city whose name is too long": it has 29 characters"#
            ),
        ])
    func target(fields: String, expected: String) {
        let found = FormWorkshop.show(FormWorkshop.outbound(Self.head + fields))
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
        #expect(found.count == 1 || fields.contains("fields:") || fields.contains("tags"), "\(found)")
    }

    @Test("Required elements and attributes that are never set are named with what the schema calls them")
    func required() {
        #expect(
            FormWorkshop.show(FormWorkshop.outbound("NOTE: title")) == [
                #"7:3 error the element "NAME" (名称) is required in "T" by shop/t.xsd and never set"#
            ])
        let inner = FormWorkshop.show(
            FormWorkshop.outbound("NAME: title | max(20)\nITEM[]:\n  each: items[]\n  fields:\n    VALUE: value | max(20)"))
        #expect(inner == [#"8:3 error the element "KEY" is required in "ITEM" by shop/t.xsd and never set"#])
        let attribute = FormWorkshop.show(
            FormWorkshop.outbound("NAME: title | max(20)\nPLACE:\n  fields:\n    CITY: title | max(20)"))
        #expect(attribute == [#"8:3 error the attribute "kind" is required in "PLACE" by shop/t.xsd and never set"#])
    }

    @Test(
        "What fits is not reported",
        arguments: [
            "STAMP: at | time(\"yyyyMMddHHmmss\")\nHUE: literal(\"R\")\nDAY: day | date(\"yyyy-MM-dd\")\nPRICE: price | amount(\"元\", 2)\nNUMBER: number | count",
            "PRICE: price | amount(\"元\")", "PRICE: literal(\"1.50\")", "DAY: day | date(\"yyyy-MM-dd\")",
            "NUMBER: measure | decimal(0)",
            "SHOP:\n  fields:\n    CITY: title | mask | max-bytes(20)", "FREE:\n  fields:\n    ANY: title\n    THING: title",
            "FREE: title",
            "ITEM[]:\n  each: items[]\n  fields:\n    KEY: key | max(20)\n    VALUE: value | max(7)", "NOTE: title",
        ])
    func targetGood(fields: String) { #expect(FormWorkshop.show(FormWorkshop.outbound(Self.head + fields)) == []) }

    @Test("A code list is held against the schema's values and the canonical ones")
    func codes() {
        let found = FormWorkshop.show(FormWorkshop.outbound(Self.head + "HUE: colour | code(colour)"))
        #expect(found == [])
        var input = FormWorkshop.input
        let text = Workshop.colours + "\ncolour,1,shop,X,mauve,紫,Mauve,,,test\ncolour,1,other,9,white,白,White,,,test"
        input.codeLists["colour"] = CodeListFile.read(name: "colour", bytes: Array(text.utf8)).list
        let file = """
            mapping: shop/out/thing
            version: 1
            audience: public
            from: { dataset: thing, canonical: 1 }
            to: { format: xml, root: T, schema: shop/t.xsd }
            fields:
              NAME: title | max(20)
              HUE: colour | code(colour)
            """
        let more = MappingCompilation.compile(Array(file.utf8), expectedName: "shop/out/thing", input: input).findings
        #expect(
            FormWorkshop.show(more) == [
                #"8:22 warning the list "colour" has no code of "shop" for white (白); records with them are refused"#,
                #"8:22 warning "HUE" refuses X of the list "colour": it is none of R, G, B"#,
            ])
        #expect(more.allSatisfy { !$0.textZH.isEmpty })
        // Who lets unknown codes pass, or says what every other one is, has decided.
        let passing = file.replacing("code(colour)", with: "code(colour, unknown=\"pass\")")
        let passed = MappingCompilation.compile(Array(passing.utf8), expectedName: "shop/out/thing", input: input).findings
        #expect(FormWorkshop.show(passed).map { $0.contains("HUE") } == [true])
        let other = text + "\ncolour,1,shop,G,*,其他,Other,,,test"
        input.codeLists["colour"] = CodeListFile.read(name: "colour", bytes: Array(other.utf8)).list
        let rest = MappingCompilation.compile(Array(file.utf8), expectedName: "shop/out/thing", input: input).findings
        #expect(FormWorkshop.show(rest).map { $0.contains("HUE") } == [true])
    }

    @Test("A root that the schema has not")
    func root() {
        #expect(
            FormWorkshop.show(FormWorkshop.outbound("NAME: title | max(20)", root: "TT")) == [
                #"5:26 error the schema shop/t.xsd has no root element "TT"; did you mean "T"?"#
            ])
    }

    @Test("The fewest elements whose move mends the order are named")
    func order() {
        let fields = "NOTE: title\nNAME: title | max(20)\nSTAMP: at | time(\"yyyyMMddHHmmss\")\nHUE: literal(\"R\")"
        #expect(
            FormWorkshop.show(FormWorkshop.outbound(fields)) == [
                #"7:3 error shop/t.xsd has "NOTE" behind "HUE"; elements are written in the order of the file"#
            ])
        #expect(FormChecker.longestRising([5, 1, 2, 2, 0, 3]) == [1, 2, 3, 5])
        #expect(FormChecker.longestRising([]) == [])
    }

    @Test("Keys and prefixes that nothing uses")
    func unused() {
        let extra = "keys: { person: { each: ITEM, key: KEY } }\nnamespaces: { p: urn:p }"
        #expect(
            FormWorkshop.show(FormWorkshop.inbound("title: NAME", extra: extra)) == [
                #"8:9 warning the key "person" is never looked up"#, #"9:15 warning the prefix "p" is never used"#,
            ])
        let used = "keys: { person: { each: ITEM, key: KEY } }"
        #expect(FormWorkshop.show(FormWorkshop.inbound("title: person(NAME)/VALUE", extra: used)) == [])
        #expect(
            FormWorkshop.show(FormWorkshop.inbound("title: person(NAME)/VALEU", extra: used)) == [
                #"7:23 error shop/t.xsd has no "VALEU" in "ITEM"; did you mean "VALUE"?"#
            ])
    }

    @Test(
        "Choices, conditions, variables, groups and pieces of templates are followed too",
        arguments: [
            ("title: { when: \"NAM = '1'\", value: NAME }", "7:19 error shop/t.xsd has no \"NAM\""),
            ("title: { choose: [ { when: NAME, value: NOTE }, { value: NOTES } ] }", "7:60 error shop/t.xsd has no \"NOTES\""),
            ("title: template(\"{NAME}-{NOTES}\")", "7:28 error shop/t.xsd has no \"NOTES\""),
            ("place: { let: { p: PLACE }, fields: { name: $p/CITTY } }", "7:50 error shop/t.xsd has no \"CITTY\" in \"PLACE\""),
            (
                "items[]:\n  each: ITEM\n  by: KEY\n  fields:\n    key: KEY | required\n    value: group()/VALEU | join(\";\")",
                "12:22 error shop/t.xsd has no \"VALEU\" in \"ITEM\""
            ),
            ("at: STAMP | time(\"yyyyMMdd\", \"yyyy\")", "7:20 error \"STAMP\" (时间) never looks like \"yyyyMMdd\""),
        ])
    func newWords(fields: String, expected: String) {
        let found = FormWorkshop.show(FormWorkshop.inbound(fields))
        #expect(found.count == 1 && found[0].hasPrefix(expected), "\(found)")
    }

    @Test(
        "And are silent where they fit",
        arguments: [
            "title: ITEM[2]/KEY", "title: ITEM[last]/VALUE", "title: \"*/CITY\"", "title: ITEM[KEY!='1']/VALUE",
            "title: ITEM[VALUE]/KEY",
            "number: ITEM[] | number-of", "title: { when: PLACE, value: NAME }",
            "place: { let: { p: PLACE }, fields: { name: $p/CITY } }",
            "items[]:\n  each: ITEM\n  by: KEY\n  fields:\n    key: KEY | required\n    value: group()/VALUE | join(\";\")",
            "at: STAMP | time(\"yyyyMMddHHmmss\", \"yyyyMMdd\")",
        ])
    func newWordsGood(fields: String) { #expect(FormWorkshop.show(FormWorkshop.inbound(fields)) == []) }

    @Test("Branches of an outbound choice are checked one by one, and fields of a fragment where it is used")
    func branches() {
        let fields =
            Self.head + "HUE: { choose: [ { when: \"title = 'a'\", value: literal(\"X\") }, { value: literal(\"G\") } ] }"
        #expect(FormWorkshop.show(FormWorkshop.outbound(fields)) == [#"8:50 error "HUE" refuses "X": it is none of R, G, B"#])
        var input = FormWorkshop.input
        input.fragments["extra"] =
            FragmentFile.read(name: "extra", bytes: Array("fragment: extra\nfields: { NOTES: title }".utf8)).fragment
        let file = """
            mapping: shop/out/thing
            version: 1
            audience: public
            from: { dataset: thing, canonical: 1 }
            to: { format: xml, root: T, schema: shop/t.xsd }
            use: extra
            fields: { NAME: title | max(20) }
            """
        let found = MappingCompilation.compile(Array(file.utf8), expectedName: "shop/out/thing", input: input).findings
        #expect(
            FormWorkshop.show(found) == [
                #"6:6 error fragments/extra.yaml:2:11: shop/t.xsd has no "NOTES" in "T"; did you mean "NOTE"?"#
            ])
    }

    @Test("Every text is there in Chinese too, and a fault is one finding")
    func both() {
        let found = FormWorkshop.inbound("title: NAM | trim | required\ntags[]: ITEMS[]/KEY\nat: STAMP | time(\"yyyy\")")
        #expect(found.count == 3)
        #expect(found.allSatisfy { !$0.textZH.isEmpty && $0.textZH != $0.text })
    }
}
