internal import Cryptography
internal import ExchangeModel
internal import Store

/// How far a stream was taken: gathers records into parts and writes them, each conflict settled before what stands behind it.
struct StreamProgress {
    private let intake: StreamIntake
    /// The stream whose progress is kept; nil for a page of a poll channel.
    private let identity: StreamIdentity?
    private let cursor: ChannelCursor?
    /// Records of it that are on disk.
    private(set) var behind: Int
    private var records: [IntakeBatch.Record] = []
    private var bytes = 0
    private var begun = ContinuousClock.now

    /// - Parameter cursor: written with the last records.
    init(intake: StreamIntake, behind: Int, identity: StreamIdentity? = nil, cursor: ChannelCursor? = nil) {
        self.intake = intake
        self.behind = behind
        self.identity = identity
        self.cursor = cursor
    }

    /// Adds a record, and writes the part that it fills.
    mutating func add(_ place: RecordPlace, _ item: IntakeBatch.Item, _ count: Int) async throws {
        if records.isEmpty { begun = .now }
        records.append(.init(place: place, item: item))
        bytes += count
        if records.count >= StreamIntake.partRecords || bytes >= StreamIntake.partBytes { _ = try await write(isLast: false) }
    }

    /// Writes what is left, and that it ends here.
    mutating func end() async throws -> RecordStream? {
        var ending: IntakeBatch.Ending?
        if let identity {
            let content = EvidenceContent.streamTaken(
                identity, name: intake.name, sender: intake.sender, bytes: intake.source.bytes, records: behind + records.count,
                traceID: intake.traceID)
            ending = .taken(EvidenceEntry(at: intake.pipeline.clock.now(), messageID: nil, content: content))
        }
        return try await write(isLast: true, ending)
    }

    /// Keeps it as refused as a whole: its reasons, its size and digest; of a file the bytes stay in the file.
    mutating func refuse(_ findings: [Finding]) async throws -> RecordStream? {
        guard let identity else { return nil }
        var refusal = intake.pipeline.refusal(of: payload([]), intake.way, intake.active, findings: findings, status: 422)
        refusal.payload = nil
        refusal.declaredBytes = intake.source.bytes
        refusal.bodyDigest = identity.digest
        refusal.evidence.content = EvidenceContent.refused(
            id: refusal.id, channel: refusal.channel, sender: refusal.sender, status: 422, findings: findings,
            payloadDigest: identity.digest, bytes: intake.source.bytes, declaredBytes: intake.source.bytes,
            traceID: intake.traceID)
        return try await write(isLast: true, .refused(refusal))
    }

    /// A record's bytes as if they had come alone.
    func payload(_ document: [UInt8]) -> ReceivedPayload {
        ReceivedPayload(
            channel: intake.channel.configuration.name, sender: intake.sender, idempotencyKey: nil,
            contentType: intake.way.contentType, declaredBytes: nil, bytes: document, traceID: intake.traceID,
            receivedAt: intake.pipeline.clock.now())
    }

    private mutating func write(isLast: Bool, _ ending: IntakeBatch.Ending? = nil) async throws -> RecordStream? {
        while true {
            if let pressure = intake.pipeline.presentPressure { throw StreamStop.pressure(pressure) }
            let part = identity.map {
                IntakeBatch.Part(
                    stream: $0, name: intake.name, sender: intake.sender, bytes: intake.source.bytes, behind: behind,
                    ending: ending)
            }
            let batch = IntakeBatch(
                records: records, part: part, cursor: isLast ? cursor : nil, at: intake.pipeline.clock.now())
            let outcome = try await intake.pipeline.take(batch)
            intake.count(outcome, after: .now - begun)
            guard case .conflict(let bound) = outcome.records.last else {
                behind += records.count
                records.removeAll(keepingCapacity: true)
                bytes = 0
                return outcome.stream
            }
            // Those before it are on disk; it is settled, and the others come again.
            behind += outcome.records.count - 1
            records.removeFirst(outcome.records.count - 1)
            records[0].item = try await intake.pipeline.settle(records[0].item, against: bound, intake.way, intake.active)
        }
    }
}

/// Why a stream is not taken on for now.
enum StreamStop: Error, CustomStringConvertible {
    /// A limit of the gateway is near.
    case pressure(Pressure)

    var description: String {
        switch self {
        case .pressure(let pressure): "a limit of the gateway is near: \(pressure.words.joined(separator: ", "))"
        }
    }
}
