internal import ExchangeModel
public import JSON
internal import Mapping

extension ReportJSON {
    /// Writes where the fields of a delivery come from: for programs, and as lines for people in both languages.
    public static func write(_ explanation: DeliveryExplanation, to json: inout JSONWriter) {
        json.object { json in
            json.member("delivery", explanation.delivery.description)
            json.member("destination", explanation.destination)
            json.memberIfPresent("frozenBy", explanation.frozenBy)
            if let isSame = explanation.makesFrozenBytes { json.member("makesFrozenBytes", isSame) }
            write("outbound", explanation.outbound, explanation.outboundFields, to: &json)
            if let inbound = explanation.inbound { write("inbound", inbound, explanation.inboundFields, to: &json) }
            json.member("lines", lines(explanation, isChinese: false))
            json.member("linesZh", lines(explanation, isChinese: true))
        }
    }

    private static func write(
        _ name: String, _ explanation: MappingExplanation, _ fields: [MappingExplanation.Field], to json: inout JSONWriter
    ) {
        json.object(name) { json in
            json.member("mapping", explanation.mapping)
            json.member("version", explanation.version)
            json.member("file", explanation.file)
            json.member("refused", explanation.isRefused)
            json.member("cut", explanation.isCut)
            json.array("fields") { json in for field in fields { field.write(to: &json) } }
        }
    }

    private static func lines(_ explanation: DeliveryExplanation, isChinese: Bool) -> [String] {
        var lines = explanation.outboundFields.flatMap {
            $0.lines(mapping: explanation.outbound.file, input: isChinese ? "规范记录" : "canonical record", isChinese: isChinese)
        }
        let received = isChinese ? "收到的报文" : "received"
        if let inbound = explanation.inbound {
            lines += explanation.inboundFields.flatMap { $0.lines(mapping: inbound.file, input: received, isChinese: isChinese) }
        } else {
            lines.append(
                isChinese
                    ? "收到的报文无法再读取，或其通道未在配置中：只说明规范记录之后的部分"
                    : "what was received cannot be read any more, or its channel is not configured: only the way out of the canonical record is told"
            )
        }
        lines.append(standing(explanation, isChinese: isChinese))
        return lines
    }

    /// Whether what is told is what was sent.
    private static func standing(_ explanation: DeliveryExplanation, isChinese: Bool) -> String {
        let present = "\(explanation.outbound.mapping)@\(explanation.outbound.version)"
        guard let maker = explanation.frozenBy else {
            return isChinese ? "尚未生成待发送的内容；以上由 \(present) 计算" : "nothing is frozen yet; this is what \(present) makes"
        }
        switch explanation.makesFrozenBytes {
        case true: return isChinese ? "发送的内容由 \(maker) 生成，与以上一致" : "what is sent was made by \(maker), and is the same"
        case false:
            return isChinese
                ? "发送的内容由 \(maker) 生成，与 \(present) 现在的结果不同：见 outbox show --bytes"
                : "what is sent was made by \(maker), and is not what \(present) makes now: see outbox show --bytes"
        case nil:
            return isChinese
                ? "发送的内容由 \(maker) 生成，已无法读取，未作比较"
                : "what is sent was made by \(maker); it cannot be read any more and was not compared"
        }
    }
}
