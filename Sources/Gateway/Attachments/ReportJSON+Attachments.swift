internal import ExchangeModel
public import JSON
public import Store

extension ReportJSON {
    /// Writes the member `attachments`, where there are any.
    public static func writeMember(_ attachments: [NamedAttachment], to json: inout JSONWriter) {
        if attachments.isEmpty { return }
        json.array("attachments") { json in
            for attachment in attachments { write(attachment.content, name: attachment.name, to: &json) }
        }
    }

    /// Writes a content.
    ///
    /// - Parameter name: as a message calls it; nil where none does.
    public static func write(_ content: StoredAttachment, name: String? = nil, to json: inout JSONWriter) {
        json.object { json in
            json.member("sha256", Hex.encode(content.sha256))
            json.member("sm3", Hex.encode(content.sm3))
            json.member("bytes", content.bytes)
            if let name, !name.isEmpty { json.member("name", name) }
            if !content.mediaType.isEmpty { json.member("mediaType", content.mediaType) }
        }
    }
}
