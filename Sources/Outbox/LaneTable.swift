internal import DequeModule
internal import ExchangeModel
internal import HeapModule
internal import Store

/// The lanes of one destination in memory: which head may go now, which later, which asks a question.
///
/// A pure value: no store, no clock of its own, no tasks. Only heads matter; a lane keeps a short window of its followers
/// and says when it must be refilled from the store. The order inside a lane is the store's sequence.
struct LaneTable {
    struct Lane {
        var entries = Deque<OpenDelivery>()
        /// The head is being worked on: leased, asked about, or its change is being written.
        var isBusy = false
        /// The lane stands in `ready`, or in `inquiries`.
        var isReady = false, isInquiring = false
        /// Followers above this sequence are read from the store when the window runs dry.
        var truncatedAfter: Int64?
        /// The highest sequence that was left out of the window.
        var skippedUpTo: Int64 = 0
        /// Since when the head is `unknown`, to bound the questions.
        var unknownSince: Instant?
        /// Some delivery of the lane in memory had a deadline.
        var hasDeadlines = false

        /// The earliest deadline in memory: what stands before it must leave even earlier.
        var deadline: Instant? { hasDeadlines ? entries.lazy.compactMap(\.deadline).min() : nil }
        /// Brought back by a person while the head was at work; they join the others when it rests.
        var returning: [OpenDelivery] = []
    }

    private struct Alarm: Comparable {
        var at: Instant
        var lane: Int64
        static func < (left: Self, right: Self) -> Bool { left.at < right.at }
    }

    /// Whether a person may act on a delivery at this moment.
    enum Hold: Equatable {
        /// It was an idle head: its lane is busy from now on, until `replace`, `finish` or `release`.
        case held
        /// It is no head here, so nothing is done to it meanwhile.
        case free
        /// It is a head that is being worked on.
        case busy
    }

    private let laneWindow: Int
    /// What those behind a dead or waiting delivery may do.
    let rule: HeadOfLineRule
    var lanes: [Int64: Lane] = [:]
    /// Lanes behind a dead head: see `LaneTable+Stones.swift`.
    var stones: [Int64: Stone] = [:]
    /// Lanes that stand still behind a dead head, and are to be parked for it.
    var unparked: Set<Int64> = []
    /// What leases nothing for now.
    var stops = LaneStops()
    private var ready = ReadyQueue()
    private var inquiries = Deque<Int64>()
    /// Lanes whose head waited long enough.
    private var lapsed = Deque<Int64>()
    private var alarms = Heap<Alarm>()
    /// Deliveries that wait and are passed, by sequence: see `LaneTable+StandingAside.swift`.
    var beside = Beside()
    var entryCount = 0

    /// - Parameter laneWindow: followers kept in memory for a lane.
    init(laneWindow: Int = RunnerLimits().laneWindow, rule: HeadOfLineRule = .block) {
        self.laneWindow = laneWindow
        self.rule = rule
    }

    var laneCount: Int { lanes.count }
    var hasReady: Bool { !ready.isEmpty && !stops.isDestinationHeld }
    var hasInquiry: Bool { !inquiries.isEmpty }
    var hasLapsed: Bool { !lapsed.isEmpty || !beside.lapsed.isEmpty }
    /// How many lanes of a channel are ready.
    func readyCount(of channel: String) -> Int { ready.count(of: channel) }
    /// When the next head becomes due or asks.
    var nextAlarm: Instant? {
        guard let limit = beside.nextLimit else { return alarms.min?.at }
        return min(limit, alarms.min?.at ?? limit)
    }

    // MARK: In

    /// Adds a delivery behind those already known of its lane. A sequence that is not above the last one is known already.
    mutating func insert(_ delivery: OpenDelivery, now: Instant) {
        if isPassed(delivery) { return stand(beside: delivery) }
        if leaveBehindStone(delivery) { return }
        var lane = lanes[delivery.lane] ?? Lane()
        if let last = lane.entries.last, last.sequence >= delivery.sequence { return }
        let isFull = lane.entries.count >= laneWindow || lane.entries.first.map { Self.blocks($0.state) } ?? false
        if isFull || lane.truncatedAfter != nil, leave(delivery) { return }
        lane.entries.append(delivery)
        entryCount += 1
        if delivery.deadline != nil {
            lane.hasDeadlines = true
            // The lane is more urgent now than when it became ready.
            if lane.isReady, lane.deadline == delivery.deadline { standReady(delivery.lane, lane) }
        }
        let becameHead = lane.entries.count == 1
        lanes[delivery.lane] = lane
        if becameHead { arrange(delivery.lane, now: now) }
    }

    /// Leaves a delivery to the store, to be read back when its lane has run dry. False where its lane is not known.
    @discardableResult mutating func leave(_ delivery: OpenDelivery) -> Bool {
        guard var lane = lanes[delivery.lane] else { return leaveBehindStone(delivery) }
        if let last = lane.entries.last, last.sequence >= delivery.sequence { return true }
        lane.truncatedAfter = lane.truncatedAfter ?? lane.entries.last?.sequence
        lane.skippedUpTo = max(lane.skippedUpTo, delivery.sequence)
        lanes[delivery.lane] = lane
        return true
    }

    /// Followers read back from the store, in order, for a lane that ran dry. Returns the sequence to read on from when
    /// the page held none and more were committed meanwhile.
    mutating func refill(lane number: Int64, with page: [OpenDelivery], now: Instant) -> Int64? {
        guard var lane = lanes[number], let after = lane.truncatedAfter else { return nil }
        for delivery in page where delivery.sequence > (lane.entries.last?.sequence ?? after) {
            if isPassed(delivery) {
                stand(beside: delivery)
                continue
            }
            lane.entries.append(delivery)
            entryCount += 1
            if delivery.deadline != nil { lane.hasDeadlines = true }
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

    // MARK: Out

    /// Takes the next head that may be sent; its lane is busy until `finish` or `release`.
    mutating func takeReady() -> OpenDelivery? {
        while !stops.isDestinationHeld, let number = ready.popFirst() {
            guard var lane = lanes[number], lane.isReady else { continue }
            lane.isReady = false
            if !lane.isBusy, !stops.contains(number), let head = lane.entries.first,
                head.state == .pending || head.state == .retryWait
            {
                lane.isBusy = true
                lanes[number] = lane
                return head
            }
            lanes[number] = lane
        }
        return nil
    }

    /// Takes the next `unknown` head whose question is due, and since when it is unknown; its lane is busy until `finish`
    /// or `release`.
    mutating func takeInquiry() -> (delivery: OpenDelivery, since: Instant)? {
        while let number = inquiries.popFirst() {
            guard var lane = lanes[number] else { continue }
            lane.isInquiring = false
            if !lane.isBusy, let head = lane.entries.first, head.state == .unknown {
                lane.isBusy = true
                lanes[number] = lane
                return (head, lane.unknownSince ?? head.receivedAt)
            }
            lanes[number] = lane
        }
        return nil
    }

    /// Takes the next head whose wait is over; its lane is busy until `finish` or `release`.
    mutating func takeLapsed(now: Instant) -> OpenDelivery? {
        if let delivery = beside.takeLapsed(now: now) { return delivery }
        while let number = lapsed.popFirst() {
            // A lane may stand here twice, or its head may have been woken meanwhile.
            guard var lane = lanes[number], !lane.isBusy, let head = lane.entries.first, Self.waitsUntil(head.state),
                let until = head.dueAt, until <= now
            else { continue }
            lane.isBusy = true
            lanes[number] = lane
            return head
        }
        return nil
    }

    /// A delivery as it is known here; nil when it is not in memory.
    func entry(_ sequence: Int64, lane number: Int64) -> OpenDelivery? {
        beside[sequence] ?? lanes[number]?.entries.first { $0.sequence == sequence }
    }

    /// Rings all alarms up to now: heads that are due become ready, `unknown` heads may ask.
    mutating func ring(now: Instant) {
        ready.pass(to: now)
        beside.ring(now: now)
        while let alarm = alarms.min, alarm.at <= now {
            alarms.removeMin()
            guard var lane = lanes[alarm.lane], !lane.isBusy, let head = lane.entries.first else { continue }
            // An alarm of a former state of the lane finds a head that is not due: that head has its own.
            guard (head.dueAt ?? now) <= now else { continue }
            enqueue(alarm.lane, &lane)
            lanes[alarm.lane] = lane
        }
    }

    /// Keeps a delivery still while a person's act on it is written.
    mutating func hold(_ sequence: Int64, lane number: Int64) -> Hold {
        guard var lane = lanes[number], lane.entries.first?.sequence == sequence else { return .free }
        if lane.isBusy { return .busy }
        lane.isBusy = true
        lanes[number] = lane
        return .held
    }

    /// Whether a delivery is the head of its lane.
    func isHead(_ sequence: Int64, lane number: Int64) -> Bool { lanes[number]?.entries.first?.sequence == sequence }

    // MARK: Moves

    /// The head of a lane moved to another state on disk. An end removes it, and so does standing aside; the next one becomes
    /// the head.
    /// Returns the sequence to refill the lane from, when its window ran dry.
    mutating func finish(_ delivery: OpenDelivery, now: Instant) -> Int64? {
        guard var lane = lanes[delivery.lane], let head = lane.entries.first, head.sequence == delivery.sequence else {
            moveBeside(delivery, now: now)
            return nil
        }
        lane.isBusy = delivery.state == .inFlight
        if leaves(delivery) {
            lane.entries.removeFirst()
            entryCount -= 1
            stand(beside: delivery)
            lane.unknownSince = nil
            join(&lane)
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

    /// Replaces a follower or head by what the store tells of it; an end takes it out wherever it stands. Returns as
    /// `finish` does.
    mutating func replace(_ delivery: OpenDelivery, now: Instant) -> Int64? {
        if moveBeside(delivery, now: now) { return nil }
        if let stone = stones[delivery.lane] { return lift(stone, with: delivery) }
        guard var lane = lanes[delivery.lane] else {
            if !delivery.state.isEnd { insert(delivery, now: now) }
            return nil
        }
        guard let index = lane.entries.firstIndex(where: { $0.sequence == delivery.sequence }) else {
            takeBack(delivery, now: now)
            return nil
        }
        if index == 0 { return finish(delivery, now: now) }
        if leaves(delivery) {
            lane.entries.remove(at: index)
            entryCount -= 1
            stand(beside: delivery)
        } else {
            lane.entries[index] = delivery
        }
        lanes[delivery.lane] = lane
        return nil
    }

    // MARK: Where a head belongs

    /// States whose head stops its lane until something from outside moves it.
    private static func blocks(_ state: DeliveryState) -> Bool {
        switch state {
        case .waiting, .awaitingReceipt, .dead: true
        case .pending, .inFlight, .retryWait, .unknown, .delivered, .cancelled, .superseded, .expired: false
        }
    }

    /// States whose head waits for something from outside, until its time is over.
    private static func waitsUntil(_ state: DeliveryState) -> Bool {
        switch state {
        case .waiting, .awaitingReceipt: true
        case .pending, .inFlight, .retryWait, .unknown, .dead, .delivered, .cancelled, .superseded, .expired: false
        }
    }

    /// Puts a lane where its head belongs: into the ready queue, under an alarm, or nowhere.
    mutating func arrange(_ number: Int64, now: Instant) {
        guard var lane = lanes[number], !lane.isBusy else { return }
        join(&lane)
        guard let head = lane.entries.first else { return }
        switch head.state {
        case .pending:
            enqueue(number, &lane)
        case .retryWait, .unknown:
            // After a restart the stored due time stands for the time of the loss, so that restarts do not renew the limit.
            if head.state == .unknown, lane.unknownSince == nil { lane.unknownSince = min(now, head.dueAt ?? now) }
            if let dueAt = head.dueAt, dueAt > now {
                lane.isReady = false
                alarms.insert(Alarm(at: dueAt, lane: number))
            } else {
                enqueue(number, &lane)
            }
        case .dead:
            lay(stoneOn: number, lane)
            return
        case .waiting, .awaitingReceipt:
            // What stands behind a blocked head goes back to the store: blocked lanes must not fill the memory that the
            // other lanes need.
            if lane.entries.count > 1, let last = lane.entries.last {
                lane.truncatedAfter = head.sequence
                lane.skippedUpTo = max(lane.skippedUpTo, last.sequence)
                entryCount -= lane.entries.count - 1
                lane.entries.removeLast(lane.entries.count - 1)
            }
            if Self.waitsUntil(head.state), let until = head.dueAt {
                if until > now { alarms.insert(Alarm(at: until, lane: number)) } else { enqueue(number, &lane) }
            }
        case .inFlight, .delivered, .cancelled, .superseded, .expired:
            break
        }
        lanes[number] = lane
    }

    /// Lets a lane wait for its turn.
    private mutating func standReady(_ number: Int64, _ lane: Lane) {
        guard let head = lane.entries.first else { return }
        ready.insert(
            ReadyQueue.Place(
                lane: number, channel: head.channel, deadline: lane.deadline,
                since: head.state == .retryWait ? head.dueAt ?? head.receivedAt : head.receivedAt, sequence: head.sequence))
    }

    /// Puts a lane whose head is due into the queue of its state.
    private mutating func enqueue(_ number: Int64, _ lane: inout Lane) {
        switch lane.entries.first?.state {
        case .pending, .retryWait:
            if lane.isReady || stops.contains(number) { return }
            lane.isReady = true
            standReady(number, lane)
        case .unknown:
            if lane.isInquiring { return }
            lane.isInquiring = true
            inquiries.append(number)
        case .waiting, .awaitingReceipt:
            lapsed.append(number)
        case .inFlight, .dead, .delivered, .cancelled, .superseded, .expired, nil:
            break
        }
    }
}
