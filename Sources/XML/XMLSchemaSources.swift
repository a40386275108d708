internal import CLibXML2
internal import ExchangeModel
internal import Glibc

/// The files of one schema folder, as libxml2 asks for them while it compiles a schema: the schema itself and what it
/// includes or imports by relative path. Nothing outside the folder, nothing from the network.
///
/// Used on one thread during one compilation. Names go through libxml2 as `schemas://folder/<relative path>`, so that no
/// path of the machine shows in its messages.
final class XMLSchemaSources {
    /// A file that was read.
    struct File {
        let name: String
        let bytes: [UInt8]
    }

    /// A fault, and where: a file relative to the folder and a line from 1, or 0.
    struct Fault {
        let file: String
        let line: Int
        let text: String
    }

    /// What was read, in the order of reading.
    private(set) var files: [File] = []
    /// What went wrong, in the order of happening.
    private(set) var faults: [Fault] = []

    private let folder: String
    private static let root = "schemas://folder/"
    /// Bytes of one schema file.
    private static let fileBytesMax = 16 << 20
    /// Files of one schema.
    private static let filesMax = 500

    /// Serves a folder, given by a path without symbolic links.
    init(folder: String) { self.folder = folder }

    /// The address under which libxml2 knows a file of the folder.
    static func address(of name: String) -> String {
        var text = root
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        for byte in name.utf8 {
            if plain.contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }

    /// The name in the folder of an address; nil when the address leads elsewhere.
    private static func name(of address: String) -> String? {
        guard address.hasPrefix(root) else { return nil }
        var bytes: [UInt8] = []
        let escaped = Array(address.utf8.dropFirst(root.utf8.count))
        var index = 0
        while index < escaped.count {
            if escaped[index] == UInt8(ascii: "%") {
                guard index + 2 < escaped.count,
                    let value = UInt8(String(decoding: escaped[index + 1...index + 2], as: UTF8.self), radix: 16), value != 0
                else { return nil }
                bytes.append(value)
                index += 3
            } else {
                bytes.append(escaped[index])
                index += 1
            }
        }
        guard let name = String(validating: bytes, as: UTF8.self), !name.isEmpty else { return nil }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.contains { $0.isEmpty || $0 == "." || $0 == ".." } ? nil : name
    }

    /// Opens a file for libxml2's parser; nil, with a fault noted, when it may not or cannot be read.
    func open(_ address: String, for parser: xmlParserCtxtPtr) -> xmlParserInputPtr? {
        // Faults of XML inside the file go through the parser's own channel, which would print them.
        parser.pointee.sax?.pointee.serror = { _, error in
            guard let error, let found = XMLLibrary.currentSources else { return }
            found.note(error.pointee)
        }
        guard let name = Self.name(of: address) else {
            let shown = address.hasPrefix(Self.root) ? String(address.dropFirst(Self.root.count)) : address
            note(
                Fault(
                    file: files.last?.name ?? "", line: 0,
                    text: "\(XMLSource.shortened(shown)) is not in the schema folder; schemas are included by relative path only")
            )
            return nil
        }
        guard let bytes = read(name) else { return nil }
        files.append(File(name: name, bytes: bytes))
        let buffer = bytes.withUnsafeBytes {
            // The buffer copies the bytes.
            xmlParserInputBufferCreateMem(
                $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), XML_CHAR_ENCODING_NONE)
        }
        guard let buffer else { return nil }
        guard let input = xmlNewIOInputStream(parser, buffer, XML_CHAR_ENCODING_NONE) else {
            xmlFreeParserInputBuffer(buffer)
            return nil
        }
        // Freed with the input; it is the base of relative paths in the file.
        input.pointee.filename = xmlStrdup(address).map {
            UnsafePointer(UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
        }
        return input
    }

    private func read(_ name: String) -> [UInt8]? {
        func fail(_ text: String) -> [UInt8]? {
            note(Fault(file: name, line: 0, text: text))
            return nil
        }
        guard files.count < Self.filesMax else { return fail("the schema is made of more than \(Self.filesMax) files") }
        guard let resolved = realpath(folder + "/" + name, nil) else {
            return fail("the file cannot be read: " + String(cString: strerror(errno)))
        }
        defer { free(resolved) }
        guard String(cString: resolved).hasPrefix(folder + "/") else { return fail("the file lies outside the schema folder") }
        let descriptor = Glibc.open(resolved, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return fail("the file cannot be read: " + String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return fail("this is not a file") }
        guard status.st_size > 0 else { return fail("the file is empty") }
        guard status.st_size <= Self.fileBytesMax else { return fail("the file is larger than \(Self.fileBytesMax) bytes") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count) }
            if got < 0, errno == EINTR { continue }
            if got < 0 { return fail("the file cannot be read: " + String(cString: strerror(errno))) }
            if got == 0 { break }
            count += got
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    private func note(_ fault: Fault) {
        // One file can hold thousands of faults; a person reads the first few.
        if faults.count < 20 { faults.append(fault) }
    }

    /// Notes an error of libxml2's parser or schema compiler. Warnings are left out.
    func note(_ error: xmlError) {
        guard error.level.rawValue >= XML_ERR_ERROR.rawValue else { return }
        let address = error.file.map { String(cString: $0) } ?? ""
        var text = error.message.map { String(cString: $0) } ?? "error \(error.code)"
        text = text.replacing("{http://www.w3.org/2001/XMLSchema}", with: "xs:").replacing(Self.root, with: "")
        text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if text.hasSuffix(".") { text.removeLast() }
        note(Fault(file: Self.name(of: address) ?? files.last?.name ?? "", line: Int(error.line), text: text))
    }
}
