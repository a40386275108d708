internal import ExchangeModel
internal import JSON
internal import XML

/// How a local system knows which tender a payload belongs to: by its own reading, apart from the gateway's mappings.
struct OrderingKeyReader: Sendable {
    private let parser = XMLParser(limits: XMLLimits(bytesMax: 64 << 20, depthMax: 250, nodesMax: 1_000_000))

    /// TENDER_PROJECT_CODE of a Chinese notice, ContractFolderID of an eForms notice, `tenderProject.code` of system B's JSON; nil
    /// when there is none of them, as in a row of CSV.
    func orderingKey(of payload: [UInt8]) -> String? {
        let start = payload.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        if payload.dropFirst(start).first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
            let code = (try? JSONValue(parsing: Array(payload[start...])))?["tenderProject"]?["code"]?.string
            return code.map { Text.trim($0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        guard case .document(let document) = parser.parse(payload) else { return nil }
        for name in ["TENDER_PROJECT_CODE", "ContractFolderID"] {
            if let text = document.root.firstChild(name).map({ Text.trim($0.text) }), !text.isEmpty { return text }
        }
        return nil
    }
}
