import ExchangeModel
import GatewayTesting
import Glibc
import Store
import Testing

/// A store with its contents, and a clock that stands.
final class AttachmentScene: Sendable {
    let folder: TemporaryFolder
    let store: any MessageStore
    let clock = ManualClock(Samples.start)
    let attachments: AttachmentStore

    init(_ kind: StoreKind, in folder: TemporaryFolder) throws {
        self.folder = folder
        store = try kind.open(folder)
        attachments = AttachmentStore(folder: folder.path + "/attachments", ledger: store.attachments, clock: clock)
    }

    /// A store like one that was killed: the same files, opened by another life.
    func next(_ kind: StoreKind) async throws -> AttachmentScene {
        await store.close()
        return try AttachmentScene(kind, in: folder)
    }

    func write(_ bytes: [UInt8], reserve: Int = 0) async throws -> WrittenContent {
        let writer = try await attachments.writer(reserve: reserve)
        for start in stride(from: 0, to: bytes.count, by: 70_000) {
            try await writer.write(bytes[start..<min(start + 70_000, bytes.count)])
        }
        return try await writer.finish()
    }

    @discardableResult
    func keep(_ bytes: [UInt8], sender: String = "system-a") async throws -> (attachment: StoredAttachment, isNew: Bool) {
        try await attachments.keep(
            try await write(bytes), mediaType: "application/pdf", sender: sender, channel: "notices", traceID: "t")
    }

    func read(_ attachment: StoredAttachment) async throws -> [UInt8] {
        let reader = try await attachments.open(attachment)
        var bytes: [UInt8] = []
        while bytes.count < reader.bytes { bytes += try await reader.read(at: bytes.count, count: reader.bytes) }
        return bytes
    }

    /// Every file below the folder of attachments.
    func files(_ path: String = "") -> [String] {
        let folder = folder.path + "/attachments" + path
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var result: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name == "." || name == ".." { continue }
            if entry.pointee.d_type == UInt8(DT_DIR) {
                result += files("\(path)/\(name)")
            } else {
                result.append("\(path)/\(name)")
            }
        }
        return result
    }

    /// The same, once what was dropped is gone.
    func settledFiles(_ count: Int) async -> [String] {
        for _ in 0..<2000 where files().count != count { await Task.yield() }
        return files()
    }

    func evidence() async throws -> [String] {
        try await store.evidence(from: 1, limit: 1000).map { String(decoding: $0.content, as: UTF8.self) }
    }
}

/// Octets that are the same on each run.
func octets(_ count: Int, _ seed: UInt8 = 1) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) &+ seed }
}
