internal import ExchangeModel

// What goes into the store is encrypted on the caller's task, and what comes out of it is opened there: the committing thread
// and the read transactions handle encrypted bytes alone.

extension DeliveryChange {
    /// The change with its bytes as the store keeps them.
    func sealed(by keys: DataKeys) -> DeliveryChange {
        var change = self
        if let form = change.freeze {
            let stored = keys.storable(
                form.bytes, day: at.utcDay, at: at, boundTo: SealBinding.frozen(delivery: sequence))
            change.freeze?.bytes = stored.bytes
            change.freeze?.seal = stored.seal
        }
        if let receipt = change.receipt, receipt.answer.count <= StoreLimits.receiptBytes {
            let stored = keys.storable(
                receipt.answer, day: at.utcDay, at: at, boundTo: SealBinding.receipt(receipt, delivery: sequence, at: at))
            change.receipt?.answer = stored.bytes
            change.receipt?.seal = stored.seal
        }
        return change
    }
}

extension Refusal {
    /// The refusal with its payload as the store keeps it.
    func sealed(by keys: DataKeys) -> Refusal {
        guard keys.master != nil, let payload else { return self }
        var refusal = self
        let stored = keys.storable(payload, day: receivedAt.utcDay, at: receivedAt, boundTo: SealBinding.received(id))
        refusal.payload = stored.bytes
        refusal.seal = stored.seal
        return refusal
    }
}

extension DataKeys {
    /// Forms that can be used; those whose bytes cannot be read are left out, as if they were not there.
    func revealed(_ forms: [Int64: DeliveryForms]) -> [Int64: DeliveryForms] {
        var result: [Int64: DeliveryForms] = [:]
        for (sequence, stored) in forms {
            var forms = stored
            if let frozen = stored.frozen {
                let opened = reveal(
                    StorableBytes(bytes: frozen.bytes, seal: frozen.seal), boundTo: SealBinding.frozen(delivery: sequence))
                guard opened.state == .readable else { continue }
                forms.frozen?.bytes = opened.bytes
                forms.frozen?.seal = nil
            }
            if let seal = stored.canonicalSeal, let message = stored.message {
                let opened = reveal(
                    StorableBytes(bytes: stored.canonical, seal: seal), boundTo: SealBinding.canonical(message))
                // Frozen bytes go as they are; without them the record is needed.
                guard opened.state == .readable || forms.frozen != nil else { continue }
                forms.canonical = opened.bytes
                forms.canonicalSeal = nil
            }
            result[sequence] = forms
        }
        return result
    }

    func revealed(_ report: MessageReport) -> MessageReport {
        var report = report
        for index in report.deliveries.indices { report.deliveries[index] = revealed(report.deliveries[index]) }
        return report
    }

    func revealed(_ report: DeliveryReport) -> DeliveryReport {
        var report = report
        let sequence = report.delivery.sequence
        for index in report.receipts.indices {
            let (receipt, at) = (report.receipts[index].receipt, report.receipts[index].at)
            guard receipt.seal != nil else { continue }
            let opened = reveal(
                StorableBytes(bytes: receipt.answer, seal: receipt.seal),
                boundTo: report.receipts[index].arrival.map { SealBinding.incoming($0.identity) }
                    ?? SealBinding.receipt(receipt, delivery: sequence, at: at))
            report.receipts[index].receipt.answer = opened.bytes
            report.receipts[index].receipt.seal = nil
            report.receipts[index].answerState = opened.state
        }
        return report
    }

    func revealed(_ payload: StoredPayload) -> StoredPayload {
        guard payload.seal != nil else { return payload }
        var payload = payload
        let binding =
            switch payload.kind {
            case .received: SealBinding.received(payload.message)
            case .canonical: SealBinding.canonical(payload.message)
            case .frozen: SealBinding.frozen(delivery: payload.delivery ?? 0)
            }
        (payload.bytes, payload.state) = reveal(StorableBytes(bytes: payload.bytes, seal: payload.seal), boundTo: binding)
        payload.seal = nil
        return payload
    }
}
