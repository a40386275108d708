internal import StrictYAML

/// How many refused records a stream may have before it is refused as a whole.
public enum RefusalTolerance: Sendable, Hashable {
    /// Any number: each record stands for itself.
    case any
    /// So many.
    case count(Int)
    /// So many of a thousand records.
    case perMille(Int)

    /// Whether a stream with so many records, so many of them refused, is within it.
    public func allows(refused: Int, of records: Int) -> Bool {
        switch self {
        case .any: true
        case .count(let most): refused <= most
        case .perMille(let most): refused * 1000 <= most * records
        }
    }

    /// `10`, `0.5%`, `any`; nil for anything else. Of a percentage one digit behind the point.
    public init?(_ text: String) {
        if text == "any" {
            self = .any
        } else if text.hasSuffix("%") {
            let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
            guard let whole = parts.first.flatMap({ Self.digits($0) }), parts.count <= 2 else { return nil }
            let tenths = parts.count == 2 ? (parts[1].utf8.count == 1 ? Self.digits(parts[1]) : nil) : 0
            guard let tenths, whole * 10 + tenths <= 1000 else { return nil }
            self = .perMille(whole * 10 + tenths)
        } else {
            guard let count = Self.digits(text[...]) else { return nil }
            self = .count(count)
        }
    }

    /// As it is written.
    public var text: String {
        switch self {
        case .any: "any"
        case .count(let count): "\(count)"
        case .perMille(let number): number % 10 == 0 ? "\(number / 10)%" : "\(number / 10).\(number % 10)%"
        }
    }

    private static func digits(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int(text)
    }
}

extension RefusalTolerance {
    /// Reads `maxRefused`.
    static func read(_ value: YAMLValueReader) -> RefusalTolerance? {
        guard let text = value.text() else { return nil }
        if let tolerance = RefusalTolerance(text) { return tolerance }
        value.report(
            "\(value.path) must be a number of records such as 10, a share such as 0.5%, or any",
            "\(value.path) 必须是记录数(如 10)、百分比(如 0.5%)或 any")
        return nil
    }
}
