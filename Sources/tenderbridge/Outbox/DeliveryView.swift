internal import JSON

/// A delivery as the daemon described it, with the words that tables show.
struct DeliveryView {
    /// As received, for `--format json`.
    let json: JSONValue

    var id: String { text("id") }
    var destination: String { text("destination") }
    var businessKey: String { text("businessKey") }
    var since: String { text("changedAt") }
    var attempts: String { json["attempts"]?.number ?? "0" }
    var cause: String? { json["cause"]?["code"]?.string }
    var next: String { text("next") }

    /// `waiting(code)` where it waits for something.
    var state: String {
        let name = text("state")
        return json["waitingFor"]?.string.map { "\(name)(\($0))" } ?? name
    }

    /// What keeps it still: `held`, `parked` or `aside`.
    var standing: String? {
        if json["isAside"]?.boolean == true { return "aside" }
        guard let holds = json["holds"]?.elements, !holds.isEmpty, text("state") != "delivered" else { return nil }
        return holds.contains { $0["kind"]?.string == "person" } ? "held" : "parked"
    }

    /// When it is due, for what is sent again by itself.
    var dueAt: String? { json["dueAt"]?.string }

    /// Whether its destination is not served at this moment; `next` says why.
    var isHeldUp: Bool { json["obstacle"] != nil || json["standing"] != nil }

    func text(_ name: String) -> String { json[name]?.string ?? "" }

    /// One line of the table.
    var row: [String] {
        [
            id, standing.map { "\(state), \($0)" } ?? state, destination, businessKey, since, text("deadline"), attempts,
            cause ?? "", standing == nil && !isHeldUp ? dueAt.map { "due \($0)" } ?? next : next,
        ]
    }

    static let header = ["ID", "STATE", "DESTINATION", "BUSINESS KEY", "SINCE", "DEADLINE", "ATTEMPTS", "CAUSE", "NEXT"]

    /// Everything about it, for people.
    var description: [String] {
        var lines: [String] = []
        func line(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append(name + String(repeating: " ", count: max(1, 15 - name.count)) + value)
        }
        line("delivery", id)
        line("state", state + " since " + since)
        line("what to do", next)
        line("", text("nextZh"))
        line("due", dueAt)
        line("deadline", text("deadline"))
        line("cause", json["cause"].map { "\($0["code"]?.string ?? ""): \($0["text"]?.string ?? "")" })
        for hold in json["holds"]?.elements ?? [] { line(hold["kind"]?.string == "parked" ? "parked" : "held", Self.words(hold)) }
        line("destination", destination)
        line("dataset", text("dataset"))
        line("business key", businessKey)
        line("ordering key", text("orderingKey"))
        line("message", text("message"))
        line("received", text("receivedAt"))
        line("trace", text("trace"))
        line("frozen", json["frozenBytes"]?.number.map { "\($0) bytes by \(text("mapping"))" })
        line("attempts", attempts)
        for attempt in json["attemptList"]?.elements ?? [] {
            let took = attempt["milliseconds"]?.number.map { "\($0) ms" } ?? "no end recorded"
            let status = attempt["status"]?.number ?? "0"
            lines.append(
                "  \(attempt["number"]?.number ?? "?")  \(attempt["begunAt"]?.string ?? "")  \(attempt["outcome"]?.string ?? "")"
                    + "\(status == "0" ? "" : "  HTTP \(status)")  \(took)")
        }
        for contradiction in json["contradiction"]?.elements ?? [] {
            line("contradiction", contradiction["text"]?.string)
            line("", contradiction["textZh"]?.string)
        }
        for receipt in json["receipts"]?.elements ?? [] {
            lines.append(
                "receipt        \(receipt["at"]?.string ?? "")  \(receipt["kind"]?.string ?? "")  "
                    + "\(receipt["verdict"]?.string ?? "")  \(receipt["reference"]?.string ?? "")"
                    + (receipt["effect"]?.string.map { "  \($0)" } ?? "")
                    + (receipt["reason"]?.string.map { "  \(Self.oneLine($0))" } ?? ""))
            switch receipt["answerState"]?.string {
            case "destroyed": lines.append("  answered: (destroyed on purpose with the key of its day 已按规定销毁)")
            case .some: lines.append("  answered: (cannot be read: the store's file was changed or its disk fails 无法读取)")
            case nil: break
            }
            if let answer = receipt["answer"]?.string, !answer.isEmpty { lines.append("  answered: \(Self.oneLine(answer))") }
        }
        return lines
    }

    /// Who holds what, since when and why.
    static func words(_ hold: JSONValue) -> String {
        let what = hold["orderingKey"]?.string.map { "lane \($0)" } ?? "the destination"
        return
            "\(what) of \(hold["destination"]?.string ?? ""), by \(hold["by"]?.string ?? "") since \(hold["since"]?.string ?? ""): "
            + oneLine(hold["reason"]?.string ?? "")
    }

    /// What a platform answered may hold anything: control characters must not reach a terminal.
    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0 }))
    }
}
