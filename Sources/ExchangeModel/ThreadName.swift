internal import Glibc

/// Names the calling thread, as `top -H` and the benchmark's stages show it.
public enum ThreadName {
    /// Sets a name of at most 15 bytes (`proc(5)`, comm). A name that cannot be set harms nothing. `pthread_setname_np` is
    /// hidden behind a GNU feature macro from Swift.
    public static func set(_ name: StaticString) {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = name.withUTF8Buffer { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }
}
