internal import Hummingbird
internal import NIOCore

/// Reads a request body within a limit of bytes and of time.
enum BodyReader {
    enum Outcome {
        case complete([UInt8])
        /// Over the limit; what was read until then.
        case tooLarge([UInt8])
        /// Too slow; what was read until then.
        case tooSlow([UInt8])
    }

    /// The time is looked at with every piece; a sender that sends nothing at all is ended by the channel's idle time-out,
    /// so the whole is bounded by the sum of the two.
    static func read(_ body: RequestBody, bytesMax: Int, until deadline: ContinuousClock.Instant) async throws -> Outcome {
        var bytes: [UInt8] = []
        for try await piece in body {
            if bytes.isEmpty { bytes.reserveCapacity(piece.readableBytes) }
            piece.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
            if bytes.count > bytesMax { return .tooLarge(Array(bytes.prefix(bytesMax))) }
            if ContinuousClock.now > deadline { return .tooSlow(bytes) }
        }
        return .complete(bytes)
    }
}
