import ExchangeModel
import GatewayTesting
import JSON
import Logging
import Store
import Testing

@testable import Gateway

@Suite("A reload of the configuration")
struct ReloadTests {
    private static let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

    /// A gateway that does not run, on a store of its own.
    private struct Scene {
        let folder: TemporaryDirectory
        let store: SQLiteStore
        let gateway: GatewayService
        /// The configuration that it began with.
        let text: String

        func write(_ text: String) throws { try folder.write("gateway.yaml", text) }

        /// Replaces a part of the first configuration and reloads.
        func reload(_ old: String = "", _ new: String = "") async throws -> ReloadReport {
            let changed = old.isEmpty ? text : text.replacing(old, with: new)
            if !old.isEmpty, changed == text { throw TestingFailure("\(old) is not there") }
            try write(changed)
            return try await gateway.reload(actor: "chen")
        }

        func evidence() async throws -> [JSONValue] {
            try await store.evidence(from: 1, limit: 100).map { try JSONValue(parsing: $0.content) }
        }
    }

    private func with(mappings: String = repository + "/Mappings", _ body: (Scene) async throws -> Void) async throws {
        try await TemporaryDirectory.with("reload") { folder in
            let text = """
                name: test
                store: {path: store.sqlite}
                data: {port: 0}
                operators: {port: 0}
                mappings: \(mappings)
                schemas: \(Self.repository)/Schemas
                senders:
                  local-a: {key: "file:key", channels: [local-a]}
                channels:
                  local-a: {dataset: tender-notice, mapping: local-a/in/tender-notice}
                destinations:
                  provincial: {url: "http://127.0.0.1:9/records", mapping: provincial/out/tender-notice, audience: province}
                  city: {url: "http://127.0.0.1:9/city", mapping: provincial/out/tender-notice, audience: province}
                routes:
                  - {dataset: tender-notice, to: [provincial, city]}
                limits: {openDeliveries: {soft: 10, hard: 20}}

                """
            try folder.write("key", "the key of local-a\n")
            let file = try folder.write("gateway.yaml", text)
            let configuration = try #require(ConfigurationReader.read(file: file, environment: [:]).configuration)
            let outcome = GatewayAssembly.assemble(configuration)
            let assembly = try #require(outcome.assembly, "\(outcome.findings)")
            let store = try SQLiteStore.open(path: folder.file("store.sqlite"))
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let gateway = try GatewayService(assembly: assembly, store: store, clock: ManualClock(), logger: logger)
            do {
                try await body(Scene(folder: folder, store: store, gateway: gateway, text: text))
            } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }

    private func words(_ report: ReloadReport) -> [String] { report.changes.map(\.words) }

    @Test("of the same file changes nothing, and leaves no row of evidence")
    func unchanged() async throws {
        try await with { scene in
            let before = scene.gateway.present
            let report = try await scene.reload()
            #expect(report.result == .unchanged && report.changes.isEmpty && report.findings.isEmpty)
            #expect(report.fileDigest.utf8.count == 64)
            // Where something stands in the file is no change of it.
            try scene.write("# a comment that moves every line\n\n" + scene.text)
            #expect(try await scene.gateway.reload(actor: "chen").result == .unchanged)
            #expect(scene.gateway.present === before)
            #expect(try await scene.evidence().isEmpty)
        }
    }

    @Test("says by name what changes, and the evidence has who did it, the file's digest and the names")
    func changes() async throws {
        try await with { scene in
            try scene.write(
                scene.text.replacing("127.0.0.1:9/records", with: "127.0.0.1:9/changed")
                    .replacing("  city: {", with: "  town: {").replacing("provincial, city", with: "provincial, town")
                    .replacing("soft: 10", with: "soft: 11"))
            let change = try await scene.gateway.reload(actor: "uid:7")
            #expect(change.result == .applied)
            #expect(
                words(change) == [
                    "destinations.city removed", "destinations.provincial changed", "destinations.town added",
                    "limits.openDeliveries changed", "routes.tender-notice changed",
                ])
            let row = try #require(try await scene.evidence().last)
            #expect(row["event"]?.string == "configuration.reloaded" && row["actor"]?.string == "uid:7")
            #expect(row["sha256"]?.string == change.fileDigest && row["changeCount"]?.integer == 5)
            #expect(row["changes"]?.elements?.compactMap(\.string) == words(change))
            for text in [EvidenceWords.text(row), EvidenceWords.textZH(row)] {
                #expect(text.contains("uid:7") && text.contains("destinations.town added") && !text.contains("{"), "\(text)")
            }
            #expect(scene.gateway.configuration.destinations.map(\.name) == ["provincial", "town"])
            #expect(scene.gateway.present.formerDestinations == ["city"])
            #expect(scene.gateway.standing(of: "city") == .notConfigured && scene.gateway.standing(of: "town") == .served)
        }
    }

    @Test("takes a changed sender's key, and never shows it")
    func senders() async throws {
        try await with { scene in
            try scene.folder.write("key", "another key\n")
            let report = try await scene.reload()
            #expect(words(report) == ["senders.local-a changed"])
            let senders = scene.gateway.senders
            #expect(senders.signIn(key: Array("another key".utf8), channel: "local-a") == .allowed(sender: "local-a"))
            #expect(senders.signIn(key: Array("the key of local-a".utf8), channel: "local-a") == .unknown)
            let shown = JSONWriter.bytes { ReportJSON.write(report, to: &$0) }
            #expect(!String(decoding: shown, as: UTF8.self).contains("another key"))
        }
    }

    @Test("sees a mapping that was edited, and which destinations it makes anew")
    func mappings() async throws {
        try await TemporaryDirectory.with("mappings") { copy in
            try await ChildProcess.run(["cp", "-r", Self.repository + "/Mappings/.", copy.path])
            try await with(mappings: copy.path) { scene in
                let file = "provincial/out/tender-notice.yaml"
                try copy.write(file, try copy.read(file) + Array("# edited\n".utf8))
                #expect(
                    words(try await scene.reload()) == [
                        "destinations.city changed", "destinations.provincial changed",
                        "mappings.provincial/out/tender-notice changed",
                    ])
                #expect(try await scene.reload().result == .unchanged)
                try copy.write(file, "mapping: [")
                let refused = try await scene.reload()
                #expect(refused.result == .refused)
                #expect(refused.findings.contains { $0.file.hasSuffix(file) }, "\(refused.findings)")
            }
        }
    }

    @Test(
        "what needs a restart is an error finding, and nothing is changed",
        arguments: [
            ("name: test", "name: other", "name"), ("store.sqlite", "other.sqlite", "store.path"),
            ("data: {port: 0}", "data: {port: 8440}", "data.port"),
            ("data: {port: 0}", "data: {port: 0, address: 127.0.0.2}", "data.address"),
            ("operators: {port: 0}", "operators: {port: 8441}", "operators.port"),
            ("operators: {port: 0}", "operators: {port: 0, address: \"::1\"}", "operators.address"),
            ("limits: {", "control: {socket: c.sock}\nlimits: {", "control.socket"),
            (
                "store: {path: store.sqlite}", "store: {path: store.sqlite, encryption: {masterKey: \"file:master\"}}",
                "store.encryption"
            ),
            ("limits: {", "limits: {connections: 7, ", "limits.connections"),
            ("limits: {", "limits: {shutdown: 7s, ", "limits.shutdown"),
        ])
    func restart(_ old: String, _ new: String, _ key: String) async throws {
        try await with { scene in
            try scene.folder.write("master", String(repeating: "0a", count: 32))
            let before = scene.gateway.present
            // A good change beside it is not taken either.
            try scene.write(scene.text.replacing(old, with: new).replacing("127.0.0.1:9/city", with: "127.0.0.1:9/town"))
            let report = try await scene.gateway.reload(actor: "chen")
            #expect(report.result == .refused && report.changes.isEmpty)
            let finding = try #require(report.findings.first { $0.finding.code == .restartNeeded }?.finding, "\(report.findings)")
            #expect(finding.text.hasPrefix(key + " ") && finding.text.contains("needs a restart"), "\(finding.text)")
            #expect(finding.textZH.hasPrefix(key) && finding.textZH.contains("需要重启"), "\(finding.textZH)")
            #expect(report.findings.count == 1, "\(report.findings)")
            #expect(scene.gateway.present === before)
            #expect(try await scene.evidence().isEmpty)
        }
    }

    @Test(
        "a faulty file is refused with every finding, and the former configuration stays at work",
        arguments: [
            ("to: [provincial, city]", "to: [provincal, city]", "provincial"),
            (
                "mapping: provincial/out/tender-notice, audience: province}\n  city",
                "mapping: provincial/out/none, audience: province}\n  city", "there is no mapping"
            ),
            ("file:key", "file:no-such-key", "no-such-key"), ("senders:", "sendrs:", "senders"), ("routes:", "routes: [", ""),
        ])
    func faulty(_ old: String, _ new: String, _ word: String) async throws {
        try await with { scene in
            let before = scene.gateway.present
            let report = try await scene.reload(old, new)
            #expect(report.result == .refused)
            #expect(report.findings.contains { $0.finding.severity == .error && "\($0)".contains(word) }, "\(report.findings)")
            #expect(scene.gateway.present === before)
            #expect(try await scene.reload().result == .unchanged, "and a good file is taken again")
        }
    }

    @Test("a file that is gone is refused")
    func gone() async throws {
        try await with { scene in
            try await ChildProcess.run(["rm", scene.folder.file("gateway.yaml")])
            let report = try await scene.gateway.reload(actor: "chen")
            #expect(report.result == .refused && report.findings.count == 1)
        }
    }

    @Test("two faults of different kinds are told together")
    func everyFinding() async throws {
        try await with { scene in
            try scene.write(
                scene.text.replacing("name: test", with: "name: other").replacing("out/tender-notice, a", with: "out/none, a"))
            let report = try await scene.gateway.reload(actor: "chen")
            #expect(report.findings.count { $0.finding.severity == .error } == 3, "\(report.findings)")
        }
    }

    @Test("without its row of evidence nothing is changed")
    func storeFails() async throws {
        try await with { scene in
            let before = scene.gateway.present
            await scene.store.close()
            await #expect(throws: GatewayError.self) { try await scene.reload("/records", "/changed") }
            #expect(scene.gateway.present === before)
        }
    }

    @Test("an acceptance under way ends under the configuration that it began with")
    func underWay() async throws {
        try await with { scene in
            let payload = ReceivedPayload(
                channel: "local-a", sender: "local-a", idempotencyKey: nil, contentType: "application/xml", declaredBytes: nil,
                bytes: try FileBytes.read(Self.repository + "/Tests/Recordings/good-24-village-hall/notice.xml", limit: 1 << 20)
                    .get(), traceID: String(repeating: "a", count: 32), receivedAt: scene.gateway.clock.now())
            let present = scene.gateway.present
            try scene.write(
                scene.text.replacing("channels: [local-a]", with: "channels: [renamed]").replacing(
                    "  local-a: {dataset", with: "  renamed: {dataset"
                )
                .replacing("provincial, city", with: "city"))
            #expect(try await scene.gateway.reload(actor: "chen").result == .applied)
            guard case .accepted(let acknowledgement) = try await scene.gateway.accepting.accept(payload, under: present) else {
                throw TestingFailure("not accepted")
            }
            #expect(acknowledgement.deliveries.map(\.destination) == ["provincial", "city"])
            await #expect(throws: GatewayError.self) { try await scene.gateway.accepting.accept(payload) }
            var next = payload
            next.channel = "renamed"
            guard case .accepted(let later) = try await scene.gateway.accepting.accept(next) else {
                throw TestingFailure("not accepted")
            }
            #expect(later.deliveries.map(\.destination) == ["city"])
        }
    }

    @Test("outbox show says in both languages that a destination is not configured")
    func sentence() async throws {
        try await with { scene in
            let payload = ReceivedPayload(
                channel: "local-a", sender: "local-a", idempotencyKey: nil, contentType: "application/xml", declaredBytes: nil,
                bytes: try FileBytes.read(Self.repository + "/Tests/Recordings/good-24-village-hall/notice.xml", limit: 1 << 20)
                    .get(), traceID: String(repeating: "a", count: 32), receivedAt: scene.gateway.clock.now())
            guard case .accepted(let acknowledgement) = try await scene.gateway.accepting.accept(payload) else {
                throw TestingFailure("not accepted")
            }
            let id = try #require(acknowledgement.deliveries.first { $0.destination == "city" }?.id)
            let report = try #require(try await scene.store.delivery(id))
            func shown() throws -> JSONValue {
                try JSONValue(
                    parsing: JSONWriter.bytes {
                        ReportJSON.write(
                            report, isForOperators: true, circumstances: scene.gateway.circumstances(of: "city"), to: &$0)
                    })
            }
            #expect(try shown()["next"]?.string == "is sent when its turn in the lane comes")
            try scene.write(
                scene.text.replacing("provincial, city", with: "provincial").replacing("  city: {", with: "  town: {"))
            #expect(try await scene.gateway.reload(actor: "chen").result == .applied)
            #expect(try shown()["next"]?.string?.contains("city is not configured") == true)
            #expect(try shown()["nextZh"]?.string?.contains("city 未在配置中") == true)
            #expect(try shown()["standing"]?.string == "notConfigured")
            let moving = try #require(DestinationStanding.handingOver.sentence(for: report))
            #expect(moving.text.contains("goes on, in its order") && moving.textZH.contains("city"))
        }
    }

    @Test("reloads take turns, and a crowd of them is turned away")
    func turns() async throws {
        let turn = ReloadTurn()
        try await turn.enter()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0...ReloadTurn.waitersMax {
                group.addTask {
                    do { try await turn.enter() } catch { return false }
                    turn.leave()
                    return true
                }
            }
            // The first answer is the one that was refused: the others wait.
            #expect(await group.next() == false)
            turn.leave()
            for await answer in group { #expect(answer) }
        }
        try await turn.enter()
        turn.leave()
    }
}
