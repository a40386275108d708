import ExchangeModel
import Outbox
import Store
import Testing

@testable import Gateway

@Suite("What people are told")
struct SentenceTests {
    private let now = Instant(year: 2026, month: 5, day: 1)

    private func report(_ state: DeliveryState, subject: String? = nil, until: Instant? = nil) -> DeliveryReport {
        var random = SystemRandomNumberGenerator()
        let id = UUIDv7(at: now, random: &random)
        var report = DeliveryReport(
            delivery: OpenDelivery(
                sequence: 1, id: id, messageID: id, lane: 1, destination: "province", state: state, dueAt: until, attempts: 0,
                fence: 0, isFrozen: false, receivedAt: now, sourceTime: nil, canonical: nil, traceID: ""),
            dataset: Dataset("tender-notice"), businessKey: "N-1", orderingKey: "P-1", changedAt: now, cause: nil,
            frozenBytes: nil, versions: nil, attempts: [], receipts: [])
        report.waitingSubject = subject
        return report
    }

    @Test("a waiting delivery names its parent and the end of the wait")
    func parent() {
        let waiting = report(.waiting(.parent), subject: "project P-1", until: now)
        #expect(
            NextStep.text(of: waiting)
                == "is sent after project P-1 was confirmed by province; if that does not happen until 2026-05-01T00:00:00.000Z, it expires unsent"
        )
        #expect(NextStep.textZH(of: waiting) == "等待 province 确认 project P-1 后发送；若至 2026-05-01T00:00:00.000Z 仍未满足，则过期不再发送")
    }

    @Test("any cause, with and without subject, and every end has a sentence in both languages")
    func others() {
        #expect(NextStep.text(of: report(.waiting(.review), subject: "desk 1")) == "waits for review: desk 1")
        #expect(NextStep.text(of: report(.waiting(.review))) == "waits for review")
        #expect(NextStep.text(of: report(.superseded)).contains("newer version"))
        #expect(NextStep.text(of: report(.expired)).contains("never sent"))
        for name in DeliveryState.names {
            guard let state = DeliveryState(name: name, cause: "code") else { continue }
            #expect(!NextStep.text(of: report(state)).isEmpty && !NextStep.textZH(of: report(state)).isEmpty)
        }
    }

    @Test("an unknown outcome names the way in which its destination's are settled, and when")
    func unknown() {
        let unknown = report(.unknown, until: now)
        for (settlement, words) in [
            (UnknownPolicy.Settlement.statusQuery, "it is asked by its status query, from 2026-05-01T00:00:00.000Z on"),
            (.idempotentDeliveryID, "the same bytes go again under the same delivery id"), (.idempotentNewID, "under a new id"),
            (.person, "ask the platform, then outbox retry or outbox cancel; without that it is dead at 2026-05-01"),
        ] {
            let circumstances = DeliveryCircumstances(settlement: settlement)
            #expect(NextStep.text(of: unknown, in: circumstances).contains(words))
            #expect(NextStep.textZH(of: unknown, in: circumstances).hasPrefix("对方可能已收到："))
        }
    }

    @Test("one that is behind another names that, unless the pace keeps both")
    func behind() {
        let later = report(.pending)
        var ahead = report(.unknown).delivery
        let sentence = NextStep.text(of: later, in: DeliveryCircumstances(ahead: ahead))
        #expect(sentence.hasPrefix("is sent after delivery \(ahead.id), which"))
        let shut = PaceObstacle(cause: .openingHours, until: now)
        #expect(NextStep.text(of: later, in: DeliveryCircumstances(obstacle: shut, ahead: ahead)).contains("is unknown"))
        ahead.state = .pending
        #expect(NextStep.text(of: later, in: DeliveryCircumstances(obstacle: shut, ahead: ahead)).contains("opens at"))
        #expect(NextStep.textZH(of: later, in: DeliveryCircumstances(ahead: ahead)).contains("状态 pending"))
    }

    private func forecast(_ groups: [BacklogGroup], rate: Double?, opening: BacklogForecast.Opening = .open) -> BacklogForecast {
        BacklogForecast(destination: "province", groups: groups, perSecond: rate, now: now, opening: opening)
    }

    private func contracts(_ count: Int, isStuck: Bool = false) -> BacklogGroup {
        BacklogGroup(
            destination: "province", dataset: "contract", deadline: now + .seconds(60), isStuck: isStuck, count: count)
    }

    @Test("a forecast is a sentence in both languages")
    func forecasts() {
        let bad = forecast([contracts(72), contracts(2, isStuck: true)], rate: 1)
        #expect(
            ForecastText.text(bad)
                == "72 delivery(ies) wait, 2 stand still until something from outside moves them, the backlog ends at 2026-05-01T00:01:12.000Z, it misses 2026-05-01T00:01:00.000Z for 12 contract, 2 contract that are due 2026-05-01T00:01:00.000Z stand still"
        )
        #expect(ForecastText.textZH(bad).contains("12 条 contract 将错过期限 2026-05-01T00:01:00.000Z"))
        #expect(ForecastText.text(forecast([], rate: nil)) == "nothing waits")
        #expect(ForecastText.text(forecast([contracts(1)], rate: nil)).contains("cannot be told yet"))
        #expect(ForecastText.text(forecast([contracts(1)], rate: 0)).contains("nothing was confirmed"))
        #expect(ForecastText.text(forecast([contracts(1)], rate: 1, opening: .held)).contains("is held"))
        let closed = forecast([contracts(1)], rate: 1, opening: .opensAt(now + .seconds(5)))
        #expect(ForecastText.text(closed).contains("nothing goes before 2026-05-01T00:00:05.000Z"))
    }
}
