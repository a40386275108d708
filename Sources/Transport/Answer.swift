/// What arrives of one answer, written by libcurl's callbacks.
///
/// A struct behind a raw pointer, not a class: a callback then pays neither retain and release nor exclusivity checks.
struct Answer {
    /// The content so far.
    var body: [UInt8] = []
    /// Header lines of the answer in hand without its status line; an interim answer (1xx) is replaced by the next.
    var head: [UInt8] = []
    /// Whether the empty line after the header has come; lines after it are trailers and not kept.
    var headIsComplete = true
    /// Bytes of all header lines, to compare with the limit.
    var headBytes = 0
    /// Which limit was passed.
    var cap = AnswerCap.none
    /// How often libcurl was about to send the request: the fact behind `TransportFailure.Stage`.
    var attempts = 0
    /// Limits of the endpoint.
    let limits: HTTPEndpoint.Limits

    init(limits: HTTPEndpoint.Limits) { self.limits = limits }

    /// Makes it ready for the next request.
    mutating func clear() {
        body = []
        head.removeAll(keepingCapacity: true)
        headIsComplete = true
        headBytes = 0
        cap = .none
        attempts = 0
    }

    /// Takes a piece of the body; false ends the transfer.
    mutating func addBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= limits.answerBodyBytesMax else {
            cap = .body
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    /// Takes one whole header line, as CURLOPT_HEADERFUNCTION promises; false ends the transfer.
    mutating func addHead(_ line: UnsafeRawBufferPointer) -> Bool {
        headBytes += line.count
        guard headBytes <= limits.answerHeadBytesMax else {
            cap = .head
            return false
        }
        if headIsComplete {
            guard line.starts(with: "HTTP/".utf8) else { return true }
            head.removeAll(keepingCapacity: true)
            headIsComplete = false
        } else if line.count <= 2, line.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
            headIsComplete = true
        } else {
            head.append(contentsOf: line)
        }
        return true
    }
}
