/// A complete answer.
///
/// An answer without `Content-Length` or chunks ends where the connection ends; over plain HTTP/1 such an answer that
/// was cut short cannot be told from a whole one.
public struct HTTPResponse: Sendable {
    /// The status code of the final answer.
    public let status: Int
    /// Header fields of the final answer as received; names keep their case (HTTP/2: lower case). Text that is not
    /// UTF-8 has replacement characters.
    public let headers: [(name: String, value: String)]
    /// The content, chunks joined, never decompressed (none is asked for).
    public let body: [UInt8]
    /// How the exchange went.
    public let exchange: HTTPExchange

    /// The value of the first field of that name, case ignored.
    public func header(_ name: String) -> String? {
        headers.first { ASCII.equalIgnoringCase($0.name, name) }?.value
    }

    /// The fields of header lines as libcurl hands them over (status line left out, CR LF at each end).
    static func fields(of lines: [UInt8]) -> [(name: String, value: String)] {
        var fields = [(name: String, value: String)]()
        for line in lines.split(separator: 0x0A) {
            guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex else { continue }
            var value = line[(colon + 1)...]
            while let last = value.last, last == 0x0D || last == 0x20 || last == 0x09 { value.removeLast() }
            value = value.drop { $0 == 0x20 || $0 == 0x09 }
            fields.append((String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return fields
    }
}

/// Facts about one exchange, for logs, metrics and evidence.
public struct HTTPExchange: Sendable {
    /// Time from the start of the transfer to the end of each step, in microseconds; zero when the step did not happen
    /// (a reused connection looks up and connects nothing).
    public struct Timings: Sendable, Hashable {
        /// Name lookup done (CURLINFO_NAMELOOKUP_TIME_T).
        public var nameLookup: Int64 = 0
        /// TCP connected (CURLINFO_CONNECT_TIME_T).
        public var connect: Int64 = 0
        /// TLS handshake done (CURLINFO_APPCONNECT_TIME_T).
        public var tls: Int64 = 0
        /// First byte of the answer (CURLINFO_STARTTRANSFER_TIME_T).
        public var firstByte: Int64 = 0
        /// The end (CURLINFO_TOTAL_TIME_T).
        public var total: Int64 = 0
    }

    /// The version of HTTP that was spoken.
    public enum Version: Sendable, Hashable {
        /// No answer, so no version.
        case none
        /// HTTP/1.0.
        case http10
        /// HTTP/1.1.
        case http11
        /// HTTP/2.
        case http2
        /// Another number of libcurl's (CURLINFO_HTTP_VERSION).
        case other(Int)
    }

    /// When what happened.
    public let timings: Timings
    /// No connection was made for this request (CURLINFO_NUM_CONNECTS is 0).
    public let reusedConnection: Bool
    /// What was spoken.
    public let version: Version
    /// The address that was connected to, empty when there was none.
    public let remoteAddress: String
    /// The port there, 0 when there was none.
    public let remotePort: Int
    /// Our port of the connection, 0 when there was none.
    public let localPort: Int
}
