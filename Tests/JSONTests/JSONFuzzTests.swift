import ExchangeModel
import Foundation
import JSON
import Testing

/// Random documents and mutations of them, judged by this parser and by Foundation's.
@Suite("JSON against Foundation")
struct JSONFuzzTests {
    @Test("agrees on random documents with random bytes changed")
    func mutations() {
        let seed = ProcessInfo.processInfo.environment["TENDERBRIDGE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        print("JSONFuzzTests.mutations seed \(seed)")
        var random = SeededRandom(seed: seed)
        var accepted = 0
        let rounds = ProcessInfo.processInfo.environment["TENDERBRIDGE_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 6000
        for round in 0..<rounds {
            var document = JSONGenerator.value(&random, depth: 0).bytes(pretty: round.isMultiple(of: 2))
            if !round.isMultiple(of: 5) { Self.mutate(&document, &random) }
            if let difference = Self.difference(document) {
                Issue.record(
                    "seed \(seed), round \(round): \(difference): \(document.map { String($0, radix: 16) }.joined(separator: " "))"
                )
                return
            }
            if refusal(document) == nil { accepted += 1 }
        }
        #expect(accepted > rounds / 5, "mutations leave too few documents whole to compare values")
    }

    /// What differs; nil when both agree, or differ where we are stricter by rule.
    static func difference(_ document: [UInt8]) -> String? {
        let foundation = try? JSONSerialization.jsonObject(with: Data(document), options: [.fragmentsAllowed])
        do {
            let ours = try JSONValue(parsing: document)
            guard let foundation else {
                // Foundation refuses numbers that Double cannot hold.
                return holdsHugeNumber(ours) ? nil : "only we accept"
            }
            return same(ours, foundation) ? nil : "values differ"
        } catch {
            guard foundation != nil else { return nil }
            // By rule: duplicate keys, byte order mark and UTF-16, half surrogates, depth.
            let strict: Set<Finding.Code> = [.jsonDuplicateKey, .encodingInvalid, .depthOverLimit]
            if strict.contains(error.finding.code) { return nil }
            // Foundation takes `[1,]`, which the grammar does not have (RFC 8259, section 5).
            if error.finding.text.contains("comma before the closing bracket") { return nil }
            return "only Foundation accepts (\(error))"
        }
    }

    static func holdsHugeNumber(_ value: JSONValue) -> Bool {
        switch value {
        case .number(let text): !(Double(text)?.isFinite ?? false)
        case .array(let elements): elements.contains { holdsHugeNumber($0) }
        case .object(let members): members.contains { holdsHugeNumber($0.value) }
        case .string, .boolean, .null: false
        }
    }

    static func same(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .boolean(let flag): return (theirs as? Bool) == flag
        case .number(let text):
            guard let number = theirs as? NSNumber, let value = Double(text) else { return false }
            return number.doubleValue == value || abs(number.doubleValue - value) <= abs(value) * 1e-15
        case .string(let text):
            guard let string = theirs as? String else { return false }
            return scalars(string) == scalars(text)
        case .array(let elements):
            guard let array = theirs as? [Any], array.count == elements.count else { return false }
            return zip(elements, array).allSatisfy { same($0, $1) }
        case .object(let members):
            // Foundation's keys are equal when canonically equivalent; ours when their bytes are.
            guard let object = theirs as? [String: Any], object.count == Set(members.map(\.name)).count else { return false }
            if members.contains(where: { $0.name.unicodeScalars.contains("\u{FEFF}") }) { return true }
            return members.allSatisfy { member in object[member.name].map { same(member.value, $0) } ?? false }
        }
    }

    /// The characters but for U+FEFF, which Foundation drops where it begins a piece of a string, such as behind an escape.
    private static func scalars(_ text: String) -> [Unicode.Scalar] { text.unicodeScalars.filter { $0 != "\u{FEFF}" } }

    static func mutate(_ document: inout [UInt8], _ random: inout SeededRandom) {
        let interesting: [UInt8] =
            Array("{}[]:,\"\\ \n0129-+.eEutfn".utf8) + [0, 0x1F, 0x7F, 0x80, 0xBF, 0xC0, 0xE4, 0xED, 0xF4, 0xFF]
        for _ in 0..<Int.random(in: 1...3, using: &random) where !document.isEmpty {
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
