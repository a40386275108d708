internal import ExchangeModel
internal import JSON
internal import Mapping

/// The folder `expected/` of a case: `canonical.json` (laid out for reading) and `<destination>/<n>.xml`, the very bytes that
/// would be frozen, `n` counting the deliveries of the case to that destination from 1.
struct ExpectedOutputs {
    /// Path relative to `expected/`, and content.
    private(set) var files: [(path: String, target: String, format: RecordFormat, bytes: [UInt8])] = []

    /// What the messages of a case made. A second message's record is `canonical-2.json`.
    init(of messages: [RehearsalGateway.AcceptedMessage]) throws {
        var counts: [String: Int] = [:]
        for (index, message) in messages.enumerated() {
            let name = index == 0 ? "canonical.json" : "canonical-\(index + 1).json"
            files.append((name, "canonical", .json, try JSONValue(parsing: message.canonical).bytes(pretty: true) + [0x0A]))
            for output in message.outputs {
                guard case .success(let bytes) = output.result else { continue }
                counts[output.destination, default: 0] += 1
                let format: RecordFormat = bytes.first == UInt8(ascii: "{") ? .json : .xml
                let path = "\(output.destination)/\(counts[output.destination] ?? 1).\(format.rawValue)"
                files.append((path, output.destination, format, bytes))
            }
        }
    }

    /// Replaces the folder. A case that makes nothing has none.
    func write(to folder: String) throws(GatewayError) {
        LocalFiles.remove(folder)
        for file in files { try LocalFiles.write(file.bytes, to: folder + "/" + file.path) }
    }

    /// Compares with the folder.
    ///
    /// - Parameter label: names a field of a target in words.
    func differences(from folder: String, label: (_ target: String, _ path: String) -> String?) throws(GatewayError)
        -> [CaseDifference]
    {
        var result: [CaseDifference] = []
        for file in files {
            let path = folder + "/" + file.path
            guard LocalFiles.exists(path) else {
                result.append(
                    .init(kind: .file, target: file.target, path: "", label: nil, expected: "expected/\(file.path)", actual: nil))
                continue
            }
            let wanted = try LocalFiles.read(path)
            guard wanted != file.bytes else { continue }
            let fields = RecordDiff(expected: wanted, actual: file.bytes, format: file.format) { label(file.target, $0) }
                .differences
            result += fields.map {
                CaseDifference(
                    kind: .field, target: file.target, path: $0.path, label: $0.label, expected: $0.expected, actual: $0.actual)
            }
            if fields.isEmpty { result.append(Self.layout(file.target, file.path, wanted, file.bytes)) }
        }
        let known = Set(files.map(\.path))
        for path in Self.names(below: folder) where !known.contains(path) {
            result.append(
                .init(kind: .file, target: "expected/\(path)", path: "", label: nil, expected: "this file", actual: nil))
        }
        return result
    }

    /// Every field is equal and some byte is not: order of elements, white space, declaration.
    private static func layout(_ target: String, _ path: String, _ wanted: [UInt8], _ actual: [UInt8]) -> CaseDifference {
        let offset =
            zip(wanted, actual).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(wanted.count, actual.count)
        let line = wanted[..<offset].count { $0 == 0x0A } + 1
        func piece(_ bytes: [UInt8]) -> String { String(decoding: bytes[min(offset, bytes.count)...].prefix(40), as: UTF8.self) }
        return CaseDifference(
            kind: .file, target: target, path: "line \(line), byte \(offset + 1)",
            label: "fields are equal; order or layout is not", expected: piece(wanted), actual: piece(actual))
    }

    private static func names(below folder: String, prefix: String = "") -> [String] {
        LocalFiles.names(in: folder).flatMap { name in
            LocalFiles.isFolder("\(folder)/\(name)")
                ? names(below: "\(folder)/\(name)", prefix: "\(prefix)\(name)/") : [prefix + name]
        }
    }
}
