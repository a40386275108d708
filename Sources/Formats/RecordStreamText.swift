internal import ExchangeModel
internal import XML

/// The text of a stream that the places of its records count in: its bytes as they are, but of XML in another encoding than UTF-8 the
/// UTF-8 that its cutter makes of it. For one task at a time.
public final class RecordStreamText {
    private let decoder: XMLStreamDecoder?

    /// The text of a stream from its beginning.
    public init(form: RecordSplit.Form) { decoder = form == .xml ? XMLStreamDecoder() : nil }

    /// The text of the next bytes; it may come with later bytes, at the latest with the last ones.
    public func next(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
        guard let decoder else { return bytes }
        var text: [UInt8] = []
        bytes.withUnsafeBufferPointer { bytes in decoder.decode(bytes, isLast: isLast) { text.append(contentsOf: $0) } }
        return text
    }

    /// The beginning of a stream as a document in UTF-8 has it: an XML declaration that names another encoding is replaced.
    public static func declaringUTF8(_ head: [UInt8], form: RecordSplit.Form) -> [UInt8] {
        guard form == .xml else { return head }
        let mark = head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard head[mark...].starts(with: Array("<?xml".utf8)), let end = head[mark...].firstIndex(of: 0x3E) else { return head }
        return Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>".utf8) + head[(end + 1)...]
    }
}
