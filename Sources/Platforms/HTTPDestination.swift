public import ExchangeModel
public import Outbox
internal import Store
public import Transport

/// A platform reached by HTTP: posts frozen bytes, reads the answer by rules, asks status queries.
///
/// Every delivery carries `TenderBridge-Delivery-Id` and `Idempotency-Key`, both the delivery's id and equal on every
/// attempt, and the message's trace. Where a destination asks for it, an attempt after a lost one carries a new id and
/// `TenderBridge-Replaces` with the first. Thread-safe.
public final class HTTPDestination: Courier {
    private let name: String
    private let settings: HTTPDestinationSettings
    private let form: OutboundForm
    let transport: HTTPTransport
    let endpoint: HTTPEndpoint
    private let clock: any GatewayClock

    /// A destination over a shared transport.
    public init(
        name: String, settings: HTTPDestinationSettings, form: OutboundForm, transport: HTTPTransport, clock: any GatewayClock
    ) {
        self.name = name
        self.settings = settings
        self.form = form
        self.transport = transport
        self.clock = clock
        var timeOuts = HTTPEndpoint.TimeOuts()
        timeOuts.connect = settings.connectTimeout
        timeOuts.total = settings.totalTimeout
        var limits = HTTPEndpoint.Limits()
        limits.answerBodyBytesMax = settings.answerBytesMax
        limits.concurrentRequestsMax = settings.connectionsMax
        let identity = settings.tls.certificatePath.flatMap { certificate in
            settings.tls.keyPath.map { HTTPEndpoint.ClientIdentity(certificateFile: certificate, keyFile: $0) }
        }
        endpoint = HTTPEndpoint(
            trust: settings.tls.authoritiesPath.map { .authorities(file: $0) } ?? .system, clientIdentity: identity,
            version: settings.offersHTTP2 ? .automatic : .http1, timeOuts: timeOuts, limits: limits)
    }

    /// Maps and checks; no network.
    public func prepare(canonical: [UInt8], recordTime: Instant?) -> Preparation {
        form.make(from: canonical, recordTime: recordTime)
    }

    /// Posts the bytes; the completion runs on the transport's thread.
    public func send(_ shipment: Shipment, completion: @escaping @Sendable (SendResult) -> Void) {
        let id = shipment.sentAs.description
        var headers = baseHeaders(traceID: shipment.traceID, parentID: String(id.suffix(12)) + "0001")
        headers.append(("Content-Type", shipment.form.contentType))
        headers.append(("TenderBridge-Delivery-Id", id))
        headers.append(("Idempotency-Key", id))
        if let first = shipment.replaces { headers.append(("TenderBridge-Replaces", first.description)) }
        let request = HTTPRequest(
            endpoint: endpoint, method: "POST", url: settings.url, headers: headers, body: shipment.form.bytes)
        let settings = settings
        let clock = clock
        transport.submit(request) { outcome in
            switch outcome {
            case .success(let response): completion(Self.result(of: response, settings: settings, now: clock.now()))
            case .failure(let failure): completion(Self.result(of: failure))
            }
        }
    }

    /// Asks the status query by delivery id.
    public func askStatus(of delivery: DeliveryID, traceID: String, completion: @escaping @Sendable (StatusResult) -> Void) {
        guard let query = settings.status else {
            completion(.unclear(DeliveryCause(code: "status.none", text: "this destination has no status query")))
            return
        }
        let id = delivery.description
        let address = query.url.replacing("{deliveryId}", with: id)
        let request = HTTPRequest(
            endpoint: endpoint, method: "GET", url: address,
            headers: baseHeaders(traceID: traceID, parentID: String(id.suffix(12)) + "0002"))
        let receiptBytes = settings.receiptBytes
        transport.submit(request) { outcome in
            switch outcome {
            case .success(let response):
                let reading = query.answer.classify(status: response.status, body: response.body)
                let receipt = Receipt(
                    kind: "status", reference: reading.reference, verdict: reading.verdict.rawValue, status: response.status,
                    answer: Array(response.body.prefix(receiptBytes)))
                switch reading.verdict {
                case .accepted: completion(.accepted(receipt))
                case .permanent:
                    completion(.refused(DeliveryCause(code: "status.refused", text: reading.reason), receipt))
                case .absent: completion(.absent(receipt))
                case .transient, .unclear, .handedOver:
                    completion(.unclear(DeliveryCause(code: "status.unclear", text: reading.reason)))
                }
            case .failure(let failure):
                completion(.unclear(DeliveryCause(code: "status.\(failure.kind.rawValue)", text: failure.text)))
            }
        }
    }

    func baseHeaders(traceID: String, parentID: String) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = [("Accept", "application/json")]
        // W3C Trace Context, section 3.2: version, trace id, parent id, flags.
        headers.append(("traceparent", "00-\(traceID)-\(parentID)-01"))
        if case .header(let name, let value) = settings.signIn { headers.append((name, value)) }
        return headers
    }

    // MARK: Reading outcomes

    private static func result(of response: HTTPResponse, settings: HTTPDestinationSettings, now: Instant) -> SendResult {
        let reading = settings.answer.classify(status: response.status, body: response.body)
        let receipt = Receipt(
            kind: "answer", reference: reading.reference, verdict: reading.verdict.rawValue, status: response.status,
            answer: Array(response.body.prefix(settings.receiptBytes)))
        let verdict: SendResult.Verdict =
            switch reading.verdict {
            case .accepted: .accepted
            case .handedOver: .handedOver
            case .permanent: .permanent
            case .transient:
                .transient(retryAfter: response.header("Retry-After").flatMap { RetryAfter.parse($0, now: now) })
            case .unclear, .absent: .unclear
            }
        return SendResult(
            verdict: verdict,
            cause: DeliveryCause(code: "answer.\(reading.cause ?? reading.verdict.rawValue)", text: reading.reason),
            receipt: receipt, status: response.status, duration: .microseconds(response.exchange.timings.total))
    }

    private static func result(of failure: TransportFailure) -> SendResult {
        let verdict: SendResult.Verdict =
            switch failure.stage {
            case .certainlyNotSent: .notSent
            case .maybeSent: .unclear
            }
        return SendResult(
            verdict: verdict, cause: DeliveryCause(code: "transport.\(failure.kind.rawValue)", text: failure.text),
            receipt: nil, status: failure.status ?? 0,
            duration: .microseconds(failure.exchange?.timings.total ?? 0))
    }
}
