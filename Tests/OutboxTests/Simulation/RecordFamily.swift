import ExchangeModel
import GatewayTesting
import Store

/// Records of a simulation that belong together: versions of one record, parents and their children; and what must hold of
/// them.
struct RecordFamily {
    /// What the next message is.
    enum Kind {
        /// A record of its own.
        case single
        /// A version of one of a few records.
        case version
        /// A parent, which may come before or after its children, and more than once.
        case parent(Int)
        /// A child of a parent.
        case child(Int)

        /// Some children share the ordering key of their parent, others have one of their own.
        var orderingKey: String? {
            switch self {
            case .single, .version: nil
            case .parent(let number): "P\(number)"
            case .child(let number): number % 2 == 0 ? "P\(number)" : "C\(number)"
            }
        }
    }

    static let parents = 8

    private var childrenOf: [String: Int] = [:]
    private var deliveriesOfParent: [Int: Set<String>] = [:]
    private var versionOf: [String: (record: String, version: Int)] = [:]

    func choose(_ random: inout SeededRandom) -> Kind {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<50: .single
        case 50..<75: .version
        case 75..<80: .parent(Int.random(in: 0..<Self.parents, using: &random))
        default: .child(Int.random(in: 0..<Self.parents, using: &random))
        }
    }

    /// Makes an intake what it is to be.
    func mark(_ intake: inout Intake, _ kind: Kind, number: Int, _ random: inout SeededRandom) {
        switch kind {
        case .single: break
        case .version:
            intake.businessKey = "record of \(intake.orderingKey)"
            // Now and then a lower version comes late.
            intake.version = "\(random.chance(80) ? number : max(1, number - 3))"
            for index in intake.deliveries.indices { intake.deliveries[index].supersedes = true }
        case .parent(let parent): intake.businessKey = "parent \(parent)"
        case .child(let parent):
            let wait = Duration.seconds(Int.random(in: 20...2_000, using: &random))
            for index in intake.deliveries.indices {
                intake.deliveries[index].parent = ParentRecord(
                    dataset: intake.dataset.name, businessKey: "parent \(parent)", until: intake.receivedAt + wait)
            }
        }
    }

    mutating func accepted(_ intake: Intake, _ kind: Kind) {
        for delivery in intake.deliveries {
            switch kind {
            case .single: break
            case .version:
                versionOf[delivery.id.description] = (
                    "\(intake.businessKey) to \(delivery.destination)", Int(intake.version) ?? 0
                )
            case .parent(let number): deliveriesOfParent[number, default: []].insert(delivery.id.description)
            case .child(let number): childrenOf[delivery.id.description] = number
            }
        }
    }

    /// What did not hold, read from the whole evidence in its order.
    func broken(_ rows: [EvidenceStep]) -> [String] {
        var broken: [String] = []
        var arrived: Set<String> = []
        for row in rows {
            if row.to == "delivered", let parent = deliveriesOfParent.first(where: { $0.value.contains(row.delivery) })?.key {
                arrived.insert("\(parent) \(row.destination)")
            }
            if row.to == "inFlight", let parent = childrenOf[row.delivery], !arrived.contains("\(parent) \(row.destination)") {
                broken.append("\(row.delivery): left before parent \(parent) was confirmed by \(row.destination)")
            }
            if row.from == "waiting", row.to == "pending", let parent = childrenOf[row.delivery],
                !arrived.contains("\(parent) \(row.destination)")
            {
                broken.append("\(row.delivery): woken before parent \(parent) was confirmed by \(row.destination)")
            }
        }
        return broken + brokenVersions(rows)
    }

    /// Of each record and destination, the highest version is never superseded, and what was superseded never left.
    private func brokenVersions(_ rows: [EvidenceStep]) -> [String] {
        var broken: [String] = []
        let left = Set(rows.filter { $0.to == "inFlight" }.map(\.delivery))
        let superseded = Set(rows.filter { $0.to == "superseded" }.map(\.delivery))
        for delivery in superseded.sorted() {
            if left.contains(delivery) { broken.append("\(delivery): superseded after it left") }
            guard let (record, version) = versionOf[delivery] else {
                broken.append("\(delivery): superseded, and no version of anything")
                continue
            }
            if !versionOf.values.contains(where: { $0.record == record && $0.version > version }) {
                broken.append("\(delivery): version \(version) of \(record) was superseded, and none is higher")
            }
        }
        return broken
    }
}
