internal import Archive
internal import ExchangeModel
internal import XML

/// The parts of a workbook: XML documents in a ZIP package (ISO/IEC 29500-2). For one task at a time.
final class SheetPackage {
    /// Unpacked bytes of a part other than sheets and shared strings.
    static let smallPartBytesMax = 16 << 20

    private let file: ZIPFile
    /// Names of parts compare without regard to case.
    private let names: [String: String]

    /// Takes a package, or says what the bytes are instead.
    static func open(_ bytes: [UInt8], limits: SheetLimits) -> Result<SheetPackage, SheetRefusal> {
        guard bytes.count <= limits.fileBytesMax else {
            return .failure(SheetRefusal(SheetFinding.fileTooLarge(limits.fileBytesMax)))
        }
        guard bytes.starts(with: [0x50, 0x4B]) else { return .failure(SheetRefusal(ForeignFile.finding(bytes))) }
        var zip = ZIPLimits()
        zip.packageBytesMax = limits.fileBytesMax
        zip.entriesMax = limits.entriesMax
        zip.entryBytesMax = limits.unpackedBytesMax
        zip.ratioMax = limits.ratioMax
        zip.ratioFreeBytes = limits.ratioFreeBytes
        do throws(ZIPRefusal) {
            let package = SheetPackage(try ZIPFile(bytes, limits: zip))
            if let other = ForeignFile.finding(entries: package.names) { return .failure(SheetRefusal(other)) }
            return .success(package)
        } catch { return .failure(SheetRefusal(SheetFinding.package(error))) }
    }

    private init(_ file: ZIPFile) {
        self.file = file
        names = Dictionary(file.entries.map { ($0.name.lowercased(), $0.name) }, uniquingKeysWith: { first, _ in first })
    }

    func contains(_ part: String) -> Bool { names[part.lowercased()] != nil }

    /// Opens a part at its beginning.
    func stream(_ part: String, bytesMax: Int = smallPartBytesMax) throws(SheetRefusal) -> SheetPartStream {
        guard let name = names[part.lowercased()] else { throw SheetRefusal(SheetFinding.partMissing(part)) }
        let reader: ZIPEntryReader?
        do { reader = try file.open(name) } catch { throw SheetRefusal(SheetFinding.package(error)) }
        guard let reader else { throw SheetRefusal(SheetFinding.partMissing(part)) }
        return SheetPartStream(reader, bytesMax: bytesMax)
    }

    /// Reads a part whole.
    func read(_ part: String, bytesMax: Int = smallPartBytesMax, to handler: SheetPartHandler) throws(SheetRefusal) {
        let stream = try stream(part, bytesMax: bytesMax)
        while try stream.next(to: handler) { if handler.isDone { return } }
    }

    /// Where a target of a relationship lies, told from the part that the relationship belongs to.
    static func resolve(_ target: String, from part: String) -> String {
        let isAbsolute = target.hasPrefix("/")
        var parts = isAbsolute ? [] : part.split(separator: "/").dropLast()
        for step in target.split(separator: "/") where step != "." {
            if step == ".." { _ = parts.popLast() } else { parts.append(step) }
        }
        return parts.joined(separator: "/")
    }

    /// The part that holds the relationships of another; of the package itself with nothing.
    static func relationships(of part: String) -> String {
        var parts = part.split(separator: "/").map(String.init)
        let last = parts.popLast() ?? ""
        return (parts + ["_rels", last + ".rels"]).joined(separator: "/")
    }
}

/// Why a workbook as a whole is not read: a result about the document.
struct SheetRefusal: Error {
    let findings: [Finding]

    init(_ finding: Finding) { findings = [finding] }
    init(_ findings: [Finding]) { self.findings = findings }
}

/// A part on its way from the package to a handler. For one task at a time.
final class SheetPartStream {
    private let entry: ZIPEntryReader
    private let xml = XMLEventReader()
    private let bytesMax: Int
    /// Freed with the object.
    private let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 15, alignment: 16)
    private var isEnded = false

    init(_ entry: ZIPEntryReader, bytesMax: Int) {
        self.entry = entry
        self.bytesMax = bytesMax
    }

    deinit { piece.deallocate() }

    /// Hands the next piece to the handler; false when the part has ended. `row` is the last one read, for the finding.
    func next(to handler: SheetPartHandler, behind row: Int = 0) throws(SheetRefusal) -> Bool {
        if isEnded { return false }
        let count: Int
        do { count = try entry.read(into: piece) } catch { throw SheetRefusal(SheetFinding.package(error, behind: row)) }
        guard entry.unpackedBytes <= bytesMax else {
            throw SheetRefusal(
                Finding(
                    .bytesOverLimit,
                    text: "the workbook is over a limit (\(entry.name)): it unfolds to more than \(bytesMax) bytes",
                    textZH: "工作簿超过上限(\(entry.name))：展开后超过 \(bytesMax) 字节"))
        }
        isEnded = count == 0
        let bytes = UnsafeRawBufferPointer(rebasing: piece[..<count]).bindMemory(to: UInt8.self)
        if let finding = xml.read(bytes, isLast: isEnded, to: handler) {
            throw SheetRefusal(SheetFinding.part(entry.name, finding, behind: row))
        }
        if let fault = handler.fault { throw SheetRefusal(fault) }
        return !isEnded
    }
}

/// What files that are no xlsx are.
private enum ForeignFile {
    private static let encrypted: [UInt8] = Array("EncryptedPackage".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })

    static func finding(_ bytes: [UInt8]) -> Finding {
        let (save, saveZH) = ("save it as xlsx", "请另存为 xlsx")
        if bytes.isEmpty {
            return SheetFinding.noWorkbook("empty", "空文件", remedy: "send the whole file", remedyZH: "请发送完整文件")
        }
        if bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
            // The name of its stream stands in the directory of an encrypted package.
            if contains(encrypted, in: bytes) {
                return SheetFinding.noWorkbook(
                    "encrypted", "加密文件", remedy: "take the password off and save it again", remedyZH: "请去除密码后重新保存")
            }
            return SheetFinding.noWorkbook(
                "of the old form xls (Excel 97 to 2003)", "旧格式 xls(Excel 97-2003)", remedy: save, remedyZH: saveZH)
        }
        if bytes.starts(with: [0x09, 0x08]) || bytes.starts(with: [0x09, 0x04]) {
            return SheetFinding.noWorkbook("of an old form xls", "旧格式 xls", remedy: save, remedyZH: saveZH)
        }
        let head = bytes.prefix(512).map { $0 < 0x80 ? $0 | 0x20 : $0 }
        if contains(Array("<html".utf8), in: head) || contains(Array("<table".utf8), in: head) {
            return SheetFinding.noWorkbook(
                "a web page", "网页(HTML)", remedy: "open it and " + save, remedyZH: "请打开后" + saveZH.dropFirst())
        }
        if contains(Array("<?xml".utf8), in: head) {
            return SheetFinding.noWorkbook(
                "plain XML", "普通 XML", remedy: "open it and " + save, remedyZH: "请打开后" + saveZH.dropFirst())
        }
        return SheetFinding.noWorkbook(
            "no ZIP package, as every xlsx is", "非 ZIP 容器的文件(xlsx 均为 ZIP 容器)",
            remedy: "is it text, or only the name xlsx?", remedyZH: "请检查是否为文本文件或仅扩展名为 xlsx")
    }

    /// A package of another kind; nil when it may be a workbook.
    static func finding(entries: [String: String]) -> Finding? {
        if entries["content.xml"] != nil, entries["mimetype"] != nil {
            return SheetFinding.noWorkbook(
                "an OpenDocument file (ods)", "OpenDocument 文件(ods)", remedy: "save it as xlsx", remedyZH: "请另存为 xlsx")
        }
        if entries["xl/workbook.bin"] != nil {
            return SheetFinding.noWorkbook(
                "of the binary form xlsb", "二进制格式 xlsb", remedy: "save it as xlsx", remedyZH: "请另存为 xlsx")
        }
        if entries["ofd.xml"] != nil || entries["word/document.xml"] != nil {
            return SheetFinding.noWorkbook("a document of another kind", "其他类型的文档", remedy: "send a workbook", remedyZH: "请发送工作簿")
        }
        return nil
    }

    private static func contains(_ word: [UInt8], in bytes: [UInt8]) -> Bool {
        guard let first = word.first, bytes.count >= word.count else { return false }
        var index = 0
        let last = bytes.count - word.count
        while index <= last {
            if bytes[index] == first, bytes[index..<(index + word.count)].elementsEqual(word) { return true }
            index += 1
        }
        return false
    }
}
