import ExchangeModel
import Formats
import Foundation
import JSON
import Testing

private let vectors = ProcessInfo.processInfo.environment["TENDERBRIDGE_VECTORS"].map { URL(fileURLWithPath: $0) }

/// The files of csv-spectrum (max-mapper/csv-spectrum), each beside its rows as JSON.
@Suite("CSV conformance files", .enabled(if: vectors != nil, "TENDERBRIDGE_VECTORS is not set"))
struct CSVVectorTests {
    /// Values in which a file and its own JSON differ, as they are published: file, column, the value in the CSV file.
    static let differences = ["location_coordinates": ("Contact Phone Number", csv: "2095257564", json: "1234567890")]

    @Test("give the rows of their JSON")
    func files() throws {
        let folder = try #require(vectors).appendingPathComponent("formats/csv")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".csv") }.sorted()
        #expect(names.count == 12)
        var equal = 0
        for file in names {
            let name = String(file.dropLast(4))
            let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(file)))
            let expected = try JSONValue(parsing: Array(try Data(contentsOf: folder.appendingPathComponent(name + ".json"))))
            let reading = CSVReading(bytes)
            #expect(reading.refusals == [] && reading.unreadable == [], "\(file)")
            let rows = reading.rows.compactMap { row -> JSONValue? in
                guard case .record(let fields) = row else { return nil }
                return .object(
                    fields.map { field in
                        let difference = Self.differences[name].flatMap {
                            $0.0 == field.name && $0.csv == field.value ? $0.json : nil
                        }
                        return .init(field.name, .string(difference ?? field.value))
                    })
            }
            // One file's JSON is its only row, not a list of rows.
            let wanted = expected.elements ?? [expected]
            #expect(rows == wanted, "\(file)")
            if rows == wanted { equal += 1 }
        }
        print(
            "CSV conformance files: \(equal) of \(names.count) give the rows of their JSON; listed differences: \(Self.differences.count)"
        )
    }
}
