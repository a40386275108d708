internal import Glibc

/// Names of entries: decoded and judged.
enum ZIPName {
    /// The name as text, without the final slash of a folder.
    static func decode(_ raw: ArraySlice<UInt8>, limits: ZIPLimits) throws(ZIPRefusal) -> (name: String, isFolder: Bool) {
        guard raw.count <= limits.nameBytesMax else {
            throw ZIPRefusal(.overLimit, "a name is longer than \(limits.nameBytesMax) bytes (nameBytesMax)")
        }
        // Writers set the UTF-8 flag unreliably; valid UTF-8 is UTF-8, and what is none was written by a Chinese
        // system in its own encoding.
        guard let text = String(validating: raw, as: UTF8.self) ?? fromGB18030(raw) else {
            throw ZIPRefusal(.unsafeName, "a name is neither UTF-8 nor GB18030")
        }
        let isFolder = text.utf8.last == 0x2F
        let name = isFolder ? String(text.dropLast()) : text
        guard isSafe(name) else {
            // The name is not repeated: it may be made to be harmful where it is shown.
            throw ZIPRefusal(.unsafeName, "a name is empty, absolute, or leads outside the package")
        }
        return (name, isFolder)
    }

    /// Relative, no drive, no backslash, no control character, no empty, `.` or `..` part.
    static func isSafe(_ name: String) -> Bool {
        let bytes = name.utf8
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0x5C && $0 != 0x3A }) else { return false }
        return bytes.split(separator: 0x2F, omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
        }
    }

    private static func fromGB18030(_ raw: ArraySlice<UInt8>) -> String? {
        guard let converter = iconv_open("UTF-8", "GB18030"), converter != iconv_t(bitPattern: -1) else { return nil }
        defer { iconv_close(converter) }
        var input = raw.map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: raw.count * 4 + 4)
        let written: Int? = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                var from = source.baseAddress
                var fromLeft = source.count
                var to = target.baseAddress
                var toLeft = target.count
                let result = iconv(converter, &from, &fromLeft, &to, &toLeft)
                return result == -1 || fromLeft != 0 ? nil : target.count - toLeft
            }
        }
        guard let written else { return nil }
        return String(validating: output[..<written].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
