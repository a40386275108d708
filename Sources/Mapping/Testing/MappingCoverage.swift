public import ExchangeModel

/// What the tests of a mapping prove, item by item.
public struct MappingCoverage: Sendable, Hashable {
    /// What is counted, each kind by itself.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Fields that the mapping writes, the keys of a message among them: an expectation compares the value.
        case targetFields
        /// Paths of the mapping: a record of a test has a value there.
        case sourcePaths
        /// Rows of code lists for the mapping's partner: a test translates the code.
        case codeEntries
        /// Ways that an expression or a repeated group may take: a test takes it.
        case branches

        /// For people.
        public var words: (en: String, zh: String) {
            switch self {
            case .targetFields: ("target fields", "目标字段")
            case .sourcePaths: ("source paths", "源路径")
            case .codeEntries: ("code entries", "代码项")
            case .branches: ("branches", "分支")
            }
        }
    }

    /// One thing that a test may prove.
    public struct Item: Sendable, Hashable {
        /// What it is.
        public let kind: Kind
        /// The file that it stands in: the mapping's, or a code list's.
        public let file: String
        /// Where in the file.
        public let position: SourcePosition
        /// The field, path or code, or the text of the branch.
        public let name: String
        /// What is missing while no test proves it, in English.
        public let text: String
        /// The same in Chinese.
        public let textZH: String
        /// Whether a test proves it.
        public internal(set) var isCovered = false

        /// `file:line:column: gap: text`.
        public func line(isChinese: Bool) -> String {
            "\(file):\(position.line):\(position.column): gap: \(isChinese ? textZH : text)"
        }
    }

    /// How many of how many.
    public struct Share: Sendable, Hashable {
        /// Proved.
        public var covered: Int
        /// All there is.
        public var total: Int

        /// A share.
        public init(covered: Int, total: Int) {
            self.covered = covered
            self.total = total
        }

        /// In whole percent, rounded down, so that 100 means all; 100 where there is nothing to prove.
        public var percent: Int { total == 0 ? 100 : covered * 100 / total }

        /// The sum of two.
        public static func + (left: Self, right: Self) -> Self {
            Share(covered: left.covered + right.covered, total: left.total + right.total)
        }
    }

    /// The mapping.
    public let mapping: String
    /// Its file.
    public let file: String
    /// How many tests stand beside it.
    public internal(set) var tests = 0
    /// Everything that could be proved, by kind, then in the order of the files.
    public internal(set) var items: [Item]

    /// What is not proved.
    public var gaps: [Item] { items.filter { !$0.isCovered } }

    /// The share of one kind, or of all kinds.
    public func share(_ kind: Kind? = nil) -> Share {
        let counted = items.filter { kind == nil || $0.kind == kind }
        return Share(covered: counted.count { $0.isCovered }, total: counted.count)
    }

    /// `45 of 47 (95 %)` of each kind, in one line.
    public func summary(isChinese: Bool) -> String { Self.summary(Kind.allCases.map { ($0, share($0)) }, isChinese: isChinese) }

    /// The same over several mappings.
    public static func summary(of all: [MappingCoverage], isChinese: Bool) -> String {
        summary(
            Kind.allCases.map { kind in (kind, all.map { $0.share(kind) }.reduce(Share(covered: 0, total: 0), +)) },
            isChinese: isChinese)
    }

    private static func summary(_ shares: [(kind: Kind, share: Share)], isChinese: Bool) -> String {
        shares.map { kind, share in
            isChinese
                ? "\(kind.words.zh) \(share.covered)/\(share.total)（\(share.percent)%）"
                : "\(kind.words.en) \(share.covered) of \(share.total) (\(share.percent) %)"
        }.joined(separator: isChinese ? "，" : ", ")
    }
}
