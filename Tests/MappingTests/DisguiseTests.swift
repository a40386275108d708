import Cryptography
import ExchangeModel
import GatewayTesting
import JSON
import Testing

@testable import Mapping

@Suite("Identities of a recording are replaced")
struct DisguiseTests {
    private static let key = [UInt8](repeating: 7, count: 32)
    private let pseudonyms = Pseudonyms(key: Self.key)

    private func random() -> (seed: UInt64, SeededRandom) {
        let seed = TestSeed.choose()
        return (seed, SeededRandom(seed: seed))
    }

    @Test("a valid code becomes another valid one, a wrong one stays wrong, in every scheme")
    func checkCharacters() {
        var (seed, random) = random()
        func digits(_ count: Int) -> String { (0..<count).map { _ in String(random.number(below: 10)) }.joined() }
        for _ in 0..<TestSeed.rounds(500) {
            let organisation = CheckedIdentifier.organisationCode.completed(digits(8) + "0") ?? ""
            let credit = CheckedIdentifier.unifiedSocialCreditCode.completed("91440101" + organisation + "0") ?? ""
            let deal = CheckedIdentifier.dealCode.completed("A01" + credit + "20260501" + digits(6) + "0") ?? ""
            let project = CheckedIdentifier.projectCode.completed("2603-440106-04-01-" + digits(6)) ?? ""
            let card = CheckedIdentifier.identityCard.completed("44030819990110" + digits(3) + "0") ?? ""
            for (kind, code) in [
                (CheckedIdentifier.organisationCode, organisation), (.unifiedSocialCreditCode, credit), (.dealCode, deal),
                (.projectCode, project), (.identityCard, card),
            ] {
                #expect(kind.check(code) == .valid, "seed \(seed): \(code)")
                let made = pseudonyms.pseudonym(of: code, kind: kind == .identityCard ? .identityNumber : .code)
                #expect(kind.check(made) == .valid && made != code, "seed \(seed): \(code) \(made)")
                let wrong = kind.spoiled(code) ?? ""
                #expect(
                    kind.check(pseudonyms.pseudonym(of: wrong, kind: kind == .identityCard ? .identityNumber : .code))
                        == .checkCharacterWrong)
            }
            // One code still leads to another.
            #expect(pseudonyms.pseudonym(of: deal, kind: .code).contains(pseudonyms.pseudonym(of: credit, kind: .code)))
            #expect(
                pseudonyms.pseudonym(of: credit, kind: .code).contains(
                    pseudonyms.pseudonym(of: organisation, kind: .code)))
            func sex(_ card: String) -> Int? { Array(card)[16].wholeNumberValue.map { $0 % 2 } }
            #expect(sex(pseudonyms.pseudonym(of: card, kind: .identityNumber)) == sex(card), "seed \(seed): \(card)")
        }
    }

    @Test("project, tender project and section still begin with one another")
    func tenderCodes() {
        let codes = ["E4401000001", "E4401000001000123", "E4401000001000123001", "E4401000001000123001002"].map {
            pseudonyms.pseudonym(of: $0, kind: .code)
        }
        for (outer, inner) in zip(codes, codes.dropFirst()) { #expect(inner.hasPrefix(outer)) }
        #expect(codes[3].hasSuffix("001002") && codes[0].hasPrefix("E440100") && codes[1] != "E4401000001000123")
    }

    @Test("cards keep their check digit; telephone numbers and hosts are nobody's")
    func numbers() {
        let card = pseudonyms.pseudonym(of: "6222021234567890128", kind: .account)
        #expect(LuhnCheck.isValid(card.utf8.map { $0 - 0x30 }) && card.hasPrefix("6") && card.count == 19)
        let mobile = pseudonyms.pseudonym(of: "138-0013-8000", kind: .phone)
        #expect(mobile.hasPrefix("16") && mobile.count == 13 && mobile.dropFirst(3).first == "-")
        #expect(pseudonyms.pseudonym(of: "13800138000", kind: .phone) == mobile.filter { $0 != "-" })
        #expect(pseudonyms.pseudonym(of: "(020)81234567", kind: .phone).hasPrefix("(020)0"))
        let email = pseudonyms.pseudonym(of: "roads@nanyu.gov.cn", kind: .email)
        #expect(email.hasSuffix(".example") && email.count == "roads@nanyu.gov.cn".count)
    }

    @Test("names keep what says only their sort, and their length in characters and in bytes of GBK")
    func names() {
        let body = pseudonyms.pseudonym(of: "南屿市市政道路建设管理中心", kind: .organisation)
        #expect(body.hasSuffix("管理中心") && body.count == 13 && !body.contains("南屿"))
        let person = pseudonyms.pseudonym(of: "陈工", kind: .person)
        #expect(person.hasSuffix("工") && person.count == 2)
        for text in [body, person, pseudonyms.pseudonym(of: "南屿市临江区望潮路18号", kind: .address)] {
            #expect(
                TextRecoding.gb18030.encoded(Array(text.utf8))?.count
                    == text.unicodeScalars.reduce(0) { $0 + ($1.isASCII ? 1 : 2) })
        }
    }

    @Test("the same value has the same pseudonym in payload, base64 and free text, whatever writes it; none is left")
    func everywhere() throws {
        let schema = try #require(ShippedFiles.library.schema(of: Dataset("tender-notice")))
        var disguise = CaseDisguise(key: Self.key)
        let canonical = """
            {"title":"望潮路改造工程施工招标公告","tenderer":{"name":"南屿\\"甲\\"&乙有限公司","identifier":{"scheme":"CN-USCC","value":"12440101TE2T01013W"},
            "contact":{"person":"王","phone":"020-00001001"}}}
            """
        let name = "南屿\"甲\"&乙有限公司"
        let inner = "<X>\(name.replacing("&", with: "&amp;"))</X>"
        let gbk = try #require(TextRecoding.gb18030.encoded(Array(inner.utf8)))
        let xml = """
            <A title="&#x5357;屿&quot;甲&quot;&amp;乙有限公司"><B>王</B><C><![CDATA[请致电020-00001001，\(name)，小王]]></C>
            <D>\(Base64.encode(inner.utf8))</D><E>\(Base64.encode(gbk))</E><!-- 12440101TE2T01013W --><F>13800138000</F></A>
            """
        disguise.learn(canonical: Array(canonical.utf8), schema: schema)
        disguise.settle(over: Array(xml.utf8), format: .xml)
        let made = String(decoding: disguise.rewritten(Array(xml.utf8), format: .xml), as: UTF8.self)
        let pseudonym = disguise.rewritten(name)
        #expect(pseudonym != name)
        #expect(disguise.remnants(in: Array(made.utf8), format: .xml) == [])
        #expect(disguise.remnants(in: Array(xml.utf8), format: .xml).count > 4)
        #expect(made.contains("，\(pseudonym)，小王") && !made.contains("<B>王</B>"))
        #expect(!made.contains("13800138000") && !made.contains("12440101TE2T01013W"))
        let escaped = pseudonym.replacing("&", with: "&amp;")
        #expect(made.contains(escaped.replacing("\"", with: "&quot;")))
        #expect(made.contains(Base64.encode("<X>\(escaped)</X>".utf8)))
        #expect(made.contains(Base64.encode(try #require(TextRecoding.gb18030.encoded(Array("<X>\(escaped)</X>".utf8))))))

        let json =
            "{\"n\": \"\\u5357屿\\\"甲\\\"&乙有限公司\", \"half\": \"\\ud842\(name.replacing("\"", with: "\\\""))\", \"p\": 13800138000}"
        let rewritten = String(decoding: disguise.rewritten(Array(json.utf8), format: .json), as: UTF8.self)
        #expect(rewritten.contains("\\ud842") && !rewritten.contains("甲") && !rewritten.contains("13800138000"))
        #expect(disguise.remnants(in: Array(rewritten.utf8), format: .json) == [])
        let csv = "name,x\n\"南屿\"\"甲\"\"&乙有限公司\",12440101TE2T01013W\n"
        let table = String(decoding: disguise.rewritten(Array(csv.utf8), format: .csv), as: UTF8.self)
        #expect(table.contains(pseudonym.replacing("\"", with: "\"\"")) && !table.contains("TE2T"))
    }

    @Test("a value that the mapping put together is replaced in the texts that it is made of")
    func composed() throws {
        let schema = try #require(ShippedFiles.library.schema(of: Dataset("tender-notice")))
        var disguise = CaseDisguise(key: Self.key)
        let xml = "<A><C>南屿市</C><S>望潮路18号</S><T>别处</T></A>"
        disguise.learn(canonical: Array("{\"tenderer\":{\"address\":\"南屿市-望潮路18号\"}}".utf8), schema: schema)
        disguise.settle(over: Array(xml.utf8), format: .xml)
        let made = String(decoding: disguise.rewritten(Array(xml.utf8), format: .xml), as: UTF8.self)
        #expect(!made.contains("南屿") && !made.contains("望潮") && made.contains("<T>别处</T>"), "\(made)")
    }

    @Test("another key gives other pseudonyms, the same key the same")
    func keys() {
        let other = Pseudonyms(key: [UInt8](repeating: 8, count: 32))
        for (value, kind) in [("南屿衡正招标代理有限公司", IdentityKind.organisation), ("12440101TE2T01013W", .code), ("陈立平", .person)] {
            #expect(pseudonyms.pseudonym(of: value, kind: kind) != other.pseudonym(of: value, kind: kind))
            #expect(pseudonyms.pseudonym(of: value, kind: kind) == Pseudonyms(key: Self.key).pseudonym(of: value, kind: kind))
        }
    }

    @Test("days and times, short codes and parts of longer numbers stay")
    func kept() {
        var table = DisguiseTable(key: Self.key)
        for value in ["20260501", "20260501093000", "1", "A08", "2026"] { table.take(value, as: .key) }
        table.settle()
        #expect(
            table.rewritten("20260501 20260501093000 1 A08 2026年 20261231")
                == "20260501 20260501093000 1 A08 \(table.rewritten("2026"))年 20261231")
        #expect(table.entries.count == 1)
    }

    @Test("documents of any bytes are rewritten without a value left, and unchanged where there is nothing to replace")
    func anyDocument() {
        var (seed, random) = random()
        var table = CaseDisguise(key: Self.key)
        table.learn(named: ["南屿衡正", "ZhengHeng"])
        table.settle(over: [], format: nil)
        let none = CaseDisguise(key: Self.key)
        let pieces = [
            "<a>", "</a>", "<a b=\"", "\"", "'", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "&#", "{", "}", "[", "]", ":", ",",
            "\\", "\\u53",
            "\n", "南屿衡正", "ZhengHeng", "王", "1", ";", "<", ">", "=", "/",
        ]
        for _ in 0..<TestSeed.rounds(4000) {
            let text = (0..<random.number(below: 30)).map { _ in pieces[random.number(below: pieces.count)] }.joined()
            for format in [RecordFormat.xml, .json, .csv, nil] {
                let made = table.rewritten(Array(text.utf8), format: format)
                #expect(none.rewritten(Array(text.utf8), format: format) == Array(text.utf8), "seed \(seed): \(text)")
                // The names of elements are no text, and half an escape glues words together: there a value stops the export.
                if format == .csv || format == .json, format != .json || !text.contains("\\") {
                    #expect(table.remnants(in: made, format: format) == [], "seed \(seed): \(text)")
                }
            }
        }
    }
}
