/// The three answers (EN 319 102-1, 5.1.3). Receivers act on `totalPassed` only.
public enum MainIndication: String, Sendable, Hashable {
    /// Every check that applies was made and passed.
    case totalPassed = "TOTAL-PASSED"
    /// Not decided: evidence is missing or a constraint is not met.
    case indeterminate = "INDETERMINATE"
    /// Wrong beyond doubt.
    case totalFailed = "TOTAL-FAILED"
}

/// The reason of an answer other than `TOTAL-PASSED`, in the order in which reasons outrank each other: format, hash,
/// signature, constraints, chain, then what is missing for want of outside evidence.
public enum SubIndication: String, Sendable, Hashable, CaseIterable, Comparable {
    /// A rule of structure, version or package is broken.
    case formatFailure = "FORMAT_FAILURE"
    /// A digest differs from the content it stands for.
    case hashFailure = "HASH_FAILURE"
    /// The signer's signature is wrong.
    case signatureCryptoFailure = "SIG_CRYPTO_FAILURE"
    /// The seal maker's signature is wrong.
    case sealCryptoFailure = "SEAL_CRYPTO_FAILURE"
    /// The signing certificate is not in the seal's list.
    case signerNotInSeal = "SIGNER_NOT_IN_SEAL"
    /// The certificate to check the signature with is not there.
    case noSigningCertificateFound = "NO_SIGNING_CERTIFICATE_FOUND"
    /// The content that was signed is not there.
    case signedDataNotFound = "SIGNED_DATA_NOT_FOUND"
    /// The certificate is not meant for signatures.
    case signatureConstraintsFailure = "SIG_CONSTRAINTS_FAILURE"
    /// A constraint of the certificate path is broken (RFC 5280).
    case chainConstraintsFailure = "CHAIN_CONSTRAINTS_FAILURE"
    /// An algorithm is weak, unknown, or does not fit its key.
    case cryptoConstraintsFailure = "CRYPTO_CONSTRAINTS_FAILURE"
    /// A signature inside the certificate chain is wrong.
    case certificateChainGeneralFailure = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    /// No path leads from the certificate to a root or an anchor.
    case noCertificateChainFound = "NO_CERTIFICATE_CHAIN_FOUND"
    /// Outside a validity, and no proof of an earlier existence.
    case outOfBoundsNoPOE = "OUT_OF_BOUNDS_NO_POE"
    /// Times contradict each other.
    case timestampOrderFailure = "TIMESTAMP_ORDER_FAILURE"
    /// The seal carries a critical extension that is not known here.
    case sealCriticalExtension = "SEAL_CRITICAL_EXTENSION"
    /// Parts of the document are not protected by the signature.
    case coverageIncomplete = "COVERAGE_INCOMPLETE"
    /// A check could not be made.
    case policyProcessingError = "POLICY_PROCESSING_ERROR"
    /// No trust list is there to say whether the issuing service is recognised.
    case trustListUnavailable = "TRUST_LIST_UNAVAILABLE"
    /// No fresh revocation data.
    case tryLater = "TRY_LATER"
    /// Whether the seal was frozen or cancelled is not known.
    case sealStateUnknown = "SEAL_STATE_UNKNOWN"

    /// The answer that this reason leads to.
    public var main: MainIndication {
        switch self {
        case .formatFailure, .hashFailure, .signatureCryptoFailure, .sealCryptoFailure, .signerNotInSeal: .totalFailed
        default: .indeterminate
        }
    }

    /// Orders by rank: the smaller one decides.
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.ranks[self] ?? Self.allCases.count }
    private static let ranks = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
}
