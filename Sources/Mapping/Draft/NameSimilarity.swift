/// How alike the names and labels of two fields are: 0 is nothing in common, 1 the same.
enum NameSimilarity {
    /// Words of a field's names: parts of `TENDERER_PHONE_NUMBER` or `sendTime`, each in the form that partners' words share.
    static func words(of names: [String]) -> [String] {
        var result: [String] = []
        for name in names {
            for word in split(name).flatMap({ synonyms[$0] ?? [singular($0)] }) where !result.contains(word) {
                result.append(word)
            }
        }
        return result
    }

    /// Twice what both share, by what both have; words that say nothing (`value`, the dataset's own name) do not count.
    static func ofWords(_ left: [String], _ right: [String]) -> Double {
        guard !left.isEmpty, !right.isEmpty else { return 0 }
        let shared = left.filter { right.contains($0) }.count
        return 2 * Double(shared) / Double(left.count + right.count)
    }

    /// Pairs of neighbouring characters that two labels share.
    static func ofLabels(_ left: String, _ right: String) -> Double {
        let (left, right) = (letters(left), letters(right))
        guard !left.isEmpty, !right.isEmpty else { return 0 }
        if left == right { return 1 }
        let (first, second) = (pairs(left), pairs(right))
        guard !first.isEmpty, !second.isEmpty else { return 0 }
        var rest = second
        var shared = 0
        for pair in first {
            guard let index = rest.firstIndex(where: { $0 == pair }) else { continue }
            rest.remove(at: index)
            shared += 1
        }
        return 2 * Double(shared) / Double(first.count + second.count)
    }

    /// A label without remarks behind it and marks inside.
    private static func letters(_ label: String) -> [Character] {
        let head = label.prefix { !",，;；:：。".contains($0) }
        return head.lowercased().filter { $0.isLetter || $0.isNumber }.filter { $0 != "的" }
    }

    private static func pairs(_ letters: [Character]) -> [[Character]] {
        letters.count < 2 ? [letters] : zip(letters, letters.dropFirst()).map { [$0, $1] }
    }

    private static func split(_ name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var wasLower = false
        for character in name {
            if character.isUppercase, wasLower {
                words.append(word)
                word = ""
            }
            if character.isLetter || character.isNumber {
                word += character.lowercased()
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
            wasLower = character.isLowercase
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    private static func singular(_ word: String) -> String {
        word.count > 3 && word.hasSuffix("s") && !word.hasSuffix("ss") ? String(word.dropLast()) : word
    }

    /// Words of tendering and of interfaces that mean the same; an empty list says nothing about a field.
    static let synonyms: [String: [String]] = [
        "contactor": ["contact", "person"], "contacter": ["contact", "person"], "linkman": ["contact", "person"],
        "contacts": ["contact"], "person": ["contact", "person"],
        "phone": ["contact", "phone"], "tel": ["contact", "phone"], "telephone": ["contact", "phone"],
        "mobile": ["contact", "phone"],
        "email": ["contact", "email"], "mail": ["contact", "email"], "addr": ["address"], "number": ["code"], "num": ["code"],
        "no": ["code"], "id": ["code"], "identifier": ["code"], "uscc": ["code"], "creditcode": ["code"], "time": ["time"],
        "at": ["time"], "date": ["time"], "stamp": ["time"], "timestamp": ["time"], "type": ["kind"], "category": ["kind"],
        "mode": ["method"], "way": ["method"], "opening": ["open"], "begin": ["start"], "from": ["start"], "available": [],
        "until": ["end"], "finish": ["end"], "deadline": ["end", "submission"], "refer": ["submission"], "submit": ["submission"],
        "estimated": ["estimate"], "reckon": ["estimate"], "price": ["price"], "amount": ["price"], "value": [], "text": [],
        "link": ["url"], "href": ["url"], "tenderee": ["tenderer"], "purchaser": ["tenderer"], "buyer": ["tenderer"],
        "agent": ["agency"], "package": ["section"], "lot": ["section"], "classify": ["class"], "classification": ["class"],
        "classes": ["class"], "area": ["region"], "round": ["count"], "times": ["count"], "syndicated": ["consortium"],
        "postponed": ["postpone"], "flag": [], "is": [], "whether": [], "allowed": [], "own": ["self"], "approval": ["approve"],
        "approved": ["approve"], "invest": ["investment"], "collecting": ["collect"], "collector": ["collect"],
        "created": ["create"], "planned": ["start"], "send": ["publish"], "sent": ["publish"], "published": ["publish"],
        "publisher": ["publish", "duty"], "duty": ["publish", "duty"], "data": ["record"], "recorded": ["record"],
        "update": ["record"],
        "updated": ["record"], "days": ["duration"], "limit": ["duration"], "doc": ["document"], "get": [],
        "bulletin": ["notice"],
        "relate": ["related"], "plat": ["platform"],
    ]
}
