internal import Dispatch

/// What a store takes, with a name for each limit. Configuration may lower them; nothing goes above.
public enum StoreLimits {
    /// Writes that may wait for the disk at once. One more is refused with a retryable error: the callers are then far
    /// ahead of the disk, and a longer queue would only hide it.
    public static let queuedWrites = 8192
    /// Octets that the waiting writes may hold together. A single larger write is taken when nothing else waits.
    public static let queuedBytes = 256 << 20
    /// Octets kept of an answer of a destination (`Receipt.answer`).
    public static let receiptBytes = 16 << 10
    /// Octets of the reason that a person gives for an act.
    public static let reasonBytes = 512
    /// Faults that a check of the store lists; more are only counted.
    public static let faultsListed = 1000
    /// Rows that a check of the store looks at in one read transaction.
    public static let rowsPerCheck = 5000
    /// Octets of one row of evidence.
    public static let evidenceBytes = 64 << 10
    /// Rows that one read hands out; a larger `limit` is cut to it.
    public static let rowsPerRead = 10_000
    /// Rows of the chain that are checked in one read transaction, so that the check of a long chain does not keep the
    /// write-ahead log from being folded back.
    public static let evidenceRowsPerCheck = 5000
    /// How long a commit waits for intakes that are being prepared, in nanoseconds' precision. A commit costs the disk about
    /// as much whether it carries one message or sixteen.
    static let gathering: DispatchTimeInterval = .microseconds(1000)
    /// Inputs that one data key encrypts; then its day gets another. NIST SP 800-38D allows more for counted nonces; this keeps
    /// the octets under one key far from any bound.
    public static let sealsPerDataKey: UInt64 = 1 << 32
    /// How long a write waits for a lock that another program holds on the database.
    public static let busyWait: Duration = .seconds(5)
    /// How long opening waits for a former daemon to give the store back (a service manager that restarts).
    public static let lockWait: Duration = .seconds(2)
    /// Receipts of one destination that wait for a delivery which is not there; one more is not taken.
    public static let earlyReceipts = 10_000
    /// How long a receipt waits for its delivery. Then it is dropped, with a line in the log and a row of evidence.
    public static let earlyReceiptAge: Duration = .seconds(7 * 86_400)
    /// Records of a file or page that one transaction takes.
    public static let batchRecords = 1000
    /// Octets of the place where a poll channel goes on.
    public static let cursorBytes = 4096
    /// Receipts that one call may bring.
    public static let receiptsPerCall = 5000
    /// Lanes that one call parks.
    public static let parkedPerCall = 500
    /// Octets of a receipt's number, and of what ties it to its delivery.
    public static let receiptTextBytes = 256
    /// Earlier versions of a record that an acceptance compares itself with, newest first, where a route supersedes.
    public static let versionsCompared = 1000
    /// Messages that one transaction of a backfill gives a delivery: acceptances wait behind it for some 20 ms.
    public static let backfillPage = 500
    /// Octets of canonical records that one part of a backfill reads.
    static let backfillOctets = 16 << 20
    /// Rows that a backfill looks at in one read transaction.
    static let backfillStretch: Int64 = 50_000
    /// Lanes with deliveries of newer messages that a backfill keeps in memory.
    static let backfillLanes = 2_000_000
}
