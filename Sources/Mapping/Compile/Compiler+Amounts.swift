internal import ExchangeModel

extension Compiler {
    mutating func compileAmount(
        _ call: Expression.Call, gives: inout ValueShape, in text: MappingFile.Text, scope: SourceScope, _ targetPath: String
    ) -> Program.Op? {
        gives.kind = isInbound ? .money : .text
        let form =
            isInbound ? inboundAmount(call, in: text, scope: scope, targetPath) : outboundAmount(call, in: text, targetPath)
        guard let form else { return nil }
        program.amounts.append(form)
        return Program.Op(code: isInbound ? .amountIn : .amountOut, a: Int32(program.amounts.count - 1))
    }

    mutating func outboundAmount(_ call: Expression.Call, in text: MappingFile.Text, _ targetPath: String) -> Program
        .Amount?
    {
        let place = text.position(at: call.offset)
        if call.arguments.isEmpty || call.arguments.contains(where: { $0.label != nil }) {
            report(
                place, targetPath, "outbound, amount takes a unit and a number of decimals: amount(\"元\", 2)",
                "出向 amount 需要单位和小数位数：amount(\"元\", 2)")
            return nil
        }
        guard let word = textArgument(call, 0, in: text, targetPath) else { return nil }
        guard let unit = MoneyUnit(word) else {
            reportUnknown(
                text.position(at: call.arguments[0].offset), targetPath, word, kind: "unit", kindZH: "单位", among: MoneyUnit.words)
            return nil
        }
        var form = Program.Amount()
        form.places = Int32(unit.places)
        form.currency = program.constant(unit.currency)
        if call.arguments.count == 2 {
            guard let number = numberArgument(call, 1, in: 0...20, in: text, targetPath) else { return nil }
            form.decimals = Int32(number)
        }
        return form
    }

    mutating func inboundAmount(
        _ call: Expression.Call, in text: MappingFile.Text, scope: SourceScope, _ targetPath: String
    ) -> Program.Amount? {
        var form = Program.Amount()
        var kind = "total"
        var hasCurrency = false
        for argument in call.arguments {
            let place = text.position(at: argument.offset)
            switch (argument.label, argument.value) {
            case (nil, .text(let word)), ("unit", .text(let word)):
                if form.hasUnit { report(place, targetPath, "the unit is given twice", "单位重复") }
                guard let unit = MoneyUnit(word) else {
                    reportUnknown(place, targetPath, word, kind: "unit", kindZH: "单位", among: MoneyUnit.words)
                    return nil
                }
                form.hasUnit = true
                form.places = Int32(unit.places)
                form.unit = program.constant(word)
            case ("unit", .path(let path)):
                if form.hasUnit { report(place, targetPath, "the unit is given twice", "单位重复") }
                guard let table = codeTable("price-unit", at: place, targetPath),
                    let part = argumentPath(path, in: text, scope: scope)
                else { return nil }
                form.hasUnit = true
                form.unitPath = part
                form.unitTable = table
            case ("currency", .text(let currency)):
                guard currency.utf8.count == 3, currency.utf8.allSatisfy({ $0 >= 0x41 && $0 <= 0x5A }) else {
                    report(place, targetPath, "a currency is three capital letters, such as CNY", "币种应为三个大写字母，如 CNY")
                    return nil
                }
                hasCurrency = true
                form.currency = program.constant(currency)
            case ("currency", .path(let path)):
                guard let table = codeTable("currency", at: place, targetPath),
                    let part = argumentPath(path, in: text, scope: scope)
                else { return nil }
                hasCurrency = true
                form.currencyPath = part
                form.currencyTable = table
            case ("kind", .text(let word)):
                guard ["total", "unit", "rate"].contains(word) else {
                    reportUnknown(
                        place, targetPath, word, kind: "kind of amount", kindZH: "金额种类", among: ["total", "unit", "rate"])
                    return nil
                }
                kind = word
            default:
                report(
                    place, targetPath, "amount takes a unit in quotation marks, or unit=PATH, currency=PATH",
                    "amount 需要带引号的单位，或 unit=路径、currency=路径")
                return nil
            }
        }
        guard form.hasUnit || hasCurrency else {
            report(
                text.position(at: call.offset), targetPath,
                "an amount needs its unit: amount(\"万元\"), amount(unit=PATH) or amount(currency=PATH)",
                "金额必须有单位：amount(\"万元\")、amount(unit=路径) 或 amount(currency=路径)")
            return nil
        }
        // A unit in 元 or 万元 counts in renminbi unless a currency says otherwise.
        if form.currency.count == 0 { form.currency = program.constant("CNY") }
        form.kind = program.constant(kind)
        return form
    }

}
