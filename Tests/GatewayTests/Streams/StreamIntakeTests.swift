import ExchangeModel
import Formats
import GatewayTesting
import Store
import Testing

@testable import Gateway

@Suite("A stream of records that is interrupted")
struct StreamIntakeTests {
    /// A source that breaks off, as a killed process does, when it is read the second time from some place on.
    private final class Breaking: RecordSource {
        private let inner: MemorySource
        private let place: Int
        private var readings = 0
        init(_ text: String, at place: Int) {
            inner = MemorySource(Array(text.utf8))
            self.place = place
        }
        var bytes: Int { inner.bytes }
        func isUnchanged() -> Bool { true }
        func read(at offset: Int, count: Int) throws(GatewayError) -> [UInt8] {
            if offset == 0, count > 1 << 12 { readings += 1 }
            if readings > 1, offset >= place {
                throw GatewayError(.temporary, attempted: "read", subject: "a file", happened: "it broke off", remedy: "wait")
            }
            return inner.read(at: offset, count: min(count, max(1, place - offset)))
        }
    }

    private func intake(_ scene: RowScene, _ source: any RecordSource) throws -> StreamIntake {
        let channel = try #require(scene.gateway.present.channel("local-a"))
        return StreamIntake(
            pipeline: scene.gateway.accepting, active: scene.gateway.present, channel: channel, way: channel.ways[0],
            tolerance: .any, name: "a file", sender: "local-a", traceID: scene.gateway.accepting.makeTraceID(), source: source)
    }

    private static let count = StreamIntake.partRecords * 2 + 40

    @Test(
        "goes on behind the last record on disk, loses none and repeats none",
        arguments: ["rows", "objects lines", "objects elements", "elements /N/NOTICE"])
    func resumes(_ form: String) async throws {
        let words = form.split(separator: " ").map(String.init)
        let split = words.count > 1 ? ", split: \(words[1])" : ""
        try await RowScene.with(mapping: words[0], channel: "\(split), directory: {path: in, sender: local-a}") { scene in
            let numbers = 1...Self.count
            let bad: Set = [3, Self.count - 1]
            let text =
                switch form {
                case "rows": RowScene.rows(numbers, bad: bad)
                case "objects lines": numbers.map { RowScene.object($0, isGood: !bad.contains($0)) + "\n" }.joined()
                case "objects elements":
                    "[" + numbers.map { RowScene.object($0, isGood: !bad.contains($0)) }.joined(separator: ",\n") + "]"
                default: "<N>" + numbers.map { RowScene.element($0, isGood: !bad.contains($0)) }.joined(separator: "\n") + "</N>"
                }
            // Behind the second part, in the middle of a record.
            let broken = try intake(scene, Breaking(text, at: text.utf8.count * 19 / 20))
            let look = try #require(try broken.look())
            #expect(look.records == Self.count && look.refused == 2 && look.findings.isEmpty)
            await #expect(throws: GatewayError.self) { _ = try await broken.take(look) }
            let standing = try #require(await scene.store.stream(look.identity))
            #expect(standing.state == .taking && standing.records == StreamIntake.partRecords * 2)

            let whole = try intake(scene, MemorySource(Array(text.utf8)))
            let again = try #require(try whole.look())
            #expect(again.identity == look.identity)
            let done = try #require(await whole.take(again))
            #expect(done.state == .taken && done.records == Self.count && done.repeated == 0 && done.refused == 2)
            let expected = numbers.filter { !bad.contains($0) }.map { "K\($0)" }
            #expect(try await scene.accepted() == expected)
            let refused = try await scene.store.refusals(ofStream: done.sequence, after: 0, limit: 10)
            #expect(refused.map(\.place.number) == [3, Self.count - 1])
            let lines = form == "rows" ? [4, Self.count] : [3, Self.count - 1]
            #expect(refused.map(\.place.line) == lines)
            #expect(refused.map { $0.findings.first?.position.line } == lines.map { $0 as Int? })
        }
    }

    @Test("a version that came with another content is refused by itself, and what stands behind it is taken")
    func conflict() async throws {
        let channel = ", duplicates: businessKeyVersion, directory: {path: in, sender: local-a}"
        try await RowScene.with(channel: channel) { scene in
            let other = "K2,E4401000002000033001,另一座桥,20260501090000,甲,1\n"
            let spelled = "K3,E4401000002000033001, 桥3 ,20260501090000,甲,1\n"
            let text = RowScene.rows(1...3) + other + spelled + RowScene.row(4)
            let intake = try intake(scene, MemorySource(Array(text.utf8)))
            let look = try #require(try intake.look())
            let done = try #require(await intake.take(look))
            #expect(done.accepted == 4 && done.refused == 1 && done.repeated == 1 && done.state == .taken)
            #expect(try await scene.accepted() == ["K1", "K2", "K3", "K4"])
            let refused = try await scene.store.refusals(ofStream: done.sequence, after: 0, limit: 10)
            #expect(refused.map(\.place.number) == [4] && refused.first?.findings.first?.code == .versionConflict)
        }
    }

    @Test("a tolerance is read as it is written", arguments: ["0", "10", "0.5%", "100%", "any"])
    func tolerance(_ text: String) throws {
        #expect(RefusalTolerance(text)?.text == text)
    }

    @Test("what is no tolerance is none", arguments: ["", "-1", "1.5", "0.55%", "101%", "%", "5 %", "all", "9999999999"])
    func noTolerance(_ text: String) { #expect(RefusalTolerance(text) == nil) }

    @Test("a share counts exactly")
    func share() {
        #expect(RefusalTolerance.perMille(5).allows(refused: 1, of: 200))
        #expect(!RefusalTolerance.perMille(5).allows(refused: 1, of: 199))
        #expect(RefusalTolerance.count(0).allows(refused: 0, of: 0))
    }
}
