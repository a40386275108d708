import GatewayTesting
import Glibc
import JSON
import Testing

@Suite("Verification on the command line")
struct VerificationCommandTests {
    static let vectors = getenv("TENDERBRIDGE_VECTORS").map { String(cString: $0) } ?? ""

    @Test(
        "real certificates and seals get their verdicts, in text and JSON, and exit code 1 without TOTAL-PASSED",
        .enabled(if: !vectors.isEmpty, "TENDERBRIDGE_VECTORS is not set"),
        arguments: [
            (
                ["trust", "verify", "certs/tongsuo-server_sign.pem", "--untrusted", "certs/tongsuo-chain-ca.pem"],
                "INDETERMINATE / TRUST_LIST_UNAVAILABLE"
            ),
            (["trust", "verify", "certs/tongsuo-sm2-noza-cert.pem"], "INDETERMINATE / CERTIFICATE_CHAIN_GENERAL_FAILURE"),
            (["seal", "verify", "ofd/ofdrw-v4signed.ofd"], "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND"),
            (["seal", "verify", "ofd/ofdrw-invoice-sample.ofd"], "TOTAL-FAILED / HASH_FAILURE"),
        ])
    func verdicts(arguments: [String], verdict: String) async throws {
        let command = arguments.map { $0.contains("/") ? "\(Self.vectors)/trust/\($0)" : $0 }
        let text = try await BuiltProgram.run(command)
        #expect(text.exit == 1)
        #expect(text.lines.first?.hasSuffix(": " + verdict) == true, "\(text.text)")
        let json = try JSONValue(parsing: try await BuiltProgram.run(command + ["--format", "json"]).text)
        #expect("\(json["mainIndication"]?.string ?? "") / \(json["subIndication"]?.string ?? "")" == verdict)
        let chinese = try await BuiltProgram.run(command + ["--language", "zh"])
        #expect(chinese.text != text.text)
    }

    @Test("the control time decides about validity")
    func controlTime() async throws {
        let folder = try TemporaryDirectory("tb")
        defer { withExtendedLifetime(folder) {} }
        let pki = try await ThrowawayPKI(in: folder)
        let server = try await pki.server("server")
        let command = ["trust", "verify", server.certificateFile, "--anchor", pki.authorityFile, "--format", "json"]
        let before = try JSONValue(parsing: try await BuiltProgram.run(command + ["--at", "2001-01-01"]).text)
        #expect(before["at"]?.string == "2001-01-01T00:00:00.000Z")
        #expect(before["subIndication"]?.string == "OUT_OF_BOUNDS_NO_POE", "\(before.text())")
        let now = try JSONValue(parsing: try await BuiltProgram.run(command).text)
        #expect(now["subIndication"]?.string != "OUT_OF_BOUNDS_NO_POE", "\(now.text())")
    }
}
