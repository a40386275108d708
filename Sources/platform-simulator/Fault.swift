/// A way to go wrong that the simulated platform knows.
enum FaultKind: String, CaseIterable, Sendable {
    /// Answers as it would, but late.
    case slow
    /// HTTP 500; nothing was taken.
    case serverError = "server-error"
    /// HTTP 429 with `Retry-After`; nothing was taken.
    case tooManyRequests = "too-many-requests"
    /// The TCP connection is reset; nothing was taken.
    case reset
    /// The record is taken, and the connection closes without an answer.
    case answerLost = "answer-lost"
    /// HTTP 200 whose body says that it failed.
    case failureInside200 = "failure-inside-200"
    /// A proxy's HTML page instead of an answer; nothing was taken.
    case htmlErrorPage = "html-error-page"
    /// The record is taken, and the answer comes only after a long silence.
    case hang
}

/// One fault of the script: what happens to which request.
struct PlannedFault: Sendable, Hashable {
    /// The recording that plans it.
    var caseName: String
    /// The record's DATA_KEY.
    var dataKey: String
    /// Which request with that DATA_KEY, from 1.
    var attempt: Int
    /// What happens.
    var kind: FaultKind
    /// How long: `slow` (default 1 s), `hang` (default 30 s).
    var delay: Duration?
    /// `Retry-After` of `too-many-requests`, whole seconds (default 1).
    var retryAfterSeconds: Int?
    /// The platform's code inside HTTP 200 (default E9001).
    var code: String?
    /// HTTP status of the HTML page (default 502).
    var status: Int?
}

/// The script: at most one fault for each request of a record.
struct FaultPlan: Sendable {
    private struct Place: Hashable {
        var dataKey: String
        var attempt: Int
    }

    /// In the order of the recordings.
    let faults: [PlannedFault]
    private let byPlace: [Place: PlannedFault]

    /// Takes the faults of all recordings; the later of two for one request would never occur, so it is returned as an error.
    init(_ faults: [PlannedFault]) throws(FaultPlanConflict) {
        var byPlace: [Place: PlannedFault] = [:]
        for fault in faults {
            if let first = byPlace.updateValue(fault, forKey: Place(dataKey: fault.dataKey, attempt: fault.attempt)) {
                throw FaultPlanConflict(first: first, second: fault)
            }
        }
        self.faults = faults
        self.byPlace = byPlace
    }

    /// What is planned for a request.
    func fault(dataKey: String, attempt: Int) -> PlannedFault? { byPlace[Place(dataKey: dataKey, attempt: attempt)] }

    /// Nothing goes wrong.
    static let none = FaultPlan()

    private init() {
        faults = []
        byPlace = [:]
    }
}

/// Two recordings want different things of one request.
struct FaultPlanConflict: Error {
    /// Who planned first.
    var first: PlannedFault
    /// Who planned second.
    var second: PlannedFault
}
