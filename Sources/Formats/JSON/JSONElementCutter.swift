public import ExchangeModel
public import JSON

/// Cuts the elements of one JSON array into records: the array that is the document, or one inside it, by JSON pointer.
///
/// An element that is no record is refused by itself as long as its brackets and quotation marks close; a bracket that closes
/// what another opened loses the array, and the rest is unreadable. What stands beside the array is checked as JSON; one value
/// of it that is larger than a record may be is only followed to its end. Throws nothing; see `RecordCutter` for how it is used.
public final class JSONElementCutter: RecordCutter {
    /// The pointer to the array; empty when it is the document.
    public let pointer: String
    /// What a record may ask for.
    public let limits: JSONLimits

    enum Phase {
        case start
        /// A value is next: on the way to the array, or beside it.
        case value(isWanted: Bool)
        case firstKey, key, colon(isWanted: Bool), firstItem, afterValue
        /// A value beside the array.
        case beside
        case firstElement, nextElement, element, afterElement
        /// Nothing but white space may follow.
        case trailing
        case ended
    }

    /// An object or array around the array of the records.
    struct Container {
        var isObject: Bool
        /// Index of the present element.
        var index = 0
    }

    let segments: [String]
    private let names: NameTable
    private let reader: JSONRecordReader
    let window = ByteWindow()
    var lines = LineCount()
    var phase = Phase.start
    var containers: [Container] = []
    /// Whether the array was reached.
    var isFound = false
    var isFinished = false
    var skim = JSONValueSkim()
    /// Bytes of the window that `skim` has followed.
    var followed = 0
    /// Whether the value that is being followed is in the window from its first byte on.
    var isHeld = true
    /// Where the value that is being followed began.
    var start = LineCount()
    private var number = 1

    /// A cutter at the beginning of a stream; nil when the pointer is none. `names` are the names that the mapping reads; `check` is
    /// what each record is checked against.
    public init?(
        pointer: String = "", limits: JSONLimits = JSONLimits(bytesMax: 8 << 20, depthMax: 64, countMax: 100_000),
        check: (any JSONDocumentCheck)? = nil, names: NameTable
    ) {
        guard let segments = JSONPointer.segments(pointer) else { return nil }
        self.pointer = pointer
        self.segments = segments
        self.limits = limits
        self.names = names
        reader = JSONRecordReader(limits: limits, check: check)
    }

    /// The array must have been reached.
    public var resumption: RecordResumption { .behindHead }
    /// Whether the array has been reached.
    public var isHeadRead: Bool { isFound }

    /// Adds bytes of the stream.
    public func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        if case .ended = phase { return }
        window.append(bytes)
    }

    /// Says that the stream ends here.
    public func finish() { isFinished = true }

    /// Goes on behind an element.
    public func resume(behind place: RecordPlace) {
        guard isFound else { return }
        window.removeAll()
        lines.move(to: place)
        number = place.number + 1
        isFinished = false
        // What an earlier `next` came to may lie behind the array already.
        containers = head
        phase = .afterElement
    }

    /// The containers around the array, as they were when it was reached.
    var head: [Container] = []

    /// Cuts the next element.
    public func next(into tree: inout RecordTree) -> RecordCut {
        while true {
            let cut: RecordCut?
            switch phase {
            case .ended: return .end
            case .start: cut = begin()
            case .firstElement, .nextElement, .afterElement: cut = betweenElements()
            case .element: cut = element(&tree)
            default: cut = beside()
            }
            if let cut { return cut }
        }
    }

    /// Passes over a byte-order mark.
    private func begin() -> RecordCut? {
        guard window.count >= 3 || isFinished else { return .needsBytes }
        switch ByteOrderMark(window.bytes, count: window.count) {
        case .utf8:
            window.drop(3)
            lines.passMark(3)
        case .utf16: return fail(JSONStreamFinding.wideEncoding())
        case nil: break
        }
        phase = .value(isWanted: true)
        return nil
    }

    // MARK: The array

    private func betweenElements() -> RecordCut? {
        guard let byte = nextByte() else {
            return isFinished ? fail(JSONStreamFinding.cut(at: lines.position)) : .needsBytes
        }
        switch (phase, byte) {
        case (.afterElement, 0x2C):
            take(1)
            phase = .nextElement
        case (.afterElement, 0x5D), (.firstElement, 0x5D):
            take(1)
            phase = containers.isEmpty ? .trailing : .afterValue
        case (.afterElement, _): return fail(JSONStreamFinding.expected("a comma or ]", "逗号或 ]", at: lines.position))
        case (_, 0x5D): return fail(JSONStreamFinding.commaAtEnd(at: lines.position))
        case (_, 0x2C):
            let missing = JSONStreamFinding.elementMissing(path: path, at: lines.position)
            start = lines
            phase = .afterElement
            return .refused(place(), [missing])
        default:
            follow()
            phase = .element
        }
        return nil
    }

    private func element(_ tree: inout RecordTree) -> RecordCut? {
        let outcome: JSONValueSkim.Outcome
        (outcome, followed) = skim.advance(window.bytes, count: window.count, from: followed, isLast: isFinished)
        switch outcome {
        case .needsBytes:
            guard isFinished else {
                letGo()
                return .needsBytes
            }
            return fail(fault(&tree) ?? JSONStreamFinding.cut(at: end))
        case .lost:
            return fail(fault(&tree) ?? JSONStreamFinding.expected("another closing bracket", "另一种结束括号", at: end))
        case .tooDeep: return fail(JSONStreamFinding.tooDeep(JSONValueSkim.depthMax, path: path, at: end))
        case .end: break
        }
        guard isHeld, followed <= limits.bytesMax else {
            let finding = JSONStreamFinding.elementTooLong(limits.bytesMax, path: path, at: start.position)
            take(followed)
            phase = .afterElement
            return .refused(place(), [finding])
        }
        let findings = read(&tree)
        take(followed)
        phase = .afterElement
        let place = place()
        return findings.isEmpty ? .record(place) : .refused(place, findings)
    }

    /// Reads what is in the window of the present element.
    private func read(_ tree: inout RecordTree) -> [Finding] {
        let slice = UnsafeBufferPointer(start: window.bytes.assumingMemoryBound(to: UInt8.self), count: followed)
        var findings = reader.read(slice, names: names, into: &tree, start: start.position)
        for index in findings.indices { findings[index].path = path + findings[index].path }
        return findings
    }

    /// What the reader says of an element that does not end.
    private func fault(_ tree: inout RecordTree) -> Finding? { isHeld && followed <= limits.bytesMax ? read(&tree).first : nil }

    /// The place of the element that ends here; counts it.
    private func place() -> RecordPlace {
        defer { number += 1 }
        return RecordPlace(
            number: number, offset: start.offset, end: lines.offset, line: start.line, endLine: lines.line,
            endColumn: lines.position.column)
    }

    /// The JSON pointer of the present element.
    private var path: String { "\(pointer)/\(number - 1)" }

    // MARK: Bytes

    /// The next byte that is no white space; nil when there is none yet.
    func nextByte() -> UInt8? {
        let bytes = window.bytes
        var here = 0
        while here < window.count {
            let byte = bytes.load(fromByteOffset: here, as: UInt8.self)
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: here += 1
            default:
                take(here)
                return byte
            }
        }
        take(here)
        return nil
    }

    /// Begins to follow the value that the window begins with.
    func follow() {
        skim = JSONValueSkim()
        followed = 0
        isHeld = true
        start = lines
    }

    /// Lets go of a value that is larger than a record may be.
    func letGo() {
        if followed > limits.bytesMax { isHeld = false }
        guard !isHeld else { return }
        take(followed)
        followed = 0
    }

    /// Line and column behind what was followed.
    var end: SourcePosition {
        var end = lines
        end.pass(window.bytes, followed)
        return end.position
    }

    func take(_ count: Int) {
        lines.pass(window.bytes, count)
        window.drop(count)
    }

    func fail(_ finding: Finding) -> RecordCut {
        phase = .ended
        window.removeAll()
        return .unreadable([finding])
    }
}
