public import ExchangeModel
public import JSON
internal import Outbox
public import Store

/// How messages, deliveries and findings are shown as JSON, the same on every face of the gateway.
public enum ReportJSON {
    /// Writes a message with its deliveries. What the platform answered is for operators; senders see the verdict.
    public static func write(_ report: MessageReport, to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", report.id.description)
        json.member("state", report.state.rawValue)
        if let dataset = report.dataset { json.member("dataset", dataset.name) }
        if !report.businessKey.isEmpty {
            json.member("businessKey", report.businessKey)
            json.member("orderingKey", report.orderingKey)
            json.member("version", report.version)
        }
        json.member("channel", report.channel)
        json.member("receivedAt", report.receivedAt.description)
        if let settledAt = report.settledAt { json.member("settledAt", settledAt.description) }
        json.member("trace", report.traceID)
        json.key("findings")
        write(report.findings, to: &json)
        json.key("deliveries")
        json.beginArray()
        for delivery in report.deliveries { write(delivery, isForOperators: false, to: &json) }
        json.endArray()
        writeMember(report.attachments, to: &json)
        json.endObject()
    }

    /// Writes a delivery.
    ///
    /// - Parameters:
    ///   - isForOperators: adds keys, lane, lease and the first bytes of answers.
    ///   - circumstances: as `GatewayService.circumstances(of:)` tells.
    public static func write(
        _ report: DeliveryReport, isForOperators: Bool, circumstances: DeliveryCircumstances = DeliveryCircumstances(),
        to json: inout JSONWriter
    ) {
        let delivery = report.delivery
        json.beginObject()
        json.member("id", delivery.id.description)
        json.member("destination", delivery.destination)
        json.member("state", delivery.state.name)
        if let waiting = delivery.state.waitingCause { json.member("waitingFor", waiting.rawValue) }
        json.member("changedAt", report.changedAt.description)
        if let cause = report.cause {
            json.key("cause")
            json.beginObject()
            json.member("code", cause.code)
            json.member("text", cause.text)
            json.endObject()
        }
        writeContradictions(of: report, to: &json)
        if let dueAt = delivery.dueAt { json.member("dueAt", dueAt.description) }
        if let deadline = delivery.deadline { json.member("deadline", deadline.description) }
        json.member("attempts", delivery.attempts)
        if isForOperators {
            json.member("message", delivery.messageID.description)
            json.member("dataset", report.dataset.name)
            json.member("businessKey", report.businessKey)
            json.member("orderingKey", report.orderingKey)
            json.member("receivedAt", delivery.receivedAt.description)
            json.member("trace", delivery.traceID)
            if let subject = report.waitingSubject { json.member("waitingSubject", subject) }
            json.member("next", NextStep.text(of: report, in: circumstances))
            json.member("nextZh", NextStep.textZH(of: report, in: circumstances))
            if circumstances.standing.sentence(for: report) != nil {
                json.member("standing", circumstances.standing.rawValue)
            }
            if let ahead = circumstances.ahead { json.member("behind", ahead.id.description) }
            if let obstacle = circumstances.obstacle, NextStep.pace(of: report, in: circumstances) != nil {
                json.key("obstacle")
                json.beginObject()
                json.member("cause", obstacle.cause.rawValue)
                if let until = obstacle.until { json.member("until", until.description) }
                json.endObject()
            }
            if delivery.isAside { json.member("isAside", true) }
            if !report.holds.isEmpty {
                json.array("holds") { json in for hold in report.holds { write(hold, to: &json) } }
            }
            if let bytes = report.frozenBytes { json.member("frozenBytes", bytes) }
            if let versions = report.versions { json.member("mapping", versions.mapping) }
            json.key("attemptList")
            json.beginArray()
            for attempt in report.attempts { write(attempt, to: &json) }
            json.endArray()
        }
        json.key("receipts")
        json.beginArray()
        for receipt in report.receipts { write(receipt, isForOperators: isForOperators, to: &json) }
        json.endArray()
        json.endObject()
    }

    /// Writes what holds a destination or lane.
    public static func write(_ hold: LaneHold, to json: inout JSONWriter) {
        json.object { json in
            json.member("kind", hold.kind.rawValue)
            json.member("destination", hold.selector.destination)
            if let key = hold.selector.orderingKey { json.member("orderingKey", key) }
            json.member("by", hold.actor)
            json.member("reason", hold.reason)
            json.member("since", hold.since.description)
            if let delivery = hold.parkedBy { json.member("delivery", delivery.description) }
        }
    }

    /// Writes findings as an array.
    public static func write(_ findings: [Finding], to json: inout JSONWriter) {
        json.beginArray()
        for finding in findings {
            json.beginObject()
            json.member("code", finding.code.name)
            json.member("severity", finding.severity.rawValue)
            json.member("path", finding.path)
            json.member("line", finding.position.line)
            json.member("column", finding.position.column)
            json.member("text", finding.text)
            json.member("textZh", finding.textZH)
            json.endObject()
        }
        json.endArray()
    }

    private static func write(_ attempt: AttemptReport, to json: inout JSONWriter) {
        json.beginObject()
        json.member("number", attempt.number)
        json.member("begunAt", attempt.begunAt.description)
        if let duration = attempt.duration { json.member("milliseconds", duration.wholeMilliseconds) }
        json.member("status", attempt.status)
        json.member("outcome", attempt.outcome)
        json.endObject()
    }

    private static func write(_ report: ReceiptReport, isForOperators: Bool, to json: inout JSONWriter) {
        json.beginObject()
        json.member("at", report.at.description)
        json.member("kind", report.receipt.kind)
        json.member("reference", report.receipt.reference)
        json.member("verdict", report.receipt.verdict)
        json.member("status", report.receipt.status)
        if let arrival = report.arrival { write(arrival, to: &json) }
        if isForOperators {
            json.member("answer", String(decoding: report.receipt.answer.prefix(2048), as: UTF8.self))
            if let hidden = hidden(report.answerState) { json.member("answerState", hidden) }
        }
        json.endObject()
    }
}
