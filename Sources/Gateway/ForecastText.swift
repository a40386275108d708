internal import ExchangeModel
public import JSON
public import Outbox

/// A forecast in words and as JSON.
public enum ForecastText {
    /// One sentence in English.
    public static func text(_ forecast: BacklogForecast) -> String {
        sentence(
            forecast, nothing: "nothing waits",
            moving: { "\($0) delivery(ies) wait" }, stuck: { "\($0) stand still until something from outside moves them" },
            held: "the destination is held", opens: { "nothing goes before \($0)" }, ends: { "the backlog ends at \($0)" },
            unknown: "when it ends cannot be told yet", standing: "nothing was confirmed in the last minutes",
            late: { "it misses \($0) for \($1) \($2)" }, stuckLate: { "\($0) \($1) that are due \($2) stand still" }, comma: ", ")
    }

    /// The same in Chinese.
    public static func textZH(_ forecast: BacklogForecast) -> String {
        sentence(
            forecast, nothing: "没有待投递的数据",
            moving: { "待投递 \($0) 条" }, stuck: { "\($0) 条停滞，需外部处理" }, held: "该目的地已暂停", opens: { "\($0) 之前不会发送" },
            ends: { "预计 \($0) 全部投递完成" }, unknown: "暂无法预计完成时间", standing: "最近几分钟没有任何确认",
            late: { "\($1) 条 \($2) 将错过期限 \($0)" }, stuckLate: { "\($0) 条 \($1)(期限 \($2))处于停滞" }, comma: "，")
    }

    private static func sentence(
        _ forecast: BacklogForecast, nothing: String, moving: (Int) -> String, stuck: (Int) -> String, held: String,
        opens: (String) -> String, ends: (String) -> String, unknown: String, standing: String,
        late: (String, Int, String) -> String, stuckLate: (Int, String, String) -> String, comma: String
    ) -> String {
        if forecast.moving == 0, forecast.stuck == 0 { return nothing }
        var parts: [String] = []
        if forecast.moving > 0 { parts.append(moving(forecast.moving)) }
        if forecast.stuck > 0 { parts.append(stuck(forecast.stuck)) }
        if forecast.isHeld { parts.append(held) }
        if let opensAt = forecast.opensAt { parts.append(opens(opensAt.description)) }
        if let endsAt = forecast.endsAt {
            parts.append(ends(endsAt.description))
        } else if forecast.moving > 0, !forecast.isHeld {
            parts.append(forecast.perSecond == nil ? unknown : standing)
        }
        for group in forecast.late {
            if group.missing > 0 { parts.append(late(group.deadline.description, group.missing, group.dataset)) }
            if group.stuck > 0 { parts.append(stuckLate(group.stuck, group.dataset, group.deadline.description)) }
        }
        return parts.joined(separator: comma)
    }
}

extension ReportJSON {
    /// Writes forecasts as the control socket gives them.
    public static func write(_ forecasts: [BacklogForecast], to json: inout JSONWriter) {
        json.beginObject()
        json.key("forecasts")
        json.beginArray()
        for forecast in forecasts {
            json.beginObject()
            json.member("destination", forecast.destination)
            json.member("text", ForecastText.text(forecast))
            json.member("textZh", ForecastText.textZH(forecast))
            json.member("moving", forecast.moving)
            json.member("stuck", forecast.stuck)
            // As text with three digits: a rate is no exact number.
            if let rate = forecast.perSecond {
                let thousandths = Int64(min(rate, 1e12) * 1000)
                json.member("perSecond", "\(thousandths / 1000).\(String("\(1000 + thousandths % 1000)".dropFirst()))")
            }
            json.member("held", forecast.isHeld)
            if let opensAt = forecast.opensAt { json.member("opensAt", opensAt.description) }
            if let endsAt = forecast.endsAt { json.member("endsAt", endsAt.description) }
            json.key("late")
            json.beginArray()
            for group in forecast.late {
                json.beginObject()
                json.member("dataset", group.dataset)
                json.member("deadline", group.deadline.description)
                json.member("missing", group.missing)
                json.member("stuck", group.stuck)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}
