internal import ExchangeModel
public import JSON

extension ReportJSON {
    /// Writes how a backfill stands.
    public static func write(_ report: BackfillReport, to json: inout JSONWriter) {
        json.object { json in
            json.member("id", report.id.description)
            json.member("destination", report.destination)
            json.member("dryRun", report.isDryRun)
            json.member("done", report.isDone)
            if !report.pausedBy.isEmpty {
                json.array("pausedBy") { json in for limit in report.pausedBy { json.string(limit) } }
            }
            json.key("progress")
            json.object { json in
                json.member("passed", report.progress.done)
                json.member("of", report.progress.of)
            }
            json.key("total")
            json.object { json in
                for outcome in BackfillReport.Outcome.allCases { json.member(outcome.rawValue, report.total(outcome)) }
            }
            json.array("groups") { json in
                for (group, counts) in report.counts.sorted(by: {
                    ($0.key.dataset, $0.key.channel) < ($1.key.dataset, $1.key.channel)
                }) {
                    json.object { json in
                        json.member("dataset", group.dataset)
                        json.member("channel", group.channel)
                        for outcome in BackfillReport.Outcome.allCases { json.member(outcome.rawValue, counts[outcome] ?? 0) }
                    }
                }
            }
            json.array("behind") { json in
                for behind in report.behind {
                    json.object { json in
                        json.member("message", behind.message.description)
                        json.member("businessKey", behind.businessKey)
                        json.member("orderingKey", behind.orderingKey)
                    }
                }
            }
        }
    }
}
