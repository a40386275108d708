internal import ExchangeModel

/// Makes the text of a record out of a cell: what it stands for, not how it looks, but for moments.
struct SheetValues {
    let strings: SheetStrings
    let formats: [SheetNumberFormat]
    let isFrom1904: Bool
    let limits: SheetLimits

    /// Why a cell cannot be taken, to be put behind its name.
    struct Fault {
        var code = Finding.Code.sheetCell
        let text: String
        let textZH: String
    }

    private static let errors: Set<String> = [
        "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!",
    ]

    /// Writes the text of a cell into `text`, which is empty before; with a fault it is what the cell holds, or nothing.
    func read(_ cell: SheetRows.Cell, of rows: SheetRows, into text: inout [UInt8]) -> (kind: RecordTree.Kind, fault: Fault?) {
        rows.withText(cell) { raw in
            switch cell.kind {
            case .string:
                text += raw
                SheetText.unescape(&text, from: 0)
                return (.text, check(text))
            case .sharedString:
                guard let number = SheetCell.number(raw), strings.withText(number, { text += $0 }) != nil else {
                    return (.text, Fault(text: "names a text that the workbook does not have", textZH: "引用了工作簿中不存在的文本"))
                }
                return (.text, check(text))
            case .isoDate:
                text += raw
                return (.text, check(text))
            case .boolean:
                let isTrue = raw.elementsEqual("1".utf8) || raw.elementsEqual("true".utf8)
                guard isTrue || raw.elementsEqual("0".utf8) || raw.elementsEqual("false".utf8) else {
                    return (.boolean, Fault(text: "is neither true nor false", textZH: "不是有效的逻辑值"))
                }
                text += (isTrue ? "true" : "false").utf8
                return (.boolean, nil)
            case .error:
                let name = String(decoding: raw, as: UTF8.self)
                let (words, wordsZH) = Self.errors.contains(name) ? ("the error \(name)", "错误值 \(name)") : ("an error", "错误值")
                if Self.errors.contains(name) { text += raw }
                return (
                    .text, Fault(text: "holds \(words); mend its formula or write the value", textZH: "为\(wordsZH)；请修正公式或直接填写数值")
                )
            case .unknown:
                return (.text, Fault(text: "is of a kind that is not known", textZH: "的类型无法识别"))
            case .number:
                if raw.isEmpty {
                    return (
                        .number,
                        Fault(
                            text: "holds a formula without its value; open the workbook in a spreadsheet program and save it",
                            textZH: "只有公式，没有计算结果；请用电子表格软件打开并保存后再发送")
                    )
                }
                return number(raw, cell, &text)
            }
        }
    }

    private func number(_ raw: UnsafeBufferPointer<UInt8>, _ cell: SheetRows.Cell, _ text: inout [UInt8]) -> (
        kind: RecordTree.Kind, fault: Fault?
    ) {
        guard let number = SheetNumber(raw) else {
            return (.number, Fault(text: "holds a number that cannot be read", textZH: "中的数字无法识别"))
        }
        let format = formats.indices.contains(cell.style) ? formats[cell.style] : .number
        if format != .number {
            guard let moment = number.moment(format, from1904: isFrom1904) else {
                text += raw.prefix(32)
                return (
                    .text,
                    Fault(
                        code: .timeInvalid, text: "is formatted as a date, but its number is no day of the calendar",
                        textZH: "为日期格式，但其数值不是有效日期")
                )
            }
            text += moment.utf8
            return (.text, nil)
        }
        text += number.text(asWritten: raw)
        if number.hasTooManyDigits {
            return (
                .number,
                Fault(
                    text:
                        "holds a number of more than 15 digits, of which a spreadsheet loses the last; format the column as text, "
                        + "and write it again",
                    textZH: "中的数字超过 15 位，电子表格会丢失末尾数字；请将该列设为文本格式后重新填写")
            )
        }
        return (.number, nil)
    }

    /// What stands in a text and may not.
    private func check(_ text: [UInt8]) -> Fault? {
        text.withUnsafeBufferPointer { bytes in
            // Without bytes there is no base address, and nothing to find.
            guard let base = bytes.baseAddress, !bytes.isEmpty else { return nil }
            if bytes.count > limits.cellBytesMax {
                return Fault(
                    code: .bytesOverLimit,
                    text: "is longer than the limit of \(limits.cellBytesMax) bytes (cellBytesMax); shorten it",
                    textZH: "超过 \(limits.cellBytesMax) 字节的上限(cellBytesMax)；请缩短")
            }
            if UTF8Text.firstFault(base, count: bytes.count) != nil {
                return Fault(code: .encodingInvalid, text: "holds bytes that are no text", textZH: "含无效字符编码")
            }
            if let place = SheetText.firstControl(bytes) {
                let number = String(bytes[place], radix: 16, uppercase: true)
                return Fault(text: "holds the control character 0x\(number); take it out", textZH: "含控制字符 0x\(number)；请删除")
            }
            return nil
        }
    }
}
