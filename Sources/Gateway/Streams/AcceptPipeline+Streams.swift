internal import Cryptography
internal import ExchangeModel
internal import Formats
internal import Mapping
internal import Store

extension DatasetWay {
    /// What a record becomes.
    func judge(_ tree: RecordTree) -> InboundResult { mapping.run(tree, options: options) }
}

extension InboundResult {
    /// Whether nothing refuses it.
    var isGood: Bool { !findings.contains { $0.severity == .error } }
}

extension AcceptPipeline {
    /// Judges a record that was cut out of a stream.
    ///
    /// - Parameter named: gives a finding the place by which people find it.
    func judge(
        _ tree: RecordTree, _ payload: ReceivedPayload, _ channel: Channel, _ way: DatasetWay, _ active: ActiveConfiguration,
        named: (Finding) -> Finding
    ) -> IntakeBatch.Item {
        let record = way.judge(tree)
        let findings = record.findings.isEmpty ? [] : record.findings.map(named)
        guard record.isGood else {
            if let first = record.findings.first(where: { $0.severity == .error }) {
                active.metrics.mappingFailed(way.mapping.name, cause: first.code)
            }
            return .refuse(
                refusal(of: payload, way, active, findings: Self.merged(findings, of: way.format), status: 422))
        }
        let digest = SHA256.digest(payload.bytes)
        return .accept(
            makeIntake(
                payload, channel, way, active, record, warnings: findings, digest: digest, key: Hex.encode(digest)))
    }

    /// A record, or a whole stream, that is refused.
    func refusal(
        of payload: ReceivedPayload, _ way: DatasetWay, _ active: ActiveConfiguration, findings: [Finding], status: Int
    ) -> Refusal {
        let digest = SHA256.digest(payload.bytes)
        return refusal(
            of: payload, active, findings: findings, dataset: way.dataset, status: status, digest: digest, key: Hex.encode(digest)
        )
    }

    /// Keeps a trace of a file that was refused unread. Its bytes stay in the file, and nothing is known of its digest.
    func refuseUnread(
        channel: String, sender: String, name: String, bytes: Int, findings: [Finding], _ active: ActiveConfiguration
    ) async throws -> MessageID {
        let traceID = makeTraceID()
        let payload = ReceivedPayload(
            channel: channel, sender: sender, idempotencyKey: nil, contentType: "", declaredBytes: bytes, bytes: [],
            traceID: traceID, receivedAt: clock.now())
        var refusal = refusal(
            of: payload, active, findings: findings, dataset: nil, status: 422, digest: SHA256.digest([]), key: "")
        refusal.payload = nil
        let kept = refusal
        try await writing { try await store.refuse(kept) }
        active.metrics.refused(channel: channel, dataset: nil, after: .zero)
        return refusal.id
    }

    /// Writes a batch and remembers whether the store took it.
    func take(_ batch: IntakeBatch) async throws -> BatchOutcome { try await writing { try await store.accept(batch) } }

    /// What a record becomes whose key is bound to other bytes: the same record in another spelling is passed, another one is
    /// refused and kept.
    func settle(
        _ item: IntakeBatch.Item, against bound: BoundMessage, _ way: DatasetWay, _ active: ActiveConfiguration
    ) async throws -> IntakeBatch.Item {
        guard case .accept(let intake) = item else { return item }
        if intake.duplicates != .idempotencyKey, let first = try await store.payload(.canonical, of: .message(bound.id))?.bytes,
            RecordConflict.compare(first, intake.canonical).count == 0
        {
            return .pass(bound.id)
        }
        let payload = ReceivedPayload(
            channel: intake.channel, sender: intake.sender, idempotencyKey: nil, contentType: intake.contentType,
            declaredBytes: nil, bytes: intake.payload, traceID: intake.traceID, receivedAt: intake.receivedAt)
        return .refuse(
            refusal(of: payload, way, active, findings: [Self.conflict(intake.duplicates, with: bound.id)], status: 409))
    }
}

extension StreamIntake {
    /// Counts what became of records.
    func count(_ outcome: BatchOutcome, after duration: Duration) {
        let name = channel.configuration.name
        for record in outcome.records {
            switch record {
            case .accepted: active.metrics.accepted(channel: name, dataset: way.dataset, after: duration)
            case .refused: active.metrics.refused(channel: name, dataset: way.dataset, after: duration)
            case .repeated, .passed: active.metrics.replayed(channel: name, dataset: way.dataset)
            case .conflict: break
            }
        }
    }
}
