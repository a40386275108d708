/// A version of SOAP, told by the namespace of its envelope.
public enum SOAPVersion: Sendable, Hashable, CaseIterable {
    /// SOAP 1.1 (W3C Note of May 2000).
    case soap11
    /// SOAP 1.2 (W3C Recommendation, second edition).
    case soap12

    /// The namespace of the envelope.
    public var namespace: String {
        switch self {
        case .soap11: "http://schemas.xmlsoap.org/soap/envelope/"
        case .soap12: "http://www.w3.org/2003/05/soap-envelope"
        }
    }

    /// The media type of its messages over HTTP.
    public var contentType: String {
        switch self {
        case .soap11: "text/xml; charset=utf-8"
        case .soap12: "application/soap+xml; charset=utf-8"
        }
    }

    /// `1.1` or `1.2`.
    public var number: String { self == .soap11 ? "1.1" : "1.2" }

    /// The version of an envelope's namespace; nil for another one.
    public init?(namespace: String) {
        guard let version = Self.allCases.first(where: { $0.namespace == namespace }) else { return nil }
        self = version
    }
}
