internal import ExchangeModel
internal import XML

/// One run of one program over one record. Lives on the stack of one call; nothing in it escapes.
///
/// Values are runs of bytes: in the record's arena, in the program's constants, or in the run's own scratch memory, all of
/// which stand still until the run ends.
struct Runner {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// A value on its way through an expression.
    struct Value {
        var bytes: Bytes
        /// The node it came from, or `none`.
        var node: RecordTree.NodeIndex
        /// Currency of an amount, scheme of an identifier.
        var first = Bytes(start: nil, count: 0)
        /// Received unit of an amount.
        var second = Bytes(start: nil, count: 0)
        /// Kind of an amount.
        var third = Bytes(start: nil, count: 0)
    }

    /// What became of an expression.
    enum Outcome {
        /// There is no value.
        case absent
        /// One value, in `value`.
        case single
        /// Several, in `values`; at least one.
        case many
        /// A finding says why there is none.
        case failed
    }

    /// A variable: what it holds, or from where it is worked out when it is first asked for.
    struct Slot {
        /// How far it is.
        enum State: UInt8 {
            /// Not asked for yet.
            case waiting
            /// Worked out; the outcome holds.
            case known
        }

        var state = State.waiting
        /// Where its expression begins.
        var scope = RecordTree.none
        /// The items of the group that it was declared in: it may be asked for first in a group further inside.
        var group: [RecordTree.NodeIndex] = []
        var variable: Int32 = -1
        var outcome = Outcome.absent
        var value = Value(bytes: Bytes(start: nil, count: 0), node: RecordTree.none)
        var values: [Value] = []
        var missing = Missing(node: RecordTree.none, path: -1, step: 0)
    }

    /// The place where a path ended too early.
    struct Missing {
        var node: RecordTree.NodeIndex
        var path: Int32
        var step: Int32
    }

    let tables: ProgramTables
    let tree: RecordTree
    let nodes: UnsafeBufferPointer<RecordTree.Node>
    let arena: Bytes
    let options: MappingOptions
    /// Days since 1970-01-01 in China of the record's moment; nil when it is not known.
    var recordDay: Int32?

    var output: RecordOutput
    var scratch = ScratchArena()
    var written: [UInt8] = []
    /// Texts being put together; one inside another stands behind it.
    var joined: [UInt8] = []
    var value = Value(bytes: Bytes(start: nil, count: 0), node: RecordTree.none)
    var values: [Value] = []
    var missing = Missing(node: RecordTree.none, path: -1, step: 0)
    var findings: [Finding] = []
    var traces: [FieldTrace] = []
    var keyTables: [KeyTable] = []
    var slots: [Slot] = []
    /// The items of the current group (`by:`).
    var groupItems: [RecordTree.NodeIndex] = []
    var visitsLeft: Int
    var isStopped = false
    /// What is noted of the run, for tests' coverage and explanations; nil in ordinary runs.
    var recorder: RunRecorder?

    init(
        tables: ProgramTables, tree: RecordTree, nodes: UnsafeBufferPointer<RecordTree.Node>, arena: Bytes,
        options: MappingOptions,
        form: RecordOutput.Form
    ) {
        self.tables = tables
        self.tree = tree
        self.nodes = nodes
        self.arena = arena
        self.options = options
        output = RecordOutput(form, tables: tables, capacity: arena.count + 1024)
        visitsLeft = options.visitsMax
        if tables.program.slotCount > 0 { slots = Array(repeating: Slot(), count: tables.program.slotCount) }
        setRecordTime(options.recordTime)
    }

    mutating func setRecordTime(_ instant: Instant?) {
        recordDay = instant.map {
            let shifted = $0.milliseconds &+ Int64(TimePattern.chinaOffsetSeconds) * 1000
            return Int32(clamping: (shifted >= 0 ? shifted : shifted - 86_399_999) / 86_400_000)
        }
    }

    // MARK: The plan

    /// Runs the entries of a range, with paths beginning at a node.
    mutating func run(_ range: Range<Int>, scope: RecordTree.NodeIndex) {
        var index = range.lowerBound
        while index < range.upperBound, !isStopped {
            let entry = tables.entries[index]
            run(entry, index: index, scope: scope)
            index = Int(entry.end)
        }
    }

    /// Runs one entry; false when its condition does not hold, so that the next branch of a choice is asked.
    @discardableResult
    private mutating func run(_ entry: Program.Entry, index: Int, scope: RecordTree.NodeIndex) -> Bool {
        switch entry.kind {
        case .value:
            if entry.condition >= 0, !isHeld(entry, index, scope: scope) { return false }
            emit(entry, index: index, scope: scope)
        case .group:
            if entry.level >= 0 { declare(tables.levels[Int(entry.level)].variables, scope: scope) }
            if entry.condition >= 0, !isHeld(entry, index, scope: scope) { return false }
            let mark = output.begin(group: entry.name)
            if let recorder { recorder.enter(group: index) }
            run(index + 1..<Int(entry.end), scope: scope)
            output.end(mark)
            if let recorder { recorder.leave() }
        case .repeated:
            if entry.isAskedOnce {
                if entry.condition >= 0, !isHeld(entry, index, scope: scope) { return false }
                _ = repeatGroup(entry, index: index, scope: scope)
                return true
            }
            return repeatGroup(entry, index: index, scope: scope)
        case .choice:
            var branch = index + 1
            while branch < Int(entry.end), !isStopped {
                if run(tables.entries[branch], index: branch, scope: scope) {
                    if recorder != nil { recordChoice(index, took: branch) }
                    return true
                }
                branch = Int(tables.entries[branch].end)
            }
            if recorder != nil { recordChoice(index, took: nil) }
        }
        return true
    }

    /// False when no item was written, though there may be some.
    private mutating func repeatGroup(_ entry: Program.Entry, index: Int, scope: RecordTree.NodeIndex) -> Bool {
        let level = entry.level >= 0 ? tables.levels[Int(entry.level)] : Program.Level()
        if level.lists.count > 0 { return zip(entry, level, index: index, scope: scope) }
        let isThere = collect(entry.each, scope: scope, valueNode: RecordTree.none)
        if recorder != nil { recordItems(of: index, isThere ? values.count : 0) }
        guard isThere else { return false }
        if level.key >= 0 { return repeatGroups(entry, level, index: index) }
        let items = values.map(\.node)
        if items.isEmpty { return false }
        var isAny = false
        let array = output.begin(array: entry.name)
        for item in items where !isStopped {
            if writeItem(entry, level, index: index, scope: item) { isAny = true }
        }
        output.end(array, isArray: true)
        return isAny
    }

    /// One item of a repeated group; false when its condition does not hold.
    mutating func writeItem(_ entry: Program.Entry, _ level: Program.Level, index: Int, scope: RecordTree.NodeIndex) -> Bool {
        declare(level.variables, scope: scope)
        if entry.condition >= 0, !entry.isAskedOnce, !isHeld(entry, index, scope: scope) { return false }
        let mark = output.begin(item: entry.name)
        if recorder != nil { recordItem(of: index, scope) }
        run(index + 1..<Int(entry.end), scope: scope)
        output.end(mark)
        if let recorder { recorder.leave() }
        return true
    }

    private mutating func emit(_ entry: Program.Entry, index: Int, scope: RecordTree.NodeIndex) {
        let outcome = evaluate(entry.expression, scope: scope)
        checkMade()
        if options.traces { trace(entry, index: index, outcome: outcome) }
        if recorder != nil { recordField(index, outcome) }
        switch outcome {
        case .absent, .failed: return
        case .single:
            switch entry.emit {
            case .money:
                output.money(entry.name, value: value.bytes, currency: value.first, unit: value.second, kind: value.third)
            case .identifier: output.identifier(entry.name, scheme: value.first, value: value.bytes)
            default:
                if tables.expressions[Int(entry.expression)].isConstant {
                    output.literal(entry.name, value.bytes)
                } else {
                    output.value(entry.name, value.bytes)
                }
            }
        case .many:
            output.beginList(entry.name)
            for value in values {
                if entry.emit == .identifierList {
                    output.identifier(nil, scheme: value.first, value: value.bytes)
                } else {
                    output.listValue(entry.name, value.bytes)
                }
            }
            output.endList()
        }
        if let fault = output.takeFault() {
            report(.fieldInvalid, at: value.node, fault.text, fault.textZH)
            if recorder != nil { recordFault() }
        }
        if output.count > options.outputBytesMax {
            stop(
                "the output is larger than \(options.outputBytesMax) bytes (outputBytesMax)",
                "输出超过 \(options.outputBytesMax) 字节(outputBytesMax)", .bytesOverLimit)
        }
    }

    /// Ends a run that makes more and more text.
    mutating func checkMade() {
        guard scratch.bytesKept > options.madeBytesMax else { return }
        stop(
            "mapping this record makes more than \(options.madeBytesMax) bytes of values (madeBytesMax)",
            "映射本记录产生的值超过 \(options.madeBytesMax) 字节(madeBytesMax)", .bytesOverLimit)
    }

    // MARK: Bytes

    func text(of node: RecordTree.NodeIndex) -> Bytes {
        let slice = nodes[Int(node)].value
        return Bytes(rebasing: arena[Int(slice.offset)..<Int(slice.offset) + Int(slice.count)])
    }

    /// Whether text holds anything but blanks.
    static func hasContent(_ bytes: Bytes) -> Bool {
        guard bytes.count > 0 else { return false }
        if bytes[0] > 0x20, bytes[0] < 0xC2 { return true }
        return trimmed(bytes).count > 0
    }

    /// Text without blanks at both ends: ASCII blanks, U+00A0 and the wide blank U+3000.
    static func trimmed(_ bytes: Bytes) -> Bytes {
        var start = 0
        var end = bytes.count
        while start < end {
            if bytes[start] <= 0x20 {
                start += 1
            } else if end - start >= 2, bytes[start] == 0xC2, bytes[start + 1] == 0xA0 {
                start += 2
            } else if end - start >= 3, bytes[start] == 0xE3, bytes[start + 1] == 0x80, bytes[start + 2] == 0x80 {
                start += 3
            } else {
                break
            }
        }
        while end > start {
            if bytes[end - 1] <= 0x20 {
                end -= 1
            } else if end - start >= 2, bytes[end - 2] == 0xC2, bytes[end - 1] == 0xA0 {
                end -= 2
            } else if end - start >= 3, bytes[end - 3] == 0xE3, bytes[end - 2] == 0x80, bytes[end - 1] == 0x80 {
                end -= 3
            } else {
                break
            }
        }
        return Bytes(rebasing: bytes[start..<end])
    }
}
