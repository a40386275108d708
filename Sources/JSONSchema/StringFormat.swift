/// The values of `format` that can be asserted here.
enum StringFormat: String, CaseIterable, Sendable {
    case dateTime = "date-time"
    case date
    case time
    case duration
    case email
    case hostname
    case ipv4
    case ipv6
    case uri
    case uriReference = "uri-reference"
    case iri
    case iriReference = "iri-reference"
    case uriTemplate = "uri-template"
    case uuid
    case jsonPointer = "json-pointer"
    case relativeJSONPointer = "relative-json-pointer"
    case regex

    typealias Text = UnsafeBufferPointer<UInt8>

    /// Whether a text has this format.
    func accepts(_ text: Text) -> Bool {
        switch self {
        case .dateTime: Self.isDateTime(text)
        case .date: Self.isDate(text)
        case .time: Self.isTime(text)
        case .duration: Self.isDuration(text)
        case .email: Self.isMailbox(text)
        case .hostname: Self.isHostname(text)
        case .ipv4: Self.isIPv4(text)
        case .ipv6: Self.isIPv6(text)
        case .uri: Self.isURI(text, isReference: false, isInternational: false)
        case .uriReference: Self.isURI(text, isReference: true, isInternational: false)
        case .iri: Self.isURI(text, isReference: false, isInternational: true)
        case .iriReference: Self.isURI(text, isReference: true, isInternational: true)
        case .uriTemplate: Self.isURITemplate(text)
        case .uuid: Self.isUUID(text)
        case .jsonPointer: Self.isPointer(text)
        case .relativeJSONPointer: Self.isRelativePointer(text)
        case .regex: (try? PatternParser.parse(String(decoding: text, as: UTF8.self))) != nil
        }
    }

    static func slice(_ text: Text, _ range: Range<Int>) -> Text { UnsafeBufferPointer(rebasing: text[range]) }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
    static func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }

    // MARK: RFC 3339

    /// So many digits at an offset as a number; nil when they are not all there.
    private static func number(_ text: Text, _ offset: Int, _ count: Int) -> Int? {
        guard offset + count <= text.count else { return nil }
        var value = 0
        for index in offset..<offset + count {
            guard isDigit(text[index]) else { return nil }
            value = value * 10 + Int(text[index] - 0x30)
        }
        return value
    }

    static func isDate(_ text: Text) -> Bool {
        guard text.count == 10, text[4] == 0x2D, text[7] == 0x2D, let year = number(text, 0, 4), let month = number(text, 5, 2),
            let day = number(text, 8, 2), month >= 1, month <= 12, day >= 1
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
        return day <= days
    }

    static func isTime(_ text: Text) -> Bool {
        guard text.count >= 9, text[2] == 0x3A, text[5] == 0x3A, let hour = number(text, 0, 2), let minute = number(text, 3, 2),
            let second = number(text, 6, 2), hour < 24, minute < 60, second <= 60
        else { return false }
        var end = 8
        if text[end] == 0x2E {
            end += 1
            let start = end
            while end < text.count, isDigit(text[end]) { end += 1 }
            guard end > start else { return false }
        }
        guard end < text.count else { return false }
        var offset = 0
        if text[end] | 0x20 == 0x7A {
            guard end + 1 == text.count else { return false }
        } else {
            guard text[end] == 0x2B || text[end] == 0x2D, text.count == end + 6, text[end + 3] == 0x3A,
                let hours = number(text, end + 1, 2), let minutes = number(text, end + 4, 2), hours < 24, minutes < 60
            else { return false }
            offset = (hours * 60 + minutes) * (text[end] == 0x2B ? 1 : -1)
        }
        // A leap second is the last one of a day of UTC.
        return second < 60 || ((hour * 60 + minute - offset) % 1440 + 1440) % 1440 == 1439
    }

    static func isDateTime(_ text: Text) -> Bool {
        text.count > 11 && text[10] | 0x20 == 0x74 && isDate(slice(text, 0..<10)) && isTime(slice(text, 11..<text.count))
    }

    /// RFC 3339, appendix A.
    static func isDuration(_ text: Text) -> Bool {
        guard text.first == 0x50 else { return false }
        var units = Array("YMD".utf8)[...]
        var isTime = false
        var offset = 1
        var parts = 0
        while offset < text.count {
            if text[offset] == 0x54, !isTime {
                isTime = true
                units = Array("HMS".utf8)[...]
                parts = 0
                offset += 1
                guard offset < text.count else { return false }
                continue
            }
            let start = offset
            while offset < text.count, isDigit(text[offset]) { offset += 1 }
            guard offset > start, offset < text.count else { return false }
            if text[offset] == 0x57 { return !isTime && start == 1 && offset + 1 == text.count }
            guard let unit = units.firstIndex(of: text[offset]) else { return false }
            // Between two units none may be left out.
            guard parts == 0 || unit == units.startIndex else { return false }
            units = units[(unit + 1)...]
            parts += 1
            offset += 1
        }
        return parts > 0
    }

    // MARK: UUID and JSON pointers

    static func isUUID(_ text: Text) -> Bool {
        guard text.count == 36 else { return false }
        return (0..<36).allSatisfy { [8, 13, 18, 23].contains($0) ? text[$0] == 0x2D : isHexadecimal(text[$0]) }
    }

    /// RFC 6901.
    static func isPointer(_ text: Text) -> Bool {
        guard let first = text.first else { return true }
        guard first == 0x2F else { return false }
        for index in text.indices where text[index] == 0x7E {
            guard index + 1 < text.count, text[index + 1] == 0x30 || text[index + 1] == 0x31 else { return false }
        }
        return true
    }

    static func isRelativePointer(_ text: Text) -> Bool {
        var end = 0
        while end < text.count, isDigit(text[end]) { end += 1 }
        guard end > 0, end == 1 || text[0] != 0x30 else { return false }
        if end + 1 == text.count, text[end] == 0x23 { return true }
        return isPointer(slice(text, end..<text.count))
    }
}
