/// A place of a document where text stands, as its bytes and as what they mean.
struct TextPlace {
    /// How text is written there.
    enum Writing: Sendable, Hashable {
        /// As it is.
        case plain
        /// With references, `&amp;` and `&#20013;`; in an attribute the mark that ends it is one too.
        case xml(mark: UInt8)
        /// Between quotation marks, with backslashes.
        case json
        /// Between quotation marks, which are doubled inside.
        case quoted
    }

    /// Its bytes in the document, in UTF-8.
    var range: Range<Int>
    var writing: Writing
    /// `/A/B/@c`, `/a/0/b`, or `/row/column`; steps of repeated elements are not numbered.
    var path: String
    /// The name of the last step: element, attribute, member or column.
    var name: String
    /// It names values: the member of an object, the head of a column.
    var isName = false

    /// The text.
    func text(in document: [UInt8]) -> String {
        let bytes = document[range]
        switch writing {
        case .plain: return String(decoding: bytes, as: UTF8.self)
        case .xml: return Self.withoutReferences(bytes)
        case .json: return Self.withoutEscapes(bytes)
        case .quoted: return String(decoding: bytes, as: UTF8.self).replacing("\"\"", with: "\"")
        }
    }

    /// Another text, written as here.
    func bytes(for text: String, in document: [UInt8]) -> [UInt8] {
        switch writing {
        case .plain: return Array(text.utf8)
        case .xml(let mark): return Self.withReferences(text, mark: mark)
        case .json:
            // A sender that escapes everything beyond ASCII goes on doing so.
            let escapesAll = !document[range].contains { $0 >= 0x80 }
            return Self.withEscapes(text, all: escapesAll)
        case .quoted: return Array(text.replacing("\"", with: "\"\"").utf8)
        }
    }

    // MARK: XML

    private static func withoutReferences(_ bytes: ArraySlice<UInt8>) -> String {
        var result = String.UnicodeScalarView()
        var rest = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        while let sign = rest.first {
            rest = rest.dropFirst()
            guard sign == "&", let end = rest.prefix(12).firstIndex(of: ";") else {
                result.append(sign)
                continue
            }
            let name = String(String.UnicodeScalarView(rest[..<end]))
            let named: [String: Unicode.Scalar] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
            let number =
                name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
            guard let scalar = named[name] ?? number.flatMap({ Unicode.Scalar($0) }) else {
                result.append(sign)
                continue
            }
            result.append(scalar)
            rest = rest[rest.index(after: end)...]
        }
        return String(result)
    }

    private static func withReferences(_ text: String, mark: UInt8) -> [UInt8] {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x26: result += Array("&amp;".utf8)
            case 0x3C: result += Array("&lt;".utf8)
            case 0x3E: result += Array("&gt;".utf8)
            case 0x22 where mark == 0x22: result += Array("&quot;".utf8)
            case 0x27 where mark == 0x27: result += Array("&apos;".utf8)
            default: result.append(byte)
            }
        }
        return result
    }

    // MARK: JSON

    private static func withoutEscapes(_ bytes: ArraySlice<UInt8>) -> String {
        var units: [UInt16] = []
        var rest = Array(String(decoding: bytes, as: UTF8.self).utf16)[...]
        while let unit = rest.first {
            rest = rest.dropFirst()
            guard unit == 0x5C, let sign = rest.first else {
                units.append(unit)
                continue
            }
            rest = rest.dropFirst()
            switch sign {
            case 0x62: units.append(0x08)
            case 0x66: units.append(0x0C)
            case 0x6E: units.append(0x0A)
            case 0x72: units.append(0x0D)
            case 0x74: units.append(0x09)
            case 0x75:
                guard rest.count >= 4, let value = UInt16(String(decoding: rest.prefix(4), as: UTF16.self), radix: 16) else {
                    units += [unit, sign]
                    continue
                }
                units.append(value)
                rest = rest.dropFirst(4)
            default: units.append(sign)
            }
        }
        return Self.text(of: units)
    }

    /// Half a character, which is a fault, stands for itself as a character for private use, so that it can be written again.
    private static let halfBase: UInt32 = 0xF0000

    private static func text(of units: [UInt16]) -> String {
        var result = String.UnicodeScalarView()
        var index = 0
        while index < units.count {
            let unit = units[index]
            let next = index + 1 < units.count ? units[index + 1] : 0
            index += 1
            if UTF16.isLeadSurrogate(unit), UTF16.isTrailSurrogate(next) {
                result.append(UTF16.decode(UTF16.EncodedScalar([unit, next])))
                index += 1
            } else if let scalar = Unicode.Scalar(unit) ?? Unicode.Scalar(halfBase + UInt32(unit) - 0xD800) {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private static func withEscapes(_ text: String, all: Bool) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: result += [0x5C, UInt8(scalar.value)]
            case halfBase..<(halfBase + 0x800): result += Array("\\u\(String(scalar.value - halfBase + 0xD800, radix: 16))".utf8)
            case 0x0A: result += Array("\\n".utf8)
            case 0x0D: result += Array("\\r".utf8)
            case 0x09: result += Array("\\t".utf8)
            case _ where scalar.value < 0x20 || (all && scalar.value >= 0x80):
                for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
                    let digits = String(unit, radix: 16)
                    result += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
                }
            default: result += Array(String(scalar).utf8)
            }
        }
        return result
    }
}
