internal import ExchangeModel
internal import Glibc

/// Rings when something came into a folder, or when it is time to look at it besides.
final class FolderBell: Sendable {
    private let watch: FolderWatch?
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// - Parameter watch: nil where the system has no more watches; then time alone rings.
    init(watch: FolderWatch?) {
        self.watch = watch
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Returns at the instant, or earlier when the folder may have something new; or when the task is cancelled.
    func wait(until instant: Instant, _ path: String, _ clock: any GatewayClock) async {
        // A folder that was made anew has no watch any more; watching it twice is the same as once.
        let continuation = continuation
        _ = watch?.watch(path) { continuation.yield() }
        let timer = Task {
            try? await clock.wait(until: instant)
            continuation.yield()
        }
        var iterator = stream.makeAsyncIterator()
        _ = await iterator.next()
        timer.cancel()
    }

    /// Rings now.
    func ring() { continuation.yield() }
}
