/// Handles and waiting requests of one endpoint. Lives on the transport's thread only.
final class EndpointPool {
    private let endpoint: HTTPEndpoint
    private var free: [Transfer] = []
    private(set) var runningCount = 0
    /// First in, first out: `waiting[next...]` are the ones that wait.
    private var waiting: [Submission?] = []
    private var next = 0

    init(_ endpoint: HTTPEndpoint) { self.endpoint = endpoint }

    var isIdle: Bool { runningCount == 0 && waitingCount == 0 }
    var waitingCount: Int { waiting.count - next }
    var hasRoom: Bool { runningCount < max(endpoint.limits.concurrentRequestsMax, 1) }

    /// Puts a request at the end; false when the limit is reached.
    func wait(_ submission: Submission) -> Bool {
        guard waitingCount < endpoint.limits.waitingRequestsMax else { return false }
        waiting.append(submission)
        return true
    }

    /// The request whose turn it is, if one waits and may run.
    func takeNext() -> Submission? {
        guard hasRoom else { return nil }
        while next < waiting.count {
            let submission = waiting[next]
            waiting[next] = nil
            next += 1
            if next == waiting.count || next > 256 {
                waiting.removeFirst(next)
                next = 0
            }
            if let submission { return submission }
        }
        return nil
    }

    /// Takes a request out of the line.
    func removeWaiting(_ id: SubmissionID) -> Submission? {
        guard let index = waiting[next...].firstIndex(where: { $0?.id == id }) else { return nil }
        return waiting.remove(at: index)
    }

    /// Takes all requests out of the line, in order.
    func removeAllWaiting() -> [Submission] {
        defer {
            waiting = []
            next = 0
        }
        return waiting[next...].compactMap { $0 }
    }

    /// A prepared handle; it counts as running until it comes back.
    func checkOut() throws(TransportFailure) -> Transfer {
        let transfer = if let transfer = free.popLast() { transfer } else { try Transfer(endpoint: endpoint) }
        runningCount += 1
        return transfer
    }

    func checkIn(_ transfer: Transfer) {
        runningCount -= 1
        free.append(transfer)
    }
}
