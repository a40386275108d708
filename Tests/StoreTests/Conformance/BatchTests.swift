import ExchangeModel
import Store
import Synchronization
import Testing

@Suite("Records of files and pages, whatever the store")
struct BatchTests {
    let samples = Samples()
    let stream = StreamIdentity(channel: "penalties", digest: [UInt8](repeating: 7, count: 32))

    private func place(_ number: Int) -> RecordPlace {
        RecordPlace(
            number: number, offset: number * 100, end: number * 100 + 100, line: number + 1, endLine: number + 2, endColumn: 7)
    }

    private func part(behind: Int, _ ending: IntakeBatch.Ending? = nil, name: String = "may.csv") -> IntakeBatch.Part {
        IntakeBatch.Part(stream: stream, name: name, sender: "system-b", bytes: 4096, behind: behind, ending: ending)
    }

    private func accept(_ number: Int, key: String? = nil, body: String? = nil) -> IntakeBatch.Record {
        .init(place: place(number), item: .accept(samples.intake(key: key ?? "k\(number)", body: body ?? "<R>\(number)</R>")))
    }

    private func refuse(_ number: Int) -> IntakeBatch.Record {
        let finding = Finding(
            .fieldRequired, path: "AMOUNT", position: SourcePosition(line: number + 1, column: 5), text: "it is missing",
            textZH: "缺失")
        return .init(place: place(number), item: .refuse(samples.refusal(payload: "row \(number)", findings: [finding])))
    }

    private var end: IntakeBatch.Ending { .taken(samples.evidence("stream.taken")) }

    @Test("good, repeated and refused records of a part are written together, and their stream says how far it is")
    func mixed() async throws {
        for kind in StoreKind.allCases {
            let folder = try TemporaryFolder()
            var store = try kind.open(folder)
            let told = Mutex<[String]>([])
            store.observeCommits { deliveries in told.withLock { $0 += deliveries.map(\.messageID.description) } }
            let first = accept(1)
            let outcome = try await store.accept(
                IntakeBatch(
                    records: [first, refuse(2), accept(3), accept(4, key: "k1", body: "<R>1</R>")], part: part(behind: 0),
                    at: Samples.start))
            let words = outcome.records.map { "\($0)".prefix { $0 != "(" } }
            #expect(words == ["accepted", "refused", "accepted", "repeated"])
            let standing = try #require(outcome.stream)
            #expect(standing.state == .taking && standing.records == 4 && standing.endedAt == nil)
            #expect(standing.accepted == 2 && standing.repeated == 1 && standing.refused == 1)
            #expect(standing.last == place(4).ending)
            #expect(told.withLock { $0.count } == 2)

            await store.close()
            store = try kind.open(folder)
            #expect(try await store.stream(stream) == standing)
            let ended = try await store.accept(
                IntakeBatch(records: [refuse(5)], part: part(behind: 4, end, name: "may-again.csv"), at: Samples.start))
            #expect(ended.stream?.state == .taken && ended.stream?.records == 5 && ended.stream?.endedAt == Samples.start)
            let refused = try await store.refusals(ofStream: standing.sequence, after: 0, limit: 10)
            #expect(refused.map(\.place) == [place(2), place(5)])
            #expect(refused.map { $0.findings.map(\.position.line) } == [[3], [6]])
            #expect(try await store.refusals(ofStream: standing.sequence, after: 2, limit: 10).map(\.place.number) == [5])
            let listed = try await store.streams(channel: "penalties", limit: 10)
            #expect(listed.map(\.name) == ["may-again.csv"] && listed.first == ended.stream)
            #expect(try await store.streams(channel: "others", limit: 10).isEmpty)
            #expect(try await store.verifyEvidence().firstBroken == nil)
            #expect(try await store.verifyOutbox(owner: nil).faults.isEmpty)
            await store.close()
        }
    }

    @Test("a conflict ends a batch: what stands before it is on disk, and nothing behind it", arguments: StoreKind.allCases)
    func conflict(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let bound = samples.intake(key: "k2", body: "<OTHER/>")
            _ = try await store.commit(bound)
            let cursor = ChannelCursor(channel: "penalties", value: "after")
            let records = [accept(1), accept(2), accept(3)]
            let stopped = try await store.accept(
                IntakeBatch(records: records, part: part(behind: 0, end), cursor: cursor, at: Samples.start))
            #expect(stopped.records.count == 2)
            guard case .conflict(let holder) = stopped.records[1] else { throw Unexpected() }
            #expect(holder.id == bound.id)
            #expect(stopped.stream?.state == .taking && stopped.stream?.records == 1 && stopped.stream?.last == place(1).ending)
            #expect(try await store.channelCursor("penalties") == nil)

            let rest = [refuse(2), records[2]]
            let done = try await store.accept(
                IntakeBatch(records: rest, part: part(behind: 1, end), cursor: cursor, at: Samples.start))
            #expect(done.stream?.state == .taken && done.stream?.records == 3 && done.stream?.refused == 1)
            #expect(try await store.channelCursor("penalties") == "after")
        }
    }

    @Test("a record that is the same in another spelling is passed and counted as repeated", arguments: StoreKind.allCases)
    func passed(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let known = samples.intake()
            _ = try await store.commit(known)
            let outcome = try await store.accept(
                IntakeBatch(
                    records: [.init(place: place(1), item: .pass(known.id))], part: part(behind: 0, end), at: Samples.start))
            #expect(outcome.stream?.repeated == 1 && outcome.stream?.records == 1 && outcome.stream?.accepted == 0)
        }
    }

    @Test("a part fits only behind the last record on disk, and behind the end nothing", arguments: StoreKind.allCases)
    func fence(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            func takes(_ records: [IntakeBatch.Record], _ part: IntakeBatch.Part) async throws {
                _ = try await store.accept(IntakeBatch(records: records, part: part, at: Samples.start))
            }
            await #expect(throws: GatewayError.self) { try await takes([accept(2)], part(behind: 1)) }
            try await takes([accept(1)], part(behind: 0))
            await #expect(throws: GatewayError.self) { try await takes([accept(1, key: "other")], part(behind: 0)) }
            #expect(try await store.stream(stream)?.records == 1)
            try await takes([], part(behind: 1, end))
            await #expect(throws: GatewayError.self) { try await takes([accept(2)], part(behind: 1)) }
            #expect(try await store.stream(stream)?.records == 1)
            // What failed wrote nothing at all.
            #expect(try await store.boundMessage(sender: "system-a", channel: "notices", idempotencyKey: "other") == nil)
        }
    }

    @Test("a stream that is refused as a whole is kept with its reasons", arguments: StoreKind.allCases)
    func refusedWhole(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let finding = Finding(.xmlSyntax, position: SourcePosition(line: 900), text: "it ends too early", textZH: "文件不完整")
            let refusal = samples.refusal(payload: nil, findings: [finding])
            let outcome = try await store.accept(
                IntakeBatch(records: [], part: part(behind: 0, .refused(refusal)), at: Samples.start))
            #expect(outcome.stream?.state == .refused && outcome.stream?.refusal == refusal.id)
            #expect(try await store.stream(stream)?.refusal == refusal.id)
            #expect(try await store.message(refusal.id)?.findings == [finding])
        }
    }

    @Test("a cursor alone is kept, the newest one counts, and one that is too long is refused", arguments: StoreKind.allCases)
    func cursor(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            func set(_ value: String) async throws {
                _ = try await store.accept(
                    IntakeBatch(records: [], cursor: ChannelCursor(channel: "p", value: value), at: Samples.start))
            }
            try await set("1")
            try await set("2")
            #expect(try await store.channelCursor("p") == "2")
            await #expect(throws: GatewayError.self) { try await set(String(repeating: "x", count: StoreLimits.cursorBytes + 1)) }
            #expect(try await store.channelCursor("p") == "2")
        }
    }

    @Test("a batch over its limit is refused as a whole", arguments: StoreKind.allCases)
    func tooMany(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let records = (1...StoreLimits.batchRecords + 1).map { accept($0) }
            await #expect(throws: GatewayError.self) {
                _ = try await store.accept(IntakeBatch(records: records, part: part(behind: 0), at: Samples.start))
            }
            #expect(try await store.stream(stream) == nil)
            let whole = try await store.accept(
                IntakeBatch(records: Array(records.dropLast()), part: part(behind: 0), at: Samples.start))
            #expect(whole.stream?.accepted == StoreLimits.batchRecords)
        }
    }

    private struct Unexpected: Error {}
}
