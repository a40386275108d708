public import ExchangeModel
internal import Mapping

/// The same key with another content: what was refused, and what differs from the record that has the key.
public struct RecordConflict: Sendable {
    /// Under which the refused input can be read again.
    public var id: MessageID
    /// Why.
    public var findings: [Finding]
    /// The fields that differ, at most `differencesMax`. Both records are the sender's own: shown to it alone, never kept.
    public var differences: [Difference]
    /// How many differ in all.
    public var differenceCount: Int

    /// One field of the canonical record.
    public struct Difference: Sendable, Hashable {
        /// JSON pointer.
        public var path: String
        /// What the first record has there, cut to `valueCharactersMax`; nil: nothing.
        public var first: String?
        /// What this one has.
        public var now: String?
    }

    /// Fields listed.
    public static let differencesMax = 50
    /// Characters of a value shown.
    public static let valueCharactersMax = 200

    /// Whether it is the version of the record that came before, not the idempotency key.
    public var isOfVersion: Bool { findings.contains { $0.code == .versionConflict } }

    /// What differs between two canonical records.
    static func compare(_ first: [UInt8], _ now: [UInt8]) -> (differences: [Difference], count: Int) {
        let diff = RecordDiff(expected: first, actual: now, format: .json)
        let shown = diff.differences.prefix(differencesMax).map {
            Difference(path: $0.path, first: $0.expected.map(cut), now: $0.actual.map(cut))
        }
        return (shown, diff.differences.count)
    }

    private static func cut(_ text: String) -> String {
        text.count <= valueCharactersMax ? text : String(text.prefix(valueCharactersMax)) + "…"
    }
}
