import ExchangeModel
import GatewayTesting
import Synchronization

/// What befalls the machine: its clock leaps, its store and disk fail, its end is planned.
extension SimulatedWorld {
    /// The clock is set by hand, by a time server, or was wrong at the start.
    func jump() {
        tally.count(
            random.chance(50)
                ? leap(.seconds(60 * Int.random(in: 20...1_800, using: &random)))
                : leap(.seconds(-Int.random(in: 30...3_000, using: &random))))
    }

    private func leap(_ by: Duration) -> String {
        clock.advance(by: by)
        note("the clock jumps by \(by)")
        return by > .zero ? "clock forward" : "clock backward"
    }

    func storm() {
        if random.chance(50) {
            let kinds: [GatewayError.Code] = [.storeFull, .storeFailed, .temporary]
            let code = kinds[Int.random(in: 0..<3, using: &random)]
            let faults: [FaultyStore.Fault] = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                random.chance(80) ? .before(code) : .after(.storeFailed)
            }
            weather.faults.withLock { $0 += faults }
            note("the store will fail \(faults.count) times: \(code)")
            tally.count("store fails")
        } else {
            let trouble = SimulatedDisk.Trouble.allCases.randomElement(using: &random) ?? .full
            let (first, count) = (Int.random(in: 1...20, using: &random), Int.random(in: 1...30, using: &random))
            disk.fail(trouble, first: first, count: count)
            note("the disk fails \(count) times: \(trouble)")
            tally.count("disk: \(trouble)")
        }
    }

    func loss() -> SimulatedDisk.Loss { SimulatedDisk.Loss.allCases.randomElement(using: &random) ?? .all }

    func doom() {
        let (death, loss) = (SimulatedDisk.Death.draw(&random), loss())
        disk.die(death, loss)
        note("the end is planned: \(death), loss \(loss)")
    }
}
