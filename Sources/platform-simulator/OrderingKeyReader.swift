internal import ExchangeModel
internal import XML

/// How a local system knows which tender a payload belongs to: by its own reading, apart from the gateway's mappings.
struct OrderingKeyReader: Sendable {
    private let parser = XMLParser(limits: XMLLimits(bytesMax: 64 << 20, depthMax: 250, nodesMax: 1_000_000))

    /// TENDER_PROJECT_CODE of a Chinese notice, ContractFolderID of an eForms notice; nil when there is neither.
    func orderingKey(of payload: [UInt8]) -> String? {
        guard case .document(let document) = parser.parse(payload) else { return nil }
        for name in ["TENDER_PROJECT_CODE", "ContractFolderID"] {
            if let text = document.root.firstChild(name).map({ Text.trim($0.text) }), !text.isEmpty { return text }
        }
        return nil
    }
}
