import ExchangeModel
import Store
import Testing

@Suite("Reading the outbox, whatever the store")
struct OutboxReadTests {
    let samples = Samples()

    @Test("one destination and ordering key make one lane, and its deliveries keep their order", arguments: StoreKind.allCases)
    func lanes(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var lanes: [String: Int64] = [:]
            for number in 0..<12 {
                let key = "P-\(number % 3)"
                let open = try await store.commit(
                    samples.intake(body: "\(number)", orderingKey: key, destinations: ["one", "two"]))
                for delivery in open {
                    let name = delivery.destination + key
                    #expect(lanes[name, default: delivery.lane] == delivery.lane)
                    lanes[name] = delivery.lane
                }
            }
            #expect(Set(lanes.values).count == 6)
            let lane = try #require(lanes["twoP-1"])
            let inLane = try await store.openDeliveries(lane: lane, after: 0, limit: 100)
            #expect(inLane.count == 4)
            #expect(inLane.allSatisfy { $0.destination == "two" && $0.lane == lane })
            #expect(inLane.map(\.sequence) == inLane.map(\.sequence).sorted())
            let rest = try await store.openDeliveries(lane: lane, after: inLane[1].sequence, limit: 1)
            #expect(rest.map(\.sequence) == [inLane[2].sequence])
        }
    }

    @Test("open deliveries of a destination come page by page in sequence order", arguments: StoreKind.allCases)
    func paging(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var expected: [Int64] = []
            for number in 0..<10 {
                let open = try await store.commit(samples.intake(body: "\(number)", destinations: ["one", "two"]))
                if number == 4 {
                    _ = try await store.apply([samples.change(open[0], fence: 0, to: .delivered)])
                } else {
                    expected.append(open[0].sequence)
                }
            }
            var read: [Int64] = []
            while true {
                let page = try await store.openDeliveries(destination: "one", after: read.last ?? 0, limit: 4)
                read += page.map(\.sequence)
                if page.count < 4 { break }
            }
            #expect(read == expected)
            #expect(try await store.openDeliveries(destination: "none", after: 0, limit: 4).isEmpty)
            #expect(try await store.openDeliveries(destination: "one", after: 0, limit: -1).isEmpty)
        }
    }

    @Test("without a destination the open deliveries of all come in one order, page by page", arguments: StoreKind.allCases)
    func allDestinations(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var expected: [Int64] = []
            for number in 0..<12 {
                let open = try await store.commit(
                    samples.intake(orderingKey: "P-\(number)", destinations: number % 3 == 0 ? ["two"] : ["one", "three"]))
                let cause = DeliveryCause(code: "answer.permanent", text: "")
                _ = try await store.apply([
                    samples.change(open[0], fence: 0, to: number % 2 == 0 ? .dead : .delivered, cause: cause)
                ])
                expected += (number % 2 == 0 ? open[...] : open.dropFirst()).map(\.sequence)
            }
            var read: [Int64] = []
            while true {
                let page = try await store.deliveries(DeliveryFilter(after: read.last ?? 0, limit: 4))
                read += page.map(\.delivery.sequence)
                if page.count < 4 { break }
            }
            #expect(read == expected)
            #expect(try await store.deliveries(DeliveryFilter(states: ["dead"])).count == 6)
            #expect(try await store.deliveries(DeliveryFilter(cause: "answer.permanent")).count == 6)
            #expect(try await store.deliveries(DeliveryFilter(limit: 0)).isEmpty)
        }
    }

    @Test("the filter finds by destination, state and business key, open ones by default", arguments: StoreKind.allCases)
    func filter(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var open: [OpenDelivery] = []
            for number in 0..<4 {
                open += try await store.commit(
                    samples.intake(body: "\(number)", businessKey: "B-\(number)", destinations: ["one", "two"]))
            }
            // 0: one B-0, 1: two B-0, 2: one B-1, 3: two B-1, ...
            _ = try await store.apply([
                samples.change(open[0], fence: 0, to: .delivered), samples.change(open[3], fence: 0, to: .dead),
                samples.change(open[6], fence: 0, to: .dead),
            ])
            func find(_ filter: DeliveryFilter) async throws -> [Int64] {
                try await store.deliveries(filter).map(\.delivery.sequence)
            }
            let all = open.map(\.sequence)
            #expect(try await find(DeliveryFilter()) == Array(all[1...]))
            #expect(try await find(DeliveryFilter(destination: "one")) == [all[2], all[4], all[6]])
            #expect(try await find(DeliveryFilter(states: ["dead"])) == [all[3], all[6]])
            #expect(
                try await find(DeliveryFilter(destination: "two", states: ["dead", "pending"])) == [
                    all[1], all[3], all[5], all[7],
                ])
            #expect(try await find(DeliveryFilter(states: ["delivered"])) == [all[0]])
            #expect(try await find(DeliveryFilter(states: ["delivered", "dead"], businessKey: "B-0")) == [all[0]])
            #expect(try await find(DeliveryFilter(businessKey: "B-1")) == [all[2], all[3]])
            #expect(try await find(DeliveryFilter(after: all[4], limit: 2)) == [all[5], all[6]])
            #expect(try await find(DeliveryFilter(limit: 0)) == [])
            await #expect(throws: GatewayError.self) { try await store.deliveries(DeliveryFilter(states: ["lost"])) }
        }
    }

    @Test(
        "counts are by destination and state, with the destination's first open one, dead ones included, ended ones not",
        arguments: StoreKind.allCases)
    func counts(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var open: [OpenDelivery] = []
            for number in 0..<5 {
                let at = Samples.start + .seconds(number)
                open += try await store.commit(samples.intake(body: "\(number)", destinations: ["one"], at: at))
            }
            _ = try await store.commit(samples.intake(destinations: ["two"], state: .waiting(.code)))
            _ = try await store.apply([
                samples.change(open[0], fence: 0, to: .delivered), samples.change(open[1], fence: 0, to: .dead),
            ])
            let counts = try await store.outboxCounts().sorted { ($0.destination, $0.state) < ($1.destination, $1.state) }
            #expect(
                counts == [
                    OutboxCount(destination: "one", state: "dead", count: 1, oldestReceivedAt: Samples.start + .seconds(1)),
                    OutboxCount(destination: "one", state: "pending", count: 3, oldestReceivedAt: Samples.start + .seconds(1)),
                    OutboxCount(destination: "two", state: "waiting", count: 1, oldestReceivedAt: Samples.start),
                ])
        }
    }

    @Test("what a former start had in flight is found, and only that", arguments: StoreKind.allCases)
    func stranded(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var open: [OpenDelivery] = []
            for number in 0..<4 { open += try await store.commit(samples.intake(body: "\(number)", orderingKey: "\(number)")) }
            _ = try await store.apply([
                samples.lease(open[0], owner: "life-1"), samples.lease(open[1], owner: "life-2"),
                samples.lease(open[2], owner: "life-1"),
            ])
            _ = try await store.apply([samples.delivered(open[2])])
            #expect(try await store.strandedDeliveries(owner: "life-2").map(\.sequence) == [open[0].sequence])
            #expect(try await store.strandedDeliveries(owner: "life-3").map(\.sequence) == [open[0].sequence, open[1].sequence])
            #expect(try await store.strandedDeliveries(owner: "life-3").allSatisfy { $0.state == .inFlight && $0.fence == 1 })
        }
    }

    @Test("what is not there is nil", arguments: StoreKind.allCases)
    func absent(_ kind: StoreKind) async throws {
        try await withStore(kind) { store async throws in
            #expect(try await store.message(samples.id()) == nil)
            #expect(try await store.delivery(samples.id()) == nil)
            #expect(try await store.deliveryForms([1, 2]).isEmpty)
            #expect(try await store.outboxCounts().isEmpty)
            #expect(try await store.openDeliveries(lane: 1, after: 0, limit: 5).isEmpty)
            #expect(try await store.evidence(from: 1, limit: 5).isEmpty)
        }
    }
}
