import Glibc
import Testing

@testable import Formats

@Suite("GB 18030")
struct GB18030Tests {
    private func decode(_ bytes: [UInt8]) -> (text: [UInt8], fault: Int?) {
        guard let table = GB18030.shared else { return ([], 0) }
        var target = [UInt8](repeating: 0, count: GB18030.capacity(bytes.count))
        let result = bytes.withUnsafeBytes { source in
            target.withUnsafeMutableBytes { target in
                // Neither is empty: the tests give bytes, and the capacity is never 0.
                table.decode(source.baseAddress!, count: source.count, into: target.baseAddress!)
            }
        }
        return (Array(target.prefix(result.written)), result.fault)
    }

    @Test("every character that the system's converter writes is read back")
    func everyCharacter() {
        var text = ""
        for scalar in (0x20...0x10FFFF).lazy.compactMap({ Unicode.Scalar($0 as Int) }) { text.unicodeScalars.append(scalar) }
        var count = 0
        for chunk in Array(text.unicodeScalars).chunks(of: 4096) {
            var piece = ""
            piece.unicodeScalars.append(contentsOf: chunk)
            let bytes = gb18030(piece)
            // The converter stops at a character that it cannot write.
            guard let read = String(validating: decode(bytes).text, as: UTF8.self) else {
                Issue.record("not UTF-8")
                return
            }
            #expect(piece.unicodeScalars.starts(with: read.unicodeScalars))
            count += read.unicodeScalars.count
        }
        #expect(count > 1_000_000, "\(count)")
    }

    @Test(
        "bytes that are no character are refused where they begin",
        arguments: [
            ([0x80], 0), ([0xFF], 0), ([0x41, 0xB0], 1), ([0xB0, 0x7F], 0), ([0xB0, 0xA1, 0xB0, 0x20], 2), ([0x81, 0x30], 0),
            ([0x81, 0x30, 0x81], 0), ([0x81, 0x30, 0x81, 0x40], 0), ([0x81, 0x30, 0x20, 0x30], 0), ([0xE3, 0x32, 0x9A, 0x36], 0),
            ([0x85, 0x30, 0x81, 0x30], 0), ([0xB0, 0xFF], 0), ([0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x80], 8),
        ] as [([UInt8], Int)])
    func faults(bytes: [UInt8], fault: Int) { #expect(decode(bytes).fault == fault) }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min(count, $0 + size)] }
    }
}
