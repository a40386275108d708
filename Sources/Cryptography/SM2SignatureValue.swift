/// An SM2 signature value as received: DER `SEQUENCE {r, s}`, or raw `r || s` of exactly 64 octets.
public struct SM2SignatureValue: Sendable, Hashable {
    /// `r` and `s` re-encoded as minimal DER, the only form given to OpenSSL.
    public let der: [UInt8]
    /// How it arrived.
    public let form: Form

    /// A form of the value.
    public enum Form: String, Sendable, Hashable {
        /// SEQUENCE of two INTEGERs.
        case der
        /// 64 octets.
        case raw
    }

    /// Reads a value; nil for non-minimal DER (superfluous zero octets, long lengths), negative or over-long numbers,
    /// octets that follow, or any other length.
    ///
    /// 64 octets that happen to be a well-formed DER pair are DER; every other value of 64 octets is raw.
    public init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        if let pair = Self.pair(bytes) {
            der = Self.encode(pair.r, pair.s)
            form = .der
        } else if bytes.count == 64 {
            der = Self.encode(bytes[..<32], bytes[32...])
            form = .raw
        } else {
            return nil
        }
    }

    private static func encode(_ r: ArraySlice<UInt8>, _ s: ArraySlice<UInt8>) -> [UInt8] {
        DERWriter.sequence([DERWriter.unsignedInteger(r), DERWriter.unsignedInteger(s)])
    }

    private static func pair(_ bytes: [UInt8]) -> (r: ArraySlice<UInt8>, s: ArraySlice<UInt8>)? {
        // Two numbers of at most 33 octets stay under 128 octets, so every length is one octet.
        guard bytes.count >= 8, bytes.count <= 72, bytes[0] == 0x30, Int(bytes[1]) == bytes.count - 2 else { return nil }
        var rest = bytes[2...]
        guard let r = number(&rest), let s = number(&rest), rest.isEmpty else { return nil }
        return (r, s)
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.count >= 3, rest[rest.startIndex] == 0x02 else { return nil }
        let length = Int(rest[rest.startIndex + 1])
        guard length >= 1, length <= 33, rest.count >= 2 + length else { return nil }
        let content = rest[(rest.startIndex + 2)..<(rest.startIndex + 2 + length)]
        rest = rest[content.endIndex...]
        let first = content[content.startIndex]
        guard first & 0x80 == 0 else { return nil }
        if length > 1 && first == 0 {
            // A leading zero is allowed only where the sign bit needs it.
            guard content[content.startIndex + 1] & 0x80 != 0 else { return nil }
            return content.dropFirst()
        }
        return length > 32 ? nil : content
    }
}
