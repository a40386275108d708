internal import ExchangeModel

/// A batch with its narrow keys and its bytes as the store keeps them, made on the caller's task.
struct KeyedBatch: Sendable {
    enum Item: Sendable {
        case accept(KeyedIntake)
        case refuse(Refusal)
        case pass
    }

    enum Ending: Sendable {
        case taken(EvidenceEntry)
        case refused(Refusal)
    }

    let records: [(place: RecordPlace, item: Item)]
    let part: IntakeBatch.Part?
    let ending: Ending?
    let cursor: ChannelCursor?
    let at: Instant
    let byteCount: Int

    init(_ batch: IntakeBatch, keys: DataKeys) {
        records = batch.records.map { record in
            switch record.item {
            case .accept(let intake): (record.place, .accept(KeyedIntake(intake, keys: keys)))
            case .refuse(let refusal): (record.place, .refuse(refusal.sealed(by: keys)))
            case .pass: (record.place, .pass)
            }
        }
        part = batch.part
        ending =
            switch batch.part?.ending {
            case .taken(let evidence): .taken(evidence)
            case .refused(let refusal): .refused(refusal.sealed(by: keys))
            case nil: nil
            }
        cursor = batch.cursor
        at = batch.at
        byteCount = batch.records.reduce(0) { sum, record in
            switch record.item {
            case .accept(let intake): sum + 1024 + intake.payload.count + intake.canonical.count
            case .refuse(let refusal): sum + 1024 + (refusal.payload?.count ?? 0)
            case .pass: sum
            }
        }
    }
}
