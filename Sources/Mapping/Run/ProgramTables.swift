internal import ExchangeModel

/// A program's tables in memory that never moves, so that the runner reads them without counting references.
///
/// Written once in `init`, read by any thread, freed in `deinit`; whoever runs a program holds this object for the whole
/// run. That is the invariant behind `@unchecked Sendable`.
final class ProgramTables: @unchecked Sendable {
    let program: Program
    let constants: UnsafeBufferPointer<UInt8>
    let steps: UnsafeBufferPointer<Program.Step>
    let paths: UnsafeBufferPointer<Program.Path>
    let parts: UnsafeBufferPointer<Program.Part>
    let ops: UnsafeBufferPointer<Program.Op>
    let expressions: UnsafeBufferPointer<Program.Expression>
    let entries: UnsafeBufferPointer<Program.Entry>
    let codeRows: UnsafeBufferPointer<Program.CodeRow>
    let codeTables: UnsafeBufferPointer<Program.CodeTable>
    let amounts: UnsafeBufferPointer<Program.Amount>
    let conditions: UnsafeBufferPointer<Program.Condition>
    let levels: UnsafeBufferPointer<Program.Level>
    let lets: UnsafeBufferPointer<Program.Variable>

    init(_ program: Program) {
        self.program = program
        constants = Self.keep(program.constants)
        steps = Self.keep(program.steps)
        paths = Self.keep(program.paths)
        parts = Self.keep(program.parts)
        ops = Self.keep(program.ops)
        expressions = Self.keep(program.expressions)
        entries = Self.keep(program.entries)
        codeRows = Self.keep(program.codeRows)
        codeTables = Self.keep(program.codeTables)
        amounts = Self.keep(program.amounts)
        conditions = Self.keep(program.conditions)
        levels = Self.keep(program.levels)
        lets = Self.keep(program.lets)
    }

    deinit {
        constants.deallocate()
        steps.deallocate()
        paths.deallocate()
        parts.deallocate()
        ops.deallocate()
        expressions.deallocate()
        entries.deallocate()
        codeRows.deallocate()
        codeTables.deallocate()
        amounts.deallocate()
        conditions.deallocate()
        levels.deallocate()
        lets.deallocate()
    }

    /// Copies a table. Its elements are integers, flags and enumerations without references, so that freeing the memory
    /// is all the end they need (`NameID` of another module cannot be declared `BitwiseCopyable` here).
    private static func keep<Element>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
        let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(1, elements.count))
        _ = buffer.initialize(from: elements)
        return UnsafeBufferPointer(start: buffer.baseAddress, count: elements.count)
    }

    /// The bytes of a constant.
    @inline(__always) func bytes(_ constant: Program.Constant) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: constants[Int(constant.offset)..<Int(constant.offset + constant.count)])
    }
}
