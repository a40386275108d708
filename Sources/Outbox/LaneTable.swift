internal import DequeModule
internal import ExchangeModel
internal import HeapModule
internal import Store

/// The lanes of one destination in memory: which head may go now, which later, which asks a question.
///
/// A pure value: no store, no clock of its own, no tasks. Only heads matter; a lane keeps a short window of its followers
/// and says when it must be refilled from the store. The order inside a lane is the store's sequence.
struct LaneTable {
    /// Followers kept in memory for a lane; more stay in the store.
    static let laneWindow = 64

    private struct Lane {
        var entries = Deque<OpenDelivery>()
        /// The head is being worked on: leased, or its change is being written.
        var isBusy = false
        /// The lane stands in `ready`.
        var isQueued = false
        /// Followers above this sequence are read from the store when the window runs dry.
        var truncatedAfter: Int64?
        /// The highest sequence that was left out of the window.
        var skippedUpTo: Int64 = 0
        /// Since when the head is `unknown`, to bound the questions.
        var unknownSince: Instant?
    }

    private struct Alarm: Comparable {
        var at: Instant
        var lane: Int64
        static func < (left: Self, right: Self) -> Bool { left.at < right.at }
    }

    private var lanes: [Int64: Lane] = [:]
    private var ready = Deque<Int64>()
    private var alarms = Heap<Alarm>()
    private(set) var entryCount = 0

    var laneCount: Int { lanes.count }
    var hasReady: Bool { !ready.isEmpty }
    /// When the next head becomes due or asks.
    var nextAlarm: Instant? { alarms.min?.at }

    /// Adds a delivery behind those already known of its lane. A sequence that is not above the last one is known already.
    mutating func insert(_ delivery: OpenDelivery, now: Instant) {
        var lane = lanes[delivery.lane] ?? Lane()
        if let last = lane.entries.last, last.sequence >= delivery.sequence { return }
        if lane.truncatedAfter != nil || lane.entries.count >= Self.laneWindow {
            lane.truncatedAfter = lane.truncatedAfter ?? lane.entries.last?.sequence
            lane.skippedUpTo = max(lane.skippedUpTo, delivery.sequence)
            lanes[delivery.lane] = lane
            return
        }
        lane.entries.append(delivery)
        entryCount += 1
        let becameHead = lane.entries.count == 1
        lanes[delivery.lane] = lane
        if becameHead { arrange(delivery.lane, now: now) }
    }

    /// Takes the next head that may be sent; its lane is busy until `finish` or `release`.
    mutating func takeReady() -> OpenDelivery? {
        while let number = ready.popFirst() {
            guard var lane = lanes[number] else { continue }
            lane.isQueued = false
            guard !lane.isBusy, let head = lane.entries.first, head.state == .pending || head.state == .retryWait else {
                lanes[number] = lane
                continue
            }
            lane.isBusy = true
            lanes[number] = lane
            return head
        }
        return nil
    }

    /// Rings the alarms up to now: heads that are due become ready, `unknown` heads are returned as questions (busy until
    /// `finish` or `release`).
    mutating func ring(now: Instant, questionsMax: Int) -> [(delivery: OpenDelivery, since: Instant)] {
        var questions: [(OpenDelivery, Instant)] = []
        while questions.count < questionsMax, let alarm = alarms.min, alarm.at <= now {
            alarms.removeMin()
            guard var lane = lanes[alarm.lane], !lane.isBusy, let head = lane.entries.first else { continue }
            switch head.state {
            case .retryWait where (head.dueAt ?? now) <= now:
                enqueue(alarm.lane, &lane)
                lanes[alarm.lane] = lane
            case .unknown where (head.dueAt ?? now) <= now:
                lane.isBusy = true
                lanes[alarm.lane] = lane
                questions.append((head, lane.unknownSince ?? now))
            default:
                continue
            }
        }
        return questions
    }

    /// The head of a lane moved to another state on disk. An end removes it; the next one becomes the head.
    /// Returns the sequence to refill the lane from, when its window ran dry.
    mutating func finish(_ delivery: OpenDelivery, now: Instant) -> Int64? {
        guard var lane = lanes[delivery.lane], let head = lane.entries.first, head.sequence == delivery.sequence else {
            return nil
        }
        lane.isBusy = delivery.state == .inFlight
        if delivery.state.isEnd {
            lane.entries.removeFirst()
            entryCount -= 1
            lane.unknownSince = nil
            if lane.entries.isEmpty {
                if let after = lane.truncatedAfter {
                    lane.isBusy = true
                    lanes[delivery.lane] = lane
                    return after
                }
                lanes[delivery.lane] = nil
                return nil
            }
        } else {
            if delivery.state == .unknown { lane.unknownSince = lane.unknownSince ?? now } else { lane.unknownSince = nil }
            lane.entries[0] = delivery
        }
        lanes[delivery.lane] = lane
        if !lane.isBusy { arrange(delivery.lane, now: now) }
        return nil
    }

    /// The change of a head was not written: it stands as before and may be taken again.
    mutating func release(lane number: Int64, now: Instant) {
        guard var lane = lanes[number] else { return }
        lane.isBusy = false
        lanes[number] = lane
        arrange(number, now: now)
    }

    /// Followers read back from the store, in order, for a lane that ran dry. Returns the sequence to read on from when
    /// the page held none and more were committed meanwhile.
    mutating func refill(lane number: Int64, with page: [OpenDelivery], now: Instant) -> Int64? {
        guard var lane = lanes[number], let after = lane.truncatedAfter else { return nil }
        for delivery in page where delivery.sequence > (lane.entries.last?.sequence ?? after) {
            lane.entries.append(delivery)
            entryCount += 1
        }
        let readUpTo = max(page.last?.sequence ?? after, after)
        if readUpTo >= lane.skippedUpTo {
            lane.truncatedAfter = nil
        } else {
            // Sequences are published after their commit, so a gap closes by reading on; one that was ended meanwhile
            // never comes, and an empty page says so.
            lane.truncatedAfter = page.isEmpty ? lane.skippedUpTo : readUpTo
        }
        if lane.entries.isEmpty {
            lanes[number] = lane.truncatedAfter == nil ? nil : lane
            return lane.truncatedAfter
        }
        lane.isBusy = false
        lanes[number] = lane
        arrange(number, now: now)
        return nil
    }

    /// The delivery as known here, when it is the head of its lane or a follower in the window.
    func find(_ sequence: Int64, lane number: Int64) -> OpenDelivery? {
        lanes[number]?.entries.first { $0.sequence == sequence }
    }

    /// Whether a delivery is being worked on at this moment.
    func isBusy(lane number: Int64) -> Bool { lanes[number]?.isBusy ?? false }

    /// Replaces a follower or head after a person's act; an end takes it out wherever it stands.
    mutating func replace(_ delivery: OpenDelivery, now: Instant) -> Int64? {
        guard var lane = lanes[delivery.lane] else {
            if !delivery.state.isEnd { insert(delivery, now: now) }
            return nil
        }
        guard let index = lane.entries.firstIndex(where: { $0.sequence == delivery.sequence }) else { return nil }
        if index == 0 { return finish(delivery, now: now) }
        if delivery.state.isEnd {
            lane.entries.remove(at: index)
            entryCount -= 1
        } else {
            lane.entries[index] = delivery
        }
        lanes[delivery.lane] = lane
        return nil
    }

    /// Puts a lane where its head belongs: into the ready queue, under an alarm, or nowhere.
    private mutating func arrange(_ number: Int64, now: Instant) {
        guard var lane = lanes[number], !lane.isBusy, let head = lane.entries.first else { return }
        switch head.state {
        case .pending:
            enqueue(number, &lane)
        case .retryWait, .unknown:
            if head.state == .unknown, lane.unknownSince == nil { lane.unknownSince = now }
            if head.state == .retryWait, (head.dueAt ?? now) <= now {
                enqueue(number, &lane)
            } else {
                alarms.insert(Alarm(at: head.dueAt ?? now, lane: number))
            }
        case .waiting, .inFlight, .awaitingReceipt, .dead, .delivered, .cancelled, .superseded, .expired:
            break
        }
        lanes[number] = lane
    }

    private mutating func enqueue(_ number: Int64, _ lane: inout Lane) {
        guard !lane.isQueued else { return }
        lane.isQueued = true
        ready.append(number)
    }
}
