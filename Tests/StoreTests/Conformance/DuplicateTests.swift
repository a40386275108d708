import ExchangeModel
import Store
import Testing

@Suite("What is a repeat, whatever the store")
struct DuplicateTests {
    let samples = Samples()

    private func intake(
        _ rule: DuplicateRule, key: String? = nil, body: String, canonical: String, businessKey: String = "A-1",
        version: String = "1",
        sender: String = "system-a", channel: String = "notices"
    ) -> Intake {
        var intake = samples.intake(key: key, sender: sender, channel: channel, body: body, businessKey: businessKey)
        intake.duplicates = rule
        intake.canonical = Array(canonical.utf8)
        intake.version = version
        return intake
    }

    private func expect(
        _ wanted: String, _ store: any MessageStore, _ intake: Intake, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let outcome =
            switch try await store.accept(intake) {
            case .committed: "new"
            case .replayed: "repeat"
            case .conflict: "other body"
            }
        #expect(outcome == wanted, sourceLocation: location)
    }

    @Test("by content, the same record is known in any spelling and under any key", arguments: StoreKind.allCases)
    func content(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let first = intake(.content, key: "k1", body: "<A/>", canonical: "{}")
            try await expect("new", store, first)
            try await expect("repeat", store, intake(.content, key: "k2", body: "<A/>", canonical: "{}"))
            guard case .conflict(let bound) = try await store.accept(intake(.content, body: "<A />", canonical: "{}")) else {
                Issue.record("another spelling was not recognised")
                return
            }
            #expect(bound.id == first.id)
            #expect(try await store.payload(.canonical, of: .message(bound.id))?.bytes == Array("{}".utf8))
            try await expect("new", store, intake(.content, key: "k1", body: "<B/>", canonical: "{\"b\":1}"))
            try await expect("new", store, intake(.content, body: "<A/>", canonical: "{}", sender: "system-b"))
            try await expect("new", store, intake(.content, body: "<A/>", canonical: "{}", channel: "other"))
            #expect(try await store.outboxCounts().map(\.count) == [4])
        }
    }

    @Test("by business key and version, only the same version meets itself", arguments: StoreKind.allCases)
    func version(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            func next(_ body: String, _ version: String, key: String? = nil, businessKey: String = "A-1") -> Intake {
                intake(.businessKeyVersion, key: key, body: body, canonical: body, businessKey: businessKey, version: version)
            }
            try await expect("new", store, next("<A/>", "1", key: "k"))
            try await expect("repeat", store, next("<A/>", "1"))
            try await expect("other body", store, next("<B/>", "1"))
            try await expect("new", store, next("<B/>", "2", key: "k"))
            try await expect("new", store, next("<B/>", "1", businessKey: "A-2"))
            // Parts that run together differently do not meet.
            try await expect("new", store, next("<C/>", "12", businessKey: "A-"))
            try await expect("other body", store, next("<C/>", "2", businessKey: "A-1"))
        }
    }

    @Test("a record without version is known by its content", arguments: StoreKind.allCases)
    func unversioned(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            try await expect("new", store, intake(.businessKeyVersion, body: "<A/>", canonical: "a", version: ""))
            try await expect("repeat", store, intake(.businessKeyVersion, body: "<A/>", canonical: "a", version: ""))
            try await expect("new", store, intake(.businessKeyVersion, body: "<B/>", canonical: "b", version: ""))
        }
    }

    @Test("the rules do not meet in the table of keys", arguments: StoreKind.allCases)
    func apart(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            for rule in DuplicateRule.allCases {
                try await expect("new", store, intake(rule, key: "k", body: "<A/>", canonical: "a"))
            }
        }
    }

    @Test("a refused input and an unknown id have no canonical record", arguments: StoreKind.allCases)
    func noRecord(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let refusal = samples.refusal(findings: [])
            try await store.refuse(refusal)
            #expect(try await store.payload(.canonical, of: .message(refusal.id))?.bytes == nil)
            #expect(try await store.payload(.canonical, of: .message(samples.id()))?.bytes == nil)
        }
    }
}
