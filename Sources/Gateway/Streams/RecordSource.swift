internal import ExchangeModel

/// The bytes of a stream of records, read at any place. Blocking; for one task at a time.
protocol RecordSource: AnyObject {
    /// How many there are.
    var bytes: Int { get }
    /// Bytes from an offset, at most `count`; none at the end.
    func read(at offset: Int, count: Int) throws(GatewayError) -> [UInt8]
    /// Whether it still is what it was when it was opened.
    func isUnchanged() -> Bool
}

/// Bytes in memory: a page of a poll channel.
final class MemorySource: RecordSource {
    private let content: [UInt8]
    init(_ content: [UInt8]) { self.content = content }

    var bytes: Int { content.count }
    func isUnchanged() -> Bool { true }
    func read(at offset: Int, count: Int) -> [UInt8] {
        let start = min(max(0, offset), content.count)
        return Array(content[start..<min(content.count, start + count)])
    }
}
