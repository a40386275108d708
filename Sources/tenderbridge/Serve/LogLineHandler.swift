internal import ArgumentParser
internal import ExchangeModel
internal import JSON
internal import Logging

/// How the log is written.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people at a terminal.
    case text
    /// One JSON object a line: `time`, `level`, `logger`, `message`, `metadata`.
    case json
}

/// Writes each log event as one line on the standard error, in one system call, so that lines of threads do not mix.
///
/// What is logged is the callers' promise: never a payload, a secret or personal data.
struct LogLineHandler: LogHandler {
    let label: String
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    /// Longest value of metadata in bytes; a longer one is cut, so that one line cannot fill the journal.
    static let valueBytesMax = 4096

    init(label: String, format: LogFormat, level: Logger.Level) {
        self.label = label
        self.format = format
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let given = event.metadata { all.merge(given) { _, new in new } }
        if let error = event.error { all["error"] = "\(error)" }
        Terminal.complain(line(at: SystemClock().now(), event.level, event.message.description, all))
    }

    /// One line without its end.
    func line(at time: Instant, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
        let entries = metadata.sorted { $0.key < $1.key }.map { ($0.key, Self.text($0.value)) }
        switch format {
        case .text:
            let rest = entries.map { " \($0)=\(Self.oneLine($1))" }.joined()
            return "\(time) \(level.rawValue) \(Self.oneLine(message))\(rest)"
        case .json:
            var json = JSONWriter(capacity: 256)
            json.object { json in
                json.member("time", time.description)
                json.member("level", level.rawValue)
                json.member("logger", label)
                json.member("message", message)
                json.object("metadata") { json in
                    for (key, value) in entries { json.member(key, value) }
                }
            }
            return json.text
        }
    }

    private static func text(_ value: Logger.Metadata.Value) -> String {
        let text = "\(value)"
        return text.utf8.count <= valueBytesMax ? text : String(decoding: text.utf8.prefix(valueBytesMax), as: UTF8.self) + "..."
    }

    /// A line break inside a message would forge a line.
    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }
}
