internal import ExchangeModel
internal import JSON
internal import Store

extension ReportJSON {
    /// Writes what a receipt that came by itself did.
    static func write(_ arrival: ReceiptArrival, to json: inout JSONWriter) {
        json.member("effect", arrival.effect.rawValue)
        json.member("source", arrival.source)
        if !arrival.reason.isEmpty { json.member("reason", arrival.reason) }
        if let statedAt = arrival.statedAt { json.member("statedAt", statedAt.description) }
    }

    /// Writes the receipts that contradict where a delivery stands, each with a sentence; nothing where there are none.
    static func writeContradictions(of report: DeliveryReport, to json: inout JSONWriter) {
        let contradicting = report.contradictions
        if contradicting.isEmpty { return }
        json.array("contradiction") { json in
            for receipt in contradicting {
                json.object { json in
                    json.member("at", receipt.at.description)
                    json.member("verdict", receipt.receipt.verdict)
                    json.member("receipt", receipt.receipt.reference)
                    json.member("text", ReceiptSentence.text(receipt, state: report.delivery.state))
                    json.member("textZh", ReceiptSentence.textZH(receipt, state: report.delivery.state))
                }
            }
        }
    }
}

extension DeliveryReport {
    /// Receipts that contradict what is known of it.
    var contradictions: [ReceiptReport] { receipts.filter { $0.arrival?.effect == .contradicts } }
}

/// A contradiction in words.
enum ReceiptSentence {
    static func text(_ receipt: ReceiptReport, state: DeliveryState) -> String {
        "a receipt\(number(receipt)) of \(receipt.at) says \(receipt.receipt.verdict), and the delivery is \(state.name): "
            + "nothing was changed; ask the platform which of them holds"
    }

    static func textZH(_ receipt: ReceiptReport, state: DeliveryState) -> String {
        "\(receipt.at) 的回执\(number(receipt))结论为 \(receipt.receipt.verdict)，与投递状态 \(state.name) 矛盾：状态未作更改，请向对方平台核实"
    }

    private static func number(_ receipt: ReceiptReport) -> String {
        receipt.receipt.reference.isEmpty ? "" : " \(receipt.receipt.reference)"
    }
}
