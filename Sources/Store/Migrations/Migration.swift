/// One step of the schema, applied once and never edited afterwards.
struct Migration: Sendable {
    /// From 1, without gaps.
    let version: Int
    /// Statements, run in one transaction together with the new version number.
    let sql: String

    /// Every step, in order. A new one is a new file beside this one.
    static let all: [Migration] = [
        .firstTables, .recentKeys, .keysAndTrails, .waitingSubjects, .holds, .incomingReceipts,
        .recordStreams, .attachments,
    ]

    /// The version that this program reads and writes.
    static var newest: Int { all.count }
}
