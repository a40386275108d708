/// "Did you mean": the nearest known word, for unknown keys, functions, lists and fields.
public enum Suggestion {
    /// The candidate with the smallest edit distance, when it is near enough to be a slip (a third of the length).
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        var best: (distance: Int, word: String)?
        for candidate in candidates where candidate != word {
            let distance = self.distance(Array(word.lowercased()), Array(candidate.lowercased()))
            guard distance <= max(1, max(word.count, candidate.count) / 3) else { continue }
            if best.map({ distance < $0.distance || (distance == $0.distance && candidate < $0.word) }) ?? true {
                best = (distance, candidate)
            }
        }
        return best?.word
    }

    /// Edit distance with neighbouring letters swapped counted as one slip (optimal string alignment).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforePrevious = [Int]()
        var previous = Array(0...right.count)
        for i in 1...left.count {
            var current = [i] + Array(repeating: 0, count: right.count)
            for j in 1...right.count {
                let cost = left[i - 1] == right[j - 1] ? 0 : 1
                current[j] = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost)
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    current[j] = min(current[j], beforePrevious[j - 2] + 1)
                }
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}
