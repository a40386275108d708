import Archive
import Testing

@Suite struct ZIPPackageTests {
    private func refusal(_ bytes: [UInt8], limits: ZIPLimits = ZIPLimits()) -> ZIPRefusal.Kind? {
        do {
            _ = try ZIPPackage(bytes, limits: limits)
            return nil
        } catch { return error.kind }
    }

    private func fixture(_ entries: ZIPFixture.Entry...) -> ZIPFixture { ZIPFixture(entries: entries) }

    @Test func readsFilesAndPassesOverFolders() throws {
        var folder = ZIPFixture.Entry("Doc_0/", "")
        folder.mode = 0o040755
        let package = try ZIPPackage(fixture(folder, .init("OFD.xml", "<a/>"), .init("Doc_0/空 文件.xml", "b")).bytes())
        #expect(package.entries.map(\.name) == ["OFD.xml", "Doc_0/空 文件.xml"])
        #expect(package["OFD.xml"] == Array("<a/>".utf8))
        #expect(package["Doc_0/空 文件.xml"] == Array("b".utf8))
        #expect(package["Doc_0"] == nil)
        #expect(!package.contains("ofd.xml"))
    }

    @Test func readsNamesWrittenInTheChineseEncoding() throws {
        let package = try ZIPPackage(fixture(.init(rawName: [0xB7, 0xA2, 0xC6, 0xB1, 0x2E, 0x78], [1])).bytes())
        #expect(package.entries.map(\.name) == ["发票.x"])
    }

    @Test(arguments: [
        "../x", "a/../b", "/etc/passwd", "C:/x", "a\\b", "a//b", "./a", "a/.", "", "/", "a\u{1}b", "a/..", "..", "a\u{0}b",
    ])
    func refusesNamesThatLeadOutside(name: String) {
        #expect(refusal(fixture(.init(name)).bytes()) == .unsafeName)
    }

    @Test func refusesNamesThatAreNoText() {
        #expect(refusal(fixture(.init(rawName: [0x61, 0xFF, 0xFF], [1])).bytes()) == .unsafeName)
    }

    @Test func refusesTheSameNameTwice() {
        #expect(refusal(fixture(.init("a", "1"), .init("a", "2")).bytes()) == .duplicateName)
        var folder = ZIPFixture.Entry("a/", "")
        folder.mode = 0o040755
        #expect(refusal(fixture(.init("a"), folder).bytes()) == .duplicateName)
    }

    @Test func refusesAnEntryThatTwoReadersWouldNameDifferently() {
        var entry = ZIPFixture.Entry("good.xml")
        entry.localName = Array("evil.xml".utf8)
        #expect(refusal(fixture(entry).bytes()) == .damaged)
    }

    @Test func refusesEncryptionAndLinks() {
        var encrypted = ZIPFixture.Entry("a")
        encrypted.flags = 1
        #expect(refusal(fixture(encrypted).bytes()) == .encrypted)
        var link = ZIPFixture.Entry("a", "/etc/passwd")
        link.mode = 0o120777
        #expect(refusal(fixture(link).bytes()) == .notAFile)
    }

    @Test func refusesContentThatDoesNotMatchItsChecksum() {
        var entry = ZIPFixture.Entry("a")
        entry.checksum = 1
        #expect(refusal(fixture(entry).bytes()) == .damaged)
    }

    @Test func refusesMoreOrFewerEntriesThanTheDirectoryHas() {
        for shift in [-1, 1] {
            var package = fixture(.init("a"), .init("b"))
            package.countShift = shift
            #expect(refusal(package.bytes()) == .damaged)
        }
    }

    @Test func namesTheLimitThatIsPassed() {
        let package = fixture(.init("a", String(repeating: "x", count: 100)), .init("b", "y")).bytes()
        var limits = ZIPLimits()
        limits.packageBytesMax = package.count - 1
        #expect(refusal(package, limits: limits) == .overLimit)
        limits = ZIPLimits()
        limits.entriesMax = 1
        #expect(refusal(package, limits: limits) == .overLimit)
        limits = ZIPLimits()
        limits.entryBytesMax = 99
        #expect(refusal(package, limits: limits) == .overLimit)
        limits = ZIPLimits()
        limits.totalBytesMax = 100
        #expect(refusal(package, limits: limits) == .overLimit)
        limits.totalBytesMax = 101
        #expect(refusal(package, limits: limits) == nil)
        limits = ZIPLimits()
        limits.ratioFreeBytes = 10
        limits.ratioMax = 0
        #expect(refusal(package, limits: limits) == .overLimit)
        limits = ZIPLimits()
        limits.nameBytesMax = 0
        #expect(refusal(package, limits: limits) == .overLimit)
    }

    @Test func refusesEverythingThatIsNoPackage() {
        #expect(refusal([]) == .damaged)
        #expect(refusal(Array("PK".utf8)) == .damaged)
        #expect(refusal([UInt8](repeating: 0, count: 100)) == .damaged)
    }

    @Test func refusesEveryCut() {
        let whole = fixture(.init("a"), .init("b", "more content")).bytes()
        for count in 0..<whole.count { #expect(refusal(Array(whole[..<count])) != nil, "cut at \(count)") }
    }

    @Test func survivesRandomDamage() {
        let seed = UInt64.random(in: .min ... .max)
        print("ZIP mutation seed \(seed)")
        var random = MutationRandom(state: seed)
        let whole = fixture(.init("OFD.xml", "<a/>"), .init("Doc_0/b.xml", "more content")).bytes()
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            // Whatever it answers, it answers, and no name of an accepted package leads outside.
            if let package = try? ZIPPackage(bytes) { #expect(package.entries.allSatisfy { !$0.name.contains("..") }) }
        }
    }
}

/// SplitMix64: a seed replays a run.
struct MutationRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
