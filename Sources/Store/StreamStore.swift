/// The part of the store for records that come many at once. Same rules and errors as `MessageStore`.
public protocol StreamStore: Sendable {
    /// Writes a batch in one synced transaction: its records, how far their stream was taken, and the cursor. So after a kill a
    /// stream goes on exactly behind the last record on disk. Records, deliveries and evidence are those of single acceptances.
    ///
    /// Throws `.internalFault` where the stream stands elsewhere than the batch says: two readers have one channel.
    func accept(_ batch: IntakeBatch) async throws -> BatchOutcome

    /// How a stream stands; nil for one that never came.
    func stream(_ identity: StreamIdentity) async throws -> RecordStream?

    /// The streams of a channel, or (nil) of all, the newest first.
    func streams(channel: String?, limit: Int) async throws -> [RecordStream]

    /// Refused records of a stream behind a number, in their order, at most `limit`.
    func refusals(ofStream sequence: Int64, after number: Int, limit: Int) async throws -> [StreamRefusal]

    /// Where a poll channel goes on; nil before its first page.
    func channelCursor(_ channel: String) async throws -> String?
}
