/// What stands in for a value: of the same form and, where possible, the same length, chosen by a secret key.
///
/// Codes keep what tells their kind and region and get a right check character (a wrong one where the original's was wrong). Telephone
/// numbers, hosts and codes are of ranges that nobody has been given, as far as is known. Pure; safe from any thread.
struct Pseudonyms: Sendable {
    private let key: [UInt8]

    /// - Parameter key: the secret; who has it can check a guess.
    init(key: [UInt8]) { self.key = key }

    /// The pseudonym of a value.
    ///
    /// - Parameter round: another one for the same value.
    func pseudonym(of value: String, kind: IdentityKind, round: Int = 0) -> String {
        switch kind {
        case .none, .prose: value
        case .organisation: organisation(value, round)
        case .person: person(value, round)
        case .phone: phone(value, round)
        case .email: email(value, round)
        case .address: shaped(value, "address", round, keeping: Self.addressWords)
        case .account: account(value, round)
        case .identityNumber: identityNumber(value, round)
        case .code: code(value, round)
        case .key: shaped(value, "key", round, keeping: Self.numberWords)
        case .url: host(value, round)
        case .projectName: shaped(value, "project-name", round, keeping: Self.addressWords)
        case .text: shaped(value, "text", round)
        }
    }

    func choice(_ domain: String, _ value: String, _ round: Int) -> KeyedChoice {
        KeyedChoice(key: key, domain: domain, value: value, round: round)
    }

    /// Every letter, digit and Chinese character replaced by one of its sort; signs and the words of `keeping` stay.
    func shaped(_ value: String, _ domain: String, _ round: Int, keeping: Set<Unicode.Scalar> = []) -> String {
        var choice = choice(domain, value, round)
        return Characters.replaced(value, keeping: keeping, &choice)
    }

    // MARK: Names

    private func organisation(_ value: String, _ round: Int) -> String {
        let scalars = Array(value.unicodeScalars)
        let suffix = NameWords.organisationEnding(of: scalars)
        let stem = String(String.UnicodeScalarView(scalars.dropLast(suffix)))
        return shaped(stem, "organisation", round) + String(String.UnicodeScalarView(scalars.suffix(suffix)))
    }

    private func person(_ value: String, _ round: Int) -> String {
        let scalars = Array(value.unicodeScalars)
        let suffix = NameWords.titleEnding(of: scalars)
        let stem = scalars.dropLast(suffix)
        var choice = choice("person", String(String.UnicodeScalarView(stem)), round)
        var result = String.UnicodeScalarView()
        for (index, scalar) in stem.enumerated() {
            let isFamilyName = index == 0 && Characters.isHan(scalar)
            result.append(
                isFamilyName ? choice.element(of: NameWords.familyNames) : Characters.replaced(scalar, isFirst: false, &choice))
        }
        result.append(contentsOf: scalars.suffix(suffix))
        return String(result)
    }

    /// 〔2026〕15号: the words of a number stay.
    static let numberWords = Set("第号字年期之".unicodeScalars)
    static let addressWords = Set("省市区县镇乡村路街道巷弄号栋幢座层楼室单元组园大厦广场".unicodeScalars)

    // MARK: Addresses of the net

    private func email(_ value: String, _ round: Int) -> String {
        guard let sign = value.lastIndex(of: "@") else { return shaped(value, "email", round) }
        let local = String(value[..<sign])
        return shaped(local, "email", round) + "@" + host(String(value[value.index(after: sign)...]), 0)
    }

    /// A host below `.example`, which is nobody's (RFC 2606), of the same length where there is room.
    private func host(_ value: String, _ round: Int) -> String {
        let ending = ".example"
        let scalars = Array(value.unicodeScalars)
        guard scalars.count > ending.count, scalars.contains(where: { Characters.isLatin($0) }) else {
            return shaped(value, "host", round)
        }
        let stem = String(String.UnicodeScalarView(scalars.dropLast(ending.count)))
        var choice = choice("host", value, round)
        var result = Array(Characters.replaced(stem, keeping: [], &choice).unicodeScalars)
        // What the ending cut off may leave a dot or hyphen at the edge.
        for edge in [0, result.count - 1] where !Characters.isLatin(result[edge]) && !Characters.isDigit(result[edge]) {
            result[edge] = choice.element(of: Characters.lowerCase)
        }
        return String(String.UnicodeScalarView(result)) + ending
    }

    // MARK: Numbers

    /// Digits are replaced, everything between them stays.
    private func phone(_ value: String, _ round: Int) -> String {
        let digits = value.unicodeScalars.compactMap { Characters.digitValue($0) }
        let country = digits.starts(with: [8, 6]) && digits.count >= 12 ? 2 : 0
        let own = Array(digits.dropFirst(country))
        var choice = choice("phone", own.map(String.init).joined(), round)
        var made = own
        if own.count >= 11, own[0] == 1 {
            // Mobile networks have not been given 161, 163 and 164 (as far as was found; basis: memory).
            let prefix = choice.element(of: [[1, 6, 1], [1, 6, 3], [1, 6, 4]])
            for index in own.indices { made[index] = index < 3 ? prefix[index] : choice.number(below: 10) }
        } else {
            // A subscriber's number never begins with 0.
            let area = own.first == 0 && own.count >= 9 ? (own[1] <= 2 ? 3 : 4) : 0
            for index in own.indices where index >= area {
                made[index] = index == area && own.count >= 7 ? 0 : choice.number(below: 10)
            }
        }
        return Characters.withDigits(value, Array(digits.prefix(country)) + made)
    }

    private func account(_ value: String, _ round: Int) -> String {
        let digits = value.unicodeScalars.compactMap { Characters.digitValue($0) }
        guard digits.count >= 8 else { return shaped(value, "account", round) }
        var choice = choice("account", digits.map(String.init).joined(), round)
        var made = digits
        for index in made.indices.dropFirst() { made[index] = choice.number(below: 10) }
        if LuhnCheck.isValid(digits.map { UInt8($0) }) {
            for last in 0...9 {
                made[made.count - 1] = last
                if LuhnCheck.isValid(made.map { UInt8($0) }) { break }
            }
        }
        return Characters.withDigits(value, made)
    }

    private func identityNumber(_ value: String, _ round: Int) -> String {
        let verdict = CheckedIdentifier.identityCard.check(value)
        guard verdict != .malformed else { return shaped(value, "identity-number", round) }
        let digits = Array(value.utf8)
        var choice = choice("identity-number", value, round)
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + Int($1) - 0x30 } }
        func text(_ number: Int, _ width: Int) -> String { String(String(number + 1_000_000).suffix(width)) }
        // The day of birth moves by up to three years back; the sex, which is odd or even, stays.
        let year = number(6..<10) - 1 - choice.number(below: 3)
        let body =
            choice.element(of: NameWords.regions) + text(max(year, 1), 4) + text(1 + choice.number(below: 12), 2)
            + text(1 + choice.number(below: 28), 2) + text(2 * choice.number(below: 500) + number(14..<17) % 2, 3) + "0"
        let made =
            verdict == .valid ? CheckedIdentifier.identityCard.completed(body) : CheckedIdentifier.identityCard.spoiled(body)
        return made ?? shaped(value, "identity-number", round)
    }
}
