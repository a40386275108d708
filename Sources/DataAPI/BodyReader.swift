internal import Hummingbird
internal import NIOCore

/// Reads a request body within a limit of bytes and of time.
struct BodyReader {
    let deadlines: BodyDeadlines

    enum Outcome {
        case complete([UInt8])
        /// Over the limit; what was read until then.
        case tooLarge([UInt8])
        /// Too slow; what was read until then.
        case tooSlow([UInt8])
    }

    /// Throws what the connection throws when the sender goes away.
    func read(
        _ body: RequestBody, bytesMax: Int, within time: Duration, on channel: any Channel
    ) async throws -> Outcome {
        let number = deadlines.begin(until: .now + time, on: channel)
        var bytes: [UInt8] = []
        do {
            for try await piece in body {
                if bytes.isEmpty { bytes.reserveCapacity(piece.readableBytes) }
                piece.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
                if bytes.count > bytesMax {
                    _ = deadlines.end(number)
                    return .tooLarge(Array(bytes.prefix(bytesMax)))
                }
            }
        } catch {
            if deadlines.end(number) { throw error }
            return .tooSlow(bytes)
        }
        return deadlines.end(number) ? .complete(bytes) : .tooSlow(bytes)
    }
}

extension BodyReader {
    /// How a body ended that was taken piece by piece.
    enum Pouring {
        case complete
        /// Whoever took it wants no more.
        case stopped
        case tooSlow
    }

    /// Hands on each piece as it comes; no more is read before it was taken, so a slow disk slows the sender down and nothing piles
    /// up. The taker says whether it wants more. Throws what it throws, and what the connection throws when the sender goes away.
    func pour(
        _ body: RequestBody, within time: Duration, on channel: any Channel, into take: ([UInt8]) async throws -> Bool
    ) async throws -> Pouring {
        let number = deadlines.begin(until: .now + time, on: channel)
        do {
            for try await piece in body {
                let wantsMore = try await take(Array(piece.readableBytesView))
                if !wantsMore {
                    _ = deadlines.end(number)
                    return .stopped
                }
            }
        } catch {
            if deadlines.end(number) { throw error }
            return .tooSlow
        }
        return deadlines.end(number) ? .complete : .tooSlow
    }
}
