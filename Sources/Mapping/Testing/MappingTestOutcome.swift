internal import ExchangeModel

/// What comparing a test's expectations with a run gave: what is wrong, and which comparisons held.
struct MappingTestOutcome {
    private(set) var failures: [(text: String, textZH: String)] = []
    private(set) var differences: [RecordDiff.Difference] = []
    /// Paths of the output whose value is the expected one.
    private var held: [String] = []
    /// Keys of the message whose value is the expected one.
    private var heldKeys: [String] = []

    mutating func fail(_ text: String, _ textZH: String) { failures.append((text, textZH)) }

    mutating func compare(keys expected: [(name: String, value: String)], _ found: [String: String]) {
        for key in expected {
            let value = found[key.name] ?? ""
            if value == key.value {
                heldKeys.append(key.name)
            } else {
                fail(
                    "\(key.name): expected \"\(key.value)\", but found \"\(value)\"", "\(key.name)：应为“\(key.value)”，实为“\(value)”")
            }
        }
    }

    mutating func compare(findings expected: [MappingTest.ExpectedFinding], _ found: [Finding]) {
        var rest = found
        for finding in expected {
            if let index = rest.firstIndex(where: { finding.matches($0) }) {
                rest.remove(at: index)
            } else {
                fail("the finding \(finding.text) did not come", "预期的问题未出现：\(finding.text)")
            }
        }
        for finding in rest {
            let line = finding.position.line > 0 ? " on line \(finding.position.line)" : ""
            let lineZH = finding.position.line > 0 ? "（第 \(finding.position.line) 行）" : ""
            fail(
                "unexpected finding \(finding.code) at \(finding.path)\(line): \(finding.text)",
                "意外的问题 \(finding.code)，位于 \(finding.path)\(lineZH)：\(finding.textZH)")
        }
    }

    mutating func compare(_ test: MappingTest, _ output: [UInt8], format: RecordFormat, label: (String) -> String?) {
        guard test.output != nil || !test.expected.isEmpty else { return }
        let leaves = RecordDiff.leaves(of: output, format: format).leaves
        if let whole = test.output {
            let found = RecordDiff(expected: whole, actual: output, format: format, label: label).differences
            differences += found
            let wrong = Set(found.map(\.path))
            held += leaves.map(\.path).filter { !wrong.contains($0) && !wrong.contains("/") }
        }
        for (path, value) in test.expected {
            let actual = leaves.first { $0.path == path }?.value
            if value.isEmpty {
                // Nothing at the path and nothing below it.
                if let found = leaves.first(where: { $0.path == path || $0.path.hasPrefix(path + "/") }), !found.value.isEmpty {
                    differences.append(
                        RecordDiff.Difference(path: found.path, label: label(path), expected: nil, actual: found.value))
                } else {
                    held.append(path)
                }
            } else if actual == value {
                held.append(path)
            } else {
                differences.append(RecordDiff.Difference(path: path, label: label(path), expected: value, actual: actual))
            }
        }
    }

    /// Counts what held, of a record that is not refused: of a refused one nothing is written.
    func count(in tally: inout CoverageTally?, format: RecordFormat) {
        for path in held { tally?.compared(path: path, format: format) }
        for key in heldKeys { tally?.compared(key: key) }
    }
}
