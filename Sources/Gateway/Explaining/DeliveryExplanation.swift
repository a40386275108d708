public import ExchangeModel
internal import Formats
public import Mapping
internal import Store

/// Where the fields of what a delivery sends come from: out of the canonical record, and before that out of what the sender sent.
public struct DeliveryExplanation: Sendable {
    /// The delivery.
    public let delivery: DeliveryID
    /// Where it goes.
    public let destination: String
    /// The destination's mapping as the gateway has it at this moment, over the stored canonical record.
    public let outbound: MappingExplanation
    /// The fields asked for.
    public let outboundFields: [MappingExplanation.Field]
    /// The channel's mapping as the gateway has it at this moment, over the stored payload; nil where the channel is configured no
    /// longer, or the payload cannot be read any more.
    public let inbound: MappingExplanation?
    /// The canonical fields that were read for those asked for; or those asked for, where the name is one of the canonical record.
    public let inboundFields: [MappingExplanation.Field]
    /// The mapping and version that made the frozen bytes; nil while nothing is frozen.
    public let frozenBy: String?
    /// Whether the mapping makes the frozen bytes still; nil while nothing is frozen, or they cannot be read.
    public let makesFrozenBytes: Bool?
}

extension GatewayService {
    /// Maps a stored delivery once more and tells where a field comes from, or why it is empty; nothing is changed or sent.
    ///
    /// The answer shows values of the record: **the look at the canonical and the received bytes is in the evidence, synced, before
    /// anything is told.** Throws `.notFound` for an unknown delivery, destination or field, `.usage` for a reason that is missing,
    /// `payload-unreadable` when the canonical record was destroyed on purpose.
    ///
    /// - Parameter field: a field of the document that is sent, else one of the canonical record; nil for all that is sent.
    public func explain(
        _ id: DeliveryID, field: String?, actor: String, reason: String
    ) async throws -> DeliveryExplanation {
        try Self.checkReason(reason, attempted: "explain a delivery of")
        let present = present
        guard let report = try await store.delivery(id) else {
            throw Self.nothing("find", "delivery \(id)", "there is none", remedy: "see: tenderbridge outbox list")
        }
        let delivery = report.delivery
        let mappingName = present.configuration.destinations.first { $0.name == delivery.destination }?.mapping
        guard let mapping = mappingName.flatMap({ present.assembly.library.outbound($0) }) else {
            throw Self.nothing(
                "explain", "delivery \(id)", "its destination \(delivery.destination) is not configured",
                remedy: "configure the destination, or look at the bytes: tenderbridge outbox payload")
        }
        let canonical = try await readPayload(.canonical, of: .delivery(id), actor: actor, reason: reason)
        let received = try? await readPayload(.received, of: .delivery(id), actor: actor, reason: reason)
        let explainer = MappingExplainer(
            library: present.assembly.library, mappings: present.configuration.mappingsFolder,
            schemas: present.configuration.schemasFolder)
        let outbound = explainer.explain(
            mapping, canonical: canonical.bytes, options: MappingOptions(recordTime: delivery.sourceTime))
        let way = present.channel(delivery.channel)?.ways.first { $0.dataset == report.dataset }
        let inbound = received.flatMap { payload in
            way.map { way in
                explainer.explain(way.mapping, input: payload.bytes, reader: way.reader(of: payload), options: way.options)
            }
        }
        let asked = field.map { outbound.fields(named: $0) } ?? outbound.fields
        let before =
            inbound.map { inbound in field.map { Self.sources(of: asked, named: $0, in: inbound) } ?? inbound.fields } ?? []
        if let field, asked.isEmpty, before.isEmpty {
            let names = outbound.fieldNames + (inbound?.fieldNames ?? [])
            throw Self.nothing(
                "explain the field", field, "\(mapping.name) writes no such field, and no mapping into the record does",
                remedy: Suggestion.nearest(to: field, among: names).map { "did you mean \($0)?" }
                    ?? "leave the field out to see all")
        }
        let frozen = report.frozenBytes == nil ? nil : try await store.payload(.frozen, of: .delivery(id))
        return DeliveryExplanation(
            delivery: id, destination: delivery.destination, outbound: outbound, outboundFields: asked, inbound: inbound,
            inboundFields: before, frozenBy: report.versions?.mapping,
            makesFrozenBytes: frozen.flatMap { payload in
                if case .readable = payload.state { payload.bytes == outbound.output } else { nil }
            })
    }

    /// The fields of the canonical record that were read for some of the document; those of a name where there are none.
    private static func sources(
        of fields: [MappingExplanation.Field], named name: String, in inbound: MappingExplanation
    ) -> [MappingExplanation.Field] {
        guard !fields.isEmpty else { return inbound.fields(named: name) }
        var result: [MappingExplanation.Field] = []
        for reading in fields.flatMap(\.readings) {
            // A path that led nowhere is followed to the field that was not written.
            let pointer = ([reading.node] + reading.missing).joined(separator: "/")
            for field in inbound.fields(named: pointer) where !result.contains(field) { result.append(field) }
        }
        return result
    }

    private static func nothing(_ attempted: String, _ subject: String, _ happened: String, remedy: String) -> GatewayError {
        GatewayError(.notFound, attempted: attempted, subject: subject, happened: happened, remedy: remedy)
    }
}

extension DatasetWay {
    /// The reader of bytes as they are kept: a row of a sheet is kept as CSV.
    fileprivate func reader(of payload: StoredPayload) -> RecordReader {
        guard format == .xlsx, payload.contentType.hasPrefix("text/csv") else { return reader }
        return .csv(CSVRecordReader())
    }
}
