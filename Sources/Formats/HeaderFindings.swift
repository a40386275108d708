internal import ExchangeModel

/// What is wrong with the names of columns: the first of it in full, the rest as a number.
struct HeaderFindings {
    /// Columns whose faults are told one by one.
    static let shownMax = 20

    /// The findings, closed by `close`.
    private(set) var list: [Finding] = []
    private var hidden = 0

    /// Nothing is wrong so far.
    var isEmpty: Bool { list.isEmpty }

    /// Adds a fault of one column.
    mutating func add(_ finding: Finding) {
        if list.count < Self.shownMax { list.append(finding) } else { hidden += 1 }
    }

    /// Says how many faults are not shown.
    mutating func close(_ code: Finding.Code, at position: SourcePosition) {
        guard hidden > 0 else { return }
        list.append(
            Finding(
                code, position: position, text: "\(hidden) more columns have names of this kind, which are not listed",
                textZH: "另有 \(hidden) 列的列名存在同类问题，未逐一列出"))
        hidden = 0
    }

    /// Puts one finding in the place of all.
    mutating func replace(by finding: Finding) {
        list = [finding]
        hidden = 0
    }
}
