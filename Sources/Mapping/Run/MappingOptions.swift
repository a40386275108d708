public import ExchangeModel

/// How a mapping is run; what a channel or a destination may choose.
public struct MappingOptions: Sendable, Hashable {
    /// What a wrong check character or a malformed identifier does.
    public enum IdentifierFaults: String, Sendable, Hashable, CaseIterable {
        /// It refuses the record.
        case refuse
        /// It is shown and kept, and the value passes.
        case warn
    }

    /// What a wrong check character does.
    public var identifierFaults: IdentifierFaults
    /// The record's moment, which decides which code-list entries hold. Inbound mappings take their own `sourceTime`
    /// first. Without any, entries hold whatever their dates.
    public var recordTime: Instant?
    /// Whether every field's source and value are returned as well (for `map explain`; slow).
    public var traces: Bool
    /// Findings after which a run stops looking for more.
    public var findingsMax: Int
    /// Bytes of the output.
    public var outputBytesMax: Int
    /// Nodes looked at: ends mappings and records that multiply each other.
    public var visitsMax: Int
    /// Bytes of values made on the way: ends mappings that multiply text.
    public var madeBytesMax: Int

    /// What numbers of persons in the output do, beside what the mapping's own audience wants; the stricter rule holds.
    public var personalText: PersonalTextRule?

    /// Options with their defaults: refuse; 200 findings, 16 MiB, 20 million nodes, 64 MiB.
    public init(
        identifierFaults: IdentifierFaults = .refuse, recordTime: Instant? = nil, traces: Bool = false, findingsMax: Int = 200,
        outputBytesMax: Int = 16 << 20, visitsMax: Int = 20_000_000, madeBytesMax: Int = 64 << 20
    ) {
        self.identifierFaults = identifierFaults
        self.recordTime = recordTime
        self.traces = traces
        self.findingsMax = findingsMax
        self.outputBytesMax = outputBytesMax
        self.visitsMax = visitsMax
        self.madeBytesMax = madeBytesMax
    }
}

/// Where the value of one output field came from; for explanations and coverage.
public struct FieldTrace: Sendable, Hashable {
    /// The field of the output, dotted.
    public let target: String
    /// The expression as written.
    public let expression: String
    /// The path of the source node, or of the place where it would stand.
    public let sourcePath: String
    /// Where it stands in the source.
    public let position: SourcePosition
    /// The value; nil when the field is not written.
    public let value: String?
}

/// What an inbound mapping made of a record.
public struct InboundResult: Sendable {
    /// The canonical record as JSON; meaningless with errors.
    public let canonical: [UInt8]
    /// What identifies the record at its source; empty with errors.
    public let businessKey: String
    /// What shares a lane.
    public let orderingKey: String
    /// The record's version.
    public let version: String
    /// The source's own time stamp.
    public let sourceTime: Instant?
    /// Everything wrong, with the path of the source node.
    public let findings: [Finding]
    /// One per field when asked for.
    public let traces: [FieldTrace]

    /// Whether the record is refused.
    public var isRefused: Bool { findings.contains { $0.severity == .error } }
}

/// What an outbound mapping made of a canonical record.
public struct OutboundResult: Sendable {
    /// The destination's document; meaningless with errors.
    public let bytes: [UInt8]
    /// Everything wrong, with the path in the canonical record.
    public let findings: [Finding]
    /// One per field when asked for.
    public let traces: [FieldTrace]

    /// Whether preparing the delivery failed.
    public var isRefused: Bool { findings.contains { $0.severity == .error } }
}
