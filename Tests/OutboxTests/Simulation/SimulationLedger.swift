import ExchangeModel
import Store
import Synchronization

/// What the store has acknowledged, kept beside it in memory: nothing of it may ever be lost.
final class SimulationLedger: Sendable {
    private struct State {
        /// Contents of evidence of acknowledged calls that were not read back yet.
        var owed: [[UInt8]] = []
        /// The end of the chain as it was last read.
        var head = EvidenceHead.empty
    }

    private let state = Mutex(State())

    /// A call was acknowledged that wrote this evidence.
    func acknowledged(_ contents: [[UInt8]]) { state.withLock { $0.owed += contents } }

    var isOwed: Bool { state.withLock { !$0.owed.isEmpty } }
    var head: EvidenceHead { state.withLock { $0.head } }

    /// Takes the rows from the known head on, that row included when there is one. Returns the new ones, and what is not as
    /// it was acknowledged.
    func take(_ rows: [EvidenceRow]) -> (new: [EvidenceRow], broken: [String]) {
        state.withLock { state in
            var broken: [String] = []
            var new = rows
            if state.head.sequence > 0 {
                let known = rows.first
                if known?.sequence != state.head.sequence || known?.digest != state.head.digest {
                    broken.append("evidence \(state.head.sequence) was read from the store, and is lost or another one")
                }
                new = Array(rows.dropFirst())
            }
            var found: [[UInt8]: Int] = [:]
            for row in new { found[row.content, default: 0] += 1 }
            for content in state.owed {
                guard let count = found[content], count > 0 else {
                    broken.append("acknowledged, and not in the evidence: \(String(decoding: content, as: UTF8.self))")
                    continue
                }
                found[content] = count - 1
            }
            state.owed = []
            if let last = rows.last { state.head = EvidenceHead(sequence: last.sequence, digest: last.digest) }
            return (new, broken)
        }
    }
}

/// A message on its way from a sender, until the sender has an answer. Senders keep the order of a key: the next message
/// with it leaves when this one was answered.
struct SentMessage {
    var intake: Intake
    var kind: RecordFamily.Kind
    var name: String
    /// Under which ids it was handed in before.
    var tried: [Intake] = []
    /// The message that a former life accepted without saying so.
    var found: MessageID?
}
