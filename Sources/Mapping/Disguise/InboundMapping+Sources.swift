extension InboundMapping {
    /// The names of source fields that begin an expression, each with the first canonical field that it makes: for documents that
    /// cannot be read.
    public var fieldNames: [String: String] {
        var result: [String: String] = [:]
        let program = tables.program
        for (index, entry) in program.entries.enumerated() where entry.expression >= 0 && index < program.entryTargets.count {
            let text = program.expressionTexts[Int(entry.expression)]
            let path = text.prefix { !" |([".contains($0) }
            guard let name = path.split(whereSeparator: { "/.@:".contains($0) }).last.map(String.init) else { continue }
            if result[name] == nil { result[name] = program.entryTargets[index] }
        }
        return result
    }
}
