internal import ExchangeModel
internal import Glibc
internal import Synchronization

/// Tells when something came into a folder (inotify(7)), on one thread for all folders.
///
/// What it tells is a hint alone: file systems of other machines tell nothing, so whoever waits looks at the folder besides.
final class FolderWatch: Sendable {
    private let descriptor: Int32
    /// A pipe: a byte in it, or its end, stops the thread.
    private let stopper, stop: Int32
    private let bells = Mutex<[Int32: @Sendable () -> Void]>([:])

    /// Starts the thread. Throws `.temporary` when the system has no more watches or threads.
    init() throws(GatewayError) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else { throw Self.failure("watch folders", "inotify") }
        var ends: [Int32] = [-1, -1]
        let piped = pipe(&ends)
        (stopper, stop) = (ends[0], ends[1])
        guard piped == 0 else {
            close(descriptor)
            throw Self.failure("watch folders", "a pipe")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var thread = pthread_t()
        let start = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                // The argument is the retained object of this initializer, passed once to this one thread.
                guard let argument else { return nil }
                ThreadName.set("tb-folders")
                Unmanaged<FolderWatch>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            errno = code
            throw Self.failure("start a thread to watch", "folders")
        }
        pthread_detach(thread)
    }

    // The thread holds the watch until it has ended, so nobody reads from them any more.
    deinit {
        close(descriptor)
        close(stopper)
        close(stop)
    }

    /// Calls `bell`, on the thread of the watch, when something was written to the folder or moved into it. The same folder again
    /// replaces the bell. False where the folder cannot be watched now.
    func watch(_ path: String, bell: @escaping @Sendable () -> Void) -> Bool {
        let events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR
        let number = inotify_add_watch(descriptor, path, UInt32(events))
        guard number >= 0 else { return false }
        bells.withLock { $0[number] = bell }
        return true
    }

    /// Ends the thread.
    func end() {
        var one: UInt8 = 1
        _ = write(stop, &one, 1)
    }

    private func run() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            var waiting = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: stopper, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&waiting, 2, -1)
            if count < 0, errno == EINTR { continue }
            if count < 0 || waiting[1].revents != 0 { return }
            let got = read(descriptor, &buffer, buffer.count)
            if got <= 0 { continue }
            for number in Self.watches(in: buffer[..<got]) { bells.withLock { $0[number] }?() }
        }
    }

    /// The watches named by a run of events, each once; -1 (the queue ran over) means all of them.
    private static func watches(in bytes: ArraySlice<UInt8>) -> Set<Int32> {
        var found: Set<Int32> = []
        bytes.withUnsafeBytes { bytes in
            var offset = 0
            let header = MemoryLayout<inotify_event>.size
            while offset + header <= bytes.count {
                found.insert(bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
                offset += header + Int(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
            }
        }
        return found
    }

    private static func failure(_ attempted: String, _ subject: String) -> GatewayError {
        GatewayError(
            .temporary, attempted: attempted, subject: subject, happened: String(cString: strerror(errno)),
            remedy: "raise fs.inotify.max_user_instances; until then folders are looked at every scan")
    }
}
