public import ExchangeModel
internal import JSON

/// What verification found: every check with its own verdict, one section per signature or certificate, and the answer.
///
/// The same input and time give the same bytes: nothing here depends on a clock, a table's order or a machine.
public struct TrustReport: Sendable, Hashable {
    /// What was verified.
    public let kind: Kind
    /// Name of the input as the caller gave it, without folders.
    public let fileName: String
    /// SM3 of the input, hexadecimal.
    public let inputDigest: String
    /// The control time.
    public let time: Instant
    /// One section per signature, seal or certificate, in the order of the input.
    public let sections: [Section]

    /// A kind of input.
    public enum Kind: String, Sendable, Hashable {
        /// An X.509 certificate.
        case certificate
        /// An OFD package with signatures (GB/T 33190).
        case ofd
        /// An electronic seal (GM/T 0031, GB/T 38540).
        case seal
        /// A seal signature outside a document.
        case sealSignature
        /// Signed data (PKCS#7, GB/T 35275).
        case signedData
        /// None of these.
        case unknown
    }

    /// The checks about one thing.
    public struct Section: Sendable, Hashable {
        /// What the checks are about: a path inside the package, or the file itself.
        public let subject: String
        /// The checks in the order of the procedure.
        public let checks: [TrustCheck]

        /// The reason that decides; nil when everything passed.
        public var subIndication: SubIndication? {
            if let worst = checks.compactMap(\.subIndication).min() { return worst }
            // A check that was skipped must never look like one that passed.
            return checks.isEmpty || checks.contains { $0.verdict == .notReached } ? .policyProcessingError : nil
        }

        /// The answer for this section.
        public var mainIndication: MainIndication { subIndication?.main ?? .totalPassed }
    }

    /// Every check of every section.
    public var checks: [TrustCheck] { sections.flatMap(\.checks) }

    /// The reason that decides: the worst of the sections; nil for `TOTAL-PASSED`.
    public var subIndication: SubIndication? {
        sections.isEmpty ? .policyProcessingError : sections.compactMap(\.subIndication).min()
    }

    /// The answer.
    public var mainIndication: MainIndication { subIndication?.main ?? .totalPassed }

    /// Exit code of a command that printed this report: 0 for `TOTAL-PASSED` alone.
    public var exitCode: Int32 { mainIndication == .totalPassed ? 0 : 1 }

    /// The report as JSON, UTF-8, members in a fixed order.
    public var json: [UInt8] {
        JSONWriter.bytes { writer in
            writer.object { writer in
                writer.member("format", "tenderbridge-trust-report/1")
                writer.member("kind", kind.rawValue)
                writer.member("file", fileName)
                writer.member("sm3", inputDigest)
                writer.member("at", time.description)
                Self.write(mainIndication, subIndication, to: &writer)
                writer.array("sections") { writer in
                    for section in sections {
                        writer.object { writer in
                            writer.member("subject", section.subject)
                            Self.write(section.mainIndication, section.subIndication, to: &writer)
                            writer.array("checks") { writer in
                                for check in section.checks { Self.write(check, to: &writer) }
                            }
                        }
                    }
                }
            }
        }
    }

    private static func write(_ main: MainIndication, _ sub: SubIndication?, to writer: inout JSONWriter) {
        writer.member("mainIndication", main.rawValue)
        writer.member("subIndication", sub?.rawValue)
    }

    private static func write(_ check: TrustCheck, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("key", check.key)
            writer.member("verdict", check.verdict.rawValue)
            writer.memberIfPresent("subIndication", check.subIndication?.rawValue)
            writer.member("text", check.text)
            writer.member("textZH", check.textZH)
            guard !check.data.isEmpty else { return }
            writer.object("data") { writer in
                for datum in check.data {
                    switch datum.value {
                    case .text(let text): writer.member(datum.name, text)
                    case .number(let number): writer.member(datum.name, number)
                    case .list(let list): writer.member(datum.name, list)
                    }
                }
            }
        }
    }
}
