/// The making side: what the checking side would find right, or wrong on purpose. It asks the checking side, so that there is one
/// formula for both.
extension CheckedIdentifier {
    /// Characters that a check character may be.
    private static let checkCharacters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*".utf8)

    /// The identifier with the last character that makes it valid; nil when none does, as it is malformed elsewhere.
    public func completed(_ text: String) -> String? {
        guard var bytes = Optional(Array(text.utf8)), !bytes.isEmpty else { return nil }
        for character in Self.checkCharacters {
            bytes[bytes.count - 1] = character
            if bytes.withUnsafeBufferPointer({ check($0) }) == .valid { return String(decoding: bytes, as: UTF8.self) }
        }
        return nil
    }

    /// The identifier with a last character that is well formed and wrong; nil when it is malformed elsewhere.
    func spoiled(_ text: String) -> String? {
        guard var bytes = Optional(Array(text.utf8)), !bytes.isEmpty else { return nil }
        for character in Self.checkCharacters {
            bytes[bytes.count - 1] = character
            if bytes.withUnsafeBufferPointer({ check($0) }) == .checkCharacterWrong {
                return String(decoding: bytes, as: UTF8.self)
            }
        }
        return nil
    }
}

/// The check of payment cards (ISO/IEC 7812-1, annex B).
enum LuhnCheck {
    /// Whether the last digit is the right one; digits as values 0 to 9.
    static func isValid(_ digits: some BidirectionalCollection<UInt8>) -> Bool {
        var sum = 0
        var doubles = false
        for digit in digits.reversed() {
            let value = doubles ? Int(digit) * 2 : Int(digit)
            sum += value > 9 ? value - 9 : value
            doubles.toggle()
        }
        return sum % 10 == 0
    }
}
