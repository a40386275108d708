internal import Glibc

/// Blocking test code gets a thread of its own, never one of the cooperative pool.
public enum OwnThread {
    /// Runs the closure on a new detached thread. A test that needs its end waits on something the closure reports.
    public static func run(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(body)).toOpaque()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, &attributes,
            { context in
                // The context is the box retained above; this is its one release.
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, box)
        pthread_attr_destroy(&attributes)
        precondition(result == 0, "no thread for a test: error \(result)")
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
