import ExchangeModel
import Formats
import Foundation
import GatewayTesting
import JSON
import Testing
import XML

/// Random streams and mutations of them: the pieces must not matter, and the readers of whole documents must agree.
@Suite("Cutters on random streams")
struct CutterFuzzTests {
    private static let rounds = ProcessInfo.processInfo.environment["TENDERBRIDGE_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 2000

    private static func random(_ name: String) -> (UInt64, SeededRandom) {
        let seed = ProcessInfo.processInfo.environment["TENDERBRIDGE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        print("CutterFuzzTests.\(name) seed \(seed)")
        return (seed, SeededRandom(seed: seed))
    }

    // MARK: XML

    @Test("agrees with the reader of XML documents, whatever the pieces")
    func xml() throws {
        var (seed, random) = Self.random("xml")
        let path = try #require(XMLRecordPath("/N/*"))
        let names = table(["A", "B", "x"])
        let parser = XMLParser(limits: XMLLimits(depthMax: 250))
        var accepted = 0
        var failures = 0
        func check(_ isGood: Bool, _ note: String) {
            if isGood { return }
            failures += 1
            Issue.record("\(note)")
        }
        for round in 0..<Self.rounds {
            var document = Array(Self.xmlDocument(&random).utf8)
            if !round.isMultiple(of: 4) { Self.mutate(&document, &random, Array("<>/&;='\"!-[]? \n\rNAx:1#".utf8)) }
            let whole = Cuts(XMLRecordCutter(path: path, names: names), document)
            let pieces = (0..<5).map { _ in Int.random(in: 1...9, using: &random) }
            let inPieces = Cuts(XMLRecordCutter(path: path, names: names), document, pieces: pieces)
            let shown = String(decoding: document, as: UTF8.self)
            check(whole == inPieces, "seed \(seed), round \(round), pieces \(pieces): \(shown)")
            check(whole.refusals.isEmpty, "seed \(seed), round \(round): \(shown)")
            let limits = XMLLimits(
                bytesMax: Int.random(in: 10...200, using: &random), depthMax: 3, nodesMax: 8, attributesMax: 2, namespacesMax: 1)
            let limited = Cuts(XMLRecordCutter(path: path, limits: limits, names: names), document)
            check(
                limited == Cuts(XMLRecordCutter(path: path, limits: limits, names: names), document, pieces: pieces),
                "seed \(seed), round \(round), pieces \(pieces), \(limits): \(shown)")
            if failures > 0 { return }
            if whole.unreadable.contains(where: { $0.code == .datasetUnknown }) { continue }
            let isTaken = if case .document = parser.parse(document) { true } else { false }
            check(
                isTaken == whole.unreadable.isEmpty, "seed \(seed), round \(round): \(isTaken) \(whole.unreadable) \(shown)")
            guard isTaken, whole.unreadable.isEmpty else { continue }
            accepted += 1
            for (place, nodes) in zip(whole.places, whole.records) {
                var tree = RecordTree()
                let findings = XMLRecordReader().read(Array(document[place.offset..<place.end]), names: names, into: &tree)
                check(
                    findings.isEmpty && Cuts.nodes(of: tree, lineOffset: place.line - 1) == nodes,
                    "seed \(seed), round \(round): \(shown)")
            }
            if failures > 0 { return }
        }
        #expect(accepted > Self.rounds / 6)
    }

    private static func xmlDocument(_ random: inout SeededRandom) -> String {
        var text = Bool.random(using: &random) ? "<?xml version='1.0' encoding='UTF-8'?>\n" : ""
        text += "<N>"
        for _ in 0..<Int.random(in: 0...4, using: &random) { text += element(&random, 0) + misc(&random) }
        return text + "</N>" + misc(&random)
    }

    private static func misc(_ random: inout SeededRandom) -> String {
        ["", " ", "\n", "\r\n", "<!-- a-b -->", "<?p x?>", "\t"].randomElement(using: &random) ?? ""
    }

    private static func element(_ random: inout SeededRandom, _ depth: Int) -> String {
        let name = ["A", "B", "A", "中文", "p:A", "x.y-1"].randomElement(using: &random) ?? "A"
        var tag = name
        if name.hasPrefix("p:") { tag += " xmlns:p=\"urn:p\"" }
        for attribute in ["x", "y", "xml:lang"] where Int.random(in: 0..<4, using: &random) == 0 {
            let value = ["", "1", "a&lt;b", "中，", "a\nb", "&#x4e2d;&quot;"].randomElement(using: &random) ?? ""
            tag += Bool.random(using: &random) ? " \(attribute)=\"\(value)\"" : "\n\(attribute) = '\(value)'"
        }
        if Int.random(in: 0..<5, using: &random) == 0 { return "<\(tag)/>" }
        var content = ""
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0,
                1 where depth < 4:
                content += element(&random, depth + 1)
            case 2: content += misc(&random)
            case 3: content += "<![CDATA[a]] <&]]>"
            case 4: content += "&amp;&#32;"
            case 5: content += "a]b]]c\r\nd\re"
            default: content += ["招标公告，一二三四五六七八", "plain text", "12", "  ", "\n"].randomElement(using: &random) ?? ""
            }
        }
        return "<\(tag)>\(content)</\(name)\(Bool.random(using: &random) ? "" : " ")>"
    }

    // MARK: JSON

    @Test("agrees with the parser of JSON documents, whatever the pieces")
    func json() throws {
        var (seed, random) = Self.random("json")
        var accepted = 0
        var failures = 0
        func check(_ isGood: Bool, _ note: String) {
            if isGood { return }
            failures += 1
            Issue.record("\(note)")
        }
        for round in 0..<Self.rounds {
            let isNested = Bool.random(using: &random)
            let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in Self.value(&random, 0) }.joined(separator: ", ")
            var document = Array(
                (isNested ? "{\"k\": \(Self.value(&random, 0)), \"r\": [\(elements)] , \"z\":1}" : "[ \(elements)]\n").utf8)
            if !round.isMultiple(of: 4) { Self.mutate(&document, &random, Array("{}[]:,\"\\ \n019-tue\u{80}".utf8)) }
            func cutter() throws -> JSONElementCutter {
                try #require(JSONElementCutter(pointer: isNested ? "/r" : "", names: table(["a"])))
            }
            let whole = Cuts(try cutter(), document)
            let pieces = (0..<5).map { _ in Int.random(in: 1...9, using: &random) }
            let shown = String(decoding: document, as: UTF8.self)
            check(
                whole == Cuts(try cutter(), document, pieces: pieces), "seed \(seed), round \(round), pieces \(pieces): \(shown)")
            let limits = JSONLimits(bytesMax: Int.random(in: 3...60, using: &random), depthMax: 3, countMax: 5)
            func limited(_ pieces: [Int]) throws -> [Cuts] {
                let pointer = isNested ? "/r" : ""
                let elements = try #require(JSONElementCutter(pointer: pointer, limits: limits, names: table(["a"])))
                return [
                    Cuts(elements, document, pieces: pieces),
                    Cuts(JSONLineCutter(limits: limits, names: table(["a"])), document, pieces: pieces),
                ]
            }
            check(
                try limited([]) == limited(pieces), "seed \(seed), round \(round), pieces \(pieces), \(limits): \(shown)")
            let parsed = try? JSONValue(parsing: document)
            let array = isNested ? parsed?["r"]?.elements : parsed?.elements
            let onlyObjects = whole.refusals.allSatisfy { $0.allSatisfy { $0.code == .jsonRootInvalid } }
            if let array {
                accepted += 1
                check(
                    whole.unreadable.isEmpty && onlyObjects && whole.cuts.count == array.count,
                    "seed \(seed), round \(round): \(shown)")
                check(whole.records.count == array.count { $0.members != nil }, "seed \(seed), round \(round): \(shown)")
            } else if parsed == nil {
                // Keys given twice beside the array are not looked for.
                let isGood = whole.unreadable.isEmpty && whole.refusals.isEmpty
                let isDuplicate = (try? JSONSerialization.jsonObject(with: Data(document))) != nil
                check(!isGood || isDuplicate, "seed \(seed), round \(round): \(shown)")
            }
            for (place, cut) in zip(whole.places, whole.cuts) {
                guard case .record(let nodes) = cut else { continue }
                var tree = RecordTree()
                let findings = JSONRecordReader().read(
                    Array(document[place.offset..<place.end]), names: table(["a"]), into: &tree)
                check(findings.isEmpty && tree.nodes.count == nodes.count, "seed \(seed), round \(round): \(shown)")
            }
            let lines = Cuts(JSONLineCutter(names: table(["a"])), document)
            check(
                lines == Cuts(JSONLineCutter(names: table(["a"])), document, pieces: pieces),
                "seed \(seed), round \(round): \(shown)")
            if failures > 0 { return }
        }
        #expect(accepted > Self.rounds / 6)
    }

    private static func value(_ random: inout SeededRandom, _ depth: Int) -> String {
        switch Int.random(in: 0..<(depth < 3 ? 9 : 5), using: &random) {
        case 0: return "\"\""
        case 1: return "\"a]}\\\"\\\\\""
        case 2: return "\"中，\\u4e2d\""
        case 3: return "-1.5e3"
        case 4: return ["true", "null", "0"].randomElement(using: &random) ?? "0"
        case 5:
            return "["
                + (0..<Int.random(in: 0...2, using: &random)).map { _ in value(&random, depth + 1) }.joined(separator: ",\n")
                + "]"
        default:
            let names = ["a", "b", "c", "中"].prefix(Int.random(in: 0...4, using: &random))
            return "{" + names.map { "\"\($0)\": " + value(&random, depth + 1) }.joined(separator: ",") + "}"
        }
    }

    private static func mutate(_ document: inout [UInt8], _ random: inout SeededRandom, _ bytes: [UInt8]) {
        let interesting = bytes + [0, 0x80, 0xC0, 0xE4, 0xED, 0xEF, 0xFF]
        for _ in 0..<Int.random(in: 1...2, using: &random) where !document.isEmpty {
            let place = Int.random(in: 0..<document.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: document[place] = interesting.randomElement(using: &random) ?? 0
            case 1: document.insert(interesting.randomElement(using: &random) ?? 0, at: place)
            case 2: document.remove(at: place)
            case 3: document[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default: document.removeSubrange(place..<min(document.count, place + Int.random(in: 1...4, using: &random)))
            }
        }
    }
}
