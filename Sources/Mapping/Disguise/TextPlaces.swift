/// Every place of a document where text stands, for documents that may be broken: nothing is refused, and what is not understood is
/// text as it is.
enum TextPlaces {
    /// What a document is taken for.
    enum Form: Sendable, Hashable {
        case xml, json, csv, plain

        /// By its first sign.
        init(of document: [UInt8]) {
            let start = document.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            switch document[start...].first(where: { $0 > 0x20 }) {
            case 0x3C: self = .xml
            case 0x7B, 0x5B: self = .json
            default: self = .plain
            }
        }
    }

    /// The places in their order; they do not overlap.
    static func places(of document: [UInt8], form: Form) -> [TextPlace] {
        switch form {
        case .xml:
            var scan = MarkupPlaces(document)
            return scan.places()
        case .json:
            var scan = MemberPlaces(document)
            return scan.places()
        case .csv: return CellPlaces.places(of: document)
        case .plain: return [TextPlace(range: 0..<document.count, writing: .plain, path: "/", name: "")]
        }
    }

    /// A document with the texts that `rewrite` changes; the bytes between them stay.
    static func rewritten(
        _ document: [UInt8], form: Form, _ rewrite: (_ text: String, _ path: String) -> String
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(document.count)
        var done = 0
        for place in places(of: document, form: form) {
            let text = place.text(in: document)
            let made = rewrite(text, place.path)
            guard made != text else { continue }
            result += document[done..<place.range.lowerBound]
            result += place.bytes(for: made, in: document)
            done = place.range.upperBound
        }
        return result + document[done...]
    }
}

/// Places of XML.
private struct MarkupPlaces {
    private let document: [UInt8]
    private var index = 0
    private var names: [String] = []
    private var found: [TextPlace] = []

    init(_ document: [UInt8]) { self.document = document }

    mutating func places() -> [TextPlace] {
        while index < document.count {
            if document[index] == 0x3C {
                markup()
            } else {
                let end = document[index...].firstIndex(of: 0x3C) ?? document.count
                add(index..<end, .xml(mark: 0))
                index = end
            }
        }
        return found
    }

    private mutating func add(_ range: Range<Int>, _ writing: TextPlace.Writing, attribute: String? = nil) {
        guard !range.isEmpty else { return }
        let path = "/" + names.joined(separator: "/") + (attribute.map { "/@" + $0 } ?? "")
        found.append(TextPlace(range: range, writing: writing, path: path, name: attribute ?? names.last ?? ""))
    }

    private mutating func markup() {
        if take("<!--", upTo: "-->") || take("<![CDATA[", upTo: "]]>") || take("<?", upTo: "?>") || take("<!", upTo: ">") {
            return
        }
        index += 1
        let isEnd = index < document.count && document[index] == 0x2F
        if isEnd { index += 1 }
        let name = word()
        if isEnd {
            if names.last == name { names.removeLast() }
            let close = document[index...].firstIndex(of: 0x3E) ?? document.count - 1
            add(index..<max(index, close), .plain)
            index = close + 1
            return
        }
        if !name.isEmpty { names.append(name) }
        attributes()
    }

    /// A piece of markup between two marks is text as it is.
    private mutating func take(_ opening: String, upTo closing: String) -> Bool {
        guard document[index...].starts(with: opening.utf8) else { return false }
        let start = index + opening.utf8.count
        let mark = Array(closing.utf8)
        var end = start
        while end < document.count, !document[end...].starts(with: mark) { end += 1 }
        add(start..<end, .plain)
        index = min(document.count, end + mark.count)
        return true
    }

    private mutating func word() -> String {
        let start = index
        while index < document.count, ![0x20, 0x09, 0x0A, 0x0D, 0x2F, 0x3E, 0x3D, 0x3C, 0x22, 0x27].contains(document[index]) {
            index += 1
        }
        return String(decoding: document[start..<index], as: UTF8.self)
    }

    private mutating func attributes() {
        while index < document.count {
            let byte = document[index]
            switch byte {
            case 0x3E, 0x3C:
                if byte == 0x3E { index += 1 }
                return
            case 0x2F:
                index += 1
                if index < document.count, document[index] == 0x3E, !names.isEmpty { names.removeLast() }
            case 0x22, 0x27:
                // A value without a name.
                value(mark: byte, of: "")
            case 0x20, 0x09, 0x0A, 0x0D, 0x3D: index += 1
            default:
                let name = word()
                while index < document.count, [0x20, 0x09, 0x0A, 0x0D, 0x3D].contains(document[index]) { index += 1 }
                if index < document.count, document[index] == 0x22 || document[index] == 0x27 {
                    value(mark: document[index], of: name)
                }
            }
        }
    }

    private mutating func value(mark: UInt8, of name: String) {
        index += 1
        let end = document[index...].firstIndex(of: mark) ?? document.count
        add(index..<end, .xml(mark: mark), attribute: name)
        index = min(document.count, end + 1)
    }
}

/// Places of JSON: strings, and numbers, which may be telephone numbers too.
private struct MemberPlaces {
    private let document: [UInt8]
    private var found: [TextPlace] = []
    /// Steps of the path; elements of an array are numbered.
    private var steps: [(name: String, element: Int?)] = []
    private var name = ""

    init(_ document: [UInt8]) { self.document = document }

    mutating func places() -> [TextPlace] {
        var index = 0
        while index < document.count {
            switch document[index] {
            case 0x22:
                let end = endOfString(index + 1)
                var next = min(end + 1, document.count)
                while next < document.count, document[next] <= 0x20 { next += 1 }
                var place = TextPlace(range: (index + 1)..<end, writing: .json, path: path(), name: memberName)
                if next < document.count, document[next] == 0x3A {
                    place.isName = true
                    name = place.text(in: document)
                }
                found.append(place)
                index = min(end + 1, document.count)
            case 0x7B, 0x5B:
                steps.append((name, document[index] == 0x5B ? 0 : nil))
                name = ""
                index += 1
            case 0x7D, 0x5D:
                name = steps.popLast()?.name ?? ""
                index += 1
            case 0x2C:
                if let last = steps.indices.last, let element = steps[last].element { steps[last].element = element + 1 }
                index += 1
            case 0x30...0x39:
                let end =
                    document[index...].firstIndex { !PersonalNumberScan.isWordCharacter($0) && $0 != 0x2E } ?? document.count
                found.append(TextPlace(range: index..<end, writing: .plain, path: path(), name: memberName))
                index = end
            case 0x00...0x20, 0x3A: index += 1
            default:
                let stops: [UInt8] = [0x22, 0x7B, 0x5B, 0x7D, 0x5D, 0x2C, 0x3A]
                let end = document[(index + 1)...].firstIndex { $0 <= 0x20 || stops.contains($0) } ?? document.count
                found.append(TextPlace(range: index..<end, writing: .plain, path: path(), name: memberName))
                index = end
            }
        }
        return found
    }

    private var memberName: String { name.isEmpty ? steps.last { $0.name != "" }?.name ?? "" : name }

    private func path() -> String {
        let parts = steps.flatMap { step in [step.name] + (step.element.map { [String($0)] } ?? []) } + [name]
        return "/" + parts.filter { !$0.isEmpty }.joined(separator: "/")
    }

    private func endOfString(_ start: Int) -> Int {
        var index = start
        while index < document.count, document[index] != 0x22 { index += document[index] == 0x5C ? 2 : 1 }
        return min(index, document.count)
    }
}

/// Places of tables: fields between commas, tabs or semicolons, named by the first row.
private enum CellPlaces {
    static func places(of document: [UInt8]) -> [TextPlace] {
        var found: [TextPlace] = []
        var names: [String] = []
        var (row, column) = (1, 0)
        var index = document.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while index < document.count {
            let isQuoted = document[index] == 0x22
            let start = isQuoted ? index + 1 : index
            var end = start
            if isQuoted {
                while end < document.count, document[end] != 0x22 || (end + 1 < document.count && document[end + 1] == 0x22) {
                    end += document[end] == 0x22 ? 2 : 1
                }
                end = min(end, document.count)
            } else {
                while end < document.count, ![0x2C, 0x3B, 0x09, 0x0A, 0x0D].contains(document[end]) { end += 1 }
            }
            let name = row > 1 && column < names.count ? names[column] : ""
            var place = TextPlace(
                range: start..<end, writing: isQuoted ? .quoted : .plain,
                path: "/\(row)/\(name.isEmpty ? "\(column + 1)" : name)",
                name: name)
            if row == 1 {
                place.isName = true
                names.append(place.text(in: document))
            }
            if start < end { found.append(place) }
            index = isQuoted ? min(end + 1, document.count) : end
            guard index < document.count else { break }
            switch document[index] {
            case 0x0A, 0x0D:
                while index < document.count, document[index] == 0x0A || document[index] == 0x0D { index += 1 }
                (row, column) = (row + 1, 0)
            case 0x2C, 0x3B, 0x09:
                (index, column) = (index + 1, column + 1)
            default:
                // Text behind a closing mark: the next place begins there.
                break
            }
        }
        return found
    }
}
