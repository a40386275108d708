/// A regular expression of `pattern` or `patternProperties`, compiled to a table of states when the schema is loaded.
///
/// Matching costs one step for each character and no memory; there is no pattern for which it takes longer than that. A
/// pattern whose table would be too large runs on its program instead: as many steps for each character as it has instructions.
struct Pattern: Sendable {
    private let program: PatternProgram
    private let automaton: PatternAutomaton?

    init(_ source: String) throws(PatternProblem) {
        program = try PatternProgram(try PatternParser.parse(source))
        automaton = PatternAutomaton(program)
    }

    /// What matching a text of so many octets counts as, in schemas applied: nothing to speak of with a table.
    @inline(__always) func effort(octets: Int) -> Int {
        automaton != nil ? octets >> 10 : (octets * program.instructions.count) >> 4
    }

    /// Whether it matches somewhere in the text, which must be UTF-8.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        automaton?.matches(text) ?? Self.matches(text, by: program)
    }

    /// The same by following the program.
    static func matches(_ text: UnsafeBufferPointer<UInt8>, by program: PatternProgram) -> Bool {
        var core: [Int32] = []
        var wasWord = false
        var run = PatternProgram.Run(program)
        var offset = 0
        while offset < text.count {
            let point = codePoint(text, &offset)
            let isWord = program.isWord(point)
            let (next, accepts) = run.step(
                core, place: .init(isStart: run.isFirst, wasWord: wasWord, isWord: isWord), point: point)
            if accepts { return true }
            core = next
            wasWord = isWord
        }
        return run.accepts(core, place: .init(isStart: run.isFirst, isEnd: true, wasWord: wasWord))
    }

    /// The next code point of valid UTF-8.
    @inline(__always) static func codePoint(_ text: UnsafeBufferPointer<UInt8>, _ offset: inout Int) -> UInt32 {
        let lead = text[offset]
        if lead < 0x80 {
            offset &+= 1
            return UInt32(lead)
        }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for index in 1..<length where offset &+ index < text.count { value = value << 6 | UInt32(text[offset &+ index] & 0x3F) }
        offset &+= length
        return value
    }
}

/// A pattern as instructions of a machine that follows all ways at once (Thompson's construction).
struct PatternProgram: Sendable {
    enum Instruction: Sendable {
        case consume(set: Int32)
        case split(Int32, Int32)
        case jump(Int32)
        case atStart
        case atEnd
        case wordBoundary(isNegated: Bool)
        case match
    }

    /// What surrounds the place between two characters.
    struct Place: Hashable {
        var isStart = false
        var isEnd = false
        var wasWord = false
        var isWord = false
    }

    /// Instructions of one pattern; `{n,m}` repeats what stands before it.
    static let instructionsMax = 12_000

    private(set) var instructions: [Instruction] = []
    private(set) var sets: [CodePointSet] = []
    private var known: [CodePointSet: Int32] = [:]
    /// Whether a word's border is asked for, so that the kind of the characters around matters.
    private(set) var asksForWords = false

    init(_ tree: PatternTree) throws(PatternProblem) {
        try append(tree)
        try add(.match)
    }

    func isWord(_ point: UInt32) -> Bool { asksForWords && CodePointSet.word.contains(point) }

    private mutating func add(_ instruction: Instruction) throws(PatternProblem) {
        guard instructions.count < Self.instructionsMax else {
            throw PatternParser.problem(
                "it is longer than \(Self.instructionsMax) steps with its repetitions written out",
                "展开重复后超过 \(Self.instructionsMax) 步")
        }
        instructions.append(instruction)
    }

    private var here: Int32 { Int32(instructions.count) }

    private mutating func append(_ tree: PatternTree) throws(PatternProblem) {
        switch tree {
        case .empty: break
        case .set(let set):
            let index = known[set] ?? Int32(sets.count)
            if known[set] == nil {
                known[set] = index
                sets.append(set)
            }
            try add(.consume(set: index))
        case .sequence(let parts): for part in parts { try append(part) }
        case .choice(let ways):
            var ends: [Int] = []
            for (index, way) in ways.enumerated() {
                guard index < ways.count - 1 else {
                    try append(way)
                    break
                }
                let split = instructions.count
                try add(.split(0, 0))
                try append(way)
                ends.append(instructions.count)
                try add(.jump(0))
                instructions[split] = .split(Int32(split + 1), here)
            }
            for end in ends { instructions[end] = .jump(here) }
        case .repeated(let part, let low, let high):
            for _ in 0..<low { try append(part) }
            if let high {
                var splits: [Int] = []
                for _ in low..<high {
                    splits.append(instructions.count)
                    try add(.split(0, 0))
                    try append(part)
                }
                for split in splits { instructions[split] = .split(Int32(split + 1), here) }
            } else {
                let split = instructions.count
                try add(.split(0, 0))
                try append(part)
                try add(.jump(Int32(split)))
                instructions[split] = .split(Int32(split + 1), here)
            }
        case .atStart: try add(.atStart)
        case .atEnd: try add(.atEnd)
        case .wordBoundary(let isNegated):
            asksForWords = true
            try add(.wordBoundary(isNegated: isNegated))
        }
    }

    /// The working memory of following a program.
    struct Run {
        let program: PatternProgram
        private var seen: [UInt32]
        private var round: UInt32 = 0
        private var stack: [Int32] = []
        /// Whether nothing was consumed yet.
        private(set) var isFirst = true
        /// Steps made so far.
        private(set) var work = 0

        init(_ program: PatternProgram) {
            self.program = program
            seen = Array(repeating: 0, count: program.instructions.count)
        }

        /// The consuming instructions reached at a place from a set of instructions and from the beginning; nil when it matched.
        mutating func closure(_ core: [Int32], place: Place) -> [Int32]? {
            round &+= 1
            var reached: [Int32] = []
            stack.removeAll(keepingCapacity: true)
            stack.append(0)
            stack.append(contentsOf: core)
            while let next = stack.popLast() {
                guard seen[Int(next)] != round else { continue }
                seen[Int(next)] = round
                work &+= 1
                switch program.instructions[Int(next)] {
                case .consume: reached.append(next)
                case .split(let one, let other):
                    stack.append(one)
                    stack.append(other)
                case .jump(let target): stack.append(target)
                case .atStart: if place.isStart { stack.append(next + 1) }
                case .atEnd: if place.isEnd { stack.append(next + 1) }
                case .wordBoundary(let isNegated): if (place.wasWord != place.isWord) != isNegated { stack.append(next + 1) }
                case .match: return nil
                }
            }
            return reached
        }

        /// The instructions behind those of a closure that take a character, sorted.
        mutating func consume(_ reached: [Int32], _ takes: (Int32) -> Bool) -> [Int32] {
            isFirst = false
            work &+= reached.count
            return reached.compactMap {
                guard case .consume(let set) = program.instructions[Int($0)], takes(set) else { return nil }
                return $0 + 1
            }.sorted()
        }

        mutating func step(_ core: [Int32], place: Place, point: UInt32) -> ([Int32], accepts: Bool) {
            guard let reached = closure(core, place: place) else { return ([], true) }
            let sets = program.sets
            return (consume(reached) { sets[Int($0)].contains(point) }, false)
        }

        mutating func accepts(_ core: [Int32], place: Place) -> Bool { closure(core, place: place) == nil }
    }
}
