/// The values that are replaced, and what stands in for each. The same value has the same pseudonym wherever it stands.
struct DisguiseTable {
    /// One value.
    struct Entry: Sendable, Hashable {
        var original: [Unicode.Scalar]
        var kind: IdentityKind
        var pseudonym: [Unicode.Scalar]
        /// It is replaced only where it is all that stands in a place: one character says too little to be searched for.
        var isWhole: Bool
    }

    /// Values of one document.
    static let valuesMax = 20_000
    /// Shortest value of letters and digits that is replaced; shorter ones are codes that many share.
    static let lettersMin = 4
    /// From this length on letters and digits are replaced inside longer ones as well.
    static let freeLettersMin = 12
    /// Pseudonyms that are tried for a value.
    private static let roundsMax = 64

    private let pseudonyms: Pseudonyms
    private var kinds: [[Unicode.Scalar]: IdentityKind] = [:]
    private var order: [[Unicode.Scalar]] = []
    /// By first character, the longest first; made by `settle`.
    private var byFirst: [Unicode.Scalar: [Entry]] = [:]
    /// Values of one character.
    private var wholes: [Unicode.Scalar: Unicode.Scalar] = [:]
    private(set) var entries: [Entry] = []

    init(key: [UInt8]) { pseudonyms = Pseudonyms(key: key) }

    // MARK: Taking values

    /// Takes the value of a field. What it is made of is taken apart: several names, hosts of addresses, stems of projects.
    mutating func take(_ value: String, as kind: IdentityKind) {
        switch kind {
        case .none, .prose: break
        case .organisation: for part in Self.parts(of: value, at: ";；") { add(part, kind) }
        case .person, .phone: for part in Self.parts(of: value, at: ";；、,，/／") { add(part, kind) }
        case .code, .key, .account, .identityNumber: for part in Self.parts(of: value, at: ";；,，、") { add(part, kind) }
        case .email:
            for part in Self.parts(of: value, at: ";；,，、 ") {
                add(part, kind)
                if let sign = part.lastIndex(of: "@") { add(String(part[part.index(after: sign)...]), .url) }
            }
        case .url: takeURL(value)
        case .projectName: for part in NameWords.identifyingParts(ofProject: value) { add(part, kind) }
        case .address, .text: add(value, kind)
        }
    }

    /// Takes every number of a person that a text holds, and every code that its check character gives away.
    mutating func takeNumbers(in text: String) {
        let bytes = Array(text.utf8)
        for hit in PersonalNumberScan.hits(in: bytes) {
            let number = String(decoding: bytes[hit.range], as: UTF8.self)
            switch hit.kind {
            case .phone: add(number, .phone)
            case .identityNumber: add(number, .identityNumber)
            case .bankCard: add(number, .account)
            case .email: take(number, as: .email)
            }
        }
        for word in bytes.split(whereSeparator: { !PersonalNumberScan.isWordCharacter($0) && $0 != 0x2D }) where word.count <= 40
        {
            let text = String(decoding: word, as: UTF8.self)
            for kind in [CheckedIdentifier.unifiedSocialCreditCode, .dealCode] where kind.check(text) == .valid {
                add(text, .code)
            }
            if word.count == 24, CheckedIdentifier.projectCode.check(text) == .valid { add(text, .code) }
        }
    }

    private static func parts(of value: String, at signs: String) -> [String] {
        value.split { signs.contains($0) }.map { String($0) }
    }

    private mutating func takeURL(_ value: String) {
        let rest = value.firstRange(of: "://").map { value[$0.upperBound...] } ?? value[...]
        let host = rest.prefix { !"/?#:".contains($0) }
        add(String(host), .url)
        for word in rest.dropFirst(host.count).utf8.split(whereSeparator: { !PersonalNumberScan.isWordCharacter($0) }) {
            let text = String(decoding: Array(word), as: UTF8.self)
            if word.count >= Self.lettersMin, word.contains(where: { PersonalNumberScan.isDigit($0) }) { add(text, .key) }
        }
    }

    private mutating func add(_ value: String, _ kind: IdentityKind) {
        let scalars = Array(Self.trimmed(value).unicodeScalars)[...]
        guard scalars.contains(where: { Characters.isTelling($0) }), kinds[Array(scalars)] == nil, kinds.count < Self.valuesMax
        else {
            return
        }
        let isPlain = scalars.allSatisfy { $0.isASCII }
        if isPlain, scalars.count < Self.lettersMin || Self.isTime(scalars) { return }
        kinds[Array(scalars)] = kind
        order.append(Array(scalars))
    }

    /// A text without white space around it.
    static func trimmed(_ text: String) -> String {
        var scalars = Array(text.unicodeScalars)[...]
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars.drop { $0.properties.isWhitespace }))
    }

    /// A day or moment in digits is kept, whatever field it stands in: others stand in the same words.
    private static func isTime(_ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
        let digits = scalars.compactMap { Characters.digitValue($0) }
        guard digits.count == scalars.count, [8, 12, 14, 17].contains(digits.count) else { return false }
        let parts = (digits[0] * 10 + digits[1], digits[4] * 10 + digits[5], digits[6] * 10 + digits[7])
        return (19...20).contains(parts.0) && (1...12).contains(parts.1) && (1...31).contains(parts.2)
    }

    // MARK: Pseudonyms

    /// Chooses the pseudonyms, each once: no two values share one, and none is a value of the document.
    mutating func settle() {
        var used: Set<[Unicode.Scalar]> = []
        for original in order {
            guard let kind = kinds[original] else { continue }
            let text = String(String.UnicodeScalarView(original))
            var pseudonym = original
            for round in 0..<Self.roundsMax {
                pseudonym = Array(pseudonyms.pseudonym(of: text, kind: kind, round: round).unicodeScalars)
                if kinds[pseudonym] == nil, !used.contains(pseudonym) { break }
            }
            used.insert(pseudonym)
            entries.append(Entry(original: original, kind: kind, pseudonym: pseudonym, isWhole: original.count == 1))
        }
        for entry in entries where entry.isWhole { wholes[entry.original[0]] = entry.pseudonym[0] }
        byFirst = Dictionary(grouping: entries.filter { !$0.isWhole }) { $0.original[0] }.mapValues { list in
            list.sorted { $0.original.count > $1.original.count }
        }
    }

    /// A text with every value replaced, the longest first.
    func rewritten(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        if !wholes.isEmpty {
            let telling = scalars.filter { !$0.properties.isWhitespace }
            if telling.count == 1, let whole = wholes[telling[0]] {
                return String(String.UnicodeScalarView(scalars.map { $0 == telling[0] ? whole : $0 }))
            }
        }
        var result = String.UnicodeScalarView()
        var index = 0
        var isChanged = false
        while index < scalars.count {
            if let entry = match(in: scalars, at: index) {
                result.append(contentsOf: entry.pseudonym)
                index += entry.original.count
                isChanged = true
            } else {
                result.append(scalars[index])
                index += 1
            }
        }
        return isChanged ? String(result) : text
    }

    /// The kinds of the values that a text still holds.
    func remnants(in text: String) -> Set<IdentityKind> {
        let scalars = Array(text.unicodeScalars)
        return Set(scalars.indices.compactMap { match(in: scalars, at: $0)?.kind })
    }

    private func match(in text: [Unicode.Scalar], at index: Int) -> Entry? {
        guard let list = byFirst[text[index]] else { return nil }
        return list.first { entry in
            let end = index + entry.original.count
            guard end <= text.count, text[index..<end].elementsEqual(entry.original) else { return false }
            if entry.original.count >= Self.freeLettersMin { return true }
            // Letters and digits are words: "2026" is no part of "20260501".
            let first = entry.original[0]
            let last = entry.original[entry.original.count - 1]
            let isCutBefore = Self.isWord(first) && index > 0 && Self.isWord(text[index - 1])
            let isCutBehind = Self.isWord(last) && end < text.count && Self.isWord(text[end])
            return !isCutBefore && !isCutBehind
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool { Characters.isDigit(scalar) || Characters.isLatin(scalar) }
}
