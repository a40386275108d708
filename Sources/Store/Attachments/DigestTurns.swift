internal import Synchronization

/// One at a time for each content: the file of a content and the row that says it is there change together. Two that bring the
/// same content, or one that brings it while another removes it, would otherwise leave a row without a file.
final class DigestTurns: Sendable {
    private let waiting = Mutex<[[UInt8]: [CheckedContinuation<Void, Never>]]>([:])

    /// Runs the body when nobody else does for this digest; others wait in the order in which they came.
    func run<Value>(_ digest: [UInt8], _ body: () async throws -> Value) async throws -> Value {
        await enter(digest)
        defer { leave(digest) }
        return try await body()
    }

    private func enter(_ digest: [UInt8]) async {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                if waiting[digest] == nil {
                    waiting[digest] = []
                    return true
                }
                waiting[digest]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave(_ digest: [UInt8]) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            if waiting[digest]?.isEmpty ?? true {
                waiting[digest] = nil
                return nil
            }
            return waiting[digest]?.removeFirst()
        }
        next?.resume()
    }
}
