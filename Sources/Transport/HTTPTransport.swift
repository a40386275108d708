internal import CCurl
public import ExchangeModel
internal import Glibc
internal import Synchronization

/// Names one submitted request of one transport.
public struct SubmissionID: Sendable, Hashable {
    let number: UInt64
}

/// HTTP for all outgoing exchanges: one own thread runs libcurl's multi interface for every endpoint.
///
/// Use one for the whole process. Each request is sent **at most once** and ends in exactly one completion; whether a
/// failed one can have reached the server is `TransportFailure.stage`. Methods may be called from any thread. A transport
/// that is dropped without `stop` fails what is still running as `stopping` and ends its thread by itself.
public final class HTTPTransport: Sendable {
    /// Receives the outcome, once. It runs on the transport's thread, between two rounds of all exchanges: it must not block
    /// and should take microseconds (append to a queue, resume a continuation). It may call `submit` and `cancel`.
    public typealias Completion = @Sendable (Result<HTTPResponse, TransportFailure>) -> Void

    private let queue: CommandQueue
    /// The thread until someone joined or detached it.
    private let thread: Mutex<pthread_t?>

    /// libcurl's process-wide state (`curl_global_init(3)`); never undone, since other users of the library may live on.
    private static let globalInitialisation: CURLcode = ccurl_global_init()

    /// Starts the thread.
    ///
    /// - Parameter connectionsKeptMax: how many connections of all endpoints stay open for reuse (CURLMOPT_MAXCONNECTS).
    /// - Throws: `temporary` when there is no memory or thread to be had, `internalFault` when libcurl cannot start.
    public init(connectionsKeptMax: Int = 256) throws(GatewayError) {
        guard Self.globalInitialisation == CURLE_OK else {
            throw GatewayError(
                .internalFault, attempted: "initialise", subject: "libcurl",
                happened: String(cString: curl_easy_strerror(Self.globalInitialisation)),
                remedy: "check the installation of libcurl")
        }
        guard let multi = curl_multi_init() else {
            throw GatewayError(
                .temporary, attempted: "start", subject: "the HTTP transport", happened: "no memory",
                remedy: "free memory and try again")
        }
        // The default grows and shrinks with the number of transfers, which closes connections worth keeping.
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(connectionsKeptMax, 1))
        queue = CommandQueue(multi: multi)
        let loop = Unmanaged.passRetained(TransportLoop(multi: multi, queue: queue))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { context in
                ThreadName.set("tb-transport")
                // The context is the loop retained above; this is its one release, on the thread that owns the loop.
                Unmanaged<TransportLoop>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, loop.toOpaque())
        guard result == 0 else {
            loop.release()
            curl_multi_cleanup(multi)
            throw GatewayError(
                .temporary, attempted: "start a thread for", subject: "the HTTP transport",
                happened: String(cString: strerror(result)), remedy: "raise the limit on threads (TasksMax of the unit)")
        }
        self.thread = Mutex(thread)
    }

    deinit {
        // No effect after `stop`. The thread holds the queue itself, so it can outlive this object.
        queue.stop(at: .now)
        if let thread = takeThread() { pthread_detach(thread) }
    }

    /// Sends a request; the form for the hot path.
    ///
    /// - Parameter completion: see `Completion`. When the transport is stopping it runs at once on the calling thread,
    ///   before `submit` returns, with a `stopping` failure that is `certainlyNotSent`.
    /// - Returns: the name to cancel it by.
    @discardableResult
    public func submit(_ request: HTTPRequest, completion: @escaping Completion) -> SubmissionID {
        if let id = queue.submit(request, completion) { return id }
        completion(.failure(TransportFailure(.stopping, stage: .certainlyNotSent, text: "the transport takes no more requests")))
        return queue.makeID()
    }

    /// Ends a request as `cancelled`, unless it has ended; its connection is closed when it had begun. Its completion still
    /// runs once, with whichever outcome came first.
    public func cancel(_ id: SubmissionID) { queue.cancel(id) }

    /// Sends a request and waits for the answer. Cancelling the task cancels the request: the failure is then `cancelled`
    /// and its stage tells whether bytes can have left.
    public func send(_ request: HTTPRequest) async throws(TransportFailure) -> HTTPResponse {
        let ticket = Ticket()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                ticket.submit {
                    submit(request) { continuation.resume(returning: $0) }
                } orIfCancelled: {
                    let text = "cancelled before it was submitted"
                    continuation.resume(returning: .failure(TransportFailure(.cancelled, stage: .certainlyNotSent, text: text)))
                }
            }
        } onCancel: {
            if let id = ticket.cancel() { self.cancel(id) }
        }
        return try result.get()
    }

    /// Refuses further submissions at once, lets the accepted ones run for the grace period, then fails the rest as `stopping`.
    /// Returns when every completion has run and the thread has ended. A second call waits for the same end; the shorter
    /// period holds.
    public func stop(gracePeriod: Duration) async {
        await withCheckedContinuation { queue.stop(at: .now + gracePeriod, waiter: $0) }
        // The thread resumed us by its last statement: joining waits for its exit, microseconds, never for work.
        if let thread = takeThread() { pthread_join(thread, nil) }
    }

    private func takeThread() -> pthread_t? {
        thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
    }
}

/// Puts submission and cancellation of one `send` in order: whichever comes first is seen by the other, and nothing about
/// it is remembered anywhere else.
private final class Ticket: Sendable {
    private enum State {
        case new
        case submitted(SubmissionID)
        case cancelled
    }

    private let state = Mutex(State.new)

    func submit(_ submit: () -> SubmissionID, orIfCancelled cancelled: () -> Void) {
        let isCancelled = state.withLock { state in
            if case .cancelled = state { return true }
            state = .submitted(submit())
            return false
        }
        if isCancelled { cancelled() }
    }

    /// The id to cancel, when it was submitted already.
    func cancel() -> SubmissionID? {
        state.withLock { state in
            guard case .submitted(let id) = state else {
                state = .cancelled
                return nil
            }
            return id
        }
    }
}
