public import ExchangeModel

/// Follows a large XML document piece by piece and cuts out the elements at a path, each as a list of nodes.
///
/// Strict as `XMLParser` is (no document type declaration, names, characters, namespaces, matching tags), in memory that does not
/// grow with the document. The caller owns a window of UTF-8 text: it calls `advance` with all of the window until that says
/// `needsBytes`, then drops what `release` says from the front and adds more behind. A record that breaks a limit is followed to
/// its end without being judged further and refused; a fault of syntax ends everything. Why this is not libxml2: see Decisions.
/// For one task at a time.
public struct XMLRecordScan {
    /// Which elements are records.
    public let path: XMLRecordPath
    /// What a record may ask for, and every element around the records.
    public let limits: XMLLimits
    /// Records that are passed over without being given.
    public var recordsPassed = 0

    /// What stands behind the text in the window.
    public enum TextEnd: Sendable, Hashable {
        /// More may come.
        case open
        /// The end of the document.
        case finished
        /// Bytes that are no text of the encoding named.
        case broken(String)
    }

    /// What a scan came to.
    public enum Outcome: Sendable {
        /// A record; see `withRecord`.
        case record
        /// A record that breaks a limit.
        case refused(Finding)
        /// The document is not well-formed, or not the one that is wanted.
        case unreadable(Finding)
        /// The window holds nothing whole any more.
        case needsBytes
        /// The document ended as it should.
        case end
    }

    /// Elements that may be open at once around and between the records.
    static let openMax = 4096

    enum Stop: Error { case bytes, fault, limit }
    enum Mode { case head, markup, comment, section, instruction, skipping, ended }
    enum SkipState { case text, startTag, endTag, comment, section, instruction }

    struct Open {
        var nameOffset, nameCount: Int
        var scopeMark: Int
        var node: Int32
        var hasChildren = false
        var value = XMLRun()
        var lastPiece = -1
    }

    struct Piece {
        var run: XMLRun
        var previous: Int
    }

    // The window, during `advance`: `count` bytes at `text`. It is never read before the first call sets it.
    var text = UnsafePointer<UInt8>(bitPattern: 1)!
    var count = 0
    var textEnd = TextEnd.open

    // Offsets in the window.
    var position = 0
    var runStart = 0
    var counted = 0
    var lineStart = 0
    /// Bytes that the window must hold before an unfinished tag is tried again.
    var retry = 0
    /// Offset of the window in the text.
    var origin = 0
    var line = 1

    var mode = Mode.head
    var finding: Finding?
    var hasRoot = false
    var open: [Open] = []
    var openNames: [UInt8] = []
    var names = XMLNameCache()
    var scope = XMLNamespaceScope()
    var attributes: [XMLTagAttribute] = []
    /// Ancestors, from the root on, that match the path.
    var matched = 0

    // The record.
    var isInRecord = false
    var isWhole = false
    var recordStart = 0
    var recordDepth = 0
    var nodes: [XMLRecordNode] = []
    var nodeCount = 0
    var scratch: [UInt8] = []
    var isRunInScratch = false
    var scratchRun = 0
    var pieces: [Piece] = []
    /// Namespace declarations around the record, as attributes; filled when asked for.
    let keepsDeclarations: Bool
    var declarations: [UInt8] = []

    // Following without judging.
    var skipState = SkipState.text
    var skipDepth = 0
    var skipQuote: UInt8 = 0
    var skipLast: UInt8 = 0
    var isPassing = false

    /// The record's number, from 1.
    public internal(set) var number = 0
    /// Offset of the record's first byte in the text.
    public internal(set) var recordOffset = 0
    /// Its first line and column.
    public internal(set) var recordPosition = SourcePosition(line: 1, column: 1)

    /// A scan at the beginning of a document. `keepsDeclarations`: whether `recordDocument` will be asked for.
    public init(path: XMLRecordPath, limits: XMLLimits = .default, keepsDeclarations: Bool = false) {
        self.path = path
        self.limits = limits
        self.keepsDeclarations = keepsDeclarations
    }

    // MARK: Following the window

    /// Goes on in the window, to the next record at most.
    public mutating func advance(_ bytes: UnsafeRawPointer, count: Int, end: TextEnd) -> Outcome {
        text = bytes.assumingMemoryBound(to: UInt8.self)
        self.count = count
        textEnd = end
        if isWhole { closeRecord() }
        while true {
            do throws(Stop) {
                switch mode {
                case .head: try head()
                case .markup:
                    if try markup() { return position - recordStart > limits.bytesMax ? .refused(tooLong) : .record }
                case .comment: try comment()
                case .section: try section()
                case .instruction: try instruction()
                case .skipping: if try skip(), let finding { return .refused(finding) }
                case .ended: return .end
                }
            } catch {
                switch error {
                case .bytes:
                    if isInRecord, mode != .skipping, count - recordStart > limits.bytesMax {
                        finding = tooLong
                        beginSkip()
                    } else if !isInRecord, mode == .markup, count - position > limits.bytesMax {
                        return giveUp(tooLong)
                    } else {
                        return .needsBytes
                    }
                case .limit: beginSkip()
                case .fault:
                    // Whoever throws a fault has set the finding.
                    return giveUp(finding ?? tooLong)
                }
            }
        }
    }

    private mutating func giveUp(_ finding: Finding) -> Outcome {
        mode = .ended
        isInRecord = false
        return .unreadable(finding)
    }

    /// How many bytes at the front of the window are not needed any more; the caller must drop them.
    public mutating func release() -> Int {
        let done = mode == .ended ? count : isInRecord && mode != .skipping ? recordStart : position
        countLines(to: done)
        position -= done
        runStart -= done
        counted -= done
        lineStart -= done
        retry -= done
        recordStart -= done
        origin += done
        count -= done
        if mode == .ended { position = 0 }
        return done
    }

    // MARK: The record

    /// Offset behind the record in the text, and line and column there.
    public var recordEnd: (offset: Int, position: SourcePosition) {
        (origin + position, SourcePosition(line: line, column: position - lineStart + 1))
    }

    /// Lends the nodes of the record that `advance` came to, its bytes, and the scratch; until the next call of `advance`.
    public func withRecord<R>(
        _ body: (UnsafeBufferPointer<XMLRecordNode>, _ record: UnsafePointer<UInt8>, _ scratch: UnsafeBufferPointer<UInt8>) -> R
    ) -> R {
        nodes.withUnsafeBufferPointer { nodes in
            scratch.withUnsafeBufferPointer { body(nodes, text + recordStart, $0) }
        }
    }

    /// The record as a document of its own, in UTF-8: with the namespaces declared around it, on the same number of lines.
    public var recordDocument: [UInt8] {
        let record = UnsafeBufferPointer(start: text + recordStart, count: position - recordStart)
        guard !declarations.isEmpty, let first = nodes.first else { return Array(record) }
        let name = 1 + Int(first.nameCount)
        return Array(record[..<name]) + declarations + record[name...]
    }

    /// The name of a namespace by its number.
    public func namespace(_ number: Int32) -> [UInt8] { scope.names[Int(number)] }

    /// Rises when numbers of namespaces change their meaning.
    public var namespaceGeneration: Int { scope.generation }

    mutating func beginRecord(at start: Int) {
        number += 1
        isInRecord = true
        isWhole = false
        recordStart = start
        recordDepth = open.count
        countLines(to: start)
        recordOffset = origin + start
        recordPosition = SourcePosition(line: line, column: start - lineStart + 1)
        nodes.removeAll(keepingCapacity: true)
        nodeCount = 0
        pieces.removeAll(keepingCapacity: true)
        finding = nil
    }

    private mutating func closeRecord() {
        isWhole = false
        isInRecord = false
        runStart = position
        isRunInScratch = false
        finding = nil
        scope.forget()
    }

    /// The record is whole; whether it may be given.
    mutating func endRecord() throws(Stop) {
        countLines(to: position)
        mode = .markup
        isWhole = true
        if open.isEmpty { hasRoot = true }
        matched = min(matched, open.count)
    }

    /// Goes on without judging, from the token that begins at `position`.
    mutating func beginSkip() {
        skipState =
            switch mode {
            case .comment: .comment
            case .section: .section
            case .instruction: .instruction
            default: .text
            }
        skipDepth = open.count - recordDepth
        if open.count > recordDepth {
            scope.removeLast(downTo: open[recordDepth].scopeMark)
            openNames.removeLast(openNames.count - open[recordDepth].nameOffset)
            open.removeLast(open.count - recordDepth)
        }
        nodes.removeAll(keepingCapacity: true)
        scratch.removeAll(keepingCapacity: true)
        mode = .skipping
    }
}
