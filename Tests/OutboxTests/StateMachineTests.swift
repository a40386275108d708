import ExchangeModel
import Testing

@testable import Outbox

/// The function that moves deliveries, the diagram in `Sources/Outbox/README.md` and its table of events are one machine.
@Suite struct StateMachineTests {
    /// Every state, a waiting one with each of its causes.
    static let states: [DeliveryState] =
        WaitingCause.allCases.map { .waiting($0) } + DeliveryState.names.compactMap { DeliveryState(name: $0) }

    struct Transition: Hashable {
        var from, event, to: String
    }

    static func readme() throws -> [Substring] {
        let here = #filePath
        let folder = here[..<(here.range(of: "/Tests/OutboxTests/")?.lowerBound ?? here.endIndex)]
        let bytes = try FileBytes.read("\(folder)/Sources/Outbox/README.md", limit: 1 << 20).get()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    /// The arrows `from --> to: event, event` of the page's first diagram; those from and to `[*]` carry no event.
    static func drawn() throws -> [Transition] {
        let diagram = try readme().drop { $0 != "```mermaid" }.prefix { $0 != "```" }
        return diagram.flatMap { line -> [Transition] in
            let sides = line.trimmed().split(separator: " --> ")
            guard sides.count == 2 else { return [] }
            let label = sides[1].split(separator: ": ")
            guard label.count == 2 else { return [] }
            return label[1].split(separator: ", ").map {
                Transition(from: String(sides[0]), event: String($0), to: String(label[0]))
            }
        }
    }

    @Test func everyPairOfStateAndEventIsAsDrawn() throws {
        let drawn = try Self.drawn()
        #expect(Set(drawn).count == drawn.count, "an arrow is drawn twice")
        #expect(drawn.count > 30, "the diagram was not found")
        let table = Dictionary(uniqueKeysWithValues: drawn.map { ("\($0.from) \($0.event)", $0.to) })
        var used = Set<String>()
        for state in Self.states {
            for event in DeliveryEvent.allCases {
                let pair = "\(state.name) \(event.rawValue)"
                #expect(state.after(event)?.name == table[pair], "\(pair)")
                if table[pair] != nil { used.insert(pair) }
            }
        }
        #expect(used == Set(table.keys), "arrows between states or by events that do not exist")
    }

    @Test func endsHaveNoWayOutAndEveryOtherStateHasOne() {
        for state in Self.states {
            let ways = DeliveryEvent.allCases.filter { state.after($0) != nil }
            #expect(ways.isEmpty == state.isEnd, "\(state.name)")
        }
    }

    @Test func theDiagramNamesWhereDeliveriesBeginAndEnd() throws {
        let lines = try Self.readme().map { $0.trimmed() }
        for state in Self.states where state.isEnd { #expect(lines.contains("\(state.name) --> [*]")) }
        #expect(lines.contains("[*] --> pending"))
        #expect(lines.contains("[*] --> waiting"))
    }

    @Test func everyEventIsExplainedOnceWithItsCause() throws {
        let rows = try Self.readme().filter { $0.hasPrefix("| `") }.map { $0.split(separator: "|").map { $0.trimmed() } }
        let events = rows.filter { row in DeliveryEvent.allCases.contains { row[0] == "`\($0.rawValue)`" } }
        #expect(events.count == DeliveryEvent.allCases.count)
        for event in DeliveryEvent.allCases {
            let row = events.first { $0[0] == "`\(event.rawValue)`" }
            #expect(row?.count == 3 && row?[1].isEmpty == false, "\(event.rawValue)")
        }
    }

    @Test func onlyADecisionOfAPersonOrASafeWayLeadsFromUnknownToSendingAgain() {
        let again = DeliveryEvent.allCases.filter { event in
            switch DeliveryState.unknown.after(event) {
            case .pending, .retryWait, .inFlight: true
            default: false
            }
        }
        #expect(Set(again) == [.foundAbsent, .resendDeclaredSafe, .retriedByPerson])
    }
}

extension Substring {
    fileprivate func trimmed() -> String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
