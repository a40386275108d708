internal import Glibc

/// `clock_gettime(2)`, apart so that the C library is imported in one place of this target.
enum RealTime {
    static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
