internal import Glibc
internal import Synchronization

/// A named moment at which the process can be told to end itself with SIGKILL: `Tests/Kill` proves that nothing accepted is
/// lost there.
///
/// `TENDERBRIDGE_DIE_AT=POINT:COUNT` ends the process when it comes to the point for the COUNT-th time (from 1). The variable
/// is read once. Where it is not set, passing a point costs one load.
public enum CrashPoint: String, Sendable, CaseIterable {
    /// A sender's body is there, and nothing was done with it.
    case received
    /// All statements of a transaction have run, and `COMMIT` has not.
    case beforeCommit
    /// A transaction is on disk, and no caller was answered.
    case afterCommit
    /// The bytes of a delivery are made, and not frozen on disk.
    case prepared
    /// A lease is on disk, and no byte has left.
    case leased
    /// The bytes were handed to the network: they may have left, and may not.
    case sending
    /// The destination has answered, and its verdict is not on disk.
    case answered
    /// A migration of the store has run, and is not committed.
    case migrating
    /// A start has settled what a former life left in flight, and has not read what is open.
    case loading
    /// A part of a backfill is in its transaction and not committed, or is committed and not answered.
    case backfill
    /// Another configuration was read and found good, and the gateway works under the present one.
    case reloading
    /// The loop of a changed destination has ended, and the one that takes over has not begun.
    case handingOver
    /// A file's records are on disk, and it is not moved: before its refused records, its reports, and the move.
    case filing
    /// The content of an attachment has its name, and no row.
    case attachmentNamed
    /// An attachment is on disk with its row, and whoever sent it was not answered, nor the message accepted that came with it.
    case attachmentKept

    /// The variable of the environment.
    public static let variable = "TENDERBRIDGE_DIE_AT"

    /// What the variable says: nil when it is not there or cannot be read (`isReadable`).
    private static let plan = getenv(variable).flatMap { Plan(String(cString: $0)) }

    private final class Plan: Sendable {
        let point: CrashPoint
        let left: Atomic<Int>

        init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let point = CrashPoint(rawValue: String(parts[0])), let count = Int(parts[1]), count > 0
            else { return nil }
            self.point = point
            left = Atomic(count)
        }
    }

    /// Whether a text is a point and a count.
    public static func isReadable(_ text: String) -> Bool { Plan(text) != nil }

    /// Whether the process will end at this point.
    public var isArmed: Bool { Self.plan?.point == self }

    /// To be called where the point is. Any thread.
    public func reached() {
        guard let plan = Self.plan, plan.point == self else { return }
        if plan.left.subtract(1, ordering: .relaxed).newValue == 0 { kill(getpid(), SIGKILL) }
    }
}
