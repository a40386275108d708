internal import ExchangeModel
internal import JSON

// What stands before, around and behind the array of the records.
extension JSONElementCutter {
    /// One step; nil when there is more to do.
    func beside() -> RecordCut? {
        if case .beside = phase { return passValue() }
        guard let byte = nextByte() else { return outOfBytes() }
        switch phase {
        case .value(let isWanted): return value(byte, isWanted)
        case .firstKey where byte == 0x7D, .firstItem where byte == 0x5D: return close()
        case .firstItem:
            phase = .value(isWanted: isWanted("0"))
            return nil
        case .firstKey, .key: return key(byte)
        case .colon(let isWanted):
            guard byte == 0x3A else { return fail(JSONStreamFinding.expected("a colon", "冒号", at: lines.position)) }
            take(1)
            phase = .value(isWanted: isWanted)
            return nil
        case .afterValue: return afterValue(byte)
        case .trailing:
            return fail(JSONStreamFinding.expected("nothing but the end of the file", "文件结尾", at: lines.position))
        // The others are not asked here.
        case .start, .beside, .firstElement, .nextElement, .element, .afterElement, .ended: return nil
        }
    }

    private func outOfBytes() -> RecordCut? {
        guard isFinished else { return .needsBytes }
        if case .trailing = phase {
            phase = .ended
            return .end
        }
        return fail(lines.offset == 0 ? JSONStreamFinding.empty() : JSONStreamFinding.cut(at: lines.position))
    }

    private func value(_ byte: UInt8, _ isWanted: Bool) -> RecordCut? {
        guard isWanted else {
            follow()
            phase = .beside
            return nil
        }
        if containers.count == segments.count {
            guard byte == 0x5B else { return fail(JSONStreamFinding.missing(pointer, at: lines.position)) }
            isFound = true
            head = containers
            phase = .firstElement
        } else {
            guard byte == 0x7B || byte == 0x5B else { return fail(JSONStreamFinding.missing(pointer, at: lines.position)) }
            containers.append(Container(isObject: byte == 0x7B))
            phase = byte == 0x7B ? .firstKey : .firstItem
        }
        take(1)
        return nil
    }

    /// Whether a member or element of the innermost container leads to the array.
    private func isWanted(_ segment: String) -> Bool {
        !isFound && segments[containers.count - 1].utf8.elementsEqual(segment.utf8)
    }

    private func key(_ byte: UInt8) -> RecordCut? {
        guard byte == 0x22 else {
            return fail(JSONStreamFinding.expected("a key in quotation marks", "带双引号的键", at: lines.position))
        }
        let (outcome, end) = JSONValueSkim.string(window.bytes, count: window.count)
        guard end <= limits.bytesMax else { return fail(JSONStreamFinding.keyTooLong(limits.bytesMax, at: lines.position)) }
        guard outcome else { return isFinished ? fail(JSONStreamFinding.cut(at: lines.position)) : .needsBytes }
        let slice = UnsafeBufferPointer(start: window.bytes.assumingMemoryBound(to: UInt8.self), count: end)
        var parser = JSONParser(slice, start: lines.position)
        do throws(JSONError) {
            let text = parser.text(try parser.next())
            let leads = segments[containers.count - 1].utf8.elementsEqual(text.utf8)
            if leads, isFound { return fail(JSONStreamFinding.twice(pointer, at: lines.position)) }
            phase = .colon(isWanted: leads)
        } catch {
            return fail(error.finding)
        }
        take(end)
        return nil
    }

    private func afterValue(_ byte: UInt8) -> RecordCut? {
        let last = containers.count - 1
        switch byte {
        case 0x2C:
            take(1)
            if containers[last].isObject {
                phase = .key
            } else {
                containers[last].index += 1
                phase = .value(isWanted: isWanted(String(containers[last].index)))
            }
            return nil
        case 0x7D where containers[last].isObject, 0x5D where !containers[last].isObject: return close()
        default:
            let (what, whatZH) = containers[last].isObject ? ("a comma or }", "逗号或 }") : ("a comma or ]", "逗号或 ]")
            return fail(JSONStreamFinding.expected(what, whatZH, at: lines.position))
        }
    }

    private func close() -> RecordCut? {
        guard isFound else { return fail(JSONStreamFinding.missing(pointer, at: lines.position)) }
        take(1)
        containers.removeLast()
        phase = containers.isEmpty ? .trailing : .afterValue
        return nil
    }

    /// Passes over a value beside the array, and checks it as long as it is not larger than a record may be.
    private func passValue() -> RecordCut? {
        let outcome: JSONValueSkim.Outcome
        (outcome, followed) = skim.advance(window.bytes, count: window.count, from: followed, isLast: isFinished)
        if case .needsBytes = outcome, !isFinished {
            letGo()
            return .needsBytes
        }
        if isHeld, followed <= limits.bytesMax, let finding = fault() { return fail(finding) }
        switch outcome {
        case .needsBytes: return fail(JSONStreamFinding.cut(at: end))
        case .lost: return fail(JSONStreamFinding.expected("another closing bracket", "另一种结束括号", at: end))
        case .tooDeep: return fail(JSONStreamFinding.tooDeep(JSONValueSkim.depthMax, path: "", at: end))
        case .end:
            take(followed)
            phase = .afterValue
            return nil
        }
    }

    private func fault() -> Finding? {
        let slice = UnsafeBufferPointer(start: window.bytes.assumingMemoryBound(to: UInt8.self), count: followed)
        var parser = JSONParser(slice, limits: JSONLimits(bytesMax: .max, depthMax: .max, countMax: .max), start: start.position)
        do throws(JSONError) {
            try parser.skipValue()
            _ = try parser.next()
            return nil
        } catch {
            return error.finding
        }
    }
}
