import Cryptography
import ExchangeModel
import Testing

@Suite struct CertificateAuthorityTests {
    let notBefore = Instant(year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5)
    let notAfter = Instant(year: 2055, month: 6, day: 7, hour: 8, minute: 9, second: 10)

    @Test func issuesCertificatesThatItSignedItself() throws {
        let authority = try CertificateAuthority(commonName: "演示 CA", notBefore: notBefore, notAfter: notAfter)
        let server = try authority.issueServer(
            commonName: "localhost", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1", "::1"], notBefore: notBefore,
            notAfter: notAfter)
        let client = try authority.issueClient(commonName: "gateway", notBefore: notBefore, notAfter: notAfter)
        let root = try Certificate(der: PEMCertificate(pem: Array(authority.certificatePEM.utf8), source: "ca").der)
        #expect(root.isSigned(by: root))
        #expect(root.isAuthority)
        #expect(root.subject == "CN=演示 CA")
        for issued in [server, client] {
            let facts = try PEMCertificate(pem: Array(issued.certificatePEM.utf8), source: "leaf")
            #expect(facts.notBefore == notBefore)
            #expect(facts.notAfter == notAfter)
            let leaf = try Certificate(der: facts.der)
            #expect(leaf.isSigned(by: root))
            #expect(!leaf.isSigned(by: leaf))
            #expect(!leaf.isAuthority)
            #expect(leaf.authorityKeyIdentifier == root.subjectKeyIdentifier)
            #expect(leaf.keyUsage == .digitalSignature)
            #expect(issued.keyPEM.hasPrefix("-----BEGIN PRIVATE KEY-----"))
        }
    }

    @Test func refusesNamesThatNoCertificateCanCarry() throws {
        let authority = try CertificateAuthority(commonName: "CA", notBefore: notBefore, notAfter: notAfter)
        for (dns, address) in [("a b", "127.0.0.1"), ("", "127.0.0.1"), ("主机", "127.0.0.1"), ("a", "127.0.0.256")] {
            #expect(throws: GatewayError.self) {
                try authority.issueServer(
                    commonName: "x", dnsNames: [dns], ipAddresses: [address], notBefore: notBefore, notAfter: notAfter)
            }
        }
        #expect(throws: GatewayError.self) {
            try authority.issueClient(commonName: String(repeating: "x", count: 65), notBefore: notBefore, notAfter: notAfter)
        }
    }

    @Test func seesWhetherKeyAndCertificateBelongTogether() throws {
        let authority = try CertificateAuthority(commonName: "CA", notBefore: notBefore, notAfter: notAfter)
        let one = try authority.issueClient(commonName: "one", notBefore: notBefore, notAfter: notAfter)
        let two = try authority.issueClient(commonName: "two", notBefore: notBefore, notAfter: notAfter)
        func match(_ certificate: String, _ key: String) throws {
            try PEMCertificate.requireMatch(
                certificate: Array(certificate.utf8), key: Array(key.utf8), certificateSource: "c.pem", keySource: "k.pem")
        }
        try match(one.certificatePEM, one.keyPEM)
        #expect(throws: GatewayError.self) { try match(one.certificatePEM, two.keyPEM) }
        #expect(throws: GatewayError.self) { try match(one.keyPEM, one.keyPEM) }
        #expect(throws: GatewayError.self) { try match(one.certificatePEM, one.certificatePEM) }
    }

    @Test func anUnreadableFileIsAConfigurationErrorThatNamesIt() {
        do {
            _ = try PEMCertificate(path: "/nonexistent/server.pem")
            Issue.record("a missing file was read")
        } catch {
            #expect(error.code == .configuration)
            #expect(error.description.contains("/nonexistent/server.pem"))
        }
        #expect(throws: GatewayError.self) { try PEMCertificate(path: "/dev/zero") }
        for text in [
            "", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            #expect(throws: GatewayError.self) { try PEMCertificate(pem: Array(text.utf8), source: "x") }
        }
    }
}
