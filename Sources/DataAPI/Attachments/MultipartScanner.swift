internal import ExchangeModel
internal import Gateway
internal import Glibc

/// Cuts a multipart body into its parts while it comes (RFC 2046, 5.1), in constant memory.
struct MultipartScanner {
    /// What was found, in its order.
    enum Event: Equatable {
        /// A part begins.
        case begin(MultipartPart)
        /// Octets of the present part.
        case data([UInt8])
        /// The present part ended.
        case end
    }

    /// Octets of one part's header lines, and of what stands before the first part.
    static let headerBytesMax = 8 << 10
    static let preambleBytesMax = 64 << 10
    /// Octets of a boundary (RFC 2046, 5.1.1).
    static let boundaryBytesMax = 70

    private enum State {
        case preamble, delimited, header, data, done
    }

    /// CRLF, two hyphens, the boundary.
    private let delimiter: [UInt8]
    private var buffer: [UInt8]
    private var state = State.preamble
    private var passed = 0
    /// Whether nothing of the present part was looked at.
    private var isAtStart = false

    /// Nil for a boundary that is empty or too long.
    init?(boundary: String) {
        guard !boundary.isEmpty, boundary.utf8.count <= Self.boundaryBytesMax else { return nil }
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter may stand at the very beginning.
        buffer = [0x0D, 0x0A]
    }

    /// Whether the closing delimiter came.
    var isDone: Bool { state == .done }

    /// Takes the next octets.
    mutating func feed(_ bytes: some Collection<UInt8>) throws(MultipartFault) -> [Event] {
        // What stands behind the closing delimiter is nobody's.
        if state == .done { return [] }
        buffer.append(contentsOf: bytes)
        var events: [Event] = []
        while try step(&events) {}
        return events
    }

    /// To be called at the end of the body.
    func finish() throws(MultipartFault) {
        if state != .done { throw .truncated }
    }

    /// False when more octets are needed.
    private mutating func step(_ events: inout [Event]) throws(MultipartFault) -> Bool {
        switch state {
        case .done:
            buffer = []
            return false
        case .preamble:
            guard let found = find(delimiter) else {
                drop(max(0, buffer.count - delimiter.count + 1))
                guard passed <= Self.preambleBytesMax else { throw .noPart }
                return false
            }
            drop(found + delimiter.count)
            state = .delimited
        case .delimited:
            // Blanks may stand behind the boundary, then the end of the line, or two hyphens behind the last part.
            let blanks = buffer.prefix { $0 == 0x20 || $0 == 0x09 }.count
            guard buffer.count >= blanks + 2 else { return try isShort() }
            if blanks == 0, buffer[0] == 0x2D, buffer[1] == 0x2D {
                state = .done
            } else if buffer[blanks] == 0x0D, buffer[blanks + 1] == 0x0A {
                // The line's end stays: header lines, also none, end with an empty line.
                drop(blanks)
                state = .header
            } else {
                throw .badDelimiter
            }
        case .header:
            guard let found = find([0x0D, 0x0A, 0x0D, 0x0A]) else { return try isShort() }
            guard found <= Self.headerBytesMax else { throw .headerTooLong }
            events.append(.begin(try MultipartPart(header: found > 2 ? Array(buffer[2..<found]) : [])))
            drop(found + 2)
            // The empty line's end may be the beginning of a delimiter, behind a part without octets.
            state = .data
            isAtStart = true
        case .data:
            if isAtStart {
                guard buffer.count >= delimiter.count else { return false }
                isAtStart = false
                if !buffer.starts(with: delimiter) { drop(2) }
            }
            guard let found = find(delimiter) else {
                let sure = buffer.count - delimiter.count + 1
                if sure > 0 {
                    events.append(.data(Array(buffer[..<sure])))
                    drop(sure)
                }
                return false
            }
            if found > 0 { events.append(.data(Array(buffer[..<found]))) }
            events.append(.end)
            drop(found + delimiter.count)
            state = .delimited
        }
        return true
    }

    private func isShort() throws(MultipartFault) -> Bool {
        if buffer.count > Self.headerBytesMax { throw .headerTooLong }
        return false
    }

    private mutating func drop(_ count: Int) {
        passed += count
        if count == buffer.count { buffer.removeAll(keepingCapacity: true) } else { buffer.removeFirst(count) }
    }

    /// Where octets begin that start with a carriage return.
    private func find(_ wanted: [UInt8]) -> Int? {
        buffer.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return nil }
            var from = 0
            while buffer.count - from >= wanted.count,
                let hit = memchr(start + from, 0x0D, buffer.count - from - wanted.count + 1)
            {
                from = start.distance(to: UnsafeRawPointer(hit))
                if memcmp(hit, wanted, wanted.count) == 0 { return from }
                from += 1
            }
            return nil
        }
    }
}

/// The header lines of a part, as far as they are needed (RFC 7578, 4.2 to 4.8).
struct MultipartPart: Equatable {
    /// Of a form's field; nil where none is given.
    var field: String?
    /// The name of the file, cleaned; nil where none is given.
    var fileName: String?
    /// As declared; empty where nothing is.
    var contentType = ""
    /// Content-Disposition as it stands, for a channel that tells datasets by file name.
    var disposition: String?
    /// Content-Digest as it stands.
    var digest: String?

    /// Reads the lines of a header, which are ASCII or UTF-8.
    init(header: [UInt8]) throws(MultipartFault) {
        guard let text = String(validating: header, as: UTF8.self) else { throw .badHeader }
        // A carriage return and a line feed are one character of a String.
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: true) {
            guard let colon = line.firstIndex(of: ":"), let first = line.utf8.first, first > 0x20 else { throw .badHeader }
            let value = String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
            switch line[..<colon].lowercased() {
            case "content-disposition":
                disposition = value
                field = DatasetHints.parameters(of: Array(value.utf8)).first { $0.name == "name" }?.value
                fileName = DatasetHints.fileName(in: value).map(AttachmentHeader.cleaned)
            case "content-type": contentType = String(value.prefix(200))
            case "content-digest": digest = value
            case "content-transfer-encoding":
                guard ["binary", "8bit", "7bit"].contains(value.lowercased()) else { throw .encoded }
            default: break
            }
        }
    }
}

/// Why a multipart body cannot be read.
enum MultipartFault: Error, Equatable {
    case noBoundary, noPart, badDelimiter, badHeader, headerTooLong, encoded, truncated, noRecord, twoRecords, emptyAttachment
    case tooMany(Int)
    case digest(Finding)
    case digestHeader

    var finding: Finding {
        switch self {
        case .noBoundary:
            Self.finding(
                "multipart.no-boundary", "the Content-Type names no boundary of 1 to 70 bytes",
                "Content-Type 未给出 1 至 70 字节的 boundary")
        case .noPart:
            Self.finding(
                "multipart.no-part", "the boundary of the Content-Type does not come in the body",
                "报文中未出现 Content-Type 声明的 boundary")
        case .badDelimiter:
            Self.finding("multipart.delimiter", "something stands behind a boundary on its line", "boundary 所在行有多余内容")
        case .badHeader: Self.finding("multipart.header", "the header lines of a part cannot be read", "某部分的头部无法解析")
        case .headerTooLong:
            Self.finding(
                "multipart.header-too-long",
                "the header lines of a part are longer than \(MultipartScanner.headerBytesMax) bytes",
                "某部分的头部超过 \(MultipartScanner.headerBytesMax) 字节")
        case .encoded:
            Self.finding(
                "multipart.transfer-encoding", "a part has a Content-Transfer-Encoding; send the bytes as they are",
                "某部分使用了 Content-Transfer-Encoding；请直接发送原始字节")
        case .truncated:
            Self.finding("multipart.truncated", "the body ends before the closing boundary", "报文在结束 boundary 之前中断")
        case .noRecord:
            Self.finding(
                "multipart.no-record", "no part is the record: of a form the field named record, else the first part",
                "缺少记录部分：表单中名为 record 的字段，或 multipart/mixed 的第一部分")
        case .twoRecords: Self.finding("multipart.two-records", "two fields are named record", "存在两个名为 record 的字段")
        case .emptyAttachment:
            Self.finding("attachment.empty", "an attachment has at least one byte", "附件内容为空")
        case .tooMany(let limit):
            Self.finding(
                Finding.Code.countOverLimit.name, "a message takes \(limit) attachments at most (limits.attachments)",
                "每条报文最多 \(limit) 个附件(limits.attachments)")
        case .digest(let finding): finding
        case .digestHeader:
            Self.finding(
                "attachment.digest-unreadable", "a Content-Digest cannot be read (RFC 9530)", "Content-Digest 无法解析(RFC 9530)")
        }
    }

    private static func finding(_ code: String, _ text: String, _ textZH: String) -> Finding {
        Finding(Finding.Code(code), text: text, textZH: textZH)
    }
}
