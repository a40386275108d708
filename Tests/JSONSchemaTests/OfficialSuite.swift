import ExchangeModel
import Foundation
import JSON
import JSONSchema

/// The official test suite of JSON Schema, out of the source distribution of PyPI's `jsonschema`; kept in a cache, never in
/// the repository.
enum OfficialSuite {
    static let package = "jsonschema==4.26.0"
    static let folderName = "jsonschema-4.26.0"

    /// The folder `json` of the distribution, or why it cannot be had.
    static let source: Result<String, Missing> = fetch()
    static var reason: String { if case .failure(let missing) = source { missing.text } else { "" } }
    static var isThere: Bool { if case .success = source { true } else { false } }

    struct Missing: Error { var text: String }

    private static func fetch() -> Result<String, Missing> {
        let files = FileManager.default
        let cache = root + "/.build/json-schema-suite"
        let folder = "\(cache)/\(folderName)/json"
        if files.fileExists(atPath: folder + "/tests/draft2020-12") { return .success(folder) }
        let script = """
            set -e; mkdir -p "$0"; work=$(mktemp -d "$0/fetch.XXXXXX"); trap 'rm -rf "$work"' EXIT; cd "$work"
            python3 -m pip download --quiet --disable-pip-version-check --no-binary :all: --no-deps \(package) >&2
            tar -xzf \(folderName).tar.gz; test -d \(folderName)/json/tests/draft2020-12
            mv -T \(folderName) "$0/\(folderName)" || test -d "$0/\(folderName)"
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["bash", "-c", script, cache]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return .failure(Missing(text: "bash cannot be started: \(error)")) }
        process.waitUntilExit()
        guard process.terminationStatus == 0, files.fileExists(atPath: folder + "/tests/draft2020-12") else {
            return .failure(
                Missing(
                    text: "pip could not download \(package) as source (no network or no pip); place it as \(cache)/\(folderName)"
                ))
        }
        return .success(folder)
    }

    /// The package's folder: beside it lies `.build`.
    private static let root: String = FileManager.default.currentDirectoryPath

    /// One test of the suite, or a whole group when its schema was not taken.
    struct Outcome {
        var name: String
        var passed: Bool
        var note: String
    }

    /// Runs a file of the suite.
    static func run(_ file: String, folder: String, registry: JSONSchemaRegistry, options: JSONSchemaOptions) throws -> [Outcome]
    {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/tests/draft2020-12/\(file)")))
        let groups = try JSONValue(parsing: bytes)
        var outcomes: [Outcome] = []
        for group in groups.elements ?? [] {
            let title = file + ": " + (group["description"]?.string ?? "")
            let schema: Result<JSONSchema, JSONSchemaFailure> = Result { () throws(JSONSchemaFailure) in
                try JSONSchema(
                    parsing: (group["schema"] ?? .null).bytes(), name: "suite", address: "", registry: registry, options: options)
            }
            for test in group["tests"]?.elements ?? [] {
                let name = title + ": " + (test["description"]?.string ?? "")
                let expected = test["valid"]?.boolean ?? false
                switch schema {
                case .failure(let failure): outcomes.append(Outcome(name: name, passed: false, note: "not loaded: \(failure)"))
                case .success(let schema):
                    let document = try JSONTape(parsing: (test["data"] ?? .null).bytes())
                    let verdict = schema.validate(document)
                    let isRight = verdict.isValid == expected && schema.accepts(document) == expected
                    outcomes.append(
                        Outcome(
                            name: name, passed: isRight,
                            note: "expected \(expected), found \(verdict.findings.map { "\($0.path) \($0.keyword): \($0.text)" })"
                        ))
                }
            }
        }
        return outcomes
    }

    /// Every document of `remotes`, as if a server had it under localhost:1234.
    static func registry(folder: String) throws -> JSONSchemaRegistry {
        var registry = JSONSchemaRegistry()
        let remotes = folder + "/remotes"
        for case let path as String in FileManager.default.enumerator(atPath: remotes) ?? .init() where path.hasSuffix(".json") {
            registry.add(
                [UInt8](try Data(contentsOf: URL(fileURLWithPath: remotes + "/" + path))), at: "http://localhost:1234/" + path)
        }
        return registry
    }

    /// The files of a folder of the suite, sorted.
    static func files(_ folder: String, under: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/tests/draft2020-12/\(under)").filter {
            $0.hasSuffix(".json")
        }
        .sorted().map { under.isEmpty ? $0 : under + "/" + $0 }
    }

    /// The misses that are allowed, each with its reason: lines `name | reason`.
    static func allowedMisses() throws -> [(name: String, reason: String)] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("allowed-misses.txt")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.components(separatedBy: " | ")
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
    }
}
