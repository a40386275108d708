/// Finds for the fields of a partner's form the canonical ones that they are likely to be.
struct DraftMatcher {
    /// From here a likeness is taken for a guess.
    static let guessMin = 0.6
    /// From here it is named as a candidate.
    static let candidateMin = 0.35
    /// Candidates named for one field.
    static let candidatesMax = 3

    /// Words that tell little when they stand alone.
    private static let general: Set = ["code", "name", "kind", "time", "price", "address", "start", "end"]

    /// A pair with its likeness, by indexes.
    struct Pair {
        var form: Int
        var canonical: Int
        var score: Double
    }

    let form: [DraftLeaf]
    let canonical: [DraftLeaf]
    /// A canonical group may be joined to one text of the form.
    let joins: Bool
    /// Repeated groups of the form and the canonical ones that they are.
    private(set) var groups: [(form: [String], canonical: [String], score: Double)] = []
    private(set) var guesses: [Pair] = []
    private var candidates: [Pair] = []
    private var formWords: [[String]] = []
    private var canonicalWords: [[String]] = []

    /// - Parameter dataset: `tender-notice`; its last word says nothing about a field of it.
    init(form: [DraftLeaf], canonical: [DraftLeaf], dataset: String, joins: Bool) {
        self.form = form
        self.canonical = canonical
        self.joins = joins
        let silent = Set(NameSimilarity.words(of: dataset.split(separator: "-").suffix(1).map(String.init)) + ["source", "gcj"])
        func words(_ leaf: DraftLeaf) -> [String] {
            let all = NameSimilarity.words(of: Array(leaf.names.dropFirst(leaf.groupDepth)))
            let telling = all.filter { !silent.contains($0) }
            return telling.isEmpty ? all : telling
        }
        formWords = form.map(words)
        canonicalWords = canonical.map { leaf in
            let own = words(leaf)
            // An identifier is a code, whatever its field is called.
            return leaf.fields.last?.kind == .identifier && !own.contains("code") ? own + ["code"] : own
        }
        match()
    }

    /// What a canonical field could be, the likeliest first, guesses of others left out.
    func candidates(ofCanonical index: Int) -> [Pair] { named(candidates.filter { $0.canonical == index }) }
    /// What a field of the form could be.
    func candidates(ofForm index: Int) -> [Pair] { named(candidates.filter { $0.form == index }) }

    private func named(_ pairs: [Pair]) -> [Pair] {
        let free = pairs.filter { pair in !guesses.contains { $0.form == pair.form || $0.canonical == pair.canonical } }
        return Array(free.prefix(Self.candidatesMax))
    }

    private mutating func match() {
        matchGroups()
        var pairs: [Pair] = []
        for left in form.indices {
            for right in canonical.indices {
                guard let weight = weight(form[left], canonical[right]) else { continue }
                let score = score(left, right) * weight
                if score >= Self.candidateMin { pairs.append(Pair(form: left, canonical: right, score: score)) }
            }
        }
        pairs.sort { ($0.score, $1.form, $1.canonical) > ($1.score, $0.form, $0.canonical) }
        candidates = pairs
        var (takenForm, takenCanonical): (Set<Int>, Set<Int>) = ([], [])
        for pair in pairs where pair.score >= Self.guessMin {
            guard !takenForm.contains(pair.form), !takenCanonical.contains(pair.canonical) else { continue }
            takenForm.insert(pair.form)
            takenCanonical.insert(pair.canonical)
            guesses.append(pair)
        }
    }

    /// Whether two fields can stand for each other at all: both in groups that belong together, or both in none.
    private func weight(_ left: DraftLeaf, _ right: DraftLeaf) -> Double? {
        if left.group.isEmpty, right.group.isEmpty { return 1 }
        if left.group.isEmpty { return joins ? 0.9 : nil }
        return groups.contains { $0.form == left.group && $0.canonical == right.group } ? 1 : nil
    }

    private mutating func matchGroups() {
        func groups(_ leaves: [DraftLeaf]) -> [[String]] {
            var result: [[String]] = []
            for leaf in leaves where leaf.groupDepth > 0 && !result.contains(leaf.group) { result.append(leaf.group) }
            return result
        }
        var pairs: [(form: [String], canonical: [String], score: Double)] = []
        for left in groups(form) {
            let inner = form.indices.filter { form[$0].group == left }
            guard let first = inner.first else { continue }
            for right in groups(canonical) {
                let others = canonical.indices.filter { canonical[$0].group == right }
                guard let other = others.first else { continue }
                let names = NameSimilarity.ofWords(
                    NameSimilarity.words(of: left.suffix(1)), NameSimilarity.words(of: right.suffix(1)))
                let labels = NameSimilarity.ofLabels(
                    form[first].labels[form[first].groupDepth - 1], canonical[other].labels[canonical[other].groupDepth - 1])
                let best = inner.map { index in others.map { score(index, $0) }.max() ?? 0 }
                let fields = best.reduce(0, +) / Double(max(1, best.count))
                pairs.append((left, right, max(names, labels) + fields))
            }
        }
        pairs.sort { $0.score > $1.score }
        for pair in pairs where pair.score >= Self.guessMin {
            guard !self.groups.contains(where: { $0.form == pair.form || $0.canonical == pair.canonical }) else { continue }
            self.groups.append(pair)
        }
    }

    /// The likeness of names, labels and forms.
    private func score(_ left: Int, _ right: Int) -> Double {
        let (source, target) = (form[left], canonical[right])
        let words = NameSimilarity.ofWords(formWords[left], canonicalWords[right])
        let ownName = NameSimilarity.ofLabels(source.names.last ?? "", target.label)
        var score = words
        // A bare `id` or `name` is in every form.
        if formWords[left].count == 1, Self.general.contains(formWords[left][0]), words < 1 { score *= 0.8 }
        // A label in another language says nothing for or against.
        let isLabelled = source.label.unicodeScalars.contains { $0.value >= 0x2E80 }
        let label = isLabelled ? label(source, target) : ownName
        if isLabelled {
            score = max(label, 0.5 * label + 0.5 * words, (label > 0 ? 0.85 : 0.6) * words)
        } else if label > 0 {
            score = max(label, score)
        }
        return min(1, score * fit(source.form, target))
    }

    /// Labels of fields often name the group they stand in, and often do not.
    private func label(_ source: DraftLeaf, _ target: DraftLeaf) -> Double {
        let sources = [source.label, source.labels.suffix(2).joined()]
        let above = target.labels.dropLast().dropFirst(target.groupDepth)
        let targets = [target.label] + above.map { $0 + target.label }
        var best = 0.0
        for left in sources {
            for (number, right) in targets.enumerated() {
                let likeness = NameSimilarity.ofLabels(left, right)
                // Of two fields with the same label of their own the one whose group is named as well is meant.
                best = max(best, number == 0 && !above.isEmpty ? likeness * 0.95 : likeness)
            }
        }
        return best
    }

    /// What the form of the values says for or against.
    private func fit(_ form: DraftValueForm, _ target: DraftLeaf) -> Double {
        guard form.isKnown, let kind = target.fields.last?.kind else { return 1 }
        let isTime = form.time != nil
        switch kind {
        case .instant: return isTime && !form.isDay ? 1.1 : 0.5
        case .date: return isTime ? (form.isDay ? 1.1 : 1) : 0.5
        case .money, .decimal, .count: return form.isNumber && !(isTime && form.isDay) ? 1.05 : 0.5
        case .identifier: return form.isCreditCode ? 1.05 : isTime && !form.isNumber ? 0.5 : 1
        case .text, .code: return isTime && !form.isNumber ? 0.6 : 1
        case .group: return 0
        }
    }
}
