internal import CCurl
internal import Glibc

/// The transport's thread: it alone touches libcurl's handles (`libcurl-thread(3)`), except for `curl_multi_wakeup`.
final class TransportLoop {
    private let multi: UnsafeMutableRawPointer
    private let queue: CommandQueue
    private var commands: [Command] = []
    private var pools: [UInt64: EndpointPool] = [:]
    private var running: [SubmissionID: Transfer] = [:]
    /// Pools that may start a waiting request after this round.
    private var touched: [EndpointPool] = []

    /// Above this many pools the idle ones are dropped: endpoints of an earlier configuration never come back.
    private static let poolsMax = 256
    /// The longest sleep, in milliseconds; libcurl's own timers and wake-ups end it earlier.
    private static let sleepMax: Int64 = 60_000

    init(multi: UnsafeMutableRawPointer, queue: CommandQueue) {
        self.multi = multi
        self.queue = queue
    }

    /// Runs until a stop is complete; then every request was answered exactly once and libcurl's handles are gone.
    func run() {
        Self.blockSignals()
        while true {
            let deadline = queue.take(into: &commands)
            for command in commands { obey(command) }
            commands.removeAll(keepingCapacity: true)
            perform()
            if let deadline, running.isEmpty || ContinuousClock.now >= deadline { break }
            if queue.fallAsleep(knowing: deadline) {
                curl_multi_poll(multi, nil, 0, Self.sleepTime(until: deadline), nil)
            }
        }
        shutDown()
    }

    private func obey(_ command: Command) {
        switch command {
        case .start(let submission): accept(submission)
        case .cancel(let id): cancel(id)
        }
    }

    // MARK: Starting

    private func accept(_ submission: Submission) {
        let pool = pool(for: submission.request.endpoint)
        if pool.waitingCount == 0, pool.hasRoom {
            start(submission, in: pool)
        } else if !pool.wait(submission) {
            let text = "waitingRequestsMax \(submission.request.endpoint.limits.waitingRequestsMax) reached"
            submission.completion(.failure(TransportFailure(.queueFull, stage: .certainlyNotSent, text: text)))
        }
    }

    private func start(_ submission: Submission, in pool: EndpointPool) {
        let transfer: Transfer
        do throws(TransportFailure) {
            transfer = try pool.checkOut()
        } catch {
            submission.completion(.failure(error))
            return
        }
        do throws(TransportFailure) {
            try transfer.begin(submission)
            let code = curl_multi_add_handle(multi, transfer.easy)
            guard code == CURLM_OK else {
                throw transfer.abandon(.other, text: "curl_multi_add_handle: " + String(cString: curl_multi_strerror(code)))
            }
            running[submission.id] = transfer
        } catch {
            pool.checkIn(transfer)
            touched.append(pool)
            submission.completion(.failure(error))
        }
    }

    private func pool(for endpoint: HTTPEndpoint) -> EndpointPool {
        if let pool = pools[endpoint.identity] { return pool }
        if pools.count >= Self.poolsMax { pools = pools.filter { !$0.value.isIdle } }
        let pool = EndpointPool(endpoint)
        pools[endpoint.identity] = pool
        return pool
    }

    // MARK: Running and ending

    private func perform() {
        var left: Int32 = 0
        let code = curl_multi_perform(multi, &left)
        guard code == CURLM_OK else {
            failAll(.other, text: "curl_multi_perform: " + String(cString: curl_multi_strerror(code)))
            return
        }
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            // The message is gone once the handle is removed.
            let result = message.pointee.data.result
            if let transfer = transfer(of: message.pointee.easy_handle) { end(transfer) { $0.finish(result) } }
        }
        startWaiting()
    }

    /// The transfer behind a handle: set by `Transfer.prepare`, alive because `running` holds it until `end`.
    private func transfer(of easy: UnsafeMutableRawPointer?) -> Transfer? {
        var context: UnsafeMutableRawPointer?
        _ = ccurl_get_pointer(easy, CURLINFO_PRIVATE, &context)
        return context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func end(_ transfer: Transfer, outcome: (Transfer) -> Result<HTTPResponse, TransportFailure>) {
        // Absent means ended already: no completion is called twice.
        guard let submission = transfer.submission, running.removeValue(forKey: submission.id) != nil else { return }
        curl_multi_remove_handle(multi, transfer.easy)
        let result = outcome(transfer)
        let pool = pool(for: submission.request.endpoint)
        pool.checkIn(transfer)
        touched.append(pool)
        submission.completion(result)
    }

    private func startWaiting() {
        // A start that fails at once touches its pool again; every round takes at least one request out of a line.
        while let pool = touched.popLast() {
            while let submission = pool.takeNext() { start(submission, in: pool) }
        }
    }

    private func cancel(_ id: SubmissionID) {
        let text = "cancelled by the caller"
        if let transfer = running[id] {
            end(transfer) { .failure($0.abandon(.cancelled, text: text)) }
            return
        }
        for pool in pools.values {
            guard let submission = pool.removeWaiting(id) else { continue }
            submission.completion(.failure(TransportFailure(.cancelled, stage: .certainlyNotSent, text: text)))
            return
        }
        // Neither running nor waiting: it has ended. Nothing is remembered.
    }

    private func failAll(_ kind: TransportFailure.Kind, text: String) {
        for transfer in Array(running.values) { end(transfer) { .failure($0.abandon(kind, text: text)) } }
        for pool in pools.values {
            for submission in pool.removeAllWaiting() {
                submission.completion(.failure(TransportFailure(kind, stage: .certainlyNotSent, text: text)))
            }
        }
        touched.removeAll()
    }

    private func shutDown() {
        failAll(.stopping, text: "the transport stopped before the exchange was complete")
        // Easy handles go before the multi handle (curl_multi_cleanup(3)), and nobody may wake it any more.
        pools.removeAll()
        queue.forgetMulti()
        curl_multi_cleanup(multi)
        queue.finish()
    }

    // MARK: Thread

    private static func sleepTime(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return Int32(sleepMax) }
        let left = (deadline - ContinuousClock.now).components
        guard left.seconds >= 0 else { return 0 }
        let milliseconds = min(left.seconds, sleepMax / 1000) * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
        return Int32(min(max(milliseconds, 0), sleepMax))
    }

    /// Signals of the process are for other threads, and a write to a closed connection must not raise SIGPIPE: with
    /// CURLOPT_NOSIGNAL libcurl does not guard against it. Faults of this thread itself stay deliverable.
    private static func blockSignals() {
        var signals = sigset_t()
        sigfillset(&signals)
        for own in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS] { sigdelset(&signals, own) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
