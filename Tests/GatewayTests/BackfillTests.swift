import ExchangeModel
import GatewayTesting
import JSON
import Outbox
import Store
import Synchronization
import Testing

@testable import Gateway

@Suite("Backfills by the routes of a configuration")
struct BackfillTests {
    private static let start = Instant(year: 2026, month: 5, day: 1)

    /// A store with messages, and backfills under a configuration with these routes.
    private final class Bench: Sendable {
        let folder: TemporaryDirectory
        let store: SQLiteStore
        let clock = ManualClock(BackfillTests.start + .seconds(86_400))
        let pressure = PressureFlag()
        let rules: RoutingRules
        private let random = Mutex(SeededRandom(seed: 11))

        init(routes: String, extra: String = "") throws {
            folder = try TemporaryDirectory("backfill")
            let text = ConfigurationReaderTests.text(extra: extra)
                .replacing(
                    "routes:\n  - {dataset: tender-notice, to: [provincial]}",
                    with: """
                          archive:
                            url: https://archive.example/records
                            mapping: provincial/out/tender-notice
                            audience: province
                        routes:
                        \(routes)
                        """)
            let outcome = ConfigurationReader.read(
                file: try folder.write("gateway.yaml", text), environment: ["KEY": "secret-of-the-sender"])
            let configuration = try #require(outcome.configuration, "\(outcome.findings)")
            rules = RoutingRules(configuration, deadlines: configuration.deadlines)
            store = try SQLiteStore.open(path: folder.file("store.sqlite"))
        }

        func id(_ at: Instant) -> UUIDv7 { random.withLock { UUIDv7(at: at, random: &$0) } }

        func backfills() -> Backfills {
            Backfills(store: store, clock: clock, pressure: pressure, rules: { self.rules }, makeID: { self.id($0) })
        }

        @discardableResult
        func accept(
            _ number: Int, dataset: String = "tender-notice", channel: String = "local-a", key: String? = nil,
            version: String = "1", canonical: String = "{}", to destination: String = "provincial"
        ) async throws -> MessageID {
            let at = BackfillTests.start + .seconds(number)
            let message = id(at)
            let evidence = EvidenceEntry(at: at, messageID: message, content: Array("{\"event\":\"message.accepted\"}".utf8))
            let intake = Intake(
                id: message, channel: channel, sender: "local-a", dataset: Dataset(dataset), businessKey: key ?? "A-\(number)",
                orderingKey: "P-1", version: version, idempotencyKey: "\(number)",
                bodyDigest: [UInt8](repeating: 1, count: 32), receivedAt: at, sourceTime: nil, traceID: "t", contentType: "",
                payload: [1], canonical: Array(canonical.utf8), versions: FormVersions(mapping: "", schema: "", codeLists: ""),
                warnings: [], deliveries: [PlannedDelivery(id: id(at), destination: destination, state: .pending)],
                evidence: evidence)
            _ = try await store.accept(intake)
            return message
        }

        func order(
            _ destination: String = "archive", from: Int = 0, to: Int = 1000, dataset: String? = nil, dry: Bool = false,
            reason: String? = "the archive is new"
        ) throws -> BackfillOrder {
            BackfillOrder(
                destination: destination, from: BackfillTests.start + .seconds(from), to: BackfillTests.start + .seconds(to),
                dataset: dataset.map { Dataset($0) }, channel: nil, isDryRun: dry,
                reason: try reason.map { try OperatorReason($0) },
                actor: "uid:7")
        }

        func run(_ order: BackfillOrder) async throws -> BackfillReport {
            let backfills = backfills()
            var report = try await backfills.begin(order)
            while !report.isDone { report = try await backfills.next(report.id) }
            return report
        }

        func open() async throws -> [OpenDelivery] { try await store.openDeliveries(destination: "archive", after: 0, limit: 99) }
    }

    private static let both = "  - {dataset: tender-notice, to: [provincial, archive]}"

    @Test("a dry run counts and writes nothing; the run adds as many, tells it in the evidence, and a second one adds nothing")
    func whole() async throws {
        let bench = try Bench(routes: Self.both)
        var messages: [MessageID] = []
        for number in 1...5 { messages.append(try await bench.accept(number)) }
        try await bench.accept(6, dataset: "contract")
        let before = try await bench.store.evidenceHead()
        let dry = try await bench.run(try bench.order(from: 2, dry: true, reason: nil))
        #expect(dry.total(.added) == 4 && dry.total(.noRoute) == 1 && dry.isDryRun)
        #expect(dry.counts[.init(dataset: "contract", channel: "local-a")]?[.noRoute] == 1)
        #expect(try await bench.store.evidenceHead() == before)
        let report = try await bench.run(try bench.order(from: 2))
        #expect(report.total(.added) == 4 && report.total(.noRoute) == 1)
        #expect(try await bench.open().map(\.messageID) == Array(messages[1...]))
        let rows = try await bench.store.evidence(from: before.sequence + 1, limit: 99).map { try JSONValue(parsing: $0.content) }
        #expect(
            rows.map { $0["event"]?.string }
                == ["backfill.begun"] + [String](repeating: "delivery.backfilled", count: 4) + ["backfill.ended"])
        #expect(rows.allSatisfy { $0["backfill"]?.string == report.id.description && $0["actor"]?.string == "uid:7" })
        #expect(rows[0]["reason"]?.string == "the archive is new" && rows[0]["to"]?.string == "2026-05-01T00:16:40.000Z")
        #expect(rows[5]["added"]?.integer == 4 && rows[5]["noRoute"]?.integer == 1)
        for row in rows {
            let event = try #require(row["event"]?.string)
            #expect(
                !EvidenceWords.text(row).hasPrefix(event) && !EvidenceWords.textZH(row).hasPrefix(event), "\(event) has no words")
            #expect(EvidenceWords.text(row).contains("archive") && EvidenceWords.textZH(row).contains("archive"))
        }
        let again = try await bench.run(try bench.order())
        #expect(again.total(.added) == 0 && again.total(.present) == 4 && again.total(.behind) == 1)
        #expect(again.behind.map(\.message) == [messages[0]], "it would come behind the others of its key")
        await bench.store.close()
    }

    @Test("the routes decide: channels, also one that is gone, parents, versions and deadlines as for a new message")
    func rules() async throws {
        let bench = try Bench(
            routes: """
                  - {dataset: tender-notice, channels: [local-a], to: archive, supersede: true, after: {dataset: project, key: /project, waitLimit: 2d}}
                  - {dataset: project, to: archive}
                """,
            extra: "deadlines:\n  - {dataset: tender-notice, from: /signedAt, within: 20 calendar days}\n")
        try await bench.accept(1, dataset: "project", channel: "gone", key: "T-1")
        try await bench.accept(2, key: "N", version: "1", canonical: #"{"project":"T-1","signedAt":"2026-04-20"}"#)
        let higher = try await bench.accept(3, key: "N", version: "2", canonical: #"{"project":"T-1","signedAt":"2026-04-20"}"#)
        try await bench.accept(4, channel: "other")
        let report = try await bench.run(try bench.order())
        #expect(report.total(.added) == 2 && report.total(.outdated) == 1 && report.total(.noRoute) == 1, "\(report.counts)")
        let open = try await bench.open()
        #expect(open.map(\.state) == [.pending, .waiting(.parent)])
        #expect(open[1].messageID == higher && open[1].dueAt == bench.clock.now() + .seconds(2 * 86_400))
        #expect(open[1].deadline != nil && open[0].deadline == nil)
        #expect(open.allSatisfy { $0.receivedAt == bench.clock.now() })
        await bench.store.close()
    }

    @Test(
        "an order that makes no sense is refused before anything is written",
        arguments: [
            ("nowhere", 0, 9, nil, "r", "name one of: archive, provincial"), ("archive", 9, 9, nil, "r", "holds no moment"),
            ("archive", 9, 1, nil, "r", "holds no moment"), ("archive", 0, 9, nil, nil, "no reason"),
            ("archive", 0, 9, "contract", "r", "no route brings contract"),
        ] as [(String, Int, Int, String?, String?, String)])
    func refused(_ destination: String, _ from: Int, _ to: Int, _ dataset: String?, _ reason: String?, _ text: String)
        async throws
    {
        let bench = try Bench(routes: Self.both)
        let order = try bench.order(destination, from: from, to: to, dataset: dataset, reason: reason)
        let error = await #expect(throws: GatewayError.self) { try await bench.backfills().begin(order) }
        #expect(error?.description.contains(text) == true, "\(String(describing: error))")
        #expect(try await bench.store.evidenceHead().sequence == 0)
        await bench.store.close()
    }

    @Test("near a limit it waits and says for what; a run that is over or replaced is known no more")
    func pause() async throws {
        let bench = try Bench(routes: Self.both)
        try await bench.accept(1)
        let backfills = bench.backfills()
        let first = try await backfills.begin(try bench.order())
        _ = bench.pressure.set(Pressure(levels: [.openDeliveries: .soft], retryAfterSeconds: 1))
        #expect(try await backfills.next(first.id).pausedBy == ["openDeliveries: soft"])
        let dry = try await backfills.begin(try bench.order(dry: true))
        #expect(try await backfills.next(dry.id).pausedBy.isEmpty, "a dry run takes no room")
        _ = bench.pressure.set(nil)
        #expect(try await backfills.next(first.id).pausedBy.isEmpty)
        let second = try await backfills.begin(try bench.order())
        let error = await #expect(throws: GatewayError.self) { try await backfills.next(first.id) }
        #expect(error?.code == .notFound && error?.remedy.contains("same order again") == true)
        var report = second
        while !report.isDone { report = try await backfills.next(second.id) }
        #expect(report.total(.added) == 1)
        await #expect(throws: GatewayError.self) { try await backfills.next(second.id) }
        await bench.store.close()
    }
}
