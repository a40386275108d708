internal import ExchangeModel

/// W3C Trace Context: the trace id of a `traceparent`, or a new one.
enum TraceContext {
    /// The trace id of a valid header of version 00 or later (section 3.2.2); nil for anything else.
    static func traceID(of header: String?) -> String? {
        guard let header else { return nil }
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].utf8.count == 2, parts[0] != "ff", isLowerHex(parts[0]), parts[1].utf8.count == 32,
            isLowerHex(parts[1]), parts[1].contains(where: { $0 != "0" }), parts[2].utf8.count == 16, isLowerHex(parts[2]),
            parts[2].contains(where: { $0 != "0" })
        else { return nil }
        return String(parts[1])
    }

    /// A new trace id from the system's randomness; it needs to be unlikely to repeat, not secret.
    static func newTraceID() -> String {
        let (high, low) = (UInt64.random(in: 1 ... .max), UInt64.random(in: .min ... .max))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: high >> UInt64(shift))) }
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: low >> UInt64(shift))) }
        return Hex.encode(bytes)
    }

    private static func isLowerHex(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
