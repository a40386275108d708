import ExchangeModel
import GatewayTesting
import Glibc
import Store
import Testing

@Suite("Contents that come in pieces")
struct UploadTests {
    private func begin(_ scene: AttachmentScene, length: Int? = nil, limit: Int = 10) async throws -> PendingUpload {
        try #require(
            try await scene.attachments.beginUpload(
                sender: "system-a", channel: "notices", mediaType: "application/pdf", length: length, sha256: nil, limit: limit))
    }

    private func append(_ piece: some Collection<UInt8>, to upload: PendingUpload, _ scene: AttachmentScene) async throws {
        let writer = try #require(try await scene.attachments.resume(upload.id, reserve: 0))
        try await writer.write(piece)
        try await writer.pause()
    }

    @Test("pieces over several lives make the content, and what was not synced is cut off", arguments: StoreKind.allCases)
    func overLives(_ kind: StoreKind) async throws {
        var scene = try AttachmentScene(kind, in: try TemporaryFolder())
        let content = octets(1_000_000)
        let upload = try await begin(scene, length: content.count)
        try await append(content[..<400_000], to: upload, scene)
        // A kill in the middle of a piece: octets in the file that no row speaks of.
        let path = scene.folder.path + "/attachments/uploads/\(upload.id)"
        let file = open(path, O_WRONLY | O_APPEND)
        #expect(file >= 0)
        Glibc.write(file, "garbage", 7)
        close(file)
        scene = try await scene.next(kind)
        #expect(try await scene.attachments.recover() == 0)
        let standing = try await scene.attachments.upload(upload.id, sender: "system-a", channel: "notices")
        #expect(standing?.offset == 400_000 && standing?.length == content.count)
        let writer = try #require(try await scene.attachments.resume(upload.id, reserve: 0))
        #expect(writer.bytes == 400_000)
        try await writer.write(content[400_000...])
        try await writer.pause()
        let written = try await writer.finish(in: scene.attachments)
        let kept = try await scene.attachments.keep(
            written, mediaType: "application/pdf", sender: "system-a", channel: "notices", traceID: "t")
        #expect(try await scene.read(kept.attachment) == content)
        #expect(try await scene.attachments.upload(upload.id, sender: "system-a", channel: "notices") == nil)
        #expect(await scene.settledFiles(1).count == 1)
        await scene.store.close()
    }

    @Test("one request at a time goes on with an upload; others' uploads are not there")
    func oneAtATime() async throws {
        let scene = try AttachmentScene(.sqlite, in: try TemporaryFolder())
        let upload = try await begin(scene)
        do {
            let writer = try #require(try await scene.attachments.resume(upload.id, reserve: 0))
            #expect(try await scene.attachments.resume(upload.id, reserve: 0) == nil)
            #expect(try await scene.attachments.endUpload(upload.id) == false)
            try await writer.pause()
        }
        #expect(try await scene.attachments.upload(upload.id, sender: "system-b", channel: "notices") == nil)
        #expect(try await scene.attachments.upload(upload.id, sender: "system-a", channel: "other") == nil)
        #expect(try await scene.attachments.endUpload(upload.id))
        #expect(try await scene.attachments.resume(upload.id, reserve: 0) == nil)
        await scene.store.close()
    }

    @Test("a sender has so many uploads and no more; those in which nothing comes expire with their files")
    func limits() async throws {
        let scene = try AttachmentScene(.sqlite, in: try TemporaryFolder())
        let old = try await begin(scene, limit: 2)
        try await append(octets(100), to: old, scene)
        scene.clock.advance(by: .seconds(100))
        let young = try await begin(scene, limit: 2)
        try await append(octets(100), to: young, scene)
        let third = try await scene.attachments.beginUpload(
            sender: "system-a", channel: "notices", mediaType: "", length: nil, sha256: nil, limit: 2)
        #expect(third == nil)
        let since = Samples.start + .seconds(50)
        #expect(try await scene.attachments.expire(unnamedSince: since, uploadsSince: since).uploads == 1)
        #expect(try await scene.attachments.upload(old.id, sender: "system-a", channel: "notices") == nil)
        #expect(scene.files() == ["/uploads/\(young.id)"])
        await scene.store.close()
    }

    @Test("a piece that is taken back leaves what was there before")
    func undone() async throws {
        let scene = try AttachmentScene(.sqlite, in: try TemporaryFolder())
        let upload = try await begin(scene)
        try await append(octets(300_000), to: upload, scene)
        do {
            let writer = try #require(try await scene.attachments.resume(upload.id, reserve: 0))
            try await writer.write(octets(500_000, 3))
            try await writer.undo()
        }
        #expect(try await scene.attachments.upload(upload.id, sender: "system-a", channel: "notices")?.offset == 300_000)
        await scene.store.close()
    }
}
