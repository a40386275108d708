import ExchangeModel
import GatewayTesting
import Glibc
import Store
import Testing

@Suite("Contents of attachments, whatever the store")
struct AttachmentStoreTests {
    let samples = Samples()

    private func digest(_ attachment: StoredAttachment) throws -> AttachmentDigest {
        try #require(AttachmentDigest(.sha256, bytes: attachment.sha256))
    }

    private func naming(_ attachments: StoredAttachment..., key: String? = nil) -> Intake {
        var intake = samples.intake(key: key)
        intake.attachments = attachments.map { NamedAttachment($0, name: "a.pdf") }
        return intake
    }

    @Test(
        "what comes out is what went in, of any size, and both digests are those that openssl tells",
        arguments: StoreKind.allCases)
    func roundTrip(_ kind: StoreKind) async throws {
        let scene = try AttachmentScene(kind, in: try TemporaryFolder())
        for size in [1, 4095, 262_144, 262_145, 3_000_001] {
            let content = octets(size)
            let (kept, isNew) = try await scene.keep(content)
            #expect(isNew && kept.bytes == size)
            #expect(try await scene.read(kept) == content)
            let name = Hex.encode(kept.sha256)
            let path = "\(scene.folder.path)/attachments/\(name.prefix(2))/\(name)"
            for (function, digest) in [("-sha256", kept.sha256), ("-sm3", kept.sm3)] {
                let child = try await ChildProcess.start(["/usr/bin/openssl", "dgst", function, "-r", path])
                _ = await child.ending()
                #expect(child.lines.first?.hasPrefix(Hex.encode(digest)) == true, "\(function) \(size) \(child.lines)")
            }
            for algorithm in AttachmentDigest.Algorithm.allCases {
                let digest = try #require(AttachmentDigest(algorithm, bytes: algorithm == .sm3 ? kept.sm3 : kept.sha256))
                #expect(try await scene.attachments.find(digest, sender: "system-a")?.bytes == size)
            }
        }
        await scene.store.close()
    }

    @Test("the same twice is one file and one row of evidence; another sender's is its own to name")
    func sameTwice() async throws {
        let scene = try AttachmentScene(.sqlite, in: try TemporaryFolder())
        let first = try await scene.keep(octets(1000))
        let digest = try digest(first.attachment)
        #expect(try await scene.attachments.find(digest, sender: "system-b") == nil)
        #expect(try await scene.keep(octets(1000)).isNew == false)
        #expect(try await scene.keep(octets(1000), sender: "system-b").isNew)
        #expect(try await scene.attachments.find(digest, sender: "system-b") != nil)
        #expect(await scene.settledFiles(1).count == 1)
        #expect(try await scene.evidence().count { $0.contains("attachment.stored") } == 2)
        #expect(try await scene.store.attachments.attachmentTotals() == (1, 1000))
        await scene.store.close()
    }

    @Test("many that bring the same at once make one file, and one of them is the first")
    func atOnce() async throws {
        let scene = try AttachmentScene(.sqlite, in: try TemporaryFolder())
        let news = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<12 { group.addTask { try await scene.keep(octets(300_000)).isNew } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(news == 1)
        #expect(await scene.settledFiles(1).count == 1)
        await scene.store.close()
    }

    @Test(
        "a message's references are written with it, come back in its order, and keep the content", arguments: StoreKind.allCases)
    func named(_ kind: StoreKind) async throws {
        let scene = try AttachmentScene(kind, in: try TemporaryFolder())
        let one = try await scene.keep(octets(10)).attachment
        let two = try await scene.keep(octets(20)).attachment
        let loose = try await scene.keep(octets(30)).attachment
        var intake = naming(two, one, two)
        intake.attachments[0].name = "合同.pdf"
        _ = try await scene.store.commit(intake)
        let named = try await scene.store.attachments.attachments(ofMessage: intake.id)
        #expect(named.map(\.content.bytes) == [20, 10, 20] && named[0].name == "合同.pdf")
        #expect(try await scene.store.message(intake.id)?.attachments.map(\.content.sha256) == named.map(\.content.sha256))
        scene.clock.advance(by: .seconds(100))
        let gone = try await scene.attachments.expire(unnamedSince: scene.clock.now(), uploadsSince: scene.clock.now())
        #expect(gone.contents == 1)
        #expect(try await scene.attachments.find(try digest(loose), sender: nil) == nil)
        #expect(try await scene.read(one).count == 10)
        #expect(try await scene.read(two).count == 20)
        #expect(await scene.settledFiles(2).count == 2)
        #expect(try await scene.evidence().contains { $0.contains("attachment.removed") && $0.contains("\"bytes\":30") })
        await scene.store.close()
    }

    @Test("a message that names a content which is gone is not accepted, and its key stays free")
    func namesGone() async throws {
        let scene = try AttachmentScene(.sqlite, in: try TemporaryFolder())
        let content = try await scene.keep(octets(10)).attachment
        scene.clock.advance(by: .seconds(1))
        _ = try await scene.attachments.expire(unnamedSince: scene.clock.now(), uploadsSince: scene.clock.now())
        let intake = naming(content, key: "k")
        await #expect(throws: GatewayError.self) { try await scene.store.accept(intake) }
        #expect(try await scene.store.message(intake.id) == nil)
        let again = try await scene.keep(octets(10)).attachment
        _ = try await scene.store.commit(naming(again, key: "k"))
        await scene.store.close()
    }

    @Test("whatever a message and a removal meet like, the content is there when the message is", arguments: 0..<6)
    func race(_ seed: Int) async throws {
        let scene = try AttachmentScene(.sqlite, in: try TemporaryFolder())
        let contents = try await withThrowingTaskGroup(of: StoredAttachment.self) { group in
            for number in 0..<24 { group.addTask { try await scene.keep(octets(100 + number, UInt8(seed))).attachment } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        scene.clock.advance(by: .seconds(1))
        let intakes = contents.map { naming($0) }
        let accepted = try await withThrowingTaskGroup(of: Intake?.self) { group in
            group.addTask {
                _ = try await scene.attachments.expire(unnamedSince: scene.clock.now(), uploadsSince: scene.clock.now())
                return nil
            }
            for (number, intake) in intakes.enumerated() {
                group.addTask {
                    // A third hands the content in again at the same moment.
                    if number % 3 == 0 { try await scene.keep(octets(intake.attachments[0].content.bytes, UInt8(seed))) }
                    return (try? await scene.store.accept(intake)) == nil ? nil : intake
                }
            }
            return try await group.reduce(into: [Intake]()) { if let intake = $1 { $0.append(intake) } }
        }
        for intake in accepted {
            #expect(try await scene.read(intake.attachments[0].content).count == intake.attachments[0].content.bytes)
        }
        // Every row has its file.
        let totals = try await scene.store.attachments.attachmentTotals()
        #expect(await scene.settledFiles(totals.count).count == totals.count)
        await scene.store.close()
    }

    @Test("a content that is handed in again is kept for another retention")
    func renewed() async throws {
        let scene = try AttachmentScene(.sqlite, in: try TemporaryFolder())
        let content = try await scene.keep(octets(10)).attachment
        scene.clock.advance(by: .seconds(100))
        try await scene.keep(octets(10))
        let since = Samples.start + .seconds(50)
        #expect(try await scene.attachments.expire(unnamedSince: since, uploadsSince: since).contents == 0)
        #expect(try await scene.read(content).count == 10)
        await scene.store.close()
    }

    @Test("what is dropped on its way in is removed at once, and what a former life left at the next start")
    func leftovers() async throws {
        let folder = try TemporaryFolder()
        var scene = try AttachmentScene(.sqlite, in: folder)
        let kept = try await scene.keep(octets(10)).attachment
        var dropped: WrittenContent? = try await scene.write(octets(1000, 9))
        #expect(scene.files().count == 2)
        _ = dropped
        dropped = nil
        #expect(await scene.settledFiles(1).count == 1)
        // A file on its way in, one that has its name and no row, an upload without a row.
        for name in [
            "incoming/0000-1", "ff/" + String(repeating: "f", count: 64), "uploads/0197a1b2-0000-7000-8000-000000000000",
        ] {
            let path = folder.path + "/attachments/" + name
            mkdir(folder.path + "/attachments/ff", 0o700)
            let file = open(path, O_CREAT | O_WRONLY, 0o600)
            #expect(file >= 0)
            Glibc.write(file, "x", 1)
            close(file)
        }
        scene = try await scene.next(.sqlite)
        let open = try await scene.write(octets(50, 7))
        #expect(try await scene.attachments.recover() == 3)
        #expect(scene.files().count == 2, "this life's own are left alone")
        #expect(open.bytes == 50)
        #expect(try await scene.read(kept).count == 10)
        await scene.store.close()
    }

    @Test("a disk without room refuses before it is full, and nothing is left")
    func diskFull() async throws {
        let scene = try AttachmentScene(.sqlite, in: try TemporaryFolder())
        let error = await #expect(throws: GatewayError.self) { try await scene.write(octets(1 << 20), reserve: Int.max / 2) }
        #expect(error?.code == .storeFull)
        #expect(await scene.settledFiles(0).isEmpty)
        await scene.store.close()
    }

    @Test("a file that was damaged is mended by handing the content in again")
    func mended() async throws {
        let scene = try AttachmentScene(.sqlite, in: try TemporaryFolder())
        let kept = try await scene.keep(octets(5000)).attachment
        let path = scene.folder.path + "/attachments" + (try #require(scene.files().first))
        #expect(truncate(path, 10) == 0)
        try await scene.keep(octets(5000))
        #expect(try await scene.read(kept) == octets(5000))
        await scene.store.close()
    }
}
