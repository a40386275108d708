import ExchangeModel
import GatewayTesting
import Store
import Synchronization

@testable import Outbox

/// How lives of the gateway begin and end.
extension SimulatedWorld {
    /// Starts the loops on the open store.
    func begin() {
        lifeCount += 1
        writesSeen = -1
        let (weather, ledger) = (weather, ledger)
        store.onApply { _ in weather.faults.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
        store.onAcknowledged { ledger.acknowledged($0) }
        lives = zip(platforms, settings.policies).map { platform, policy in
            let runner = DestinationRunner(
                destination: platform.name, courier: platform, policy: policy, store: store, clock: clock,
                owner: "life-\(lifeCount)", logger: .silent, limits: settings.limits)
            return Life(runner: runner, loop: RunnerLoop(runner, random: SeededRandom(seed: random.next())))
        }
        let runners = Dictionary(uniqueKeysWithValues: lives.map { ($0.runner.destination, $0.runner) })
        store.observeCommits { deliveries in
            for delivery in deliveries where !delivery.state.isEnd { runners[delivery.destination]?.enqueue(delivery) }
        }
        store.observeMoves { deliveries in for delivery in deliveries { runners[delivery.destination]?.hear(of: delivery) } }
    }

    /// A new process stands on what the disk has kept; it may die while it opens the store, and again.
    func revive(mayDie: Bool = true) async throws {
        tally.deaths += 1
        note("life \(lifeCount) is over")
        repeat {
            for platform in platforms { platform.loseConnections() }
            weather.faults.withLock { $0 = [] }
            await store.close()
            lives = []
            tally.damaged += disk.damaged
            tally.failures += disk.failures
            let next = try SimulatedDisk(seed: random.next(), directory: try disk.remains())
            disk = next
            living.now = next
            clock.advance(by: .milliseconds(Int64.random(in: 0...60_000, using: &random)))
            if mayDie {
                if random.chance(15) { jump() }
                if random.chance(25) { disk.die(.operation(Int.random(in: 1...30, using: &random)), loss()) }
                if random.chance(10) {
                    disk.fail(.full, first: Int.random(in: 1...20, using: &random), count: Int.random(in: 1...4, using: &random))
                }
            }
            do { store = try Self.open(disk, settings, clock) } catch {
                // The service manager starts it again.
                note("it cannot open its store: \((error as? GatewayError)?.code.name ?? "\(error)")")
                tally.count("ends while opening")
                disk.dieNow(loss())
            }
            if disk.isGone { note("it dies while it opens its store") }
        } while disk.isGone
        try await inspect()
        begin()
    }

    /// The service manager asks the process to end: what is on its way comes to its end, then the store is closed. The power
    /// may go meanwhile.
    func stop() async throws {
        note("asked to stop")
        tally.count("orderly stop")
        for life in lives { life.runner.stop() }
        for _ in 0..<40 where !lives.allSatisfy(\.hasEnded) && !disk.isGone {
            for index in lives.indices { try await turn(index) }
            for platform in platforms { _ = platform.answerOne() }
            clock.advance(by: .seconds(Int.random(in: 0...10, using: &random)))
        }
        if random.chance(30) { disk.die(.operation(Int.random(in: 1...12, using: &random)), loss()) }
        if random.chance(70) { await store.close() }
        disk.dieNow(loss())
    }

    // MARK: After each step

    /// Reads what was written since, and plays it.
    func observe() async throws {
        if store.writeCount == writesSeen { return }
        writesSeen = store.writeCount
        try await playEvidence()
        broken += replay.broken + platforms.flatMap(\.violations)
    }

    private func playEvidence() async throws {
        let (new, lost) = ledger.take(try await store.evidence(from: max(ledger.head.sequence, 1), limit: 10_000))
        broken += lost
        for row in new {
            let fields = EvidenceFields(row)
            replay.play(row, fields)
            receipts.play(fields)
            guard let step = EvidenceStep(fields) else { continue }
            steps.append(step)
            note(
                "evidence \(row.sequence): \(names[replay.sequence(step.delivery)] ?? "") to \(step.destination) \(step.from)>\(step.to)"
            )
            if step.to == "delivered", let id = idsByText[step.delivery] {
                platforms.first { $0.name == step.destination }?.confirm(id)
            }
        }
    }

    /// Compares what the disk has kept with what was acknowledged, and the evidence with the tables.
    func inspect() async throws {
        // A sender's message whose answer was lost with the process is there wholly, or not at all.
        for key in unanswered.keys.sorted() {
            guard var sent = unanswered[key], sent.found == nil else { continue }
            for intake in sent.tried {
                guard let report = try await store.message(intake.id) else { continue }
                sent.intake = intake
                sent.found = intake.id
                if report.deliveries.map(\.delivery.id) != intake.deliveries.map(\.id) {
                    broken.append("\(sent.name): half of an intake is there")
                }
                register(sent, intake, report.deliveries.map(\.delivery))
                break
            }
            unanswered[key] = sent
        }
        try await playEvidence()
        broken += replay.broken
        try await compareTables()
        let verdict = try await store.verifyEvidence()
        if let first = verdict.firstBroken { broken.append("evidence \(first.sequence): \(first.reason)") }
        let consistency = try await store.verifyOutbox(owner: nil)
        broken += consistency.faults.map { "\($0.check), \($0.subject): \($0.text)" }
    }

    /// What the tables hold is what the evidence tells.
    func compareTables() async throws {
        var next: Int64 = 0
        var count = 0
        while true {
            let page = try await store.deliveries(DeliveryFilter(states: DeliveryState.names, after: next, limit: 500))
            for report in page {
                let delivery = report.delivery
                guard let told = replay.standing(delivery.id) else {
                    broken.append("delivery \(delivery.sequence) is in the store, and nobody had accepted it")
                    continue
                }
                if told.state != delivery.state.name || told.leases != delivery.attempts || report.attempts.count != told.leases {
                    broken.append(
                        "\(names[delivery.sequence] ?? "") to \(delivery.destination): the evidence tells \(told.state) after \(told.leases) leases, "
                            + "the tables \(delivery.state.name) after \(delivery.attempts), with \(report.attempts.count) attempts"
                    )
                }
            }
            count += page.count
            guard let last = page.last else { break }
            next = last.delivery.sequence
        }
        if count != committed.count {
            broken.append("\(committed.count) deliveries were accepted, and \(count) are in the store")
        }
    }
}
