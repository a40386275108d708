import ExchangeModel
import JSON
import Testing

@testable import Trust

/// NIST's test suite for path validation, as far as it asks nothing of CRLs or of initial policies (groups 4.1 to 4.3, 4.6,
/// 4.7, 4.13, 4.16).
@Suite(.enabled(if: Vectors.isThere, "TENDERBRIDGE_VECTORS is unset")) struct PathVectorTests {
    @Test func pathsAreJudgedAsTheSuiteSays() throws {
        let groups = ["4.1.", "4.2.", "4.3.", "4.6.", "4.7.", "4.13.", "4.16."]
        let cases = try PKITSCase.all().filter { item in
            groups.contains { item.name.hasPrefix($0) } && !item.name.contains("cRLSign") && !item.name.contains("DSA")
        }
        #expect(cases.count > 70)
        for item in cases {
            let certificates = try item.path.map { try Vectors.bytes("pkits/certs/\($0)") }
            let report = try CertificateVerification.run(
                leaf: certificates[certificates.count - 1], fileName: item.name,
                untrusted: Array(certificates.dropFirst().dropLast()),
                anchors: [certificates[0]], at: Instant(year: 2011, month: 6, day: 13))
            #expect(
                (report.subIndication == .tryLater) == item.isValid, "\(item.name): \(report.subIndication?.rawValue ?? "passed")"
            )
        }
    }
}

/// One case of the suite's `vectors.json`.
struct PKITSCase {
    let name: String
    let path: [String]
    let isValid: Bool

    static func all() throws -> [PKITSCase] {
        let table = try JSONValue(parsing: Vectors.bytes("pkits/vectors.json"))
        return (table.elements ?? []).compactMap { item in
            guard let name = item["Name"]?.string, let valid = item["ShouldValidate"]?.boolean else { return nil }
            return PKITSCase(name: name, path: (item["CertPath"]?.elements ?? []).compactMap(\.string), isValid: valid)
        }
    }
}
