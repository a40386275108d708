internal import Cryptography
public import ExchangeModel
internal import Formats
internal import Mapping
internal import Metrics
internal import Store
internal import Synchronization

/// Accepts payloads: decode, schema, identify, map, de-duplicate, **one transaction**, acknowledge (DESIGN section 3).
///
/// A failing step does not stop the later ones from adding findings. Thread-safe; the work before the store runs on the
/// caller's task, in some tens of microseconds for a record of 2 KB.
public final class AcceptPipeline: Sendable {
    private let slot: ConfigurationSlot
    let store: any MessageStore
    let clock: any GatewayClock
    private let payloadQuota = RefusalQuota()
    private let turnedAwayQuota = RefusalQuota()
    private let pressure: PressureFlag
    private let random = Mutex(SecureRandom())
    private let trouble = Mutex<String?>(nil)

    init(slot: ConfigurationSlot, store: any MessageStore, clock: any GatewayClock, pressure: PressureFlag) {
        self.slot = slot
        self.store = store
        self.clock = clock
        self.pressure = pressure
    }

    /// The limit that is near, if one is.
    var presentPressure: Pressure? { pressure.present }

    /// Why the store took nothing the last time it was asked to; nil when it did.
    public var storeTrouble: String? { trouble.withLock { $0 } }

    /// Writes a row of evidence to learn whether the store takes something again. Without traffic nothing else would, and
    /// without readiness there is no traffic.
    func probe() async {
        let now = clock.now()
        let content = EvidenceContent.probe()
        try? await writing { try await store.record(EvidenceEntry(at: now, messageID: nil, content: content)) }
    }

    /// Runs a write and remembers whether the store took it.
    func writing<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            let result = try await body()
            if trouble.withLock({ $0 }) != nil { trouble.withLock { $0 = nil } }
            return result
        } catch let error as GatewayError {
            if error.code == .storeFull || error.code == .storeFailed { trouble.withLock { $0 = error.code.name } }
            throw error
        }
    }

    /// A new id from the gateway's clock and the system's randomness.
    func makeID(at instant: Instant) -> UUIDv7 { random.withLock { UUIDv7(at: instant, random: &$0) } }

    /// A new trace id for a sender that named none: 16 random bytes, not all zero (W3C Trace Context, 3.2.2.3).
    public func makeTraceID() -> String {
        let words = random.withLock { (max(1, $0.next()), $0.next()) }
        return withUnsafeBytes(of: words) { Hex.encode($0) }
    }

    /// Accepts or refuses one payload. Returns after the outcome is on disk and synced.
    ///
    /// Throws `GatewayError` when the store cannot take it: `.storeFull`, `.storeFailed`, `.stopping`; then nothing was kept
    /// and the sender must come again.
    ///
    /// - Parameter active: the configuration that let the sender in; nil: the present one. It holds to the end, whatever is
    ///   loaded meanwhile.
    public func accept(_ payload: ReceivedPayload, under active: ActiveConfiguration? = nil) async throws -> AcceptOutcome {
        let active = active ?? slot.present
        guard let channel = active.channel(payload.channel) else {
            throw GatewayError(
                .internalFault, attempted: "accept on", subject: "channel \(payload.channel)", happened: "it is not configured",
                remedy: "please report this")
        }
        let begun = ContinuousClock.now
        var payload = payload
        let digest = payload.claims.isEmpty ? SHA256.digest(payload.bytes) : try await resolveClaims(of: &payload)
        let key = payload.idempotencyKey ?? Hex.encode(digest)
        if let pressure = pressure.present {
            return try await turnBack(payload, pressure, active, digest: digest, key: key, begun: begun)
        }
        let intake: Intake
        switch store.traffic.counting({ prepare(payload, channel, active, digest: digest, key: key) }) {
        case .ready(let made): intake = made
        case .refused(let findings, let dataset):
            return try await refuseOrReplay(
                payload, active, findings: findings, dataset: dataset, digest: digest, key: key, begun: begun)
        }
        switch try await writing({ try await store.accept(intake) }) {
        case .committed:
            active.metrics.accepted(channel: payload.channel, dataset: intake.dataset, after: ContinuousClock.now - begun)
            return .accepted(
                Acknowledgement(
                    id: intake.id, dataset: intake.dataset, businessKey: intake.businessKey,
                    deliveries: intake.deliveries.map { ($0.id, $0.destination) }, attachments: intake.attachments))
        case .replayed(let bound), .conflict(let bound):
            return try await answer(bound, payload, active, canonical: intake.canonical, digest: digest, key: key, begun: begun)
        }
    }

    /// What became of a payload before the store is asked.
    private enum Prepared {
        case ready(Intake)
        /// With the dataset, where the payload showed it.
        case refused([Finding], Dataset?)
    }

    /// Detects, decodes, checks and maps; all work for the processor.
    private func prepare(
        _ payload: ReceivedPayload, _ channel: Channel, _ active: ActiveConfiguration, digest: [UInt8], key: String
    ) -> Prepared {
        guard payload.isDecoded else { return .refused(payload.findings, nil) }
        let way: DatasetWay
        switch channel.way(of: payload) {
        case .way(let found): way = found
        case .none(let findings): return .refused(payload.findings + findings, nil)
        }
        var before = payload.findings
        if let code = payload.hints.datasetCode, let finding = way.disagreement(with: code) { before.append(finding) }
        var tree = RecordTree()
        var findings = way.reader.read(payload.bytes, names: way.mapping.names, into: &tree)
        guard tree.root != RecordTree.none else { return .refused(before + findings, way.dataset) }
        let record = way.mapping.run(tree, options: way.options)
        findings += record.findings
        if let first = record.findings.first(where: { $0.severity == .error }) {
            active.metrics.mappingFailed(way.mapping.name, cause: first.code)
        }
        guard !before.contains(where: { $0.severity == .error }), !findings.contains(where: { $0.severity == .error }) else {
            return .refused(before + Self.merged(findings, of: way.format), way.dataset)
        }
        findings += before
        return .ready(makeIntake(payload, channel, way, active, record, warnings: findings, digest: digest, key: key))
    }

    /// Under pressure nothing is written for a sender. What was accepted before is acknowledged again: a sender that lost its
    /// answer would otherwise come back with it for as long.
    private func turnBack(
        _ payload: ReceivedPayload, _ pressure: Pressure, _ active: ActiveConfiguration, digest: [UInt8], key: String,
        begun: ContinuousClock.Instant
    ) async throws -> AcceptOutcome {
        if active.channel(payload.channel)?.configuration.duplicates == .idempotencyKey,
            let bound = try await store.boundMessage(sender: payload.sender, channel: payload.channel, idempotencyKey: key),
            bound.bodyDigest == digest
        {
            return try await answer(bound, payload, active, canonical: nil, digest: digest, key: key, begun: begun)
        }
        active.metrics.turnedBack(channel: payload.channel)
        return .turnedBack(pressure)
    }

    func makeIntake(
        _ payload: ReceivedPayload, _ channel: Channel, _ way: DatasetWay, _ active: ActiveConfiguration,
        _ record: InboundResult, warnings: [Finding], digest: [UInt8], key: String
    ) -> Intake {
        let ids = random.withLock { random in
            (0...way.destinations.count).map { _ in UUIDv7(at: payload.receivedAt, random: &random) }
        }
        var (deliveries, doubts) = way.plan(record.canonical, ids: ids.dropFirst(), at: payload.receivedAt)
        for index in deliveries.indices {
            guard let parent = deliveries[index].parent, active.personalDatasets.contains(parent.dataset) else { continue }
            deliveries[index].parent?.businessKey = hashed(parent.businessKey, at: payload.receivedAt)
        }
        var intake = Intake(
            id: ids[0], channel: payload.channel, sender: payload.sender, dataset: way.dataset,
            businessKey: way.personalKeys.contains(.businessKey)
                ? hashed(record.businessKey, at: payload.receivedAt) : record.businessKey,
            orderingKey: way.personalKeys.contains(.orderingKey)
                ? hashed(record.orderingKey, at: payload.receivedAt) : record.orderingKey,
            version: record.version, idempotencyKey: key,
            bodyDigest: digest, receivedAt: payload.receivedAt, sourceTime: record.sourceTime, traceID: payload.traceID,
            contentType: payload.contentType, payload: payload.bytes, canonical: record.canonical, versions: way.versions,
            warnings: warnings + doubts, deliveries: deliveries,
            evidence: EvidenceEntry(at: payload.receivedAt, messageID: ids[0], content: []))
        intake.duplicates = channel.configuration.duplicates
        intake.duplicateScope = way.duplicateScope
        intake.attachments = payload.attachments
        intake.evidence.content = EvidenceContent.accepted(
            intake, payloadDigest: payload.claims.isEmpty ? digest : SHA256.digest(payload.bytes), envelope: payload.envelope)
        return intake
    }

    /// A person's number as the store may keep it. The configuration allows none without encryption.
    private func hashed(_ number: String, at now: Instant) -> String {
        store.personalNumbers(at: now)?.text(of: number) ?? number
    }

    /// A key that is bound already: the same acknowledgement, or a conflict, which is refused and kept. Another spelling of
    /// the same record is a repeat where the record itself, not the sender's key, says what is one.
    private func answer(
        _ bound: BoundMessage, _ payload: ReceivedPayload, _ active: ActiveConfiguration, canonical: [UInt8]?, digest: [UInt8],
        key: String, begun: ContinuousClock.Instant
    ) async throws -> AcceptOutcome {
        if bound.bodyDigest != digest {
            let rule = active.channel(payload.channel)?.configuration.duplicates ?? .idempotencyKey
            // Both records are of this sender: the key is bound to it.
            let first = canonical == nil ? nil : try await store.payload(.canonical, of: .message(bound.id))?.bytes
            var (differences, count) = RecordConflict.compare(first ?? [], canonical ?? first ?? [])
            if let difference = try await attachmentDifference(with: bound, payload) {
                differences.append(difference)
                count += 1
            }
            if rule == .idempotencyKey || first == nil || count > 0 {
                let finding = Self.conflict(rule, with: bound.id)
                let outcome = try await refuse(
                    payload, active, findings: [finding], dataset: bound.dataset, status: 409, digest: digest, key: key,
                    begun: begun)
                guard case .refused(let id, let findings) = outcome else { return outcome }
                return .conflict(
                    RecordConflict(
                        id: id, findings: findings, differences: first == nil ? [] : differences,
                        differenceCount: first == nil ? 0 : count))
            }
        }
        active.metrics.replayed(channel: payload.channel, dataset: bound.dataset)
        return .replayed(
            Acknowledgement(
                id: bound.id, dataset: bound.dataset, businessKey: bound.businessKey, deliveries: bound.deliveries,
                attachments: payload.attachments))
    }

    /// Refuses; but a repeat of what was accepted is answered as before, even when schema or mapping were changed since. The
    /// look-up is made here alone: for what will be accepted, the transaction itself looks.
    private func refuseOrReplay(
        _ payload: ReceivedPayload, _ active: ActiveConfiguration, findings: [Finding], dataset: Dataset?, digest: [UInt8],
        key: String, begun: ContinuousClock.Instant
    ) async throws -> AcceptOutcome {
        if active.channel(payload.channel)?.configuration.duplicates == .idempotencyKey,
            let bound = try await store.boundMessage(sender: payload.sender, channel: payload.channel, idempotencyKey: key)
        {
            return try await answer(bound, payload, active, canonical: nil, digest: digest, key: key, begun: begun)
        }
        return try await refuse(
            payload, active, findings: findings, dataset: dataset, status: 422, digest: digest, key: key, begun: begun)
    }

    private func refuse(
        _ payload: ReceivedPayload, _ active: ActiveConfiguration, findings: [Finding], dataset: Dataset?, status: Int,
        digest: [UInt8], key: String, begun: ContinuousClock.Instant
    ) async throws -> AcceptOutcome {
        let refusal = refusal(
            of: payload, active, findings: findings, dataset: dataset, status: status, digest: digest, key: key)
        try await writing { try await store.refuse(refusal) }
        active.metrics.refused(channel: payload.channel, dataset: dataset, after: ContinuousClock.now - begun)
        return .refused(id: refusal.id, findings: findings)
    }

    /// A refused input as it is kept: its bytes within the quota of the channel.
    func refusal(
        of payload: ReceivedPayload, _ active: ActiveConfiguration, findings: [Finding], dataset: Dataset?, status: Int,
        digest: [UInt8], key: String
    ) -> Refusal {
        let id = makeID(at: payload.receivedAt)
        let keepsPayload =
            payloadQuota.take(
                channel: payload.channel, at: payload.receivedAt, perHour: active.configuration.limits.refusedPayloadsPerHour)
            == .within
        return Refusal(
            id: id, channel: payload.channel, sender: payload.sender, dataset: dataset, idempotencyKey: key, bodyDigest: digest,
            declaredBytes: payload.declaredBytes, receivedAt: payload.receivedAt,
            traceID: payload.traceID, contentType: payload.contentType, payload: keepsPayload ? payload.bytes : nil,
            status: status, findings: findings,
            evidence: EvidenceEntry(
                at: payload.receivedAt, messageID: id,
                content: EvidenceContent.refused(
                    id: id, channel: payload.channel, sender: payload.sender, status: status, findings: findings,
                    payloadDigest: payload.claims.isEmpty ? digest : SHA256.digest(payload.bytes), bytes: payload.bytes.count,
                    declaredBytes: payload.declaredBytes, traceID: payload.traceID, envelope: payload.envelope)))
    }

    /// Keeps a trace of what never became a payload: not let in (401, 403), too large (413), too slow (408). Source,
    /// declared size and the digest of the bytes read are kept, not the bytes. Over `limits.turnedAwayPerHour` they are counted
    /// alone (nil is returned), since anybody can send them; so they are while a limit's hard mark is reached.
    public func turnAway(
        channel: String, sender: String, status: Int, finding: Finding, bytesRead: [UInt8], declaredBytes: Int?, traceID: String,
        contentType: String
    ) async throws -> MessageID? {
        let now = clock.now()
        // The channel's name in the address may be anything: only configured ones are kept as such.
        let active = slot.present
        let known = active.channel(channel) == nil ? "" : channel
        active.metrics.turnedAway(channel: known)
        // What is left of the disk is for what was accepted.
        if pressure.present?.level == .hard { return nil }
        switch turnedAwayQuota.take(channel: known, at: now, perHour: active.configuration.limits.turnedAwayPerHour) {
        case .within: break
        case .firstOver:
            let content = EvidenceContent.quotaReached(channel: known)
            try await writing { try await store.record(EvidenceEntry(at: now, messageID: nil, content: content)) }
            return nil
        case .over: return nil
        }
        let id = makeID(at: now)
        let digest = SHA256.digest(bytesRead)
        let refusal = Refusal(
            id: id, channel: known, sender: sender, dataset: nil, idempotencyKey: "", bodyDigest: digest,
            declaredBytes: declaredBytes, receivedAt: now, traceID: traceID, contentType: contentType, payload: nil,
            status: status, findings: [finding],
            evidence: EvidenceEntry(
                at: now, messageID: id,
                content: EvidenceContent.refused(
                    id: id, channel: known, sender: sender, status: status, findings: [finding], payloadDigest: digest,
                    bytes: bytesRead.count, declaredBytes: declaredBytes, traceID: traceID)))
        try await writing { try await store.refuse(refusal) }
        return id
    }
}
