public import ExchangeModel
internal import Synchronization

/// Reads whole XML documents from bytes, strictly, for any number of threads.
///
/// No document type declaration (refused before the parser proper sees the document), so no entities but the five of XML
/// and character references; no network, no file. Encodings: UTF-8, US-ASCII, UTF-16, GB18030, GBK, GB2312, by byte-order
/// mark and declaration, checked byte by byte. Comments and processing instructions are read over. A document that is
/// not well-formed gives exactly one finding, with line and column.
public final class XMLParser: Sendable {
    /// What a document may ask for.
    public let limits: XMLLimits
    private let pool = XMLParserPool()

    /// A parser with limits; keep it, since it keeps parser contexts for reuse.
    public init(limits: XMLLimits = .default) { self.limits = limits }

    /// What became of a document.
    public enum Outcome {
        /// It is well-formed, and may be walked and validated on this thread.
        case document(XMLDocument)
        /// It is not taken: `xml.syntax`, `xml.doctype`, `encoding.invalid`, `encoding.unsupported`, `limit.bytes`,
        /// `limit.depth` or `limit.count`.
        case refused(Finding)
    }

    /// Parses bytes that need to live only during the call.
    public func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Outcome {
        let result = XMLSource.withText(of: bytes, limits: limits) { text -> Outcome in
            if let refusal = XMLMarkupScan.refusal(of: text, limits: limits) { return .refused(refusal.finding) }
            let context = pool.take()
            let parsed = context.parse(text, limits: limits)
            guard let raw = parsed.document else {
                pool.give(context)
                // The context sets one of the two.
                return .refused(parsed.refusal?.finding ?? XMLRefusal(.xmlSyntax, "not well-formed XML", "XML 格式不正确").finding)
            }
            return .document(XMLDocument(raw: raw, context: context, pool: pool))
        }
        switch result {
        case .success(let outcome): return outcome
        case .failure(let refusal): return .refused(refusal.finding)
        }
    }

    /// Parses bytes.
    public func parse(_ bytes: [UInt8]) -> Outcome { bytes.withUnsafeBufferPointer { parse($0) } }
}

/// Parser contexts that wait for the next document.
final class XMLParserPool: Sendable {
    /// Contexts kept; more are made when more documents are open at once, and freed after.
    private static let keptMax = 32
    private let waiting = Mutex<[Parked]>([])

    /// A context on its way between two threads.
    ///
    /// Invariant of `@unchecked Sendable`: a parked context has no document and no other reference; the pool's lock
    /// hands it to one thread.
    private struct Parked: @unchecked Sendable {
        let context: XMLParserContext
    }

    func take() -> XMLParserContext {
        waiting.withLock { $0.popLast() }?.context ?? XMLParserContext()
    }

    func give(_ context: XMLParserContext) {
        guard context.isReusable else { return }
        let parked = Parked(context: context)
        waiting.withLock { if $0.count < Self.keptMax { $0.append(parked) } }
    }
}
