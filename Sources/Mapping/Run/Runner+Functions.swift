internal import ExchangeModel
internal import Formats

extension Runner {
    /// What a function did with `value`.
    enum Applied {
        case done
        /// Nothing is left of it.
        case empty
        /// A finding says why.
        case failed
    }

    /// Applies a function to `value`.
    mutating func apply(_ op: Program.Op, scope: RecordTree.NodeIndex) -> Applied {
        switch op.code {
        case .trim:
            value.bytes = Self.trimmed(value.bytes)
            return value.bytes.count == 0 ? .empty : .done
        case .upper, .lower:
            changeCase(toUpper: op.code == .upper)
            return .done
        case .max: return checkLength(Int(op.a))
        case .maxBytes: return checkBytes(Int(op.a), TextEncoding.byPlace[Int(op.b)])
        case .mask:
            mask(keepFirst: Int(op.a), keepLast: Int(op.b))
            return .done
        case .codeIn, .codeOut: return translate(table: op.a, passes: op.b == 1)
        case .timeIn: return readTime(op)
        case .timeOut: return writeTime(op)
        case .dateIn: return readDate(op)
        case .zonedDateIn: return readZonedDate()
        case .dateOut: return writeDate(op)
        case .epochIn: return readEpoch(asDate: op.a == 1)
        case .epochOut: return writeEpoch()
        case .amountIn: return readAmount(tables.amounts[Int(op.a)], scope: scope)
        case .amountOut: return writeAmount(tables.amounts[Int(op.a)])
        case .decimal: return convertDecimal(decimals: op.a < 0 ? nil : Int(op.a))
        case .count: return checkCount()
        case .identifier:
            value.first = tables.bytes(op.constant)
            return .done
        case .check: return checkIdentifier(op)
        case .collapse: return collapse()
        case .halfWidth: return makeHalfWidth()
        case .substring: return substring(from: Int(op.a), count: Int(op.b))
        case .before, .after: return cut(at: tables.bytes(op.constant), keepsBefore: op.code == .before)
        case .replace: return replace(tables.bytes(op.constant), by: tables.bytes(tables.parts[Int(op.a)].constant))
        case .padLeft: return pad(to: Int(op.a), with: tables.bytes(op.constant))
        case .hash: return hash(op)
        case .add, .subtract, .multiply, .divide, .round: return calculate(op, scope: scope)
        case .timeAny: return readTime(tables.program.timeForms[Int(op.a)])
        case .plusDays: return addDays(Int(op.a))
        case .required, .default, .split, .join, .sum, .least, .greatest, .numberOf, .unique: return .done
        }
    }

    // MARK: Text

    private mutating func changeCase(toUpper: Bool) {
        let range: ClosedRange<UInt8> = toUpper ? 0x61...0x7A : 0x41...0x5A
        guard value.bytes.contains(where: { range.contains($0) }) else { return }
        written.removeAll(keepingCapacity: true)
        for byte in value.bytes { written.append(range.contains(byte) ? byte ^ 0x20 : byte) }
        value.bytes = scratch.keep(written)
    }

    private mutating func checkLength(_ limit: Int) -> Applied {
        guard value.bytes.count > limit else { return .done }
        var characters = 0
        for byte in value.bytes where byte & 0xC0 != 0x80 { characters += 1 }
        guard characters > limit else { return .done }
        return fail(.fieldTooLong, "\(characters) characters; the field takes \(limit)", "长度为 \(characters) 个字符，超过上限 \(limit)")
    }

    private mutating func checkBytes(_ limit: Int, _ encoding: TextEncoding) -> Applied {
        guard let count = encoding.byteCount(ofUTF8: value.bytes) else {
            return fail(
                .fieldInvalid, "a character has no place in \(encoding.rawValue), which the receiver stores it in",
                "含有 \(encoding.rawValue) 中不存在的字符，接收方无法保存")
        }
        guard count > limit else { return .done }
        return fail(
            .fieldTooLong, "\(count) bytes in \(encoding.rawValue); the field takes \(limit)",
            "以 \(encoding.rawValue) 计为 \(count) 字节，超过上限 \(limit) 字节")
    }

    private mutating func mask(keepFirst: Int, keepLast: Int) {
        var characters = 0
        for byte in value.bytes where byte & 0xC0 != 0x80 { characters += 1 }
        // Text too short to hide anything in is hidden whole.
        let isShort = characters <= keepFirst + keepLast
        written.removeAll(keepingCapacity: true)
        var number = -1
        for byte in value.bytes {
            let isFirst = byte & 0xC0 != 0x80
            if isFirst { number += 1 }
            if !isShort, number < keepFirst || number >= characters - keepLast {
                written.append(byte)
            } else if isFirst {
                written.append(0x2A)
            }
        }
        value.bytes = scratch.keep(written)
    }

    // MARK: Times

    private mutating func readTime(_ op: Program.Op) -> Applied {
        let pattern = tables.program.patterns[Int(op.a)]
        guard let civil = pattern.parse(Self.trimmed(value.bytes)) else {
            return fail(.timeInvalid, "not an existing time written as \(pattern.text)", "不是按 \(pattern.text) 书写的有效时间")
        }
        let time = ZonedTime(civil: civil, offsetSeconds: Int(op.b))
        written.removeAll(keepingCapacity: true)
        time.write(to: &written)
        value.bytes = scratch.keep(written)
        return .done
    }

    private mutating func writeTime(_ op: Program.Op) -> Applied {
        guard let time = ZonedTime(value.bytes) else {
            return fail(.timeInvalid, "the canonical time is not RFC 3339", "规范记录中的时间不符合 RFC 3339")
        }
        write(time.instant.civil(offsetSeconds: Int(op.b)), pattern: op.a)
        return .done
    }

    private mutating func readDate(_ op: Program.Op) -> Applied {
        let pattern = tables.program.patterns[Int(op.a)]
        guard let civil = pattern.parse(Self.trimmed(value.bytes)) else {
            return fail(.timeInvalid, "not an existing date written as \(pattern.text)", "不是按 \(pattern.text) 书写的有效日期")
        }
        writeDate(civil)
        return .done
    }

    /// An XML Schema date; its offset, if any, says nothing about the day.
    private mutating func readZonedDate() -> Applied {
        let bytes = Self.trimmed(value.bytes)
        guard let civil = ZonedTime.date(bytes), bytes.count == 10 || ZonedTime.offset(bytes, at: 10) != nil else {
            return fail(.timeInvalid, "not an existing date (yyyy-MM-dd, with or without offset)", "不是有效日期(yyyy-MM-dd，可带时区偏移)")
        }
        writeDate(civil)
        return .done
    }

    mutating func writeDate(_ civil: CivilTime) {
        written.removeAll(keepingCapacity: true)
        Digits.append(civil.year, count: 4, to: &written)
        written.append(0x2D)
        Digits.append(civil.month, count: 2, to: &written)
        written.append(0x2D)
        Digits.append(civil.day, count: 2, to: &written)
        value.bytes = scratch.keep(written)
    }

    private mutating func writeDate(_ op: Program.Op) -> Applied {
        let civil: CivilTime
        if value.bytes.count == 10, let date = ZonedTime.date(value.bytes) {
            civil = date
        } else if let time = ZonedTime(value.bytes) {
            civil = time.instant.civil(offsetSeconds: Int(op.b))
        } else {
            return fail(.timeInvalid, "the canonical date is not yyyy-MM-dd", "规范记录中的日期不是 yyyy-MM-dd")
        }
        write(civil, pattern: op.a)
        return .done
    }

    private mutating func write(_ civil: CivilTime, pattern: Int32) {
        written.removeAll(keepingCapacity: true)
        tables.program.patterns[Int(pattern)].write(civil, to: &written)
        value.bytes = scratch.keep(written)
    }

    // MARK: Numbers

    private mutating func convertDecimal(decimals: Int?) -> Applied {
        written.removeAll(keepingCapacity: true)
        do throws(ExactDecimal.Problem) {
            try ExactDecimal(Self.trimmed(value.bytes)).write(decimals: decimals, to: &written)
        } catch {
            return failDecimal(error, .fieldInvalid)
        }
        value.bytes = scratch.keep(written)
        return .done
    }

    private mutating func checkCount() -> Applied {
        let bytes = Self.trimmed(value.bytes)
        guard (1...9).contains(bytes.count), bytes.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            return fail(.fieldInvalid, "not a whole number of at most nine digits", "不是最多九位的整数")
        }
        var start = 0
        while start < bytes.count - 1, bytes[start] == 0x30 { start += 1 }
        value.bytes = Bytes(rebasing: bytes[start...])
        return .done
    }

    private mutating func readAmount(_ form: Program.Amount, scope: RecordTree.NodeIndex) -> Applied {
        let amount = value
        var places = Int(form.places)
        var unit = tables.bytes(form.unit)
        var currency = tables.bytes(form.currency)
        if form.unitPath >= 0 {
            let node = find(form.unitPath, scope: scope, valueNode: amount.node)
            let word = node == RecordTree.none ? Bytes(start: nil, count: 0) : Self.trimmed(text(of: node))
            guard word.count > 0 else {
                return fail(.amountUnitUnknown, "the amount has no unit", "金额缺少单位")
            }
            guard let known = find(word, table: form.unitTable), let moved = MoneyUnit.places(known) else {
                value.node = node
                let (codes, codesZH) = knownCodes(table: form.unitTable)
                return fail(.amountUnitUnknown, "the unit of the amount is not known\(codes)", "金额单位未知\(codesZH)")
            }
            unit = known
            places = moved
        }
        if form.currencyPath >= 0 {
            let node = find(form.currencyPath, scope: scope, valueNode: amount.node)
            let word = node == RecordTree.none ? Bytes(start: nil, count: 0) : Self.trimmed(text(of: node))
            if word.count > 0 {
                guard let known = find(word, table: form.currencyTable) else {
                    value.node = node
                    let (codes, codesZH) = knownCodes(table: form.currencyTable)
                    return fail(.amountUnitUnknown, "the currency of the amount is not known\(codes)", "金额币种未知\(codesZH)")
                }
                currency = known
            } else if !form.hasUnit {
                return fail(.amountUnitUnknown, "the amount has no currency", "金额缺少币种")
            }
        }
        written.removeAll(keepingCapacity: true)
        do throws(ExactDecimal.Problem) {
            try ExactDecimal(Self.trimmed(amount.bytes)).shifted(by: places).write(to: &written)
        } catch {
            return failDecimal(error, .amountInvalid)
        }
        value = Value(
            bytes: scratch.keep(written), node: amount.node, first: currency, second: form.hasUnit ? unit : currency,
            third: tables.bytes(form.kind))
        return .done
    }

    private mutating func writeAmount(_ form: Program.Amount) -> Applied {
        let node = value.node
        let names = tables.program.moneyNames
        guard node != RecordTree.none, let amount = member(names.value, of: node),
            let currency = member(names.currency, of: node),
            let kind = member(names.kind, of: node)
        else { return fail(.amountInvalid, "the canonical amount lacks value, currency or kind", "规范金额缺少 value、currency 或 kind") }
        guard Self.areEqual(currency, tables.bytes(form.currency)) else {
            let wanted = String(decoding: tables.bytes(form.currency), as: UTF8.self)
            let given = String(decoding: currency.prefix(3), as: UTF8.self)
            return fail(
                .amountUnitUnknown, "the amount is in \(given), but the field is in \(wanted)", "金额币种为 \(given)，而字段要求 \(wanted)")
        }
        guard kind.elementsEqual("total".utf8) || kind.elementsEqual("unit".utf8) else {
            return fail(.amountInvalid, "the price is no amount but a rate or a text", "价款形式不是金额，而是费率或文字")
        }
        written.removeAll(keepingCapacity: true)
        do throws(ExactDecimal.Problem) {
            try ExactDecimal(amount).shifted(by: -Int(form.places)).write(
                decimals: form.decimals < 0 ? nil : Int(form.decimals), to: &written)
        } catch {
            return failDecimal(error, .amountInvalid)
        }
        value = Value(bytes: scratch.keep(written), node: node)
        return .done
    }

    private func member(_ name: NameID, of node: RecordTree.NodeIndex) -> Bytes? {
        var index = nodes[Int(node)].firstChild
        while index != RecordTree.none {
            if nodes[Int(index)].name == name {
                let bytes = text(of: index)
                return bytes.count == 0 ? nil : bytes
            }
            index = nodes[Int(index)].nextSibling
        }
        return nil
    }

    mutating func failDecimal(_ problem: ExactDecimal.Problem, _ code: Finding.Code) -> Applied {
        switch problem {
        case .notDecimal:
            fail(
                code, "not a decimal number: digits with at most one point, without commas, blanks, exponent or unit",
                "不是十进制数：只能有数字和最多一个小数点，不得含逗号、空格、指数或单位")
        case .tooLong:
            fail(code, "the number has more than \(ExactDecimal.digitsMax) digits", "数字超过 \(ExactDecimal.digitsMax) 位")
        case .wouldLoseDigits: fail(code, "the number has more decimals than the field takes", "小数位数超过字段允许")
        }
    }

    // MARK: Identifiers

    private mutating func checkIdentifier(_ op: Program.Op) -> Applied {
        // The compiler wrote the raw value of a case.
        guard let kind = CheckedIdentifier(rawValue: UInt8(truncatingIfNeeded: op.a)) else { return .failed }
        let verdict = kind.check(value.bytes)
        value.first = tables.bytes(op.constant)
        guard verdict != .valid else { return .done }
        let warns = options.identifierFaults == .warn || (verdict == .checkCharacterWrong && kind.checkIsUnproven)
        let severity: Finding.Severity = warns ? .warning : .error
        if verdict == .malformed {
            report(
                .identifierMalformed, severity: severity, at: value.node, "not a \(kind.nameEN): wrong length or characters",
                "不是有效的\(kind.nameZH)：长度或字符错误")
            if value.first.count > 0 { value.first = tables.bytes(tables.program.otherScheme) }
        } else {
            report(
                .checkDigitWrong, severity: severity, at: value.node, "the check character of the \(kind.nameEN) is wrong",
                "\(kind.nameZH)的校验码错误")
        }
        return warns ? .done : .failed
    }
}
