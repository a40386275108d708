// Strings and numbers: the loops in which a document's time goes.
extension JSONParser {
    /// Reads a string from its opening quotation mark to behind its closing one; whether it holds escapes.
    mutating func string() throws(JSONError) -> Bool {
        var here = position + 1
        var hasEscapes = false
        while true {
            while here &+ 8 <= end {
                let marks = ByteScan.marksForString(ByteScan.word(base, here))
                if marks == 0 {
                    here &+= 8
                } else {
                    here &+= marks.trailingZeroBitCount / 8
                    break
                }
            }
            guard here < end else { throw fail(.unclosedString) }
            let byte = input[here]
            switch byte {
            case 0x22:
                position = here + 1
                return hasEscapes
            case 0x5C:
                hasEscapes = true
                here = try escape(at: here)
            case 0..<0x20:
                throw fail(.controlCharacter, at: here)
            case 0x80...:
                here = try characters(at: here)
            default:
                // Fewer than eight bytes are left in the document.
                here &+= 1
            }
        }
    }

    /// Reads over characters outside ASCII as long as they follow one another (RFC 3629, section 4).
    private mutating func characters(at start: Int) throws(JSONError) -> Int {
        var here = start
        while here < end {
            let lead = input[here]
            // Chinese text is nearly all three-byte sequences led by E3 to E9.
            if lead >= 0xE1, lead <= 0xEC, here &+ 2 < end {
                guard isContinuation(here &+ 1), isContinuation(here &+ 2) else { throw fail(.utf8, at: here) }
                here &+= 3
                continue
            }
            if lead < 0x80 { return here }
            let length = sequenceLength(at: here, lead: lead)
            guard length > 0 else { throw fail(.utf8, at: here) }
            here &+= length
        }
        return here
    }

    /// The length of the sequence at an offset; 0 when it is cut, overlong, a surrogate or beyond U+10FFFF.
    private func sequenceLength(at here: Int, lead: UInt8) -> Int {
        let second = here + 1 < end ? input[here + 1] : 0
        switch lead {
        case 0xC2...0xDF: return second & 0xC0 == 0x80 ? 2 : 0
        case 0xE0: return second >= 0xA0 && second <= 0xBF && isContinuation(here + 2) ? 3 : 0
        case 0xED: return second >= 0x80 && second <= 0x9F && isContinuation(here + 2) ? 3 : 0
        case 0xE1...0xEF: return second & 0xC0 == 0x80 && isContinuation(here + 2) ? 3 : 0
        case 0xF0: return second >= 0x90 && second <= 0xBF && isContinuation(here + 2) && isContinuation(here + 3) ? 4 : 0
        case 0xF1...0xF3: return second & 0xC0 == 0x80 && isContinuation(here + 2) && isContinuation(here + 3) ? 4 : 0
        case 0xF4: return second >= 0x80 && second <= 0x8F && isContinuation(here + 2) && isContinuation(here + 3) ? 4 : 0
        default: return 0
        }
    }

    @inline(__always) private func isContinuation(_ offset: Int) -> Bool { offset < end && input[offset] & 0xC0 == 0x80 }

    /// Reads an escape from its backslash; where it ends. A surrogate must be followed by its other half.
    private mutating func escape(at start: Int) throws(JSONError) -> Int {
        guard start + 1 < end else { throw fail(.unclosedString, at: start) }
        switch input[start + 1] {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: return start + 2
        case 0x75: break
        default: throw fail(.escape, at: start)
        }
        guard let value = JSONEscape.hexadecimal(input, at: start + 2) else { throw fail(.escape, at: start) }
        switch value >> 10 {
        case 0x36:
            guard start + 8 <= end, input[start + 6] == 0x5C, input[start + 7] == 0x75 else {
                throw fail(.loneSurrogate, at: start)
            }
            guard let low = JSONEscape.hexadecimal(input, at: start + 8) else { throw fail(.escape, at: start + 6) }
            guard low >> 10 == 0x37 else { throw fail(.loneSurrogate, at: start) }
            return start + 12
        case 0x37: throw fail(.loneSurrogate, at: start)
        default: return start + 6
        }
    }

    /// Reads a number: `-`? (0 | [1-9] digits) (`.` digits)? ([eE] [+-]? digits)? (RFC 8259, section 6).
    mutating func number() throws(JSONError) {
        var here = position
        if input[here] == 0x2D { here += 1 }
        guard here < end else { throw fail(.number) }
        if input[here] == 0x30 {
            here += 1
        } else {
            here = try digits(from: here)
        }
        if here < end, input[here] == 0x2E { here = try digits(from: here + 1) }
        if here < end, input[here] | 0x20 == 0x65 {
            here += 1
            if here < end, input[here] == 0x2B || input[here] == 0x2D { here += 1 }
            here = try digits(from: here)
        }
        // `01`, `1a`, `0x1`: the number ends where nothing may follow it.
        if here < end {
            switch input[here] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: throw fail(.number)
            default: break
            }
        }
        position = here
    }

    /// Reads at least one digit.
    private mutating func digits(from start: Int) throws(JSONError) -> Int {
        var here = start
        while here < end, input[here] &- 0x30 < 10 { here &+= 1 }
        guard here > start else { throw fail(.number) }
        return here
    }
}
