/// Hides personal numbers in names shown to people: subjects of personal certificates carry identity numbers.
enum PersonalNumbers {
    /// The text with every run that is a resident's identity number (18 characters with a right check digit, GB 11643, or
    /// the 15 digits of the old form) shown by its last four characters only. Organisation codes stay: they are public.
    static func masked(_ text: String) -> String {
        var result: [UInt8] = []
        var run: [UInt8] = []
        func isRun(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || byte == 0x58 || byte == 0x78 }
        for byte in text.utf8 {
            if isRun(byte) {
                run.append(byte)
            } else {
                result += shown(run)
                run.removeAll()
                result.append(byte)
            }
        }
        result += shown(run)
        return String(decoding: result, as: UTF8.self)
    }

    private static func shown(_ run: [UInt8]) -> [UInt8] {
        // Prefixes such as "0" + number are common, so every window of a longer run is looked at.
        guard run.count >= 15 else { return run }
        var result = run
        var position = 0
        while position + 15 <= run.count {
            if position + 18 <= run.count, isIdentityNumber(run[position..<(position + 18)]) {
                for index in position..<(position + 14) { result[index] = 0x2A }
                position += 18
            } else {
                position += 1
            }
        }
        if run.count == 15, isDate(run[6..<12], century: true) { for index in 0..<11 { result[index] = 0x2A } }
        return result
    }

    private static func isIdentityNumber(_ digits: ArraySlice<UInt8>) -> Bool {
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let body = digits.prefix(17)
        guard body.allSatisfy({ (0x30...0x39).contains($0) }), isDate(body.dropFirst(6).prefix(8), century: false) else {
            return false
        }
        let sum = zip(body, weights).reduce(0) { $0 + Int($1.0 - 0x30) * $1.1 }
        let expected = Array("10X98765432".utf8)[sum % 11]
        return digits.last.map { ($0 & 0xDF == 0x58 ? 0x58 : $0) == expected } ?? false
    }

    private static func isDate(_ digits: ArraySlice<UInt8>, century: Bool) -> Bool {
        let numbers = digits.suffix(4).map { Int($0) - 0x30 }
        guard numbers.allSatisfy({ (0...9).contains($0) }) else { return false }
        let (month, day) = (numbers[0] * 10 + numbers[1], numbers[2] * 10 + numbers[3])
        guard (1...12).contains(month), (1...31).contains(day) else { return false }
        return century || digits.starts(with: "19".utf8) || digits.starts(with: "20".utf8)
    }
}
