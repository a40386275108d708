/// Codes of organisations, projects and deals (data standards, section 2). Parts that are codes themselves get the pseudonym that they
/// have alone, so that one code still leads to another.
extension Pseudonyms {
    /// A code whose form tells what it is; any other is replaced sign by sign.
    func code(_ value: String, _ round: Int) -> String {
        let bytes = Array(value.utf8)
        // All digits may be either; the check character says which.
        if CheckedIdentifier.identityCard.check(value) == .valid, CheckedIdentifier.unifiedSocialCreditCode.check(value) != .valid
        {
            return pseudonym(of: value, kind: .identityNumber, round: round)
        }
        for kind in [CheckedIdentifier.unifiedSocialCreditCode, .organisationCode, .dealCode, .projectCode] {
            let verdict = kind.check(value)
            guard verdict != .malformed, let body = body(value, bytes, kind, round) else { continue }
            if let made = verdict == .valid ? kind.completed(body) : kind.spoiled(body) { return made }
        }
        return tenderCode(bytes, round) ?? safelyShaped(value, round)
    }

    /// The pseudonym with any last character.
    private func body(_ value: String, _ bytes: [UInt8], _ kind: CheckedIdentifier, _ round: Int) -> String? {
        switch kind {
        case .unifiedSocialCreditCode:
            let organisation = organisationBody(bytes[8..<16], round) + "0"
            return CheckedIdentifier.organisationCode.completed(organisation).map { Self.text(bytes[..<8]) + $0 + "0" }
        case .organisationCode: return organisationBody(bytes[..<8], round) + (bytes.count == 10 ? "-0" : "0")
        case .dealCode: return dealBody(value, round) + "0"
        case .projectCode: return projectBody(value, round) + "0"
        case .identityCard: return nil
        }
    }

    /// Eight characters that begin with TE, which organisation codes do not.
    private func organisationBody(_ original: ArraySlice<UInt8>, _ round: Int) -> String {
        var choice = choice("organisation-code", Self.text(original), round)
        return "TE" + (0..<6).map { _ in choice.element(of: Self.creditAlphabet) }.joined()
    }

    /// Class, platform, day, number, check.
    private func dealBody(_ value: String, _ round: Int) -> String {
        let isHyphenated = value.utf8.count == 40
        let plain = Array(value.utf8.filter { $0 != 0x2D })
        var choice = choice("deal-number", Self.text(plain[..<35]), round)
        let number = (0..<6).map { _ in String(choice.number(below: 10)) }.joined()
        let parts = [Self.text(plain[..<3]), code(Self.text(plain[3..<21]), 0), Self.text(plain[21..<29]), number]
        return parts.joined(separator: isHyphenated ? "-" : "") + (isHyphenated ? "-" : "")
    }

    /// The last group but its check digit.
    private func projectBody(_ value: String, _ round: Int) -> String {
        var choice = choice("project-number", String(value.prefix(23)), round)
        return String(value.prefix(18)) + (0..<5).map { _ in String(choice.number(below: 10)) }.joined()
    }

    /// Platform 11, project 17, tender project 20, section 23: each begins with the one above.
    private func tenderCode(_ bytes: [UInt8], _ round: Int) -> String? {
        guard [11, 17, 20, 23].contains(bytes.count), bytes[0] >= 0x41, bytes[0] <= 0x5A,
            bytes.dropFirst().allSatisfy({ PersonalNumberScan.isDigit($0) })
        else { return nil }
        var platform = choice("platform-code", Self.text(bytes[..<11]), bytes.count == 11 ? round : 0)
        var result = Self.text(bytes[..<7]) + (0..<4).map { _ in String(platform.number(below: 10)) }.joined()
        if bytes.count >= 17 {
            var project = choice("project-code", Self.text(bytes[..<17]), bytes.count == 17 ? round : 0)
            result += (0..<6).map { _ in String(project.number(below: 10)) }.joined()
        }
        return result + Self.text(bytes.dropFirst(17))
    }

    /// Letters of codes are never I, O, S, V or Z, and such a letter, which is a fault, stays.
    private func safelyShaped(_ value: String, _ round: Int) -> String {
        shaped(value, "code", round, keeping: Set("IOSVZ".unicodeScalars))
    }

    private static let creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY".map { String($0) }

    private static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
}
