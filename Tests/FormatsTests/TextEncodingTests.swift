import Formats
import GatewayTesting
import Testing

@Suite("Bytes of a field in the encoding of its receiver")
struct TextEncodingTests {
    @Test(
        "counts as the system's converter writes",
        arguments: [
            "abc", "桥", "中文 abc，。", "é", "㐀", "𠮷野家", "😀", "\u{E5E5}", "\u{FFFD}", "ǘ", "龥", "〇", "①⑴Ⅻ", "\u{7F}\u{80}",
        ])
    func counts(_ text: String) async throws {
        for encoding in TextEncoding.allCases {
            let name = encoding == .utf16 ? "utf-16le" : encoding.rawValue
            let counted = Array(text.utf8).withUnsafeBufferPointer { encoding.byteCount(ofUTF8: $0) }
            let converted = try await iconv(text, to: name)
            #expect(counted == converted, "\(text) in \(name)")
        }
    }

    /// Bytes that iconv(1) writes; nil when a character has none.
    private func iconv(_ text: String, to encoding: String) async throws -> Int? {
        try await TemporaryDirectory.with { folder in
            let file = try folder.write("text", text)
            let child = try await ChildProcess.start(["iconv", "-f", "utf-8", "-t", encoding, "-o", folder.file("out"), file])
            guard await child.ending() == .exited(0) else { return nil }
            return try folder.read("out").count
        }
    }

    @Test("nothing has no bytes, and the euro sign the more of what converters make of it")
    func edges() {
        for encoding in TextEncoding.allCases { #expect([].withUnsafeBufferPointer { encoding.byteCount(ofUTF8: $0) } == 0) }
        #expect(Array("€".utf8).withUnsafeBufferPointer { TextEncoding.gbk.byteCount(ofUTF8: $0) } == 2)
    }

    @Test("what is no UTF-8 has no length", arguments: [[0xFF], [0xE4, 0xB8], [0x80], [0xC0, 0x80]] as [[UInt8]])
    func broken(_ bytes: [UInt8]) {
        for encoding in TextEncoding.allCases { #expect(bytes.withUnsafeBufferPointer { encoding.byteCount(ofUTF8: $0) } == nil) }
    }
}
