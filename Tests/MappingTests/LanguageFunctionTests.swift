import ExchangeModel
import GatewayTesting
import Testing

@testable import Mapping

@Suite("Functions on text, numbers, lists and times")
struct LanguageFunctionTests {
    @Test(
        "A function gives its value",
        arguments: [
            ("title: A | collapse", "<T><A> a \n\u{3000} b\u{A0}c </A></T>", "a b c"),
            ("title: A | collapse", "<T><A> </A></T>", ""),
            ("title: A | half-width", "<T><A>ＡＢ１２．５（ｘ）～\u{3000}中。</A></T>", "AB12.5(x)~ 中。"),
            ("title: A | substring(2)", "<T><A>中文字</A></T>", "文字"), ("title: A | substring(2, 1)", "<T><A>中文字</A></T>", "文"),
            ("title: A | substring(4)", "<T><A>中文字</A></T>", ""), ("title: A | substring(3, 9)", "<T><A>中文字</A></T>", "字"),
            ("title: A | before(\"-\")", "<T><A>a-b-c</A></T>", "a"), ("title: A | before(\"-\")", "<T><A>abc</A></T>", "abc"),
            ("title: A | before(\"-\")", "<T><A>-abc</A></T>", ""), ("title: A | after(\"-\")", "<T><A>a-b-c</A></T>", "b-c"),
            ("title: A | after(\"-\")", "<T><A>abc</A></T>", ""), ("title: A | after(\"：\")", "<T><A>电话：1</A></T>", "1"),
            ("title: A | replace(\"-\", \"/\")", "<T><A>a-b-c</A></T>", "a/b/c"),
            ("title: A | replace(\"-\", \"\")", "<T><A>--</A></T>", ""),
            ("title: A | replace(\"aa\", \"a\")", "<T><A>aaaa</A></T>", "aa"),
            ("title: A | replace(\"x\", \"y\")", "<T><A>abc</A></T>", "abc"),
            ("title: A | pad-left(5, \"0\")", "<T><A>12</A></T>", "00012"),
            ("title: A | pad-left(2, \"0\")", "<T><A>中文字</A></T>", "中文字"),
            ("title: A | pad-left(3, \"〇\")", "<T><A>文</A></T>", "〇〇文"),
            ("title: A | hash(\"sm3\")", "<T><A>abc</A></T>", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            (
                "title: A | hash(\"sha256\")", "<T><A>abc</A></T>",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            ),
            ("title: template(\"{A | upper}：{B}元{{}}\")", "<T><A>x</A><B>3</B></T>", "X：3元{}"),
            ("title: template(\"{A}{B}\")", "<T><A>x</A></T>", ""),
            ("title: template(\"{A}{B | default('y')}\")", "<T><A>x</A></T>", "xy"),
            ("title: template(\"{concat(A, \"\"-\"\", B)}\")", "<T><A>x</A><B>y</B></T>", "x-y"),
            ("measure: A | add(0.5)", "<T><A>1</A></T>", "!"), ("measure: A | add(\"0.5\")", "<T><A>1.25</A></T>", "1.75"),
            ("measure: A | add(B)", "<T><A>0.1</A><B>0.2</B></T>", "0.3"),
            ("measure: A | subtract(B)", "<T><A>1</A><B>1.5</B></T>", "-0.5"),
            ("measure: A | subtract(B)", "<T><A>-1</A><B>-1</B></T>", "0"),
            ("measure: A | multiply(\"1.06\")", "<T><A>100</A></T>", "106"),
            ("measure: A | multiply(\"-0.1\")", "<T><A>0.1</A></T>", "-0.01"),
            ("measure: A | divide(3, 4)", "<T><A>2</A></T>", "0.6667"),
            ("measure: A | divide(8, 0)", "<T><A>-20</A></T>", "-3"),
            ("measure: A | divide(\"0.003\", 2)", "<T><A>1</A></T>", "333.33"),
            ("measure: A | round(2)", "<T><A>1.005</A></T>", "1.01"), ("measure: A | round(2)", "<T><A>-1.005</A></T>", "-1.01"),
            ("measure: A | round(0)", "<T><A>0.49</A></T>", "0"), ("measure: A | round(3)", "<T><A>1.2</A></T>", "1.2"),
            ("measure: A[] | sum", "<T><A>0.1</A><A>0.2</A><A> </A></T>", "0.3"),
            ("measure: A[] | least", "<T><A>10</A><A>9.99</A></T>", "9.99"),
            ("measure: A[] | greatest", "<T><A>-1</A><A>-2</A></T>", "-1"),
            ("number: A[] | number-of", "<T><A>x</A><A/><A>y</A></T>", "2"),
            ("number: A[] | number-of", "<T/>", "0"),
            ("title: A[] | unique | join(\",\")", "<T><A>b</A><A>a</A><A>b</A></T>", "b,a"),
            (
                "at: A | time(\"yyyy-MM-dd HH:mm:ss\", \"yyyy/MM/dd HH:mm\")", "<T><A>2026/05/01 09:15</A></T>",
                "2026-05-01T09:15:00+08:00"
            ),
            ("at: A | time(\"yyyyMMddHHmmss\", zone=\"+06:00\")", "<T><A>20260501091500</A></T>", "2026-05-01T09:15:00+06:00"),
            ("at: A | time(\"yyyyMMddHHmmss\", zone=\"Z\")", "<T><A>20260501091500</A></T>", "2026-05-01T09:15:00Z"),
            ("at: A | time(\"iso\")", "<T><A>2026-05-01T09:15:00.5-03:30</A></T>", "2026-05-01T09:15:00.500-03:30"),
            ("at: A | time(\"iso\")", "<T><A>2026-05-01T09:15:00</A></T>", "2026-05-01T09:15:00+08:00"),
            ("at: A | time(\"iso\")", "<T><A>2026-05-01 09:15:00</A></T>", "2026-05-01T09:15:00+08:00"),
            ("at: A | time(\"iso\", zone=\"Z\")", "<T><A>2026-05-01</A></T>", "2026-05-01T00:00:00Z"),
            ("at: A | time(\"yyyyMMdd\", \"iso\")", "<T><A>20260501</A></T>", "2026-05-01T00:00:00+08:00"),
            ("day: A | date(\"yyyy/MM/dd\", \"yyyy-MM-dd\")", "<T><A>2026-05-01</A></T>", "2026-05-01"),
            ("day: A | date(\"yyyyMMdd\") | plus-days(30)", "<T><A>20260131</A></T>", "2026-03-02"),
            ("at: A | time(\"yyyyMMddHHmm\") | plus-days(\"-1\")", "<T><A>202603010000</A></T>", "2026-02-28T00:00:00+08:00"),
        ])
    func value(fields: String, xml: String, expected: String) throws {
        if expected == "!" {
            #expect(!Workshop.lint(Workshop.inboundFile(fields)).isEmpty)
            return
        }
        let name = String(fields.prefix { $0 != ":" })
        let outcome = try Workshop.read("\(name): '\(fields.dropFirst(name.count + 2).replacing("'", with: "''"))'", xml)
        #expect(outcome.text == (expected.isEmpty ? "" : "\"\(name)\":\"\(expected)\""))
        #expect(outcome.faults == [])
    }

    @Test(
        "What a function cannot do is a finding at the value",
        arguments: [
            ("measure: A | add(B)", "<T><A>1</A></T>", "field.required /T/A"),
            ("measure: A | add(B)", "<T><A>1</A><B>x</B></T>", "field.invalid /T/B"),
            ("measure: A | divide(B, 2)", "<T><A>1</A><B>0.0</B></T>", "field.invalid /T/A"),
            ("measure: A | multiply(A)", "<T><A>1234567890123456789012</A></T>", "field.invalid /T/A"),
            ("measure: A[] | sum", "<T><A>1</A><A>x</A></T>", "field.invalid /T/A[2]"),
            ("at: A | time(\"yyyyMMdd\", \"iso\")", "<T><A>2026-02-30</A></T>", "time.invalid /T/A"),
            ("at: A | time(\"iso\")", "<T><A>2026-05-01T25:00:00</A></T>", "time.invalid /T/A"),
        ])
    func fault(fields: String, xml: String, expected: String) throws {
        #expect(try Workshop.read(fields, xml).faults == [expected])
    }

    @Test("A row for every other code is taken where no row is the code's own; an unknown code may pass with a warning")
    func codes() throws {
        let list = """
            list,edition,partner,code,canonical,label_zh,label_en,valid_from,valid_to,source
            colour,1,shop,R,red,,,,,test
            colour,1,shop,*,other,,,2026-01-01,,test
            colour,1,shop,X,*,,,,,test
            """
        var input = Workshop.input
        let (read, found) = CodeListFile.read(name: "colour", bytes: Array(list.utf8))
        #expect(found == [] && read.canonicalValues == ["red", "other"])
        input.codeLists["colour"] = read
        func colour(_ expression: String, _ code: String, _ year: Int) throws -> Workshop.Outcome {
            let file = Workshop.inboundFile("colour: \(expression)")
            let result = MappingCompilation.compile(Array(file.utf8), expectedName: "shop/in/thing", input: input).result
            guard case .inbound(let mapping)? = result else { return Workshop.Outcome(text: "does not compile", findings: []) }
            let day = MappingOptions(recordTime: Instant(year: year, month: 6, day: 1, hour: 0, minute: 0))
            return try Workshop.run(mapping, "<T><A>\(code)</A></T>", options: day)
        }
        #expect(try colour("A | code(colour)", "R", 2026).text == #""colour":"red""#)
        #expect(try colour("A | code(colour)", "Q", 2026).text == #""colour":"other""#)
        #expect(try colour("A | code(colour)", "*", 2025).faults == ["code.unknown /T/A"])
        #expect(try colour("A | code(colour)", "Q", 2025).faults == ["code.unknown /T/A"])
        #expect(try colour("A | code(colour)", "Q", 2025).findings.first?.text.hasSuffix("known are R") == true)
        let passed = try colour("A | code(colour, unknown=\"pass\")", "Q", 2025)
        #expect(passed.text == "" && passed.findings.map(\.severity) == [.warning] && passed.faults == ["code.unknown /T/A"])
        #expect(try colour("A | code(colour, unknown=\"wait\")", "Q", 2025).text == "does not compile")
        let both = CodeListFile.read(name: "colour", bytes: Array(list.replacing("X,*", with: "*,*").utf8)).findings
        #expect(both.map(\.text).contains("code and canonical cannot both be \"*\""))
    }

    @Test("Outbound times go to another zone")
    func outboundZone() throws {
        #expect(
            try Workshop.write("A: at | time(\"yyyyMMddHHmm\", zone=\"Z\")", #"{"at":"2026-05-01T07:15:00+08:00"}"#).text
                == "<A>202604302315</A>")
        #expect(
            try Workshop.write("A: at | plus-days(1) | date(\"yyyyMMdd\")", #"{"at":"2026-12-31T07:15:00+08:00"}"#).text
                == "<A>20270101</A>")
    }

    @Test("A mapping that multiplies text ends at a limit with a name")
    func made() throws {
        let text = String(repeating: "a", count: 1000)
        let doubling = (0..<12).map { _ in "| replace(\"a\", \"aaaaaaaa\")" }.joined(separator: " ")
        let long = try Workshop.read("title: A \(doubling)", "<T><A>\(text)</A></T>")
        #expect(long.faults == ["limit.bytes /T/A"])
        let many = try Workshop.read(
            "tags[]: A[] | pad-left(1000, \"x\")", "<T>" + String(repeating: "<A>y</A>", count: 200) + "</T>",
            options: MappingOptions(madeBytesMax: 50_000))
        #expect(many.faults.contains("limit.bytes "))
    }

    @Test("Decimals are compared and calculated like written arithmetic, for random numbers")
    func arithmetic() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("LanguageFunctionTests.arithmetic seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let scale = Int.random(in: 0...6, using: &random)
            let left = Int.random(in: -1_000_000_000...1_000_000_000, using: &random)
            let right = Int.random(in: -1_000_000_000...1_000_000_000, using: &random)
            func number(_ value: Int) throws -> ExactDecimal {
                try ExactDecimal(magnitude: UInt128(value.magnitude), scale: 0, isNegative: value < 0).shifted(by: -scale)
            }
            let (first, second) = (try number(left), try number(right))
            #expect(try first.adding(second) == number(left + right), "\(left) \(right) \(scale)")
            #expect(first.isLess(than: second) == (left < right), "\(left) \(right) \(scale)")
            #expect(
                try first.multiplied(by: second)
                    == ExactDecimal(
                        magnitude: UInt128(left.magnitude) * UInt128(right.magnitude), scale: 0,
                        isNegative: (left < 0) != (right < 0)
                    ).shifted(by: -2 * scale))
            guard right != 0 else { continue }
            let half = Int((Double(abs(left)) / Double(abs(right))).rounded(.toNearestOrAwayFromZero))
            let quotient = try first.divided(by: second, decimals: 0)
            #expect(quotient.magnitude.distance(to: UInt128(half)).magnitude <= 1, "\(left) \(right)")
        }
    }
}
