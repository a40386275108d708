import ExchangeModel
import GatewayTesting
import JSON
import Synchronization
import Testing

@testable import platform_simulator

@Suite struct LocalSystemsTests {
    /// Answers 202 with an id per body, settles on the third question, and notes what overlaps.
    private final class FakeGateway: GatewayFace {
        struct State {
            var order: [String] = []
            var underWay: [String: Int] = [:]
            var overlapped = false
            var questions: [String: Int] = [:]
            var keys: Set<String?> = []
        }

        let state = Mutex(State())

        func send(
            _ payload: [UInt8], channel: String, contentType: String, idempotencyKey: String?, key: String?
        ) async throws -> (status: Int, body: [UInt8]) {
            let text = String(decoding: payload, as: UTF8.self)
            let tender = OrderingKeyReader().orderingKey(of: payload) ?? text
            state.withLock { state in
                state.order.append(text)
                state.keys.insert(key)
                state.underWay[tender, default: 0] += 1
                if state.underWay[tender, default: 0] > 1 { state.overlapped = true }
            }
            for _ in 0..<20 { await Task.yield() }
            state.withLock { $0.underWay[tender, default: 0] -= 1 }
            if text == "refuse" { return (422, Array(#"{"id":"r","findings":[{"code":"xml.syntax","line":1}]}"#.utf8)) }
            if text == "fail" { throw TestingFailure("connection refused") }
            return (
                202,
                Array(
                    #"{"id":"m-\#(text)","deliveries":[{"id":"d-\#(text)","destination":"provincial"}]}"#.utf8.filter {
                        $0 != 0x3C && $0 != 0x3E
                    })
            )
        }

        func message(_ id: String, key: String?) async -> JSONValue? {
            if id == "r" { return ["state": "refused"] }
            let count = state.withLock { state in
                state.questions[id, default: 0] += 1
                return state.questions[id, default: 0]
            }
            let ended = count >= 3
            return [
                "state": .string(ended ? "settled" : "accepted"),
                "deliveries": [["destination": "provincial", "state": .string(ended ? "delivered" : "pending")]],
            ]
        }
    }

    private func prepared(_ name: String, _ payloads: [String], http: Int = 202, message: String = "settled")
        -> LocalSystems.Prepared
    {
        let reader = OrderingKeyReader()
        let recorded = RecordedCase(
            name: name, folder: "", channel: "local-a", sender: "local-a", contentType: "application/xml",
            steps: payloads.map { _ in .init(payload: .file("n.xml"), http: http, message: message) },
            deliveries: http == 202 ? ["provincial": "delivered"] : [:], findings: http == 422 ? [.init(code: "xml.syntax")] : [],
            allowsFurtherFindings: false, faults: [])
        return .init(
            recorded: recorded, payloads: payloads.map { ("n.xml", Array($0.utf8), reader.orderingKey(of: Array($0.utf8))) },
            key: "k")
    }

    private static func notice(_ tender: String, _ number: Int) -> String {
        "<N><TENDER_PROJECT_CODE> \(tender) </TENDER_PROJECT_CODE><NUMBER>\(number)</NUMBER></N>"
    }

    @Test func `records of one tender go one after the other, and are numbered`() async throws {
        let folder = try TemporaryDirectory("sent")
        let gateway = FakeGateway()
        let clock = GatedClock()
        clock.release()
        let systems = try LocalSystems(gateway: gateway, clock: clock, logPath: folder.file("sent.jsonl"))
        let items = (1...12).flatMap { number in
            (1...4).map { tender in prepared("case-\(number)-\(tender)", [Self.notice("T\(tender)", number)]) }
        }
        let answers = try await systems.send(items)
        #expect(gateway.state.withLock { !$0.overlapped && $0.keys == ["k"] })
        let lines = try JSONLine.all(in: folder.read("sent.jsonl"))
        #expect(lines.count == 48)
        for tender in 1...4 {
            let own = lines.filter { $0["orderingKey"] == "T\(tender)" }
            #expect(own.map { $0["sequenceInKey"] } == (1...12).map(String.init))
            #expect(own.map { $0["case"] } == (1...12).map { "case-\($0)-\(tender)" })
        }
        let outcomes = try await systems.settle(items, answers: answers, until: clock.now() + .seconds(600))
        #expect(outcomes.flatMap { $0.problems } == [])
        #expect(outcomes.map(\.name) == items.map(\.recorded.name))
        #expect(clock.waits.count == 96)  // two pauses for each, since the third answer is the good one
    }

    @Test func `a repeat keeps its number, a refusal has none, a silence is told`() async throws {
        let folder = try TemporaryDirectory("sent")
        let clock = GatedClock()
        clock.release()
        let systems = try LocalSystems(gateway: FakeGateway(), clock: clock, logPath: folder.file("sent.jsonl"))
        let items = [
            prepared("a", [Self.notice("T", 1), Self.notice("T", 1)]), prepared("b", [Self.notice("T", 2)]),
            prepared("c", ["refuse"], http: 422, message: "refused"), prepared("d", ["fail"], message: ""),
        ]
        let answers = try await systems.send(items)
        let lines = try JSONLine.all(in: folder.read("sent.jsonl"))
        let byCase = Dictionary(grouping: lines) { $0["case"] ?? "" }.mapValues { $0.map { $0["sequenceInKey"] } }
        #expect(byCase == ["a": ["1", "1"], "b": ["2"], "c": [nil], "d": [nil]])
        #expect(lines.first { $0["case"] == "d" }?["failure"]?.contains("connection refused") == true)
        let outcomes = try await systems.settle(items, answers: answers, until: clock.now())
        #expect(outcomes.first { $0.name == "c" }?.isGood == true)
        #expect(outcomes.first { $0.name == "d" }?.problems.isEmpty == false)
    }

    @Test(
        arguments: [
            ("<N><TENDER_PROJECT_CODE>E44</TENDER_PROJECT_CODE></N>", "E44"),
            ("<C xmlns:b='urn:b'><b:ContractFolderID>f-1</b:ContractFolderID></C>", "f-1"), ("<N/>", nil), ("no xml", nil),
            ("{\"tenderProject\":{\"code\":\" E44 \"}}", "E44"), ("\u{FEFF} {\"tenderProject\":{\"code\":\"E44\"}}", "E44"),
            ("{\"tenderProject\":{}}", nil), ("{", nil), ("行政处罚决定书文号\n1\n", nil),
        ] as [(String, String?)])
    func `a sender knows its tender by its own reading`(payload: String, key: String?) {
        #expect(OrderingKeyReader().orderingKey(of: Array(payload.utf8)) == key)
    }
}
