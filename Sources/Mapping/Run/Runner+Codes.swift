internal import ExchangeModel

/// Codes of partners, and what is said of those that nobody knows.
extension Runner {
    /// Finds a code in a table; nil when it is not in it on the record's day.
    func find(_ code: Bytes, table: Int32) -> Bytes? {
        let table = tables.codeTables[Int(table)]
        for number in Int(table.firstRow)..<Int(table.firstRow + table.rowCount) {
            let row = tables.codeRows[number]
            guard row.from.count == code.count, Self.areEqual(tables.bytes(row.from), code) else { continue }
            if let recordDay, recordDay < row.validFrom || recordDay > row.validTo { continue }
            if let recorder { recorder.translated(row: number) }
            return tables.bytes(row.to)
        }
        return findDefault(table)
    }

    /// What a table says of every code without a row of its own; nil when it says nothing.
    private func findDefault(_ table: Program.CodeTable) -> Bytes? {
        for number in Int(table.firstRow)..<Int(table.firstRow + table.rowCount) {
            let row = tables.codeRows[number]
            guard row.from.count == 1, tables.bytes(row.from)[0] == 0x2A else { continue }
            if let recordDay, recordDay < row.validFrom || recordDay > row.validTo { continue }
            if let recorder { recorder.translated(row: number) }
            return tables.bytes(row.to)
        }
        return nil
    }

    /// Translates a code. One that is unknown refuses the record, or leaves the field out with a warning.
    mutating func translate(table: Int32, passes: Bool) -> Applied {
        let code = Self.trimmed(value.bytes)
        if let found = find(code, table: table) {
            value.bytes = found
            return .done
        }
        let list = tables.program.listNames[Int(table)]
        // A code is no personal data; something long in its place could be, and so could the number of a person or a telephone
        // that slipped into the wrong column.
        let isShown = code.count <= 24 && code.count(where: { $0 >= 0x30 && $0 <= 0x39 }) < 8
        let shown = isShown ? " \"\(String(decoding: code, as: UTF8.self))\"" : ""
        let shownZH = isShown ? "“\(String(decoding: code, as: UTF8.self))”" : ""
        let (known, knownZH) = knownCodes(table: table)
        if passes {
            report(
                .codeUnknown, severity: .warning, at: value.node,
                "the code\(shown) is not in the list \"\(list)\"\(known); the field is left out",
                "代码\(shownZH)不在代码表“\(list)”中\(knownZH)；该字段未写出")
            return .empty
        }
        return fail(
            .codeUnknown, "the code\(shown) is not in the list \"\(list)\"\(known)", "代码\(shownZH)不在代码表“\(list)”中\(knownZH)")
    }

    /// The first codes of a table that hold on the record's day, as the end of a sentence: what the sender may write.
    func knownCodes(table number: Int32) -> (text: String, textZH: String) {
        let shownMax = 12
        let table = tables.codeTables[Int(number)]
        var codes: [String] = []
        for index in Int(table.firstRow)..<Int(table.firstRow + table.rowCount) {
            let row = tables.codeRows[index]
            if let recordDay, recordDay < row.validFrom || recordDay > row.validTo { continue }
            let code = String(decoding: tables.bytes(row.from), as: UTF8.self)
            if code == CodeList.anyOther { continue }
            if !codes.contains(code) { codes.append(code) }
        }
        guard !codes.isEmpty else { return ("", "") }
        let (more, moreZH) = codes.count > shownMax ? (", ...", "等") : ("", "")
        let shown = codes.prefix(shownMax)
        return ("; known are \(shown.joined(separator: ", "))\(more)", "；可用的有 \(shown.joined(separator: "、"))\(moreZH)")
    }
}
