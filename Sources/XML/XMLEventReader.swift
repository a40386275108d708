public import ExchangeModel

/// Takes what an `XMLEventReader` comes to.
public protocol XMLEventHandler: AnyObject {
    /// An element begins. The tag lives during the call.
    func startElement(_ tag: XMLStartTag)
    /// The element that began last, and has not ended, ends.
    func endElement()
    /// Text, or a piece of it, as UTF-8; entities and CDATA sections are text. The bytes live during the call.
    func text(_ bytes: UnsafeBufferPointer<UInt8>)
}

/// What one document may ask of an `XMLEventReader`.
public struct XMLEventLimits: Sendable, Hashable {
    /// Elements inside each other, at most 250.
    public var depthMax: Int
    /// Attributes of one element.
    public var attributesMax: Int
    /// Bytes of one tag, comment or processing instruction; at most 1 MiB.
    public var markupBytesMax: Int

    /// Limits; those that libxml2 could not hold are lowered.
    public init(depthMax: Int = 64, attributesMax: Int = 256, markupBytesMax: Int = 1 << 16) {
        self.depthMax = min(max(1, depthMax), 250)
        self.attributesMax = max(1, attributesMax)
        self.markupBytesMax = min(max(16, markupBytesMax), 1 << 20)
    }
}

/// Reads one XML document that comes in pieces, as events and in memory that does not grow with it.
///
/// As strict as `XMLParser`: no document type declaration, no entities but the five of XML, no network, no file, and the
/// first fault ends it. UTF-8 only, whatever the declaration says; text may hold bytes that are none, since libxml2 looks at
/// shape alone. For one task at a time.
public final class XMLEventReader {
    private let limits: XMLEventLimits
    private let context: XMLEventContext
    private var scan = XMLTagScan()
    /// The first bytes, until there are enough to see the encoding.
    private var head: [UInt8]? = []
    private var outcome: Finding?

    /// A reader for one document.
    public init(limits: XMLEventLimits = XMLEventLimits()) {
        self.limits = limits
        context = XMLEventContext(limits: limits)
    }

    /// Reads on. `isLast` says that the document ends behind these bytes. What is wrong with the document comes back once it is
    /// known, now and on every later call; events may have come before it.
    public func read(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, to handler: any XMLEventHandler) -> Finding? {
        if let outcome { return outcome }
        if var first = head {
            first += bytes
            guard first.count >= 4 || isLast else {
                head = first
                return nil
            }
            head = nil
            if Self.isUTF16(first) {
                outcome = XMLRefusal(.encodingUnsupported, "the XML is not UTF-8", "XML 不是 UTF-8 编码").finding
                return outcome
            }
            outcome = first.withUnsafeBufferPointer { parse($0, isLast, handler) }
        } else {
            outcome = parse(bytes, isLast, handler)
        }
        return outcome
    }

    private func parse(_ bytes: UnsafeBufferPointer<UInt8>, _ isLast: Bool, _ handler: any XMLEventHandler) -> Finding? {
        switch scan.advance(bytes, markupBytesMax: limits.markupBytesMax) {
        case .doctype?: return XMLEventContext.doctype
        case .markupTooLong?:
            let max = limits.markupBytesMax
            return XMLRefusal(.bytesOverLimit, "a tag is longer than \(max) bytes", "XML 标签超过 \(max) 字节的上限").finding
        case nil: return context.parse(bytes, isLast: isLast, to: handler)
        }
    }

    private static func isUTF16(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 2 else { return false }
        return (bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF) || bytes[0] == 0 || bytes[1] == 0
    }
}
