internal import ExchangeModel
internal import JSON
internal import Store

/// Reads receipts out of JSON by configured pointers.
public struct JSONReceiptReader: ReceiptDocumentReader {
    private let form: ReceiptForm
    private let cursor: String?

    /// - Parameter cursor: where an answer to a poll says what to ask with next.
    public init(form: ReceiptForm, cursor: String? = nil) {
        self.form = form
        self.cursor = cursor
    }

    /// `application/json` and what ends in `+json` (RFC 6839).
    public func takes(contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.split(separator: " ").joined().lowercased()
        return type == "application/json" || (type.hasPrefix("application/") && type.hasSuffix("+json"))
    }

    /// See `ReceiptDocumentReader`.
    public func read(_ bytes: [UInt8]) -> ReceiptDocument {
        var result = ReceiptDocument(items: [], findings: [])
        let document: JSONDocument
        do { document = try JSONDocument(parsing: bytes, limits: JSONLimits(bytesMax: bytes.count)) } catch {
            result.findings = [error.finding]
            return result
        }
        result.cursor = cursor.flatMap { document.value(at: $0)?.scalarText }
        guard let place = form.items else {
            read(document.root, at: "", index: 0, bytes: bytes, in: document, into: &result)
            return result
        }
        guard let elements = document.value(at: place)?.elements else {
            result.findings = [
                Finding(
                    "receipt.no-items", path: place, position: document.position(at: ""),
                    text: "there is no list of receipts here",
                    textZH: "此处没有回执列表")
            ]
            return result
        }
        guard elements.count <= ReceiptDocument.itemsMax else {
            result.findings = [
                Finding(
                    .countOverLimit, path: place, position: document.position(at: place),
                    text: "the list holds more than \(ReceiptDocument.itemsMax) receipts",
                    textZH: "回执列表超过 \(ReceiptDocument.itemsMax) 条")
            ]
            return result
        }
        for (index, element) in elements.enumerated() {
            read(element, at: "\(place)/\(index)", index: index, bytes: nil, in: document, into: &result)
        }
        return result
    }

    private func read(
        _ item: JSONValue, at place: String, index: Int, bytes: [UInt8]?, in document: JSONDocument,
        into result: inout ReceiptDocument
    ) {
        var faults: [Finding] = []
        func fault(_ code: Finding.Code, _ pointer: String, _ text: String, _ textZH: String) {
            let here = document.position(at: place + pointer)
            let position = here == .unknown ? document.position(at: place) : here
            faults.append(Finding(code, path: place + pointer, position: position, text: text, textZH: textZH))
        }
        /// A text that must be there, and be short.
        func text(_ pointer: String, _ what: String, _ whatZH: String) -> String? {
            guard let text = item.value(at: pointer)?.scalarText, !text.isEmpty else {
                fault("receipt.incomplete", pointer, "the receipt has no \(what) here", "回执在此处缺少\(whatZH)")
                return nil
            }
            guard text.utf8.count <= StoreLimits.receiptTextBytes else {
                fault(
                    "receipt.too-long", pointer, "the \(what) is longer than \(StoreLimits.receiptTextBytes) bytes",
                    "\(whatZH)超过 \(StoreLimits.receiptTextBytes) 字节")
                return nil
            }
            return text
        }
        /// One that may be missing, and may stand over all items.
        func either(_ pointer: String?) -> String {
            guard let pointer else { return "" }
            return (item.value(at: pointer) ?? document.value(at: pointer))?.scalarText ?? ""
        }
        let key = text(form.key, "value that names its delivery", "用于关联投递的值")
        let word = text(form.verdict, "verdict", "结论")
        let number = either(form.number)
        if number.utf8.count > StoreLimits.receiptTextBytes, let pointer = form.number {
            fault(
                "receipt.too-long", pointer, "the number is longer than \(StoreLimits.receiptTextBytes) bytes",
                "编号超过 \(StoreLimits.receiptTextBytes) 字节")
        }
        var correlation: ReceiptCorrelation?
        switch (form.correlate, key) {
        case (_, nil): break
        case (.deliveryId, let key?):
            correlation = DeliveryID(key.lowercased()).map { .deliveryID($0) }
            if correlation == nil { fault("receipt.delivery-id", form.key, "this is not a delivery's id", "此值不是投递标识") }
        case (.reference, let key?): correlation = .reference(key)
        case (.businessKey, let key?):
            let version = form.version.flatMap { item.value(at: $0)?.scalarText }
            correlation = .businessKey(key, version: version.flatMap { $0.isEmpty ? nil : $0 })
        }
        let time = either(form.time)
        let statedAt = Instant(timeWithOffset: time)
        result.findings += faults
        guard faults.isEmpty, let correlation, let word else { return }
        if !time.isEmpty, statedAt == nil {
            result.findings.append(
                Finding(
                    "receipt.time", severity: .warning, path: place + (form.time ?? ""), position: document.position(at: place),
                    text: "the receipt's time is not one of RFC 3339 with an offset; it is left out",
                    textZH: "回执时间不是带时区的 RFC 3339 时间，已忽略"))
        }
        let verdict: ReceiptVerdict =
            form.accepted.contains(word) ? .accepted : form.refused.contains(word) ? .refused : .other
        result.items.append(
            .init(
                index: index, correlation: correlation, verdict: verdict, number: number,
                reason: Self.shown(form.reason.flatMap { item.value(at: $0)?.scalarText } ?? ""), statedAt: statedAt,
                bytes: bytes ?? item.bytes()))
    }

    /// A code of the platform; longer text may quote the payload and stays in the item's bytes.
    private static func shown(_ reason: String) -> String {
        reason.utf8.count <= 32 ? reason : "a text of \(reason.utf8.count) bytes"
    }
}
