internal import Hummingbird
internal import NIOCore

/// A request on the senders' listener with its connection.
struct SenderContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    /// How long a connection lives on when the answer comes before the end of the request's body. It counts from the decision: the
    /// trace of the request is written and synced before the answer leaves, which on a slow disk takes its time, and a connection
    /// that ended earlier would leave the sender without a word.
    static let linger = TimeAmount.seconds(10)

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Ends the connection soon. The server would read the rest of a body that nobody wants, for as long as it comes; so after
    /// an early answer the sender gets a moment to read it and no more.
    func closeSoon() {
        let channel = channel
        channel.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
    }
}
