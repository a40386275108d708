import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Outbox

/// Acts on many deliveries, through a running outbox.
@Suite struct BulkActTests {
    /// Runs an outbox with two destinations; everything sent to them is refused for good until `mend`.
    private func withOutbox(_ body: (Outbox, any MessageStore, ScriptedCourier, Samples) async throws -> Void) async throws {
        try await TemporaryDirectory.with("outbox") { directory in
            let sqlite = try SQLiteStore.open(path: directory.file("store.db"))
            let store = FaultyStore(sqlite)
            let courier = ScriptedCourier { _ in .of(.permanent, code: "answer.permanent", status: 422) }
            let destinations = ["province", "city"].map {
                Outbox.Destination(name: $0, courier: courier, policy: .sample())
            }
            let outbox = Outbox(
                destinations: destinations, store: store, clock: ManualClock(Samples.start), owner: "life-1", logger: .silent)
            let running = Task { await outbox.run() }
            let samples = Samples()
            for number in 0..<9 {
                let to = number % 3 == 0 ? "city" : "province"
                guard case .committed(let open) = try await store.accept(samples.intake("n\(number)", key: "\(number)", to: [to]))
                else { continue }
                await store.reached(open[0].sequence, .dead)
            }
            do { try await body(outbox, store, courier, samples) } catch {
                outbox.stop()
                await running.value
                await sqlite.close()
                throw error
            }
            outbox.stop()
            await running.value
            await sqlite.close()
        }
    }

    @Test func theDeadOfOneDestinationAreSentAgainPageByPage() async throws {
        try await withOutbox { outbox, store, courier, _ async throws in
            courier.onSend { _ in .of(.transient(retryAfter: nil), status: 503) }
            var bulk = Outbox.BulkAct(
                verb: .retry, filter: DeliveryFilter(destination: "province", states: ["dead"], limit: 4),
                reason: try OperatorReason("mended"), actor: "uid:0")
            let first = try await outbox.perform(bulk)
            #expect((first.done, first.refused) == (4, 0))
            bulk.filter.after = try #require(first.next)
            let second = try await outbox.perform(bulk)
            #expect((second.done, second.refused) == (2, 0))
            #expect(second.next == nil)
            #expect(try await store.deliveryCount(DeliveryFilter(states: ["dead"])) == 3)
            let rows = try await store.evidence(from: 1, limit: 1000).map { String(decoding: $0.content, as: UTF8.self) }
            #expect(rows.filter { $0.contains(#""by":"retriedByPerson","actor":"uid:0","reason":"mended""#) }.count == 6)
        }
    }

    @Test func byCauseAndBusinessKeyOnlyThoseAreEnded() async throws {
        try await withOutbox { outbox, store, _, _ async throws in
            func cancel(_ filter: DeliveryFilter) async throws -> Int {
                try await outbox.perform(
                    Outbox.BulkAct(verb: .cancel, filter: filter, reason: try OperatorReason("not wanted"), actor: "uid:0")
                ).done
            }
            #expect(try await cancel(DeliveryFilter(states: ["dead"], businessKey: "n4")) == 1)
            #expect(try await cancel(DeliveryFilter(states: ["dead"], cause: "retries.used-up")) == 0)
            #expect(try await cancel(DeliveryFilter(states: ["dead"], cause: "answer.permanent", limit: 1000)) == 8)
            #expect(try await store.outboxCounts().isEmpty)
        }
    }

    @Test func whatCannotBeActedOnKeepsNoOtherFromIt() async throws {
        try await withOutbox { outbox, store, _, samples async throws in
            // A destination that is configured no longer.
            _ = try await store.accept(samples.intake("gone", key: "x", to: ["county"]))
            let outcome = try await outbox.perform(
                Outbox.BulkAct(verb: .cancel, filter: DeliveryFilter(), reason: try OperatorReason("end"), actor: "uid:0"))
            #expect((outcome.done, outcome.refused) == (9, 1))
            #expect(outcome.refusals.first?.error.code == .configuration)
        }
    }

    @Test func anUnknownDestinationIsNotHeld() async throws {
        try await withOutbox { outbox, _, _, _ async throws in
            let reason = try OperatorReason("why")
            await #expect(throws: GatewayError.self) {
                try await outbox.hold(HoldSelector(destination: "county"), reason: reason, actor: "uid:0")
            }
            let hold = try await outbox.hold(HoldSelector(destination: "city"), reason: reason, actor: "uid:0")
            #expect(hold.reason == "why")
            #expect(try await outbox.release(HoldSelector(destination: "city"), reason: nil, actor: "uid:0") == [hold])
        }
    }

    @Test func theMeterCountsFullMinutesOnly() {
        let meter = ActivityMeter()
        let start = Samples.start
        for minute in 0..<20 {
            for _ in 0...minute { meter.delivered(at: start + .seconds(60 * minute + 7)) }
        }
        // Minute 19 is running: before it 19 in minute 18, then 18, and so on.
        let activity = meter.activity(at: start + .seconds(60 * 19 + 30))
        #expect(activity.deliveredInMinutes == [1: 19, 5: 19 + 18 + 17 + 16 + 15, 15: (5...19).reduce(0, +)])
        #expect(meter.activity(at: start + .seconds(86_400)).deliveredInMinutes == [1: 0, 5: 0, 15: 0])
    }
}
