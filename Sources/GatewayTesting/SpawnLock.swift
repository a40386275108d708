internal import Synchronization

/// Keeps descriptors of one test out of the children of another.
///
/// Where a descriptor cannot be made close-on-exec in the call that makes it, both steps run under this lock; `ChildProcess`
/// holds it while it starts a child.
public enum SpawnLock {
    private static let lock = Mutex(())

    /// Runs a short body that does not block while no child is started.
    public static func hold<Value: Sendable>(_ body: () -> Value) -> Value { lock.withLock { _ in body() } }
}
