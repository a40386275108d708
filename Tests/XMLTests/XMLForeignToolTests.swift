import ExchangeModel
import GatewayTesting
import Glibc
import Testing
import XML

/// The foreign tool.
private let xmllint = "/usr/bin/xmllint"

/// Random mutations of documents, judged by this module and by `xmllint`, which shares libxml2 but none of our code.
@Suite("XML against xmllint", .enabled(if: access(xmllint, X_OK) == 0))
struct XMLForeignToolTests {
    private static let seed = getenv("TENDERBRIDGE_SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0 ... .max)
    private static let rounds = getenv("TENDERBRIDGE_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 1500

    /// What the tool said about one file: the kinds and lines of its errors.
    private struct Verdict {
        var syntaxLines: [Int] = []
        var schemaLines: [Int] = []
    }

    /// Runs the tool over numbered files in slices, so that no command line is too long.
    private static func judge(_ count: Int, in directory: TemporaryDirectory, schema: String?) async throws -> [Verdict] {
        var verdicts = [Verdict](repeating: Verdict(), count: count)
        for start in stride(from: 0, to: count, by: 100) {
            let files = (start..<min(count, start + 100)).map { directory.file("\($0).xml") }
            let options = schema.map { ["--noout", "--nonet", "--schema", $0] } ?? ["--noout", "--nonet"]
            let child = try await ChildProcess.start([xmllint] + options + files)
            let ending = await child.ending()
            guard case .exited = ending else { throw TestFailure() }
            for line in child.lines where line.hasPrefix(directory.path + "/") {
                let rest = line.dropFirst(directory.path.count + 1).split(
                    separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                guard rest.count == 3, rest[0].hasSuffix(".xml"), let number = Int(rest[0].dropLast(4)), let at = Int(rest[1])
                else { continue }
                if rest[2].contains("parser error") || rest[2].contains("namespace error") || rest[2].contains("encoding error") {
                    verdicts[number].syntaxLines.append(at)
                } else if rest[2].contains("Schemas validity error") {
                    verdicts[number].schemaLines.append(at)
                }
            }
        }
        return verdicts
    }

    @Test("agrees on which mutated documents are well-formed, and on the line")
    func wellFormed() async throws {
        print("XMLForeignToolTests.wellFormed seed \(Self.seed)")
        var random = SeededRandom(seed: Self.seed)
        try await TemporaryDirectory.with("xml-fuzz") { directory in
            var findings: [Finding?] = []
            for round in 0..<Self.rounds {
                var bytes = Mutation.document(&random)
                if !round.isMultiple(of: 5) { Mutation.change(&bytes, &random) }
                try directory.write("\(round).xml", bytes)
                findings.append(refusal(bytes))
            }
            let verdicts = try await Self.judge(Self.rounds, in: directory, schema: nil)
            var accepted = 0
            for (round, (finding, verdict)) in zip(findings, verdicts).enumerated() {
                switch finding {
                case nil:
                    accepted += 1
                    #expect(verdict.syntaxLines.isEmpty, "only we accept: seed \(Self.seed), round \(round)")
                case let finding?
                where finding.code == .xmlSyntax && finding.position != .unknown && !finding.text.contains("NUL"):
                    // Of two errors on neighbouring bytes, ours is the first one too.
                    #expect(
                        verdict.syntaxLines.first == finding.position.line,
                        "seed \(Self.seed), round \(round): \(finding.position) against \(verdict.syntaxLines): \(finding.text)")
                default: break
                }
            }
            #expect(accepted > Self.rounds / 20)
        }
    }

    @Test("agrees on which documents are valid, and on the lines")
    func valid() async throws {
        print("XMLForeignToolTests.valid seed \(Self.seed)")
        var random = SeededRandom(seed: Self.seed)
        let schema = try XMLSchemaTests.sample()
        try await TemporaryDirectory.with("xml-fuzz") { directory in
            try directory.write("sample.xsd", Sample.schema)
            var lines: [[Int]?] = []
            for round in 0..<Self.rounds {
                let bytes = round.isMultiple(of: 9) ? Array(Sample.valid.utf8) : Mutation.values(&random)
                try directory.write("\(round).xml", bytes)
                switch XMLParser().parse(bytes) {
                case .document(let document): lines.append(schema.validate(document).map(\.position.line))
                case .refused: lines.append(nil)
                }
            }
            let verdicts = try await Self.judge(Self.rounds, in: directory, schema: directory.file("sample.xsd"))
            var compared = 0
            for (round, (ours, verdict)) in zip(lines, verdicts).enumerated() {
                guard let ours else { continue }
                compared += 1
                #expect(Set(ours) == Set(verdict.schemaLines), "seed \(Self.seed), round \(round)")
            }
            #expect(compared > Self.rounds / 2)
        }
    }

    @Test("never crashes or hangs on changed bytes of any encoding")
    func noise() {
        print("XMLForeignToolTests.noise seed \(Self.seed)")
        var random = SeededRandom(seed: Self.seed)
        let parser = XMLParser()
        var refused = 0
        for _ in 0..<Self.rounds * 4 {
            var bytes = Mutation.anyEncoding(&random)
            for _ in 0..<Int.random(in: 1...4, using: &random) { Mutation.change(&bytes, &random) }
            switch parser.parse(bytes) {
            case .refused(let finding):
                refused += 1
                #expect(!finding.text.isEmpty && !finding.textZH.isEmpty)
            case .document(let document): #expect(!document.root.name.isEmpty)
            }
        }
        #expect(refused > 0)
    }
}

/// Documents and changes to them, drawn from a seed.
enum Mutation {
    private static let pieces = [
        "<", ">", "/>", "</a>", "<a>", "&amp;", "&lt", "&#65;", "&#x0;", "&x;", "<!--", "-->", "<![CDATA[", "]]>", "<?p x?>",
        "?>", "\"", "'", "=",
        " x='1'", " xmlns='u'", " xmlns:p='u'", "p:", ":", "\n", "\r\n", "招", "\u{FFFE}", "<?xml version='1.0'?>", "xml", " ",
        "\t", "--", "<p:b/>",
    ]

    static func document(_ random: inout SeededRandom) -> [UInt8] {
        let texts = [
            Sample.valid, Sample.schema,
            "<a>\n<b x='1' y=\"2\">t &amp; u</b>\n<!-- c -->\n<c xmlns='u' xmlns:p='v'><p:d p:e=''/>\n</c>\n</a>\n",
            "<?xml version=\"1.0\"?>\n<?pi data?>\n<a><![CDATA[ <b> ]]>\n&#169;招标</a>\n<!-- end -->",
        ]
        return Array((texts.randomElement(using: &random) ?? "<a/>").utf8)
    }

    static func anyEncoding(_ random: inout SeededRandom) -> [UInt8] {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: XMLEncodingTests.utf16(Sample.valid.replacing("UTF-8", with: "UTF-16"), big: .random(using: &random), mark: true)
        case 1: XMLEncodingTests.bytes("GBK", XMLEncodingTests.gbk + XMLEncodingTests.gbk)
        case 2: XMLEncodingTests.bytes("GB18030", [0x95, 0x32, 0x82, 0x36] + XMLEncodingTests.gbk)
        default: document(&random)
        }
    }

    /// Replaces, inserts, removes or repeats something.
    static func change(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        let index = Int.random(in: 0...bytes.count, using: &random)
        let end = min(bytes.count, index + Int.random(in: 1...6, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.removeSubrange(index..<end)
        case 1: bytes.insert(contentsOf: Array((pieces.randomElement(using: &random) ?? "<").utf8), at: index)
        case 2: bytes.replaceSubrange(index..<end, with: Array((pieces.randomElement(using: &random) ?? "<").utf8))
        case 3: bytes.insert(contentsOf: bytes[index..<end], at: index)
        case 4: bytes.insert(.random(in: 0...255, using: &random), at: index)
        default: bytes.removeLast(bytes.count - index)
        }
    }

    /// The valid sample with values, elements and attributes replaced; stays well-formed.
    static func values(_ random: inout SeededRandom) -> [UInt8] {
        let changes: [(String, [String])] = [
            ("A1234", ["", "A12345", "a1234", "B0000", "  A1234"]), ("招标公告", ["", "长长长长长长长长长长长", "x", "  "]),
            (
                "<NATURE>1</NATURE>",
                ["", "<NATURE>3</NATURE>", "<NATURE/>", "<NATURE>2</NATURE>", "<NATURE> 1</NATURE>", "<NATURE><b/></NATURE>"]
            ),
            ("12.50", ["-1", "99999", "1.234", "abc", "999.99", "1e3", ""]), ("13800000000", ["138", "1380000000x", ""]),
            ("<DAYS>30</DAYS>", ["", "<DAYS>x</DAYS>", "<DAYS>1</DAYS><DAYS>2</DAYS>", "text<DAYS>1</DAYS>", "<OTHER/>"]),
            ("id=\"2\"", ["", "id=\"1\"", "id=\"x\"", "id=\"2\" more=\"1\"", "id=\"99999999999\""]),
            (
                "<SECTION id=\"1\">",
                ["<EMPTY/><SECTION id=\"1\">", "<EMPTY> </EMPTY><SECTION id=\"1\">", "<EMPTY><b/></EMPTY><SECTION id=\"1\">"]
            ),
        ]
        var text = Sample.valid
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard let (part, others) = changes.randomElement(using: &random) else { continue }
            text = text.replacing(part, with: others.randomElement(using: &random) ?? "")
        }
        return Array(text.utf8)
    }
}
