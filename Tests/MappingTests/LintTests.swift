import ExchangeModel
import Testing

@testable import Mapping

@Suite("What is wrong with a mapping file, and where")
struct LintTests {
    /// `line:column text` of every finding; in the files of the workshop the first field stands on line 7.
    private func inbound(_ fields: String) -> [String] { show(Workshop.lint(Workshop.inboundFile(fields))) }
    private func outbound(_ fields: String) -> [String] {
        show(Workshop.lint(Workshop.outboundFile(fields), name: "shop/out/thing"))
    }
    private func show(_ findings: [Finding]) -> [String] {
        findings.map { "\($0.position.line):\($0.position.column) \($0.text)" }
    }

    @Test(
        "Inbound fields",
        arguments: [
            ("title: A | requird", #"8:14 unknown function "requird"; did you mean "required"?"#),
            ("titel: A", #"8:3 unknown field of the canonical thing "titel"; did you mean "title"?"#),
            ("place.nmae: A", #"8:3 unknown field of the canonical place "nmae"; did you mean "name"?"#),
            ("colour: A | code(color)", #"8:20 unknown code list "color"; did you mean "colour"?"#),
            ("title: x:A", #"8:10 unknown namespace prefix "x""#),
            ("title: A[x:B='1']", #"8:12 unknown namespace prefix "x""#),
            (
                "title: person(A)/N",
                #"8:10 unknown key or function "person" (known: concat, datetime, first, group, literal, template)"#
            ),
            ("title: A | trim(1)", "8:14 trim takes 0 arguments, not 1: trim"),
            ("title: A | max", "8:14 max takes 1 argument, not 0: max(characters)"),
            ("title: A | max(\"3\")", "8:18 max takes a number from 1 to 1000000"),
            ("title: A | max(0)", "8:18 max takes a number from 1 to 1000000"),
            ("title: A | max-bytes(3, \"gb2312\")", "8:27 unknown encoding \"gb2312\" (known: gb18030, gbk, utf-16, utf-8)"),
            ("tags[]: A | split(3)", "8:21 split takes a text in quotation marks"),
            ("title: A | mask(1, 2, 3)", "8:14 mask takes 0 to 2 arguments, not 3: mask or mask(keepFirst, keepLast)"),
            ("title: A | concat(B)", #"8:14 "concat" begins an expression; it cannot follow "|""#),
            ("at: A | time(\"YYYY\")", "8:16 'YYYY' is no part of a time; parts are yyyy MM dd HH mm ss SSS"),
            ("at: A | time(\"yyyyMMdd HHmmssyyyy\")", "8:16 a part of the time stands twice in the pattern"),
            ("at: A | time(\"HHmm\")", "8:16 a time pattern needs at least the year, yyyy"),
            ("price: A | amount()", #"8:14 an amount needs its unit: amount("万元"), amount(unit=PATH) or amount(currency=PATH)"#),
            ("price: A | amount(\"万\")", #"8:21 unknown unit "万"; did you mean "万元"?"#),
            ("price: A | amount(\"元\", 2)", "8:28 amount takes a unit in quotation marks, or unit=PATH, currency=PATH"),
            ("price: A | amount(units=B)", #"8:27 unknown argument of amount "units"; did you mean "unit"?"#),
            ("price: A | amount(\"元\", unit=B)", "8:33 the unit is given twice"),
            ("price: A | amount(currency=\"yuan\")", "8:30 a currency is three capital letters, such as CNY"),
            ("price: A | amount(\"元\", kind=\"sum\")", #"8:33 unknown kind of amount "sum" (known: rate, total, unit)"#),
            ("title: A | ", #"8:13 expected the name of a function, but the expression ends"#),
            ("title: A B", #"8:12 expected "|" and a function, or the end, but "B" stands here"#),
            ("title: A/", "8:12 expected a name, but the expression ends"),
            ("title: A[", "8:12 expected a child's name, a number from 1 or \"last\", but the expression ends"),
            ("title: A[B=1]", #"8:14 expected a text in quotation marks, but "1" stands here"#),
            ("title: A | default(\"x", "8:22 the text has no closing quotation mark"),
            ("title: /X/A", #"8:11 the root element is "T", not "X""#),
            ("title: ../A", "8:10 the path leaves the document: only 0 levels are above"),
            ("title: A/@b/C", "8:13 nothing can follow an attribute"),
            ("title: A[] ", #"8:10 "title" takes one value; add join(";") or take one with a predicate"#),
            ("tags[]: A", #"8:11 "tags" takes several values; use a path with [] or split(";")"#),
            ("tags: A[]", #"8:3 "tags" repeats; write "tags[]""#),
            ("title[]: A[]", #"8:3 "title" does not repeat; write it without []"#),
            ("title: A | join(\";\")", "8:14 join takes several values; the path has no []"),
            ("at: A", #"8:7 "at" is a time, but the expression gives text; use time("yyyyMMddHHmmss") or datetime(...)"#),
            ("day: A | time(\"yyyy\")", #"8:8 "day" is a date, but the expression gives a time; use date("yyyyMMdd")"#),
            (
                "price: A | decimal",
                #"8:10 "price" is an amount, but the expression gives a decimal number; use amount(...) with its unit"#
            ),
            (
                "id: A",
                #"8:7 "id" is an identifier, but the expression gives text; use identifier("SCHEME") or a check such as uscc"#
            ),
            ("number: A", #"8:11 "number" is a whole number, but the expression gives text; use count"#),
            (
                "colour: A",
                #"8:11 "colour" is a code, but the expression gives text; use code(colour), or a literal of that list"#
            ),
            (
                "colour: literal(\"mauve\")",
                #"8:11 "colour" is a code, but the expression gives text; use code(colour), or a literal of that list"#
            ),
            ("place.scheme: literal(\"C\")", #"8:17 unknown value of "place.scheme" "C"; did you mean "A"?"#),
            ("id: A | identifier(\"CN-USC\")", #"8:22 unknown scheme of "id" "CN-USC"; did you mean "CN-USCC"?"#),
            ("place: A", #"8:10 "place" is a group of fields, but the expression gives text"#),
            ("title:\n    fields:\n      x: A", #"8:3 "title" is text, not a group of fields"#),
            ("title: A | amount(\"元\") | trim", "8:30 trim takes text, but here stands an amount"),
            ("at: A | time(\"yyyy\") | default(\"x\")", #"8:26 default(...) comes before the conversion to a time"#),
            (
                "items[]:\n    each: I\n    fields:\n      value: V",
                #"8:3 the canonical field "items.key" is required and never set"#
            ),
            (
                "items[]:\n    each: I\n    fields:\n      key: V",
                #"11:12 "items.key" is required in the canonical record: end with | required or default(...)"#
            ),
            ("items[]:\n    fields:\n      key: V | required", #"8:3 the repeated group "items[]" needs each: with a path"#),
            ("items[]:\n    each: ./@a\n    fields:\n      key: V | required", "9:11 a repeated group needs a path to elements"),
            ("place:\n    each: I\n    fields:\n      name: V", #"8:3 each: needs a repeated group; write "place[]""#),
            (
                "title: A\ntitle.x: B",
                #"9:3 "title" is a value, a repeated group or a group with conditions or variables, so "title.x" cannot stand in it"#
            ),
            ("place:\n    fields:\n      name: A\nplace.name: B", #"11:3 "place.name" is set twice"#),
            ("title..x: A", #"8:3 a part of the name "title..x" is empty"#),
            (
                "title: { value: A, bais: unverified }",
                #"8:22 unknown key "bais"; did you mean "basis"? (known here: basis, choose, note, value, when)"#
            ),
            ("title: { value: A, basis: certain }", "8:29 fields.title.basis must be one of unverified"),
            ("title: \"A | nope\"", #"8:15 unknown function "nope""#),
        ])
    func inboundFault(fields: String, expected: String) {
        let found = inbound(fields.replacing("\n    ", with: "\n  "))
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(expected) ?? false, "\(found)")
    }

    @Test(
        "Outbound fields",
        arguments: [
            ("A: titel", #"7:6 unknown canonical field "titel"; did you mean "title"?"#),
            ("A: place.nmae", #"7:12 unknown field of the canonical place "nmae"; did you mean "name"?"#),
            ("A: tags", #"7:6 "tags" repeats; write "tags[]", or choose one with a predicate"#),
            ("A: title[]", #"7:6 "title" does not repeat; write it without []"#),
            ("A: tags[]", #"7:6 several values for one element; add join(";"), or write "A[]""#),
            ("A[]: title", #"7:8 one value only; write "A" without []"#),
            ("A: at", #"7:6 a time goes out only in the partner's form: add time("yyyyMMddHHmmss")"#),
            ("A: day", #"7:6 a date goes out only in the partner's form: add date("yyyyMMdd")"#),
            ("A: colour", "7:6 a code goes out only as the partner's: add code(colour)"),
            ("A: price", #"7:6 an amount goes out only with its unit: add amount("元", decimals)"#),
            ("A: id", "7:6 an identifier goes out by its value: add .value"),
            ("A: place", "7:6 this is a group of fields; name one of them"),
            ("A: title | code(colour)", "7:14 code takes a code, but here stands text"),
            ("A: title | time(\"yyyy\")", "7:14 time takes a time, but here stands text"),
            ("A: price | amount(\"元\", x)", "7:28 amount takes a number from 0 to 20"),
            ("A: title | identifier(\"X\")", "7:14 identifier belongs to inbound mappings; outbound, write .value"),
            ("A: datetime(day, day)", "7:6 datetime belongs to inbound mappings"),
            ("A: title/@x", "7:13 the canonical record has no attributes"),
            ("1A: title", #"7:3 "1A" is not the name of an XML element, or its prefix is not declared"#),
            ("p:A: title", #"7:3 "p:A" is not the name of an XML element, or its prefix is not declared"#),
            ("I[]:\n    each: tags[]\n    fields:\n      K: .", "8:11 each: needs a group of fields"),
        ])
    func outboundFault(fields: String, expected: String) {
        let found = outbound(fields.replacing("\n    ", with: "\n  "))
        #expect(found.first?.hasPrefix(expected) ?? false, "\(found)")
    }

    @Test(
        "Heads of files",
        arguments: [
            ("version: 1", "version: one", "2:10 version must be a whole number"),
            (
                "mapping: shop/in/thing", "mapping: shop/in/other",
                #"1:10 the mapping is named "shop/in/other", but its place says "shop/in/thing""#
            ),
            ("format: xml", "format: xlm", #"3:17 from.format must be one of xml, json, csv, xlsx; did you mean "xml"?"#),
            (", root: T", "", "3:7 an XML form needs its root element, root:"),
            ("root: T", "root: q:T", #"3:28 "q:T" is not the name of an XML element, or its prefix is not declared"#),
            (
                "root: T }", "root: T, schema: shop/thing.xds }",
                #"3:39 unknown schema file "shop/thing.xds"; did you mean "shop/thing.xsd"?"#
            ),
            ("dataset: thing", "dataset: thin", #"4:16 unknown dataset with a canonical schema "thin"; did you mean "thing"?"#),
            ("canonical: 1", "canonical: 2", "4:34 version 2 of thing is not here; the schema is version 1"),
            ("businessKey: literal(\"k\"), ", "", "6:11 identify.businessKey is required and missing"),
            ("version: literal(\"1\")", "version: A | time(\"x\")", "6:"),
            ("businessKey: literal(\"k\")", "businessKey: \"A[]\"", "6:26 businessKey must be one text"),
            ("identify:", "identfy:", "1:1 identify is required and missing"),
            ("fields:", "feilds:", "1:1 fields is required and missing"),
        ])
    func headFault(from: String, to: String, expected: String) {
        let file = Workshop.inboundFile("title: A")
        #expect(file.contains(from))
        let found = show(Workshop.lint(file.replacing(from, with: to, maxReplacements: 1)))
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }

    @Test("An audience that nobody knows, and a missing one")
    func audiences() {
        let file = Workshop.outboundFile("A: title", audience: "provinec")
        #expect(
            show(Workshop.lint(file, name: "shop/out/thing")).contains(
                #"3:11 unknown audience "provinec"; did you mean "province"?"#))
        let without = file.replacing("audience: provinec\n", with: "")
        #expect(show(Workshop.lint(without, name: "shop/out/thing")) == ["1:1 audience is required and missing"])
    }

    @Test("All faults of a file are listed, in both languages")
    func all() {
        let found = Workshop.lint(Workshop.inboundFile("titel: A\nphone: A | nope\ncolour: A | code(nope)\nat: ("))
        #expect(found.map { "\($0.position.line)" } == ["8", "9", "10", "11"])
        #expect(found.allSatisfy { !$0.textZH.isEmpty })
    }

    @Test("A list without codes of the partner is said so")
    func partner() {
        let file = Workshop.inboundFile("colour: A | code(colour)").replacing("shop/in/thing", with: "mall/in/thing")
        #expect(
            show(Workshop.lint(file, name: "mall/in/thing"))
                == [#"8:20 the list "colour" has no codes of "mall"; it has those of shop, other"#])
    }

    @Test(
        "Code list files",
        arguments: [
            ("a,b\n", "1:1 the columns list, partner, code, canonical, label_zh, valid_from, valid_to are missing"),
            ("", "1:1 the file is empty"),
            ("HEAD\nx,1,p,1,a,,,,,s\nx,1,p,1,b,,,,,s", "3:7 p 1 stands on line 2 already, for the same days"),
            ("HEAD\nx,1,p,,a,,,,,s", "2:7 code is empty"),
            ("HEAD\ny,1,p,1,a,,,,,s", "2:1 list is \"y\", but the file is \"x\""),
            ("HEAD\nx,1,p,1,a,,,2026-02-30,,s", "2:13 valid_from is no date yyyy-MM-dd"),
            ("HEAD\nx,1,p,1,a,,,2026-02-02,2026-02-01,s", "2:24 valid_to lies before valid_from"),
            ("HEAD\nx,1,p,1,a,,,,\n", "2:1 9 fields, but the header has 10"),
        ])
    func codeLists(text: String, expected: String) {
        let head = "list,edition,partner,code,canonical,label_zh,label_en,valid_from,valid_to,source"
        let found = CodeListFile.read(name: "x", bytes: Array(text.replacing("HEAD", with: head).utf8)).findings
        #expect(show(found) == [expected])
    }

    @Test("Rows of CSV: quotation marks, commas, line breaks, CRLF and a byte order mark")
    func csv() {
        var rows = CSVRows(Array("\u{FEFF}a,\"b,\"\"c\"\"\nd\",\r\n\n\"\",e".utf8))
        #expect(rows.next()?.fields.map(\.text) == ["a", "b,\"c\"\nd", ""])
        let second = rows.next()
        #expect(second?.line == 4)
        #expect(second?.fields.map(\.text) == ["", "e"])
        #expect(rows.next() == nil)
    }
}
