import Archive
import Testing

@Suite("Packages whose entries are unpacked one by one")
struct ZIPFileTests {
    private func content(_ file: ZIPFile, _ name: String, piece: Int = 3) throws -> [UInt8]? {
        guard let reader = try file.open(name) else { return nil }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: piece)
        while true {
            let count = try buffer.withUnsafeMutableBytes { buffer throws(ZIPRefusal) in try reader.read(into: buffer) }
            if count == 0 { return content }
            content += buffer[..<count]
        }
    }

    private func kind(_ body: () throws -> Void) -> ZIPRefusal.Kind? {
        do { try body() } catch let refusal as ZIPRefusal { return refusal.kind } catch { return nil }
        return nil
    }

    @Test("entries are opened in any order, again and side by side")
    func order() throws {
        let file = try ZIPFile(
            ZIPFixture(entries: [.init("a.xml", "first"), .init("b/c.xml", "second"), .init("d", "")]).bytes())
        #expect(file.entries.map(\.name) == ["a.xml", "b/c.xml", "d"] && file.entries.map(\.packedBytes) == [5, 6, 0])
        for name in ["b/c.xml", "a.xml", "b/c.xml"] {
            #expect(try content(file, name) == Array((name == "a.xml" ? "first" : "second").utf8))
        }
        #expect(try content(file, "d") == [] && content(file, "e") == nil && content(file, "A.xml") == nil)
        let one = try #require(try file.open("a.xml"))
        let two = try #require(try file.open("b/c.xml"))
        var buffer = [UInt8](repeating: 0, count: 2)
        for reader in [one, two, one, two] {
            #expect(try buffer.withUnsafeMutableBytes { buffer throws(ZIPRefusal) in try reader.read(into: buffer) } == 2)
        }
        #expect(one.unpackedBytes == 4 && two.unpackedBytes == 4)
    }

    @Test("content that is not what the directory says is refused at its end")
    func checksum() throws {
        var bad = ZIPFixture.Entry("a", "content")
        bad.checksum = 1
        let file = try ZIPFile(ZIPFixture(entries: [bad, .init("b", "good")]).bytes())
        #expect(kind { _ = try content(file, "a") } == .damaged)
        #expect(try content(file, "b") == Array("good".utf8))
    }

    @Test("an entry over its limit, links, names twice and too large packages are refused")
    func limits() throws {
        var limits = ZIPLimits()
        limits.entryBytesMax = 4
        let file = try ZIPFile(ZIPFixture(entries: [.init("a", "12345"), .init("b", "1234")]).bytes(), limits: limits)
        #expect(kind { _ = try content(file, "a") } == .overLimit)
        #expect(try content(file, "b")?.count == 4)
        var link = ZIPFixture.Entry("l", "a")
        link.mode = 0o120777
        let links = try ZIPFile(ZIPFixture(entries: [link]).bytes())
        #expect(kind { _ = try content(links, "l") } == .notAFile)
        #expect(kind { _ = try ZIPFile(ZIPFixture(entries: [.init("a"), .init("a")]).bytes()) } == .duplicateName)
        limits.packageBytesMax = 10
        #expect(kind { _ = try ZIPFile(ZIPFixture(entries: [.init("a")]).bytes(), limits: limits) } == .overLimit)
        #expect(kind { _ = try ZIPFile([]) } == .damaged)
    }
}
