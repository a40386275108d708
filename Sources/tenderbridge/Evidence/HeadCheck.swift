internal import ExchangeModel
internal import Gateway
internal import JSON
internal import Store

/// Whether a store contains a signed head, and whether the head is genuine.
struct HeadCheck {
    /// A head as it was read, with what its signature is worth.
    struct Signed {
        let head: SignedEvidenceHead
        /// Nil: no certificate was given, so nothing is known of the signature.
        let signatureFault: String??

        /// Nil when no head was named.
        init?(head file: String?, certificate: String?) throws(GatewayError) {
            guard let file else { return nil }
            let bytes = try LocalFiles.read(file, limit: SignedEvidenceHead.fileBytesMax)
            head = try SignedEvidenceHead(json: bytes, source: file) { Instant(rfc3339: $0) }
            if let certificate {
                let pem = try LocalFiles.read(certificate, limit: SignedEvidenceHead.fileBytesMax)
                signatureFault = .some(try head.signatureFault(certificate: pem, source: certificate))
            } else {
                signatureFault = nil
            }
        }
    }

    let signed: Signed
    /// Why the store does not contain the head; nil when it does.
    let storeFault: String?

    init(_ signed: Signed, of reader: SQLiteStoreReader, _ verdict: EvidenceVerdict) async throws {
        self.signed = signed
        let head = signed.head.head
        if head.sequence == 0 {
            storeFault = nil
        } else if verdict.rows < head.sequence {
            storeFault = "the store has \(verdict.rows) rows: \(head.sequence - verdict.rows) rows at the end were cut off"
        } else if let broken = verdict.firstBroken, broken.sequence <= head.sequence {
            storeFault = "the chain breaks at row \(broken.sequence), before the signed head"
        } else if let row = try await reader.evidence(from: head.sequence, limit: 1).first, row.sequence == head.sequence,
            row.digest == head.digest
        {
            // The chain holds up to this row, so its stored digest is the computed one.
            storeFault = nil
        } else {
            storeFault = "row \(head.sequence) has another digest: the chain was written anew"
        }
    }

    /// Whether nothing is wrong; a signature that nobody could check is told, but is no fault.
    var isGood: Bool { storeFault == nil && (signed.signatureFault ?? nil) == nil }

    /// For people.
    var lines: [String] {
        let head = signed.head
        var lines = ["signed head: \(head.head.sequence) rows at \(head.time) by \(head.gateway), \(head.algorithm)"]
        lines.append(storeFault.map { "HEAD NOT IN STORE: \($0)" } ?? "the store contains the signed head unchanged")
        switch signed.signatureFault {
        case nil: lines.append("the signature was not checked: give --certificate")
        case .some(nil): lines.append("the signature is good")
        case .some(let fault?): lines.append("SIGNATURE NOT GOOD: \(fault)")
        }
        return lines
    }

    func write(to json: inout JSONWriter) {
        json.object("head") { json in
            json.member("rows", signed.head.head.sequence)
            json.member("time", signed.head.time.description)
            json.member("gateway", signed.head.gateway)
            json.member("algorithm", signed.head.algorithm)
            json.member("inStore", storeFault == nil)
            json.member("storeFault", storeFault)
            switch signed.signatureFault {
            case nil: json.member("signature", "notChecked")
            case .some(nil): json.member("signature", "good")
            case .some(let fault?):
                json.member("signature", "bad")
                json.member("signatureFault", fault)
            }
        }
    }
}
