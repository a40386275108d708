/// Groups of digits with one sign between them, as people write numbers: `138-0013-8000`, `(020) 8123 4567`.
struct DigitGroups {
    private struct Group {
        var range: Range<Int>
        var firstDigit: Int
        var count: Int
        /// Narrow form of the character behind it.
        var behind: UInt8
    }

    /// Digits and groups that are looked at together; longer ones are no number of a person.
    private static let digitsMax = 64
    private static let groupsMax = 12

    private var digits: [UInt8] = []
    private var groups: [Group] = []
    /// The first byte behind.
    private(set) var end: Int
    /// A group ended in X, which an identity number may.
    private var endsInX = false
    private let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) {
        self.bytes = bytes
        end = start
        var index = start
        var group = Group(range: start..<start, firstDigit: 0, count: 0, behind: 0)
        while index < bytes.count {
            let (sign, length) = PersonalNumberScan.narrow(bytes, at: index)
            if PersonalNumberScan.isDigit(sign) {
                if digits.count < Self.digitsMax { digits.append(sign - 0x30) }
                group.count += 1
                index += length
                group.range = group.range.lowerBound..<index
                end = index
                continue
            }
            guard group.count > 0 else { break }
            group.behind = sign
            if (sign == 0x58 || sign == 0x78), group.count == 17 {
                let next = index + length < bytes.count ? PersonalNumberScan.narrow(bytes, at: index + length).sign : 0
                endsInX = !PersonalNumberScan.isWordCharacter(next)
                if endsInX { group.range = group.range.lowerBound..<(index + length) }
            }
            groups.append(group)
            guard [0x2D, 0x20, 0x29, 0x28].contains(sign), groups.count < Self.groupsMax, index + length < bytes.count else {
                return
            }
            // "(020) 8123": two signs in a row only behind a bracket.
            var next = index + length
            if sign == 0x29, PersonalNumberScan.narrow(bytes, at: next).sign == 0x20 { next += 1 }
            guard next < bytes.count, PersonalNumberScan.isDigit(PersonalNumberScan.narrow(bytes, at: next).sign) else { return }
            index = next
            group = Group(range: index..<index, firstDigit: digits.count, count: 0, behind: 0)
        }
        if group.count > 0, groups.last?.range != group.range { groups.append(group) }
    }

    /// Adds what the groups are.
    func collect(into hits: inout [PersonalNumberScan.Hit]) {
        var index = 0
        while index < groups.count {
            // Digits beyond the limit are not there to be looked at.
            guard groups[index].firstDigit + groups[index].count <= digits.count else { return }
            if let (kind, used) = match(from: index) {
                let range = groups[index].range.lowerBound..<groups[index + used - 1].range.upperBound
                hits.append(PersonalNumberScan.Hit(kind: kind, range: range))
                index += used
            } else {
                index += 1
            }
        }
    }

    /// What begins at a group, and how many groups it takes.
    private func match(from index: Int) -> (PersonalNumberScan.Kind, Int)? {
        let first = groups[index]
        if first.count == 17, first.range.count > 17, endsInX, isIdentity(first) { return (.identityNumber, 1) }
        if Self.isFree(first) {
            if first.count == 18, isIdentity(first) { return (.identityNumber, 1) }
            if (16...19).contains(first.count), isCard(first.firstDigit, first.count) { return (.bankCard, 1) }
            if first.count == 11, isMobile(first.firstDigit) { return (.phone, 1) }
            if first.count == 13, at(first, 0) == 8, at(first, 1) == 6, isMobile(first.firstDigit + 2) { return (.phone, 1) }
            if let area = areaDigits(first), (7...8).contains(first.count - area), at(first, area) >= 2 { return (.phone, 1) }
        }
        if let cards = cardGroups(from: index) { return (.bankCard, cards) }
        let isMobilePrefix = first.count == 3 && at(first, 0) == 1 && at(first, 1) >= 3
        if isMobilePrefix, hasGroups([4, 4], behind: index) { return (.phone, 3) }
        if areaDigits(first) == first.count {
            for count in [7, 8] where hasGroups([count], behind: index) { return (.phone, 2) }
            for counts in [[4, 4], [3, 4]] where hasGroups(counts, behind: index) { return (.phone, 3) }
        }
        return nil
    }

    /// Whether no letter stands directly behind.
    private static func isFree(_ group: Group) -> Bool { !PersonalNumberScan.isWordCharacter(group.behind) }

    private func at(_ group: Group, _ offset: Int) -> UInt8 { digits[group.firstDigit + offset] }

    private func hasGroups(_ counts: [Int], behind index: Int) -> Bool {
        guard index + counts.count < groups.count, let last = groups[...(index + counts.count)].last else { return false }
        return zip(groups[(index + 1)...], counts).allSatisfy { $0.count == $1 } && Self.isFree(last)
            && last.firstDigit + last.count <= digits.count
    }

    private func isMobile(_ first: Int) -> Bool { digits[first] == 1 && digits[first + 1] >= 3 }

    /// Digits of the area code that a group begins with: 010, 02x, and four digits from 03 to 09.
    private func areaDigits(_ group: Group) -> Int? {
        guard group.count >= 3, at(group, 0) == 0 else { return nil }
        switch at(group, 1) {
        case 1: return at(group, 2) == 0 ? 3 : nil
        case 2: return 3
        case 3...9: return group.count >= 4 ? 4 : nil
        default: return nil
        }
    }

    private func isIdentity(_ group: Group) -> Bool {
        var text = digits[group.firstDigit..<(group.firstDigit + group.count)].map { $0 + 0x30 }
        if group.count == 17 { text.append(0x58) }
        return text.withUnsafeBufferPointer { CheckedIdentifier.identityCard.check($0) } == .valid
    }

    private func isCard(_ first: Int, _ count: Int) -> Bool {
        guard (3...6).contains(digits[first]), LuhnCheck.isValid(digits[first..<(first + count)]) else { return false }
        // Credit codes of some kinds are all digits too.
        let text = digits[first..<(first + count)].map { $0 + 0x30 }
        return text.withUnsafeBufferPointer { CheckedIdentifier.unifiedSocialCreditCode.check($0) } != .valid
    }

    /// Groups of four digits, the last of one to four.
    private func cardGroups(from index: Int) -> Int? {
        for used in [5, 4] where index + used <= groups.count {
            let parts = groups[index..<(index + used)]
            guard let last = parts.last, parts.dropLast().allSatisfy({ $0.count == 4 }), Self.isFree(last) else { continue }
            let count = 4 * (used - 1) + last.count
            guard used == 5 ? (1...3).contains(last.count) : last.count == 4, last.firstDigit + last.count <= digits.count else {
                continue
            }
            if isCard(groups[index].firstDigit, count) { return used }
        }
        return nil
    }
}
