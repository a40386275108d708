import ExchangeModel
import Formats
import GatewayTesting
import Testing
import XML

/// What senders really send, and what they send wrong, with damage: the readers answer each time, pieces never matter, and every finding
/// says something in both languages.
@Suite("Damaged payloads of the corpus")
struct CorpusFuzzTests {
    private static let rounds = TestSeed.number("TENDERBRIDGE_FUZZ_ROUNDS") ?? 400

    /// A form of which the corpus has files.
    enum Form: String, CaseIterable {
        case json, xml, csv, xlsx, soap

        /// Envelopes and other XML are each other's damage.
        var ending: String { self == .soap ? ".xml" : "." + rawValue }
    }

    @Test("each file as it is, then with damage", arguments: Form.allCases)
    func damaged(_ form: Form) throws {
        let inputs = FuzzCorpus.inputs(form.ending)
        let first = try #require(inputs.first, "the corpus has no \(form)")
        for input in inputs {
            if let problem = try Self.problem(form, input.bytes, [7]) { Issue.record("\(input.name): \(problem)") }
        }
        let seed = TestSeed.choose()
        print("CorpusFuzzTests.\(form) seed \(seed), \(inputs.count) files")
        var random = SeededRandom(seed: seed)
        for round in 0..<Self.rounds {
            let input = inputs.randomElement(using: &random) ?? first
            var bytes = input.bytes
            FuzzCorpus.damage(&bytes, beside: inputs.randomElement(using: &random)?.bytes ?? [], &random)
            let pieces = (0..<4).map { _ in Int.random(in: 1...(random.chance(50) ? 9 : 900), using: &random) }
            if let problem = try Self.problem(form, bytes, pieces) {
                Issue.record("seed \(seed), round \(round), \(input.name), pieces \(pieces): \(problem)")
                return
            }
        }
    }

    /// What is wrong with the answers to some bytes; nil when nothing is.
    private static func problem(_ form: Form, _ bytes: [UInt8], _ pieces: [Int]) throws -> String? {
        var findings: [Finding] = []
        var tree = RecordTree()
        let names = table(["noticeTitle", "DATA_KEY", "决定书文号"])
        func differ(_ make: () throws -> any RecordCutter) rethrows -> Bool {
            let whole = Cuts(try make(), bytes)
            findings += whole.unreadable + whole.refusals.flatMap { $0 }
            return whole != Cuts(try make(), bytes, pieces: pieces)
        }
        switch form {
        case .json:
            findings += JSONRecordReader().read(bytes, names: names, into: &tree)
            for pointer in ["", "/data/rows"] {
                if try differ({ try #require(JSONElementCutter(pointer: pointer, names: names)) }) {
                    return "pieces matter at \(pointer)"
                }
            }
            if differ({ JSONLineCutter(names: names) }) { return "pieces matter by lines" }
        case .xml:
            findings += XMLRecordReader().read(bytes, names: names, into: &tree)
            for path in ["/NOTICES/*", "/TENDER_ANN_QUA_INQUERY_ANN/SECTION"] {
                let path = try #require(XMLRecordPath(path))
                if differ({ XMLRecordCutter(path: path, names: names) }) { return "pieces matter" }
            }
        case .csv:
            for encoding in CSVDialect.Encoding.allCases {
                var dialect = CSVDialect()
                dialect.encoding = encoding
                if differ({ CSVRecordCutter(dialect: dialect, names: names) }) { return "pieces matter in \(encoding)" }
            }
        case .xlsx:
            findings += SheetReading(bytes).findings
        case .soap:
            switch SOAPEnvelopeReader(limits: XMLLimits(bytesMax: 1 << 16)).read(bytes) {
            case .failure(let fault): findings.append(fault.finding)
            case .success(let call):
                for argument in call.arguments {
                    for form in SOAPContent.Form.allCases {
                        if case .failure(let missing) = SOAPContent.document(of: argument, form: form) {
                            findings.append(missing.finding)
                        }
                    }
                }
            }
        }
        let silent = findings.first { $0.text.isEmpty || $0.textZH.isEmpty || $0.code.name.isEmpty }
        return silent.map { "a finding without words: \($0)" }
    }
}
