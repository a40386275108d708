import GatewayTesting
import JSON

/// One line of a log, read by key.
struct JSONLine: Sendable {
    let value: JSONValue

    static func all(in bytes: [UInt8]) throws -> [JSONLine] {
        try bytes.split(separator: 0x0A).map { JSONLine(value: try JSONValue(parsing: Array($0))) }
    }

    static func parse(_ text: String) throws -> JSONLine {
        do { return JSONLine(value: try JSONValue(parsing: text)) } catch { throw TestingFailure("no JSON: \(error): \(text)") }
    }

    subscript(_ name: String) -> String? { value[name]?.string ?? value[name]?.number }
}
