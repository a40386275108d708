/// W3C Trace Context: the trace id of a `traceparent`.
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

    private static func isLowerHex(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
