/// The table of a pattern: for each state and kind of character the next state.
struct PatternAutomaton: Sendable {
    /// Entries of one table.
    static let entriesMax = 65_536
    /// States of one table.
    static let statesMax = 8_192
    /// Steps that making one table may take.
    static let workMax = 4_000_000

    /// The ways that are open between two characters.
    private struct State: Hashable {
        var core: [Int32]
        var isFirst: Bool
        var wasWord: Bool
    }

    private static let accepted = UInt16.max
    private static let dead = UInt16.max - 1

    private let kindOfASCII: [UInt16]
    private let starts: [UInt32]
    private let kinds: [UInt16]
    private let kindCount: Int
    private let next: [UInt16]
    private let acceptsAtEnd: [Bool]

    /// The table; nil when it would pass a limit.
    init?(_ program: PatternProgram) {
        // Characters that no set tells apart are one kind. The border after each range begins a new stretch.
        var borders: Set<UInt32> = [0]
        let sets = program.sets + (program.asksForWords ? [CodePointSet.word] : [])
        for range in sets.flatMap(\.ranges) {
            borders.insert(range.lowerBound)
            if range.upperBound < CodePointSet.last { borders.insert(range.upperBound + 1) }
        }
        guard borders.count <= 4_096 else { return nil }
        let starts = borders.sorted()
        var known: [[Bool]: UInt16] = [:]
        var kinds: [UInt16] = []
        var members: [[Bool]] = []
        for start in starts {
            let member = sets.map { $0.contains(start) }
            let kind = known[member] ?? UInt16(members.count)
            if known[member] == nil {
                known[member] = kind
                members.append(member)
            }
            kinds.append(kind)
        }

        var run = PatternProgram.Run(program)
        var states = [State(core: [], isFirst: true, wasWord: false)]
        var numbers: [State: UInt16] = [states[0]: 0]
        var next: [UInt16] = []
        var acceptsAtEnd: [Bool] = []
        // Where nothing can begin behind the first character, a set without ways never matches again.
        let isLost =
            !program.asksForWords && run.closure([], place: .init())?.isEmpty ?? false
            && !run.accepts([], place: .init(isEnd: true))
        var index = 0
        while index < states.count {
            let state = states[index]
            acceptsAtEnd.append(
                run.accepts(state.core, place: .init(isStart: state.isFirst, isEnd: true, wasWord: state.wasWord)))
            var reachedBy: [Bool: [Int32]?] = [:]
            for member in members {
                let isWord = program.asksForWords ? member[sets.count - 1] : false
                let reached: [Int32]?
                if let known = reachedBy[isWord] {
                    reached = known
                } else {
                    reached = run.closure(
                        state.core, place: .init(isStart: state.isFirst, wasWord: state.wasWord, isWord: isWord))
                    reachedBy[isWord] = reached
                }
                guard let reached else {
                    next.append(Self.accepted)
                    continue
                }
                let core = run.consume(reached) { member[Int($0)] }
                if core.isEmpty, isLost {
                    next.append(Self.dead)
                    continue
                }
                let target = State(core: core, isFirst: false, wasWord: isWord)
                if let number = numbers[target] {
                    next.append(number)
                } else {
                    numbers[target] = UInt16(states.count)
                    next.append(UInt16(states.count))
                    states.append(target)
                }
            }
            guard states.count <= Self.statesMax, states.count * members.count <= Self.entriesMax, run.work <= Self.workMax else {
                return nil
            }
            index += 1
        }
        self.starts = starts
        self.kinds = kinds
        kindCount = members.count
        self.next = next
        self.acceptsAtEnd = acceptsAtEnd
        kindOfASCII = (0..<128).map { Self.kind(of: $0, starts: starts, kinds: kinds) }
    }

    /// Whether it matches somewhere in the text, which must be UTF-8.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        next.withUnsafeBufferPointer { next in
            kindOfASCII.withUnsafeBufferPointer { ascii in
                var state = 0
                var offset = 0
                while offset < text.count {
                    let byte = text[offset]
                    let kind: UInt16
                    if byte < 0x80 {
                        kind = ascii[Int(byte)]
                        offset &+= 1
                    } else {
                        kind = Self.kind(of: Pattern.codePoint(text, &offset), starts: starts, kinds: kinds)
                    }
                    let target = next[state &* kindCount &+ Int(kind)]
                    if target >= Self.dead { return target == Self.accepted }
                    state = Int(target)
                }
                return acceptsAtEnd[state]
            }
        }
    }

    private static func kind(of point: UInt32, starts: [UInt32], kinds: [UInt16]) -> UInt16 {
        var low = 0
        var high = starts.count
        while low + 1 < high {
            let middle = (low + high) / 2
            if starts[middle] <= point { low = middle } else { high = middle }
        }
        return kinds[low]
    }
}
