internal import Cryptography
internal import ExchangeModel

/// The certificates of one demonstration: an authority that nobody else trusts, and three identities signed by it.
///
/// Files (PEM): `ca.pem`; `simulator.pem` and `simulator-key.pem`, the provincial platform's server; `gateway.pem` and
/// `gateway-key.pem`, the gateway's server for its data listener; `gateway-client.pem` and `gateway-client-key.pem`, the
/// gateway as a client of the platform. Keys have mode 0600; the authority's own key is never written, so that nothing
/// can be added to the set later.
struct ThrowAwayPKI {
    /// Names of the files, without folder.
    enum Name {
        static let authority = "ca.pem"
        static let simulator = "simulator.pem"
        static let simulatorKey = "simulator-key.pem"
        static let gateway = "gateway.pem"
        static let gatewayKey = "gateway-key.pem"
        static let gatewayClient = "gateway-client.pem"
        static let gatewayClientKey = "gateway-client-key.pem"
    }

    /// How long the certificates are valid.
    static let validity = Duration.seconds(30 * 86_400)

    /// The authority.
    let authority: CertificateAuthority
    /// File name and identity.
    let identities: [(certificate: String, key: String, issued: IssuedCertificate)]

    /// Makes new keys and certificates, valid from five minutes before now (clocks differ) for thirty days.
    init(now: Instant) throws(GatewayError) {
        let from = now - .seconds(300)
        let until = now + Self.validity
        let made = try CertificateAuthority(commonName: "TenderBridge demonstration", notBefore: from, notAfter: until)
        func server(_ name: String) throws(GatewayError) -> IssuedCertificate {
            try made.issueServer(
                commonName: name, dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], notBefore: from, notAfter: until)
        }
        authority = made
        identities = [
            (Name.simulator, Name.simulatorKey, try server("provincial platform (simulated)")),
            (Name.gateway, Name.gatewayKey, try server("TenderBridge gateway")),
            (
                Name.gatewayClient, Name.gatewayClientKey,
                try made.issueClient(commonName: "TenderBridge gateway", notBefore: from, notAfter: until)
            ),
        ]
    }

    /// Writes the files; returns their paths.
    func write(to folder: String) throws(GatewayError) -> [String] {
        try LocalFile.makeFolder(folder)
        var paths = [LocalFile.join(folder, Name.authority)]
        try LocalFile.write(authority.certificatePEM, to: paths[0], mode: 0o644)
        for identity in identities {
            let certificate = LocalFile.join(folder, identity.certificate)
            let key = LocalFile.join(folder, identity.key)
            try LocalFile.write(identity.issued.certificatePEM, to: certificate, mode: 0o644)
            try LocalFile.write(identity.issued.keyPEM, to: key, mode: 0o600)
            paths += [certificate, key]
        }
        return paths
    }
}
