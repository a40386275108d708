internal import ExchangeModel
internal import StrictYAML

extension ConfigurationReader {
    /// One entry of `deadlines`. The file of holidays is read by `GatewayAssembly`.
    func deadline(
        _ value: YAMLValueReader, _ channels: [GatewayConfiguration.Channel],
        _ destinations: [GatewayConfiguration.DestinationConfiguration]
    ) -> DeadlineRule? {
        value.mapping { section in
            let dataset = section.required("dataset").flatMap {
                known($0, among: channels.flatMap(\.datasets).map(\.dataset.name), kind: "channel with dataset", kindZH: "通道数据集")
            }
            let from = section.required("from").flatMap { pointer($0) }
            var term = section.required("within").flatMap { value -> DeadlineTerm? in
                guard let text = value.text() else { return nil }
                if let term = DeadlineTerm(text) { return term }
                value.report(
                    "a term is written \"20 calendar days\" or \"7 working days\", with 1 to \(DeadlineTerm.countMax) days",
                    "期限应写作 \"20 calendar days\"(自然日)或 \"7 working days\"(工作日)，1 至 \(DeadlineTerm.countMax) 天")
                return nil
            }
            if let minute = section.optional("until").flatMap({ minuteOfDay($0) }) { term?.closesAtMinute = minute }
            let holidays = section.optional("holidays")?.text().map { FileBytes.resolve($0, in: folder) }
            if holidays != nil, let term, term.unit == .calendarDays {
                section.report("holidays", "holidays do not count in calendar days", "按自然日计算的期限不受节假日影响")
            }
            let to = (section.optional("to")?.listOrOne() ?? []).compactMap {
                known($0, among: destinations.map(\.name), kind: "destination", kindZH: "目的地")
            }
            guard let dataset, let from, let term else { return nil }
            return DeadlineRule(
                dataset: Dataset(dataset), from: from, term: term, holidayFile: holidays, calendar: WorkingCalendar(),
                destinations: to, position: section.position)
        }.flatMap { $0 }
    }

    /// `17:00`, in minutes of the day; `24:00` is its end.
    private func minuteOfDay(_ value: YAMLValueReader) -> Int? {
        guard let text = value.text() else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, (1...1440).contains(hour * 60 + minute)
        {
            return hour * 60 + minute
        }
        value.report("a time of day is written \"17:00\", at most \"24:00\"", "时间应写作 \"17:00\"，最晚 \"24:00\"")
        return nil
    }
}
